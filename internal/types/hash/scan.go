package hash

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
)

// Step is what one step of a scan found.
type Step struct {
	Next uint64 // the cursor to go on with; 0: that was all
	hash *Hash
	refs []offheap.Ref
}

// Scan is a step of a scan from cursor on, of at least count fields if there are
// so many; a listpack is done in one. refs is room for what it finds. The step dies
// with the hash's next change.
func (h *Hash) Scan(cursor uint64, count int, refs []offheap.Ref) Step {
	if h.packed() {
		return Step{hash: h}
	}
	refs, next := h.table().Dict().ScanFrom(h.Heap, cursor, count, refs)
	return Step{Next: next, hash: h, refs: refs}
}

// Each calls visit for every field that was found and is not dead until it returns
// false.
func (s *Step) Each(visit func(field, v Value) bool) {
	h := s.hash
	if h.packed() {
		h.Each(visit)
		return
	}
	for _, r := range s.refs {
		rec := dict.At(h.Heap, r)
		if !h.dead(rec) && !visit(Value{Bytes: rec.Key()}, valueOf(h.Heap, rec)) {
			return
		}
	}
}
