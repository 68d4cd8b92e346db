// Package netio owns the connections: listeners, event loops, input and output
// buffers. It knows bytes and turns, not commands.
//
// A [Server] has a few loops. Each [Conn] lives on one [Loop], and a loop calls
// its [Handler] from one goroutine at a time, so that neither needs locks. There
// are two drivers behind the same contract:
//
//   - epoll (Linux): a loop is a goroutine locked to its thread, which reads all
//     ready sockets, hands them to the handler as one batch, and then writes once
//     per connection;
//   - net (any system): a loop is a mutex. Every connection has a goroutine that
//     reads and enters the loop, and one that writes. It carries whatever is a
//     net.Conn: TLS, in-memory pipes, sockets of systems without epoll.
//
// A server with the epoll driver has loops of both kinds: first the epoll loops,
// then Options.NetLoops of the other kind for [Server.Attach] and [Server.Serve].
//
// # A turn
//
//	inbox → read all ready sockets → Tick → write → Backlog, Drained → Closed → Cron
//
// Input lies densely packed in an arena of the loop:
//
//	arena  |conn 7: "PING\r\n"|conn 3: "GET k\r\nSET"|conn 9: …|      room       |
//
// The bytes that the handler leaves (a partial command, or commands of a blocked
// client) move to a carry buffer of the connection when the turn ends, and further
// input is appended there. A connection without such bytes owns no input buffer.
// A handler that waits for a big argument says so with [Conn.Want]: the kernel then
// fills the carry buffer directly, and the handler is not called before it is full.
//
// Output lies in an arena too, [Loop.Out], to which the handler appends; with
// [Loop.Queue] it says which range goes to which connection. What the socket does
// not take at once, what is held back, and what [Conn.Write] was given outside of
// the arena order, is copied to the connection's own queue:
//
//	queue  |sent|unsent ………………|held by barrier 7 …|held by barrier 9 …|
//
// Many connections may have the same large output: their queues then hold one
// [Shared] copy of it.
//
// # Invariants
//
//  1. Bytes leave a connection in the order in which the handler queued them.
//  2. Held output, and all output behind it, leaves only after its barrier has been
//     released.
//  3. Views (Conn.In, Loop.Out) die with the turn.
//  4. Closed is called exactly once for each connection for which Open was called,
//     and nothing is called for it afterwards.
//  5. A connection is touched only by the goroutine that runs its loop. While it
//     moves nobody touches it: the old loop has let go of it before the new loop
//     can see it.
//  6. A loop that may sleep is woken: it announces its sleep before it looks into
//     its inbox a last time, and a poster looks for the announcement after posting.
package netio
