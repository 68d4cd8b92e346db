package exec

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/netio"
	"sigrun/internal/resp"
)

// Flags of a session.
const (
	Closing       uint32 = 1 << iota // nothing of it is executed any more
	InMulti                          // between MULTI and EXEC
	DirtyExec                        // a command of the transaction was refused
	Authenticated                    // or no password is needed
	ReplyOff                         // CLIENT REPLY OFF
	ReplySkip                        // CLIENT REPLY SKIP: the next reply
	ReplySkipping                    // this reply
	NoEvict                          // CLIENT NO-EVICT
	NoTouch                          // CLIENT NO-TOUCH
	Held                             // input waits until a pause ends
	Internal                         // not a client: loading, tests
	ImportSource                     // CLIENT IMPORT-SOURCE
	refused                          // never was a client
)

// Session is what the server knows of a connection. It belongs to the worker of
// the connection's loop, which holds its gate when it changes it.
type Session struct {
	Conn    *netio.Conn
	ID      uint64
	Created int64 // Unix milliseconds
	Active  int64 // last command, Unix milliseconds
	Name    string
	LibName string
	LibVer  string
	Last    *command.Spec
	DB      int
	Calls   uint64

	flags  uint32
	proto3 bool
	user   string
	laddr  string // our address, as CLIENT LIST shows it
	parser resp.Parser
	at     int // consumed bytes of Conn.In in this tick
	slot   int // in Worker.sessions
	worker *Worker
	multi  *transaction // nil outside of one
	watch  *keyspace.Watcher
	once   bool // it has used MULTI or WATCH
	limits outputState
	usage  Usage // when it was measured last
	capa   bool  // CLIENT CAPA redirect
	waiting
}

// waiting is what a session waits for, and may want to wait for.
type waiting struct {
	blocked *blocked // may be over
	wrote   uint64   // where the log ended after its last change
}

// Is reports whether all of the flags are set.
func (s *Session) Is(flags uint32) bool { return s.flags&flags == flags }

// Set sets or clears flags.
func (s *Session) Set(flags uint32, on bool) {
	if on {
		s.flags |= flags
	} else {
		s.flags &^= flags
	}
}

// Proto is the version of the protocol, 2 or 3.
func (s *Session) Proto() int {
	if s.proto3 {
		return 3
	}
	return 2
}

// SetProto changes the version of the protocol, from the current reply on.
func (s *Session) SetProto(v int) {
	s.proto3 = v == 3
	s.worker.W.Proto3 = s.proto3
}

// User is the name of the authenticated user.
func (s *Session) User() string { return s.user }

// SetUser authenticates the session.
func (s *Session) SetUser(name string) {
	s.user = name
	s.Set(Authenticated, true)
}

// SetRedirect notes CLIENT CAPA redirect.
func (s *Session) SetRedirect() { s.capa = true }

// Engine is the engine that serves s.
func (s *Session) Engine() *Engine { return s.worker.engine }

// Worker is the worker that serves s.
func (s *Session) Worker() *Worker { return s.worker }

// Wrote is where the log ended after the session's last change.
func (s *Session) Wrote() uint64 { return s.wrote }

// Queued is the number of commands in the session's transaction, and the memory
// that they take. Of a session that never used MULTI or WATCH the number is -1,
// as Valkey tells it.
func (s *Session) Queued() (n, bytes int) {
	switch {
	case s.multi != nil:
		return len(s.multi.commands), s.multi.bytes
	case s.once:
		return 0, 0
	}
	return -1, 0
}

// Watched is the number of keys that the session watches: none any more once one
// of them has changed.
func (s *Session) Watched() int {
	if s.watch == nil || s.watch.MayHaveChanged() {
		return 0
	}
	return s.watch.Len()
}

// WatchChanged reports whether a watched key has changed.
func (s *Session) WatchChanged() bool { return s.watch != nil && s.watch.MayHaveChanged() }

// Of is the session that runs the command of c.
func Of(c *command.Ctx) *Session { return c.Session.(*Session) }

// Kill closes the session without waiting for its output. It may be called by
// whoever has entered all shards, from any loop.
func (s *Session) Kill() {
	if !s.Is(Closing) {
		s.end(nil)
	}
}

// giveUp ends the waiting of a session that is about to close, lest it is given
// what nobody will get. The caller has entered all shards.
func (s *Session) giveUp() {
	if b := s.blocked; b != nil && !b.over {
		b.end(s.worker.Tx)
	}
}

// end is Kill with a reason.
func (s *Session) end(why error) {
	s.flags |= Closing
	s.giveUp()
	s.Conn.Post(func(*Worker) { s.Conn.Close(why) })
}

// LocalAddr is our end's address as CLIENT LIST shows it.
func (s *Session) LocalAddr() string { return s.laddr }

// Reset gives the session the state of a new connection (RESET), but for its
// protocol, which becomes 2. The session has no shard entered but its keys'.
func (s *Session) Reset() {
	s.discard()
	s.DB = 0
	s.Name = ""
	s.flags &^= ReplyOff | ReplySkip | ReplySkipping | NoEvict | NoTouch | ImportSource
	s.SetProto(2)
	s.worker.login(s)
}
