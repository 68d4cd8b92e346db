package quicklist

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// What happens inside one node, in and around its block. The nodes here are not
// plain. What changes the elements of a node shields it first; fit and slim change
// only where they lie.

// newPack returns a node that holds one element, in no chain yet.
func (l List) newPack(it listpack.Item) offheap.Ref {
	size := listpack.EmptySize + it.Size()
	block := l.h.Alloc(size, offheap.Values)
	lp := listpack.AppendEmpty(l.h.Space().Bytes(block, size)[:0])
	listpack.Insert(lp, listpack.End, it)
	r := l.newNode(block)
	l.node(r).setPack(1, 0)
	return r
}

// insert puts an element before the one at p of node r; the caller counts it.
func (l List) insert(r offheap.Ref, p listpack.Pos, it listpack.Item) {
	l.shield(r)
	n := l.node(r)
	block, off := l.block(n), n.offset()
	if total := listpack.Bytes(block[off:]); off+total+it.Size() > len(block) {
		block, off = l.makeRoom(n, block, it.Size(), false)
	}
	listpack.Insert(block[off:], p, it)
	n.setPack(n.count()+1, off)
}

// prepend is insert before the first element.
func (l List) prepend(r offheap.Ref, it listpack.Item) {
	l.shield(r)
	n := l.node(r)
	off := n.offset()
	block := l.h.Space().Bytes(n.block(), off+listpack.EmptySize)
	if off < it.Size() {
		block, off = l.makeRoom(n, l.block(n), it.Size(), true)
	}
	off = listpack.PrependBack(block, off, it)
	n.setPack(n.count()+1, off)
}

// makeRoom makes at least extra bytes free behind the listpack of node n, or in
// front of it, and returns the block, which may be a larger one, and the offset.
func (l List) makeRoom(n *node, block []byte, extra int, front bool) (_ []byte, off int) {
	old := n.block()
	lp := block[n.offset():]
	lp = lp[:listpack.Bytes(lp)]
	if room := len(lp) + extra; room > len(block) {
		r := l.h.Alloc(max(room, min(2*len(lp), blockLimit(l.Fill()))), offheap.Values)
		l.setBlock(n, r)
		block = l.block(n)
	}
	if front {
		off = len(block) - len(lp)
	}
	copy(block[off:], lp)
	n.setPack(n.count(), off)
	if n.block() != old {
		l.h.Free(old, offheap.Values)
	}
	return block, off
}

// setBlock gives node n another block; the old one is the caller's.
func (l List) setBlock(n *node, r offheap.Ref) {
	l.root().bytes += uint64(l.h.Size(r) - l.h.Size(n.block()))
	n.setBlock(r)
}

// fit gives back what node n, which may be nil, has in its block and doesn't need.
func (l List) fit(n *node) {
	if n == nil || n.plain() {
		return
	}
	lp, old := l.pack(n), n.block()
	if offheap.RoundUp(len(lp)) < l.h.Size(old) {
		l.setBlock(n, l.copyOf(lp))
		n.setPack(n.count(), 0)
		l.h.Free(old, offheap.Values)
	}
}

// slim is fit if most of the block is free.
func (l List) slim(n *node) {
	if 3*len(l.pack(n)) < l.h.Size(n.block()) {
		l.fit(n)
	}
}

// cut removes count elements of node r from the one at p on; not all, and the caller
// counts them.
func (l List) cut(r offheap.Ref, p listpack.Pos, count int) {
	l.shield(r)
	n := l.node(r)
	listpack.DeleteRange(l.pack(n), p, count)
	n.setPack(n.count()-count, n.offset())
	l.slim(n)
}

// split takes the elements from p on away from node r and returns a node of them,
// in no chain yet. Neither may become empty.
func (l List) split(r offheap.Ref, p listpack.Pos) offheap.Ref {
	l.shield(r)
	n := l.node(r)
	lp := l.pack(n)
	size := listpack.HeaderSize + len(lp) - int(p)
	block := l.h.Alloc(size, offheap.Values)
	tail := listpack.Split(l.h.Space().Bytes(block, size)[:0], lp, p, -1)
	moved := listpack.Len(tail)
	s := l.newNode(block)
	l.node(s).setPack(moved, 0)
	listpack.DeleteRange(lp, p, moved)
	n.setPack(n.count()-moved, n.offset())
	l.fit(n)
	return s
}

// join moves the elements of the node behind r to r.
func (l List) join(r offheap.Ref) {
	l.shield(r)
	a := l.node(r)
	next := a.next()
	b := l.node(next)
	from := l.pack(b)
	extra := len(from) - joinedOverhead
	block, off := l.block(a), a.offset()
	if off+len(l.pack(a))+extra > len(block) {
		block, off = l.makeRoom(a, block, extra, false)
	}
	listpack.AppendList(block[off:], from)
	a.setPack(a.count()+b.count(), off)
	l.unlink(next)
}
