package offheap

import "sync/atomic"

// A value can move from one shard to another with all its blocks where they are
// (RENAME costs no more than it does elsewhere). So a block may be freed by a
// heap that did not allocate it: a stray. Strays wait in a stack of the heap they
// belong to, linked through their own first word, until that heap takes them
// back: when it needs memory, or is asked to. Any goroutine may add to the stack;
// only the heap's owner empties it, at once, so nodes can't come back between a
// look and a swap.
//
//	top ──► [ next ref 40 bits | purpose 8 bits ] ──► …
type strays struct {
	top   atomic.Uint64
	taken atomic.Uint64 // the rest of a stack that was emptied; only the owner changes it
	bytes [purposes]atomic.Int64
}

// takeBack is how many strays are taken back when memory is needed.
const takeBack = 256

// enlist makes h known to those who free its blocks.
func (s *Space) enlist(h *Heap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.heaps) <= int(h.id) {
		s.heaps = append(s.heaps, nil)
	}
	s.heaps[h.id] = h
}

// stray puts block r of span sp, allocated for p, onto its heap's stack.
func (s *Space) stray(r Ref, sp *span, p Purpose) {
	stack := &s.heaps[sp.heap].strays
	stack.bytes[p].Add(sp.blockSize())
	word := (*uint64)(s.Ptr(r))
	for {
		head := stack.top.Load()
		*word = head | uint64(p)<<RefBits
		if stack.top.CompareAndSwap(head, uint64(r)) {
			return
		}
	}
}

// TakeBack frees up to n blocks of h that others have freed.
func (h *Heap) TakeBack(n int) {
	st := &h.strays
	next := st.taken.Load()
	if next == 0 {
		next = st.top.Swap(0)
	}
	for ; n > 0 && next != 0; n-- {
		r := Ref(next)
		word := *(*uint64)(h.space.Ptr(r))
		p := Purpose(word >> RefBits)
		st.bytes[p].Add(-h.space.span(h.space.spanOf(r)).blockSize())
		h.Free(r, p)
		if next = word & (1<<RefBits - 1); next == 0 {
			next = st.top.Swap(0)
		}
	}
	st.taken.Store(next)
}

// Strays reports whether there is something to take back.
func (h *Heap) Strays() bool { return h.strays.taken.Load() != 0 || h.strays.top.Load() != 0 }

// blockSize is the number of bytes of each block of sp.
func (sp *span) blockSize() int64 {
	if sp.state == spanLarge {
		return int64(sp.pages) << pageShift
	}
	return int64(classes[sp.class].size)
}
