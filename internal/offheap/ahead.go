package offheap

import (
	"sync"
	"unsafe"
)

// The first touch of a huge page costs the time to clear two megabytes, and in a
// virtual machine that of as many faults in its host: milliseconds in which an
// event loop would answer nobody. So when few pages are left that were touched
// before, somebody else commits the next chunk and touches it.

// aheadPages is when: enough for some thousand small records, few enough that
// hardly any memory lies ready for nothing.
const aheadPages = chunkPages / 10

// ahead is the making of the next chunk. Space.mu guards it.
type ahead struct {
	busy bool
	seen uint32 // first of the free pages at the top when Relax looked last
	age  int    // how often it was the same
	wide int    // chunks below hugeFrom that were made huge pages
	done sync.WaitGroup
}

// patience is how many calls of Relax the free pages at the top may lie ready
// for nothing.
const patience = 2

// start begins it unless it is under way. s is locked.
func (a *ahead) start(s *Space) {
	if a.busy || uint64(s.committed)<<pageShift < hugeFrom || s.top != s.committed {
		return
	}
	a.busy = true
	a.done.Go(func() { s.prepare() })
}

func (a *ahead) wait() { a.done.Wait() }

// prepare commits the next chunk, which joins the free pages, and has the system
// provide its memory. What it can't get it leaves to who needs it.
func (s *Space) prepare() {
	from, pages := s.nextChunk()
	if pages > 0 {
		populate(unsafe.Add(s.base, uintptr(from)<<pageShift), uintptr(pages)<<pageShift)
	}
	s.widen()
}

// widen makes a chunk that began as small pages a huge one, when the process has
// grown so much that this makes no difference to its size.
func (s *Space) widen() {
	s.mu.Lock()
	chunk := s.ahead.wide
	if uint64(s.committed)<<pageShift < 2*hugeFrom || chunk == hugeFrom/chunkSize {
		s.mu.Unlock()
		return
	}
	s.ahead.wide++
	s.mu.Unlock()
	collapse(unsafe.Add(s.base, chunk*chunkSize), chunkSize)
}

// Relax is to be called some ten times a second: when nothing has grown for a
// while it gives back the memory that lies ready for growth.
func (s *Space) Relax() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.top == 1 {
		return // nothing was ever needed
	}
	i := *s.page(s.top - 1)
	tail := s.span(i)
	if tail.state != spanFree {
		return
	}
	a := &s.ahead
	if tail.start != a.seen {
		a.seen, a.age = tail.start, 0
		return
	}
	if a.age++; a.age != patience {
		return
	}
	s.removeFree(i)
	releasePages(unsafe.Add(s.base, uintptr(tail.start)<<pageShift), uintptr(tail.pages)<<pageShift)
	tail.clean = true
	s.addFree(i)
}

func (s *Space) nextChunk() (from, pages uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead.busy = false
	from = s.top
	next := s.committed + chunkPages
	if tail := s.span(*s.page(s.top - 1)); tail.state == spanFree && tail.pages >= aheadPages {
		return 0, 0 // whoever needed it was quicker
	}
	if s.top != s.committed || uint64(next)<<pageShift > s.size || s.commitTo(next) != nil {
		return 0, 0
	}
	i := s.claim()
	pages = s.span(i).pages
	s.giveFree(i)
	return from, pages
}
