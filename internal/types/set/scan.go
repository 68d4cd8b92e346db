package set

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Step is what one step of a scan found.
type Step struct {
	Next uint64 // the cursor to go on with; 0: that was all
	set  *Set
	refs []offheap.Ref
}

// Scan is a step of a scan from cursor on, of at least count members if there are
// so many; a small form is done in one. refs is room for what it finds. The step
// dies with the set's next change.
func (s *Set) Scan(cursor uint64, count int, refs []offheap.Ref) Step {
	if s.Kind != value.KindSet {
		return Step{set: s}
	}
	refs, next := s.table().Dict().ScanFrom(s.Heap, cursor, count, refs)
	return Step{Next: next, set: s, refs: refs}
}

// Each calls visit for what was found until it returns false.
func (p *Step) Each(visit func(m Member) bool) {
	if p.set.Kind != value.KindSet {
		p.set.Each(visit)
		return
	}
	for _, r := range p.refs {
		if !visit(Text(dict.At(p.set.Heap, r).Key())) {
			return
		}
	}
}
