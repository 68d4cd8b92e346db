package exec

import "sigrun/internal/config"

// Usage is what a connection holds and has moved, in bytes.
type Usage struct {
	Unread int // input that waits to be executed
	Unsent int // output that waits to be sent
	Memory int // all of it, buffers and transaction included
	NetIn  uint64
	NetOut uint64
}

// sessionBytes is about what a session takes without its connection.
const sessionBytes = 512

// measure brings s.usage up to date. It runs on the loop of s.
func (s *Session) measure() {
	c := s.Conn
	s.usage.Unread = c.InputBytes()
	if n := len(c.In); n > 0 {
		s.usage.Unread = n - s.at
	}
	s.usage.Unsent = c.Pending()
	s.usage.Memory = sessionBytes + c.Memory() + len(s.Name) + len(s.LibName) + len(s.LibVer)
	if s.multi != nil {
		s.usage.Memory += s.multi.bytes
	}
}

// consumed notes how much of the input of this tick was executed, and drops it.
func (s *Session) consumed() {
	s.Conn.Discard(s.at)
	s.usage.NetIn += uint64(s.at)
	s.usage.Unread = len(s.Conn.In)
	s.worker.NetIn += uint64(s.at)
	s.at = 0
}

// UsageOf is what s uses: now if it lives on w, else when its own loop looked
// last, which is at most about a second ago. The caller runs on w and, unless s
// lives there too, has entered all shards.
func (w *Worker) UsageOf(s *Session) Usage {
	if s.worker == w {
		s.measure()
	}
	u := s.usage
	u.NetIn += uint64(u.Unread + s.at)
	return u
}

// Admitted reports whether s needs no password any more: it has given one, or
// none is wanted.
func (s *Session) Admitted() bool {
	return s.flags&Authenticated != 0 || s.worker.engine.Config.String(config.RequirePass) == ""
}

// Quit closes the session once its replies are sent, that of the running command
// included. It runs on the loop of s.
func (s *Session) Quit() {
	s.flags |= Closing
	s.Conn.CloseAfterFlush()
}
