package quicklist

import (
	"unsafe"

	"sigrun/internal/offheap"
)

// The index of a list of many nodes is a row of marks: where in the list every so
// many nodes begin. It makes the way to an index in the middle short. Seek writes
// it down as it goes, so it costs nobody a walk that has not asked for one.
//
//	root ──▶  base · from · to · room │ mark mark mark …
//	                                    at 64 · node 64
//
// Positions in marks count from an origin that does not move: base is that of the
// first element. What happens at an end of the list changes base, or drops marks
// from an end of the row. Any other change of how many elements or nodes there are
// drops the index.
//
// Invariants: (1) a mark names a node of the list, not the first one, and its
// position; (2) marks ascend.
type index struct {
	base     int64
	from, to uint32 // the marks that count
	room     uint32 // how many marks there is room for
}

type mark struct {
	at   int64
	node offheap.Ref
}

const (
	indexSize = int(unsafe.Sizeof(index{}))
	markSize  = int(unsafe.Sizeof(mark{}))

	markEvery = 16 // nodes
	minNodes  = 64 // of a list that has an index
	firstRoom = 14 // marks
	// maxAhead is how many nodes may gather in front of the first mark before the
	// row begins anew: marks can only be added at its end.
	maxAhead = 4 * markEvery
)

// index is the list's, nil if it has none. It dies with the next call that may add
// a mark.
func (l List) index() *index {
	if x := l.root().index; x != 0 {
		return (*index)(l.h.Ptr(x))
	}
	return nil
}

// marks are all that count.
func (x *index) marks() []mark {
	all := unsafe.Slice((*mark)(unsafe.Add(unsafe.Pointer(x), indexSize)), x.room)
	return all[x.from:x.to]
}

// forget drops the index: elements are about to come or go elsewhere than at an end.
func (l List) forget() {
	if t := l.root(); t.index != 0 {
		l.h.Free(t.index, offheap.Values)
		t.index = 0
	}
}

// moved is told that n elements have gone from the front, or -n have come there,
// and that some may have gone from the back. The root counts them already.
func (l List) moved(n int) {
	x := l.index()
	if x == nil {
		return
	}
	x.base += int64(n)
	end := x.base + int64(l.root().count)
	row := x.marks()
	for len(row) > 0 && row[len(row)-1].at >= end {
		row = row[:len(row)-1]
		x.to--
	}
	for len(row) > 0 && row[0].at <= x.base {
		row = row[1:]
		x.from++
	}
}

// lookUp is the node that holds the element with an index, which there is, and which
// of the node's elements it is.
func (l List) lookUp(i int) (r offheap.Ref, rest int) {
	if l.root().index == 0 {
		r := l.h.Alloc(indexSize+firstRoom*markSize, offheap.Values)
		*(*index)(l.h.Ptr(r)) = index{room: firstRoom}
		l.root().index = r
	}
	x := l.index()
	row := x.marks()
	at := x.base + int64(i)
	below, end := 0, len(row) // row[:below] are at or before at, row[end:] behind it
	for below < end {
		if mid := int(uint(below+end) / 2); row[mid].at <= at {
			below = mid + 1
		} else {
			end = mid
		}
	}
	start := mark{x.base, l.root().head}
	if below > 0 {
		start = row[below-1]
	}
	if below < len(row) {
		return l.walk(start, at, below == 0)
	}
	if tail := x.base + int64(l.root().count); tail-at < at-start.at {
		return l.walkBack(int(tail - at))
	}
	return l.walkOn(start, at)
}

// walk goes from a mark to the node that holds position at, where there is a mark
// behind that. From the first node it may be far.
func (l List) walk(m mark, at int64, first bool) (r offheap.Ref, rest int) {
	r, rest = m.node, int(at-m.at)
	nodes := 0
	for c := l.node(r).count(); rest >= c; c = l.node(r).count() {
		rest -= c
		r = l.node(r).next()
		nodes++
	}
	if first && nodes > maxAhead {
		x := l.index()
		x.from, x.to = 0, 0
	}
	return r, rest
}

// walkOn is walk where there is no mark any more, and adds those of the way.
func (l List) walkOn(m mark, at int64) (r offheap.Ref, rest int) {
	nodes := 0
	for c := l.node(m.node).count(); at-m.at >= int64(c); c = l.node(m.node).count() {
		m = mark{m.at + int64(c), l.node(m.node).next()}
		if nodes++; nodes%markEvery == 0 {
			l.addMark(m)
		}
	}
	return m.node, int(at - m.at)
}

// walkBack is the node of the element that is the n-th from the end, from 1.
func (l List) walkBack(n int) (r offheap.Ref, rest int) {
	r = l.root().tail
	c := l.node(r).count()
	for ; n > c; c = l.node(r).count() {
		n -= c
		r = l.node(r).prev()
	}
	return r, c - n
}

// addMark puts m behind all marks.
func (l List) addMark(m mark) {
	x := l.index()
	if x.to == x.room {
		x = l.makeMarkRoom(x)
	}
	x.to++
	row := x.marks()
	row[len(row)-1] = m
}

// makeMarkRoom returns an index that has room for another mark.
func (l List) makeMarkRoom(x *index) *index {
	row := x.marks()
	if x.from > x.room/2 {
		x.from, x.to = 0, uint32(len(row))
		copy(x.marks(), row)
		return x
	}
	old, room := l.root().index, uint32(2*len(row))
	r := l.h.Alloc(indexSize+int(room)*markSize, offheap.Values)
	y := (*index)(l.h.Ptr(r))
	*y = index{base: x.base, to: uint32(len(row)), room: room}
	copy(y.marks(), row)
	l.h.Free(old, offheap.Values)
	l.root().index = r
	return y
}
