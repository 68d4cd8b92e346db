package netio

import (
	"sync/atomic"

	"sigrun/internal/invariant"
)

// Shared is a copy of some bytes that the output queues of several connections may
// hold at the same time. Its memory is given back when nobody holds it any more. Its
// methods may be called by any goroutine.
type Shared struct {
	b    []byte
	refs atomic.Int32
}

// NewShared copies b. The caller holds the copy until it calls Release.
func NewShared(b []byte) *Shared {
	s := &Shared{b: append(bigAlloc(len(b)), b...)}
	s.refs.Store(1)
	return s
}

// Bytes are the copied bytes. They must not change, and die with the last Release.
func (s *Shared) Bytes() []byte { return s.b }

// Hold makes the caller one of those who hold s, and reports whether it does: not if
// nobody held s any more.
func (s *Shared) Hold() bool {
	for {
		n := s.refs.Load()
		if n == 0 {
			return false
		}
		if s.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Release ends what NewShared or Hold began.
func (s *Shared) Release() {
	n := s.refs.Add(-1)
	invariant.Assert(n >= 0, "netio: shared bytes released too often")
	if n == 0 {
		bigFree(s.b)
		s.b = nil
	}
}

// QueueShared makes what s holds from off on the next output of c. It takes over
// the caller's hold of s.
func (l *Loop) QueueShared(c *Conn, s *Shared, off int) {
	if c.is(isClosing) || off == len(s.b) {
		s.Release()
		return
	}
	l.touch(c)
	l.spill(c, 0)
	l.queueOf(c).share(s, off)
}
