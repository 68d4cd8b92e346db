// Package btree is the order of a large sorted set: a counted B+tree of
// references to its members' records (dict.Rec), ordered by score and then by
// member. It lies off the Go heap and holds no pointers; the records are the
// caller's.
//
//	inner   n u16, room u16, 4 unused     leaf   base u64
//	        ┌ key of the first element u64       n u16, room u16, shift u8, width u8
//	 room × ┤ child 40 bits │ count, low          ┌ ref 5 bytes
//	        └ its ref 40 b. │ count, high  room × ┤
//	          24 bytes a child                    └ delta, width bytes
//
// A score is compared by its Key, an integer that orders as scores do. A leaf
// packs keys as base + delta<<shift: neighbours are close to each other, and the
// keys of whole numbers end in zeros, so two to five bytes do for most. Members
// are looked at (a cache miss each) only to tell equal keys apart. Ranks come
// from the counts in inner nodes.
//
// Blocks have just the room that their entries need, and a sixteenth (small ones
// a quarter): so a tree fills its memory however it was built. A node that overflows is split in
// halves, or, if it grew at its end, left full; one that falls below a quarter
// is joined with a neighbour, or takes from it.
//
// Invariants: (1) an inner node has the key and the ref of the first element of
// each child, and the number of elements below it; (2) all leaves are equally
// deep; (3) no node but the root is empty, and an inner root has two children;
// (4) Tree.bytes is the size of all blocks.
//
// Insert, Delete, Rank and Seek cost O(log n), Build O(n).
package btree

import (
	"bytes"
	"math"
	"unsafe"

	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
)

const (
	maxLeaf   = 128 // entries of a leaf
	maxInner  = 64  // children of an inner node
	refMask   = 1<<offheap.RefBits - 1
	maxHeight = 16 // inner levels: a quarter of maxInner to this power is more than memory has
)

// Tree is an empty tree when zero. It may lie off the heap; its blocks belong to
// the Heap that each method is given.
type Tree struct {
	root  uint64 // ref | inner levels<<40
	count uint64
	bytes uint64
}

// HeaderSize is the number of bytes of a Tree.
const HeaderSize = int(unsafe.Sizeof(Tree{}))

// Open is the tree whose header lies off bytes, a multiple of 8, into block r. A
// header of zeros is an empty tree. The result dies with the block.
func Open(h *offheap.Heap, r offheap.Ref, off int) *Tree {
	return (*Tree)(unsafe.Add(h.Ptr(r), off))
}

// Len is the number of elements.
func (t *Tree) Len() int { return int(t.count) }

// Bytes is the size of the tree's blocks.
func (t *Tree) Bytes() int { return int(t.bytes) }

// Key maps a score, which is not NaN, to an integer so that keys compare as
// scores do; both zeros have the same key. It is less than MaxUint64, so that
// the key plus one is the lower bound of what is greater.
func Key(score float64) uint64 {
	if score == 0 {
		score = 0 // the negative zero, too
	}
	b := math.Float64bits(score)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func (t *Tree) height() int { return int(t.root >> offheap.RefBits) }

func (t *Tree) rootRef() offheap.Ref { return offheap.Ref(t.root & refMask) }

func (t *Tree) setRoot(r offheap.Ref, height int) {
	t.root = uint64(r) | uint64(height)<<offheap.RefBits
}

func memberOf(h *offheap.Heap, r offheap.Ref) []byte { return dict.At(h, r).Key() }

// item is an element out of its packing.
type item struct {
	key uint64
	ref offheap.Ref
}

// place is a way from the root to an element: path[level].i is the child taken
// in the inner node path[level].n; level 0 is the root.
type place struct {
	path [maxHeight]step
	leaf leaf
	ref  offheap.Ref // of the leaf
	i    int         // in the leaf
}

type step struct {
	n inner
	i int
}

// find goes to where the element (key, member) is or belongs; with a nil member,
// to the first element whose key is not less. It returns the number of elements
// before it. p.i may be the leaf's n, behind its last element.
func (t *Tree) find(h *offheap.Heap, key uint64, member []byte, p *place) (rank int) {
	r := t.rootRef()
	for level := range t.height() {
		n := innerAt(h, r)
		i := n.search(h, key, member)
		if i > 0 {
			i--
		}
		p.path[level] = step{n, i}
		rank += n.countBefore(i)
		r = n.child(i)
	}
	p.ref = r
	p.leaf = leafAt(h, r)
	p.i = p.leaf.search(h, key, member)
	return rank + p.i
}

// findRank goes to the element of the given rank, 0 ≤ rank < Len.
func (t *Tree) findRank(h *offheap.Heap, rank int, p *place) {
	r := t.rootRef()
	for level := range t.height() {
		n := innerAt(h, r)
		i := 0
		for c := n.count(0); rank >= c; c = n.count(i) {
			rank -= c
			i++
		}
		p.path[level] = step{n, i}
		r = n.child(i)
	}
	p.ref = r
	p.leaf = leafAt(h, r)
	p.i = rank
}

// Rank is the number of elements before the one with this key and member.
func (t *Tree) Rank(h *offheap.Heap, key uint64, member []byte) int { return t.count0(h, key, member) }

// Below is the number of elements whose key is less than key.
func (t *Tree) Below(h *offheap.Heap, key uint64) int { return t.count0(h, key, nil) }

func (t *Tree) count0(h *offheap.Heap, key uint64, member []byte) int {
	if t.count == 0 {
		return 0
	}
	var p place
	return t.find(h, key, member, &p)
}

// BelowMember is the number of elements whose member is less than member, or
// also equal to it, in a tree whose elements all have the same score. In others
// it is some number.
func (t *Tree) BelowMember(h *offheap.Heap, member []byte, equal bool) (rank int) {
	if t.count == 0 {
		return 0
	}
	limit := 0
	if equal {
		limit = 1
	}
	before := func(r offheap.Ref) bool { return bytes.Compare(memberOf(h, r), member) < limit }
	r := t.rootRef()
	for range t.height() {
		n := innerAt(h, r)
		i := max(partition(n.n(), func(i int) bool { return before(n.first(i)) })-1, 0)
		rank += n.countBefore(i)
		r = n.child(i)
	}
	l := leafAt(h, r)
	return rank + partition(l.n(), func(i int) bool { return before(l.ref(i)) })
}

// partition is the first of 0 to n-1 for which before is false, or n.
func partition(n int, before func(i int) bool) int {
	lo, hi := 0, n
	for lo < hi {
		if mid := (lo + hi) / 2; before(mid) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
