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

// measure brings s.usage up to date. It runs on the loop of s. What a session
// takes that is closing is as good as free, once it has been given up.
func (s *Session) measure() {
	c := s.Conn
	s.usage.Unread = c.InputBytes()
	if n := len(c.In); n > 0 {
		s.usage.Unread = n - s.at
	}
	s.usage.Unsent = c.Pending()
	if s.flags&Closing != 0 {
		return
	}
	n := sessionBytes + c.Memory() + len(s.Name) + len(s.LibName) + len(s.LibVer)
	n += max(len(c.In)-c.InputBytes(), 0) // will be kept when the turn ends
	if s.multi != nil {
		n += s.multi.bytes
	}
	s.worker.engine.clientMemory.Add(int64(n - s.usage.Memory))
	s.usage.Memory = n
}

// releaseMemory takes s off the sum of what clients take.
func (s *Session) releaseMemory() {
	s.worker.engine.clientMemory.Add(-int64(s.usage.Memory))
	s.usage.Memory = 0
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
