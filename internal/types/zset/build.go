package zset

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"sigrun/internal/ds/btree"
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Sets that are made at once.

// Element is a member and its score.
type Element struct {
	Member []byte
	Score  float64
}

// Compare orders elements as a set does.
func (e *Element) Compare(o *Element) int {
	if c := cmp.Compare(btree.Key(e.Score), btree.Key(o.Score)); c != 0 {
		return c
	}
	return bytes.Compare(e.Member, o.Member)
}

// Build returns a set of these elements, which are different members in order. It
// copies them.
func Build(h *offheap.Heap, l *value.Limits, elements []Element) Set {
	total, longest := 0, 0
	for i := range elements {
		n := len(elements[i].Member)
		total += n
		longest = max(longest, n)
	}
	if fits(l, len(elements), total, longest) {
		i := 0
		return buildSmall(h, len(elements), total, func() ([]byte, float64) {
			i++
			return elements[i-1].Member, elements[i-1].Score
		})
	}
	i := 0
	s := NewLarge(h)
	s.Fill(len(elements), false, func() ([]byte, float64) {
		i++
		return elements[i-1].Member, elements[i-1].Score
	})
	return s
}

// Fill puts n different members, which next returns in order or in reverse, into a
// large set without members.
func (s *Set) Fill(n int, reverse bool, next func() (member []byte, score float64)) {
	s.Reserve(n)
	t := s.table()
	if n > manyGathered {
		for range n {
			t.add(next())
		}
		return
	}
	refs := make([]offheap.Ref, n)
	for i := range n {
		at := i
		if reverse {
			at = n - 1 - i
		}
		member, score := next()
		refs[at] = t.record(member, score)
		t.Dict().Insert(s.Heap, dict.Hash(member), refs[at])
	}
	t.tree().Build(s.Heap, n, func(i int) (uint64, offheap.Ref) {
		return btree.Key(scoreAt(s.Heap, refs[i])), refs[i]
	})
}

// fits reports whether n members of total bytes, the longest of so many, may be a
// listpack.
func fits(l *value.Limits, n, total, longest int) bool {
	return n <= l.ZSetEntries && longest <= l.ZSetValue && listpack.SafeToAdd(emptyPack[:], total)
}

var emptyPack = [listpack.EmptySize]byte(listpack.New())

// fewBytes is the size up to which a listpack is put together on the stack.
const fewBytes = 4 << 10

// buildSmall makes a listpack of n members of total bytes that next returns in
// order.
func buildSmall(h *offheap.Heap, n, total int, next func() (member []byte, score float64)) Set {
	var room [fewBytes]byte
	buf := room[:]
	if most := listpack.EmptySize + total + n*(listpack.Bound(0)+listpack.Bound(num.MaxDoubleLen)); most > len(buf) {
		buf = make([]byte, most)
	}
	w := listpack.Write(listpack.AppendEmpty(buf[:0]))
	for range n {
		member, score := next()
		w.Text(member)
		if i, ok := whole(score); ok {
			w.Int(i)
		} else {
			var text [num.MaxDoubleLen]byte
			w.Text(num.AppendDouble(text[:0], score))
		}
	}
	return Set{h, value.KindZSetPack, value.PutPack(h, 0, w.Close())}
}

// Collect adds score to that of a member of a large set, as sum says, or adds the
// member. Nothing else may be done with the set until Order was called: members
// have no order yet.
func (s *Set) Collect(member []byte, score float64, sum func(a, b float64) float64) {
	t := s.table()
	if r, found := t.find(member); found {
		dict.At(s.Heap, r).SetWord(memberKind, math.Float64bits(sum(scoreAt(s.Heap, r), score)))
		return
	}
	s.Gather(member, score)
}

// Gather is Collect for a member that is not there.
func (s *Set) Gather(member []byte, score float64) {
	t := s.table()
	t.Dict().Insert(s.Heap, dict.Hash(member), t.record(member, score))
}

// manyGathered is from how many members on they are put into the tree one by one:
// a list of all of them would take too much memory.
const manyGathered = 1 << 16

// gathered is a member to be put in order.
type gathered struct {
	key uint64
	ref offheap.Ref
}

// Order gives the members that were collected their order.
func (s *Set) Order() {
	t := s.table()
	h, tree, n := s.Heap, t.tree(), t.Dict().Len()
	if n > manyGathered {
		t.each(func(r offheap.Ref) bool {
			tree.Insert(h, btree.Key(scoreAt(h, r)), r)
			return true
		})
		return
	}
	all := make([]gathered, 0, n)
	t.each(func(r offheap.Ref) bool {
		all = append(all, gathered{btree.Key(scoreAt(h, r)), r})
		return true
	})
	slices.SortFunc(all, func(a, b gathered) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return bytes.Compare(dict.At(h, a.ref).Key(), dict.At(h, b.ref).Key())
	})
	tree.Build(h, n, func(i int) (uint64, offheap.Ref) { return all[i].key, all[i].ref })
}

// Shrink turns a large set into a listpack if it is small enough, which no set
// that a key holds is asked to.
func (s *Set) Shrink(l *value.Limits) {
	n := s.Len()
	if s.Small() || n > l.ZSetEntries {
		return
	}
	total, longest := 0, 0
	s.table().each(func(r offheap.Ref) bool {
		size := len(dict.At(s.Heap, r).Key())
		total += size
		longest = max(longest, size)
		return longest <= l.ZSetValue
	})
	if !fits(l, n, total, longest) {
		return
	}
	small := buildSmall(s.Heap, n, total, s.each())
	s.Free()
	*s = small
}
