package set

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/intset"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/internal/value"
)

// Random is a member, each with the same chance. The set must not be empty.
func (s *Set) Random(src *rng.Source) Member {
	switch s.Kind {
	case value.KindSetInts:
		b := s.pack()
		return Int(intset.At(b, int(src.Uint64n(uint64(intset.Len(b))))))
	case value.KindSetPack:
		lp := s.pack()
		return listpack.Get(lp, listpack.Seek(lp, int(src.Uint64n(uint64(listpack.Len(lp))))))
	}
	t := s.table()
	return Text(dict.At(t.Heap, t.Dict().Random(t.Heap, src)).Key())
}

// Sample calls visit for n different members, each choice of n with the same
// chance; n is at most the length. Their order is not random. visit must not
// change the set.
func (s *Set) Sample(src *rng.Source, n int, visit func(m Member)) {
	if s.Kind == value.KindSet && n < s.Len()/3 {
		s.table().sample(src, n, visit)
		return
	}
	left := s.Len()
	if n == 0 {
		return
	}
	s.Each(func(m Member) bool {
		if src.Uint64n(uint64(left)) < uint64(n) {
			visit(m)
			n--
		}
		left--
		return n > 0
	})
}

// sample is Sample for few of many: what was drawn before is drawn again.
func (t table) sample(src *rng.Source, n int, visit func(m Member)) {
	seen := make(map[offheap.Ref]struct{}, n)
	for len(seen) < n {
		r := t.Dict().Random(t.Heap, src)
		if _, again := seen[r]; !again {
			seen[r] = struct{}{}
			visit(Text(dict.At(t.Heap, r).Key()))
		}
	}
}

// Draw calls visit n times, each time for any member. The set must not be empty,
// and visit must not change it.
func (s *Set) Draw(src *rng.Source, n int, visit func(m Member)) {
	if s.Kind != value.KindSetPack {
		for range n {
			visit(s.Random(src))
		}
		return
	}
	lp := s.pack()
	var all []listpack.Pos
	for p := listpack.First(lp); p != listpack.End; p = listpack.Next(lp, p) {
		all = append(all, p)
	}
	for range n {
		visit(listpack.Get(lp, all[src.Uint64n(uint64(len(all)))]))
	}
}
