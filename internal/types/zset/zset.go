// Package zset is the type "zset": its two forms, when one becomes the other,
// and how it is copied, saved, loaded and digested.
//
//	kind          word of the record             members
//	KindZSetPack  block of a listpack            few: member, score, member, score … in order
//	KindZSet      root block ─► table and tree   any
//
//	root: | header of a dict.Dict | header of a btree.Tree | bytes of the records u64 |
//
// In the large form a member is a record whose payload is the score. The table
// finds it by its name, the tree by its score or rank: both hold a ref to it.
//
// Scores are doubles, but for NaN. Members of equal score, and the two zeros are
// equal, are ordered by their bytes. In a listpack a score that is a whole number
// is an integer, so a negative zero is a zero there; any other is the shortest
// text that reads back as the same number.
//
// A sorted set only grows into the large form, at the sizes of value.Limits. When
// it does, clients see in OBJECT ENCODING: it must be where Valkey does it.
//
// Invariants: (1) a sorted set that a record holds has a member; (2) a member is
// there once, and members are in order; (3) table and tree of the large form have
// the same records; (4) the bytes in the root are those of their blocks.
package zset

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Set is a sorted set that can be worked on. Its owner stores Kind and Word where
// they belong when they have changed: any method that adds or removes may do
// that. It frees or stores a set that it has made.
type Set struct {
	Heap *offheap.Heap
	Kind dict.Kind
	Word uint64
}

// Is reports whether o is a sorted set.
func Is(o value.Object) bool {
	return o.Rec.Kind() == value.KindZSetPack || o.Rec.Kind() == value.KindZSet
}

// Of is the sorted set that o holds, which must be one.
func Of(o value.Object) Set { return Set{Heap: o.Heap, Kind: o.Rec.Kind(), Word: o.Rec.Word()} }

// New returns a set without members, in the form that is right for n members of
// at most size bytes. One that stays empty must be freed.
func New(h *offheap.Heap, l *value.Limits, n, size int) Set {
	if n <= l.ZSetEntries && size <= l.ZSetValue {
		var room [listpack.EmptySize]byte
		return Set{h, value.KindZSetPack, value.PutPack(h, 0, listpack.AppendEmpty(room[:0]))}
	}
	return NewLarge(h)
}

// NewLarge returns a set without members in the large form.
func NewLarge(h *offheap.Heap) Set { return Set{h, value.KindZSet, uint64(newTable(h).Ref)} }

// Reserve makes room in a large set without members for n of them.
func (s *Set) Reserve(n int) { s.table().Dict().Reserve(s.Heap, n) }

// Free gives the set's memory back.
func (s *Set) Free() {
	value.Discard(s.Heap, s.Kind, s.Word)
	s.Word = 0
}

// Small reports whether the set is a listpack.
func (s *Set) Small() bool { return s.Kind == value.KindZSetPack }

// pack is the bytes of the small form, and of the rest of their block.
func (s *Set) pack() []byte { return value.Pack(s.Heap, s.Word) }

func (s *Set) table() table { return tableAt(s.Heap, s.Word) }

// Len is the number of members.
func (s *Set) Len() int {
	if s.Small() {
		return listpack.Len(s.pack()) / 2
	}
	return s.table().Dict().Len()
}

// Score is the score of member, if it is there.
func (s *Set) Score(member []byte) (score float64, ok bool) {
	if !s.Small() {
		return s.table().score(member)
	}
	lp := s.pack()
	p := findPacked(lp, member)
	if p == listpack.End {
		return 0, false
	}
	return packedScore(lp, listpack.Next(lp, p)), true
}

// Rank is the number of members before member, and its score, if it is there.
func (s *Set) Rank(member []byte) (rank int, score float64, ok bool) {
	if !s.Small() {
		return s.table().rank(member)
	}
	lp := s.pack()
	at := findPacked(lp, member)
	if at == listpack.End {
		return 0, 0, false
	}
	for p := listpack.First(lp); p != at; rank++ {
		p = listpack.Skip(lp, p, 2)
	}
	return rank, packedScore(lp, listpack.Next(lp, at)), true
}

// Range is a range of scores.
type Range struct {
	Min, Max         float64
	MinOpen, MaxOpen bool // the end itself is not in it
}

// below reports whether score is before the range, above whether it is behind it.
func (r *Range) below(score float64) bool {
	return score < r.Min || r.MinOpen && score == r.Min
}

func (r *Range) above(score float64) bool {
	return score > r.Max || r.MaxOpen && score == r.Max
}

// ByScore is the ranks [from, to) of the members whose scores are in r.
func (s *Set) ByScore(r *Range) (from, to int) {
	if r.Min > r.Max {
		return 0, 0
	}
	if s.Small() {
		from, to = packedByScore(s.pack(), r)
	} else {
		from, to = s.table().byScore(r)
	}
	return from, max(from, to)
}

// Bound is an end of a range of members.
type Bound struct {
	Member []byte
	Open   bool // the member itself is not in the range
	End    int8 // -1: before all members, +1: behind them
}

// LexRange is a range of members.
type LexRange struct{ Min, Max Bound }

// ByMember is the ranks [from, to) of the members that are in r, in a set whose
// scores are all equal. In other small sets it is the members in r from the first
// such on, or, if reverse, those up to the last such; in large ones anything.
func (s *Set) ByMember(r *LexRange, reverse bool) (from, to int) {
	if s.Small() {
		from, to = packedByMember(s.pack(), r, reverse)
	} else {
		from, to = s.table().byMember(r)
	}
	return from, max(from, to)
}
