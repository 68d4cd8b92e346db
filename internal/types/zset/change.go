package zset

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/value"
)

// How is what Put is asked for.
type How struct {
	NX, XX bool // only if the member is not there, or only if it is
	GT, LT bool // a member that is there: only if its score becomes greater, or less
	Incr   bool // the score is added to what is there
}

// Outcome is what Put has done.
type Outcome uint8

// Outcomes of Put.
const (
	Refused Outcome = iota // nothing, for one of the conditions
	Same                   // nothing: the score is what it was
	Added
	Updated
	NaN // nothing: the sum would not be a number
)

// Put gives member a score and returns it; it is not NaN. It makes the set large
// where it must become that.
func (s *Set) Put(l *value.Limits, member []byte, score float64, how How) (float64, Outcome) {
	if s.Small() {
		if now, o, done := s.putPacked(l, member, score, how); done {
			return now, o
		}
		s.enlarge()
	}
	t := s.table()
	r, found := t.find(member)
	if !found {
		if how.XX {
			return score, Refused
		}
		t.add(member, score)
		return score, Added
	}
	old := scoreAt(s.Heap, r)
	score, o := how.decide(old, score)
	if o == Updated {
		t.move(r, score)
	}
	return score, o
}

// decide is what becomes of a score that is old.
func (how How) decide(old, score float64) (float64, Outcome) {
	if how.NX {
		return old, Refused
	}
	if how.Incr {
		if score += old; score != score {
			return 0, NaN
		}
	}
	switch {
	case how.LT && score >= old || how.GT && score <= old:
		return old, Refused
	case score == old:
		return score, Same
	}
	return score, Updated
}

// putPacked is Put in a listpack; done is false if the set must become large
// first.
func (s *Set) putPacked(l *value.Limits, member []byte, score float64, how How) (now float64, o Outcome, done bool) {
	lp := s.pack()
	p := findPacked(lp, member)
	if p == listpack.End {
		switch {
		case how.XX:
			return score, Refused, true
		case listpack.Len(lp)/2+1 > l.ZSetEntries || len(member) > l.ZSetValue || !listpack.SafeToAdd(lp, len(member)):
			return score, Added, false
		}
		s.insertPacked(member, score)
		return score, Added, true
	}
	score, o = how.decide(packedScore(lp, listpack.Next(lp, p)), score)
	if o == Updated {
		listpack.DeleteRange(lp, p, 2)
		s.insertPacked(member, score)
	}
	return score, o, true
}

// Prepare makes a set large that is about to get so many members of at most so
// many bytes, some of which it may have.
func (s *Set) Prepare(l *value.Limits, n, size int) {
	if s.Small() && (n > l.ZSetEntries || size > l.ZSetValue) {
		s.enlarge()
	}
}

// enlarge turns a listpack into a table and a tree.
func (s *Set) enlarge() {
	large := NewLarge(s.Heap)
	large.Fill(s.Len(), false, s.each())
	value.FreePack(s.Heap, s.Word)
	*s = large
}

// Delete takes member out and reports whether it was there. The set may be empty
// then.
func (s *Set) Delete(member []byte) bool {
	if !s.Small() {
		return s.table().remove(member)
	}
	p := findPacked(s.pack(), member)
	if p == listpack.End {
		return false
	}
	s.deletePacked(p, 1)
	return true
}

// DeleteRange takes the members of the ranks [from, to) out, which are there. The
// set may be empty then.
func (s *Set) DeleteRange(from, to int) {
	switch {
	case from >= to:
	case s.Small():
		s.deletePacked(listpack.Seek(s.pack(), 2*from), to-from)
	default:
		s.table().removeRange(from, to-from)
	}
}
