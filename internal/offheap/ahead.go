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

// ahead is the making of the next chunk.
type ahead struct {
	busy bool // guarded by Space.mu
	done sync.WaitGroup
}

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
}

func (s *Space) nextChunk() (from, pages uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead.busy = false
	from = s.top
	next := s.committed + chunkPages
	if s.top != s.committed || uint64(next)<<pageShift > s.size || s.commitTo(next) != nil {
		return 0, 0
	}
	i := s.claim()
	pages = s.span(i).pages
	s.giveFree(i)
	return from, pages
}
