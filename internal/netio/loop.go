package netio

import (
	"io"
	"sync/atomic"
	"time"

	"sigrun/internal/invariant"
)

// Sizes of a loop's output arena, in bytes: it starts small, grows as the handler
// appends, and shrinks again at Cron when a lot of it lay idle. One that went to a
// connection's queue is followed by one for as much output again, up to arenaAgain:
// who did not take all of it at once will hardly take the next at once, and growing
// from the start each time costs more than the output itself.
const (
	arenaStart = 16 << 10
	arenaSpare = 256 << 10
	arenaAgain = 1 << 20
)

// farewellTime is how long a peer may take nothing of a connection's last output.
const farewellTime = 10 * time.Second

// Loop runs the handler for its connections, one call at a time. But for Index,
// Post and the counters its fields and methods belong to the goroutine that runs it,
// that is to handler calls.
type Loop struct {
	// Index counts the loops of a server from 0.
	Index int
	// User is the handler's.
	User any
	// Out is this turn's output arena: the handler appends to it and calls Queue.
	Out []byte
	// Requests is for the handler to add how many requests it found in a Tick.
	Requests int

	srv   *Server
	drv   driver
	inbox inbox

	conns []*Conn // by slot; nil where free
	free  []int32 // free slots
	ready []*Conn // have In
	again []*Conn // have carried input that wants a Tick
	dirty []*Conn // have output, or may send older output now
	// promising have made a promise in this turn, with output or without
	promising []*Conn
	closing   []*Conn
	held      []*Conn // have output behind a barrier

	segs    []segment
	barrier uint64 // 0 when this turn's output is not held
	bufs    bufPool
	epoch   uint32 // counts load samples
	outPeak int    // largest Out since the last Cron
	outGone bool   // Out's memory was given to a connection's queue
	staleAt int64  // when farewells are looked at again, by the clock's Mono
	rest    int64  // how much later than usual the next Cron may be, in nanoseconds
	stopped bool
	counts  counters
}

// counters may be read by any goroutine.
type counters struct {
	conns    atomic.Int64
	bytesIn  atomic.Uint64
	bytesOut atomic.Uint64
	reads    atomic.Uint64 // that brought input
	writes   atomic.Uint64 // of the turns' ends, by connection
	turns    atomic.Uint64
	held     atomic.Bool // some output waits for a barrier
}

// segment is a range of Out that belongs to one connection; next is the index of
// its next one, or -1.
type segment struct {
	from, to int
	next     int32
}

// driver moves the bytes of a loop's connections. Its methods are called while the
// loop runs.
type driver interface {
	// flush sends what c may send, and takes care that the rest follows.
	flush(c *Conn)
	// send sends what c has queued and then as much of b and end as goes without
	// waiting, and returns how much of these; c has no older output.
	send(c *Conn, b []byte, end string) int
	// poll follows a change of isDeaf or isHalf.
	poll(c *Conn)
	// hangUp lets go of c's transport.
	hangUp(c *Conn)
	keepAlive(c *Conn, interval time.Duration) error
	// cpu is how long the loop's thread ran.
	cpu() time.Duration
	// thread is the system's number of the loop's thread, 0 if it has none of its own.
	thread() int
}

func newLoop(s *Server, index int) *Loop {
	return &Loop{Index: index, srv: s, Out: make([]byte, 0, arenaStart)}
}

// Server returns the server that l belongs to.
func (l *Loop) Server() *Server { return l.srv }

// Post has Handler.Message called with m on l, after all that the same goroutine
// posted to l before. Any goroutine may call it; it never blocks. Messages that are
// left when the server closes are dropped.
func (l *Loop) Post(m any) {
	n := letters.Get().(*letter)
	n.msg = m
	l.inbox.post(n)
}

func (l *Loop) postCall(f func(l *Loop)) {
	n := letters.Get().(*letter)
	n.call = f
	l.inbox.post(n)
}

func (l *Loop) postMail(c *Conn) {
	n := letters.Get().(*letter)
	n.conn = c
	l.inbox.post(n)
}

// NumConns is the number of connections on l. Any goroutine may ask.
func (l *Loop) NumConns() int { return int(l.counts.conns.Load()) }

// Traffic is the number of bytes that l has received and sent. Any goroutine may ask.
func (l *Loop) Traffic() (in, out uint64) {
	return l.counts.bytesIn.Load(), l.counts.bytesOut.Load()
}

// Work is how many turns l has made, and how often it received input and sent
// output of a connection. Any goroutine may ask.
func (l *Loop) Work() (turns, reads, writes uint64) {
	return l.counts.turns.Load(), l.counts.reads.Load(), l.counts.writes.Load()
}

// count adds n to a counter that only its loop changes.
func count(c *atomic.Uint64, n int) {
	if n != 0 {
		c.Store(c.Load() + uint64(n))
	}
}

// BusyNanos is how long l has been running on a CPU, in nanoseconds; 0 where the
// system does not tell. Any goroutine may ask.
func (l *Loop) BusyNanos() int64 { return int64(l.drv.cpu()) }

// Thread is the system's number of the thread that l runs on; 0 if l has none of its
// own, or has ended. Any goroutine may ask.
func (l *Loop) Thread() int { return l.drv.thread() }

// Conns calls f for each connection on l until it returns false. f may close
// connections.
func (l *Loop) Conns(f func(c *Conn) bool) {
	for _, c := range l.conns {
		if c != nil && !c.is(isClosing) && !f(c) {
			return
		}
	}
}

// Queue makes Out[from:to] the next output of c. The range must not change any more
// and must not overlap another one.
func (l *Loop) Queue(c *Conn, from, to int) {
	if from == to || c.is(isClosing) {
		return
	}
	invariant.Assert(c.Loop() == l && 0 <= from && from < to && to <= len(l.Out), "netio: queueing a range that is not there")
	l.touch(c)
	switch {
	case c.first < 0:
		c.first = l.addSegment(from, to)
		c.last = c.first
	case l.segs[c.last].to == from:
		l.segs[c.last].to = to
	default:
		next := l.addSegment(from, to)
		l.segs[c.last].next = next
		c.last = next
	}
}

func (l *Loop) addSegment(from, to int) int32 {
	l.segs = append(l.segs, segment{from, to, -1})
	return int32(len(l.segs) - 1)
}

// Send makes Out[from:to] the next output of c, sends it together with all that
// was queued for c, if nothing has to wait, and then as much of b and end as the
// socket takes. It returns how much of these was sent; b is not kept. Only Tick may
// call it.
func (l *Loop) Send(c *Conn, from, to int, b []byte, end string) int {
	l.Queue(c, from, to)
	if c.is(isClosing|isFlushing|isWaiting) || c.out != nil || l.barrier > l.srv.released.Load() {
		return 0
	}
	return l.drv.send(c, b, end)
}

// Rest lets the next Cron come d after this one if nothing happens on l meanwhile:
// neither input nor a message. It is for Cron, where nothing is due that would
// not wake the loop. A driver may take no notice of it.
func (l *Loop) Rest(d time.Duration) { l.rest = int64(d) }

// SetBarrier holds back all output queued in this turn until Release(n) or more.
// Barriers are positions in one log that all loops share and only grow.
func (l *Loop) SetBarrier(n uint64) { l.barrier = max(l.barrier, n) }

// touch notes that c needs flushing at the turn's end.
func (l *Loop) touch(c *Conn) {
	if c.is(isDirty) {
		return
	}
	c.state |= isDirty
	c.first = -1
	c.outStart = 0
	if c.out != nil {
		c.outStart = c.out.end()
	}
	l.dirty = append(l.dirty, c)
}

func (l *Loop) queueOf(c *Conn) *outq {
	if c.out == nil {
		c.out = queues.Get().(*outq)
	}
	return c.out
}

// spill moves c's arena output, without its first skip bytes, to its queue.
func (l *Loop) spill(c *Conn, skip int) {
	for i := c.first; i >= 0; i = l.segs[i].next {
		b := l.Out[l.segs[i].from:l.segs[i].to]
		k := min(skip, len(b))
		skip -= k
		switch b = b[k:]; {
		case len(b) >= adoptMin:
			l.queueOf(c).adopt(b)
			l.outGone = true
		case len(b) > 0:
			l.queueOf(c).append(b)
		}
	}
	c.first = -1
}

// holdBack puts this turn's output of c behind the turn's barrier, if there is one,
// and reports whether c has held output.
func (l *Loop) holdBack(c *Conn) bool {
	if acks := c.is(isAcking); !l.srv.passed().lets(l.barrier, acks) {
		l.spill(c, 0)
		if c.out != nil && c.out.end() > c.outStart {
			c.out.hold(c.outStart, l.barrier, acks)
		}
	}
	return c.out != nil && len(c.out.marks) > 0
}

// turn runs the handler over the gathered input, sends, and buries the dead.
func (l *Loop) turn() {
	count(&l.counts.turns, 1)
	if len(l.ready) > 0 {
		count(&l.counts.reads, len(l.ready))
		l.srv.handler.Tick(l, l.ready)
		for _, c := range l.ready {
			l.keep(c)
		}
		clear(l.ready)
		l.ready = l.ready[:0]
	}
	for len(l.dirty)+len(l.closing) > 0 {
		l.flushDirty()
		l.bury()
	}
	l.emptyArena()
	l.barrier = 0
}

func (l *Loop) emptyArena() {
	l.outPeak = max(l.outPeak, len(l.Out))
	if l.outGone {
		l.outGone = false
		l.Out = make([]byte, 0, min(max(arenaStart, len(l.Out)), arenaAgain))
	}
	l.Out = l.Out[:0]
	l.segs = l.segs[:0]
}

// flushDirty sends for all dirty connections. The list may grow meanwhile.
func (l *Loop) flushDirty() {
	for i := 0; i < len(l.dirty); i++ {
		c := l.dirty[i]
		c.state &^= isDirty
		if !c.is(isClosing) {
			l.drv.flush(c)
			l.flushed(c)
		}
		c.first = -1
	}
	for _, c := range l.promising {
		c.state &^= isAcking
	}
	clear(l.promising)
	l.promising = l.promising[:0]
	count(&l.counts.writes, len(l.dirty))
	clear(l.dirty)
	l.dirty = l.dirty[:0]
}

// flushed follows a flush of c: it remembers held output and tells the handler.
func (l *Loop) flushed(c *Conn) {
	if c.out != nil {
		if len(c.out.marks) > 0 && !c.is(isHeld) {
			l.remember(c)
		}
		if c.out.n == 0 {
			l.freeQueue(c)
		}
	}
	pending := c.Pending()
	tolerated := 0
	if c.net != nil {
		tolerated = netBacklog
	}
	switch {
	case c.is(isClosing):
	case pending == 0 && c.is(isFlushing):
		c.Close(c.failed)
	case pending == 0 && c.is(isBacklogged):
		c.state &^= isBacklogged
		l.srv.handler.Drained(c)
	case pending > tolerated:
		c.state |= isBacklogged
		l.srv.handler.Backlog(c)
	}
}

// remember adds c to the connections that wait for a barrier.
func (l *Loop) remember(c *Conn) {
	c.state |= isHeld
	l.held = append(l.held, c)
	if len(l.held) == 1 {
		l.counts.held.Store(true)
	}
	if first := c.out.marks[0]; l.srv.passed().lets(first.barrier, first.acks) {
		l.postCall((*Loop).unhold) // the release came before it could see the flag
	}
}

// unhold has all held connections flushed again; those that still must wait
// come back to the list.
func (l *Loop) unhold() {
	if len(l.held) == 0 {
		return
	}
	l.counts.held.Store(false)
	for _, c := range l.held {
		c.state &^= isHeld
		if !c.is(isClosing) {
			l.touch(c)
		}
	}
	clear(l.held)
	l.held = l.held[:0]
}

func (l *Loop) freeQueue(c *Conn) {
	c.out.reset()
	queues.Put(c.out)
	c.out = nil
}

// bury ends all connections that are closing.
func (l *Loop) bury() {
	for i := 0; i < len(l.closing); i++ {
		c := l.closing[i]
		l.remove(c)
		l.drv.hangUp(c)
		if c.carry != nil {
			l.dropCarry(c)
		}
		if c.out != nil {
			l.freeQueue(c)
		}
		for n := c.mail.shut(); n != nil; {
			n = n.recycle()
		}
		l.srv.conns.Add(-1)
		l.srv.handler.Closed(c, c.failed)
	}
	clear(l.closing)
	l.closing = l.closing[:0]
}

// insert gives c a slot on l.
func (l *Loop) insert(c *Conn) {
	if k := len(l.free); k > 0 {
		c.slot = l.free[k-1]
		l.free = l.free[:k-1]
		l.conns[c.slot] = c
	} else {
		c.slot = int32(len(l.conns))
		l.conns = append(l.conns, c)
	}
	l.counts.conns.Add(1)
}

// remove takes c off l.
func (l *Loop) remove(c *Conn) {
	l.conns[c.slot] = nil
	l.free = append(l.free, c.slot)
	c.slot = -1
	l.counts.conns.Add(-1)
	if c.is(isHeld) {
		c.state &^= isHeld
		for i, h := range l.held {
			if h == c {
				last := len(l.held) - 1
				l.held[i], l.held[last] = l.held[last], nil
				l.held = l.held[:last]
				break
			}
		}
	}
}

// receive handles the letters that are in the inbox now.
func (l *Loop) receive() {
	for n := l.inbox.take(); n != nil; n = n.recycle() {
		switch {
		case n.call != nil:
			n.call(l)
		case n.conn != nil:
			l.deliver(n.conn)
		default:
			l.srv.handler.Message(l, n.msg)
		}
	}
}

// deliver hands c's mail to the handler, or the note of it to the loop on which c
// lives now. While c is between two loops the mail waits until it arrives.
func (l *Loop) deliver(c *Conn) {
	if home := c.Loop(); home != l {
		home.postMail(c)
		return
	}
	if c.slot < 0 {
		return
	}
	for n := c.mail.take(); n != nil; n = n.recycle() {
		if !c.is(isClosing) {
			l.srv.handler.Message(l, n.msg)
		}
	}
}

// gatherAgain makes the connections ready that asked for another Tick.
func (l *Loop) gatherAgain() {
	for _, c := range l.again {
		c.state &^= isAgain
		if !c.is(isReady) && c.offer() {
			c.state |= isReady
			l.ready = append(l.ready, c)
		}
	}
	clear(l.again)
	l.again = l.again[:0]
}

// cron calls the handler's Cron and returns memory that a burst has left.
func (l *Loop) cron() {
	l.srv.handler.Cron(l)
	if cap(l.Out) > arenaSpare && l.outPeak < cap(l.Out)/4 {
		l.Out = make([]byte, 0, max(arenaStart, 2*l.outPeak))
	}
	l.outPeak = 0
	if now := l.srv.opts.Clock.Mono(); now >= l.staleAt {
		l.staleAt = now + int64(farewellTime)
		l.endStaleFarewells()
	}
}

// endStaleFarewells closes connections whose peer has not taken any of their last
// output since the last call: such a one could stay for ever.
func (l *Loop) endStaleFarewells() {
	l.Conns(func(c *Conn) bool {
		if c.is(isFlushing) && !c.is(isHeld) {
			if left := c.Pending(); left == c.want {
				c.Close(ErrStale)
			} else {
				c.want = left
			}
		}
		return true
	})
}

// hungUp ends c because its peer did, err saying how. Replies to commands that came
// before the end still go out if the peer only closed its sending side.
func (l *Loop) hungUp(c *Conn, err error) {
	if err == io.EOF && c.Pending() > 0 && !c.is(isFlushing) {
		c.failed = err
		c.state |= isDeaf | isHalf
		c.CloseAfterFlush()
		l.drv.poll(c)
		return
	}
	c.Close(err)
}
