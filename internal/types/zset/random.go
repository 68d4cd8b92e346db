package zset

import (
	"slices"

	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/num"
	"sigrun/internal/rng"
)

// Random is a member drawn with fair chance, with its score. The member is a view
// that dies with the set's next change; room is for its text.
func (s *Set) Random(src *rng.Source, room *[num.MaxIntLen]byte) (member []byte, score float64) {
	if !s.Small() {
		r := s.table().Dict().Random(s.Heap, src)
		return dict.At(s.Heap, r).Key(), scoreAt(s.Heap, r)
	}
	lp := s.pack()
	e, next := listpack.GetNext(lp, listpack.Seek(lp, 2*int(src.Uint64n(uint64(s.Len())))))
	if e.IsInt {
		return num.AppendInt(room[:0], e.Int), packedScore(lp, next)
	}
	return e.Bytes, packedScore(lp, next)
}

// Sample calls visit for n different members, each choice of so many with the same
// chance, in order. There must be so many.
func (s *Set) Sample(src *rng.Source, n int, visit func(member []byte, score float64)) {
	if n > s.Len()/8 {
		s.sampleMany(src, n, visit)
		return
	}
	ranks := make([]int, 0, n)
	for len(ranks) < n { // drawing again for those drawn twice keeps the chances equal
		for range n - len(ranks) {
			ranks = append(ranks, int(src.Uint64n(uint64(s.Len()))))
		}
		slices.Sort(ranks)
		ranks = slices.Compact(ranks)
	}
	for _, rank := range ranks {
		it := s.Iter(rank, 1, false)
		it.Next()
		visit(it.Member(), it.Score())
	}
}

// sampleMany is Sample for a good part of the set: it goes through all of it and
// takes each member with the chance that as many are still to be taken of those
// still to come.
func (s *Set) sampleMany(src *rng.Source, n int, visit func(member []byte, score float64)) {
	left := s.Len()
	it := s.Iter(0, left, false)
	for ; n > 0 && it.Next(); left-- {
		if src.Uint64n(uint64(left)) < uint64(n) {
			visit(it.Member(), it.Score())
			n--
		}
	}
}
