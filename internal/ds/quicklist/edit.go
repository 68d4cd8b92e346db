package quicklist

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// Insert puts b before the element at c, or after it. It must not lie in l.
func (l List) Insert(c Cursor, b []byte, after bool) {
	l.forget()
	l.root().count++
	n := l.node(c.r)
	var lp []byte
	atEdge := true // nothing of the node lies where b goes
	if !n.plain() {
		lp = l.pack(n)
		atEdge = after && listpack.Next(lp, c.p) == listpack.End || !after && c.p == listpack.HeaderSize
	}
	switch {
	case isLarge(len(b), l.Fill()):
		l.root().count-- // insertPlain counts
		l.insertLarge(c, b, after, atEdge)
	case l.takes(n, len(b)):
		p := c.p
		if after {
			p = listpack.Next(lp, p)
		}
		l.insert(c.r, p, listpack.ItemOf(b))
	case atEdge:
		l.insertBeside(c.r, b, after)
	default:
		l.insertSplit(c, b, after)
	}
}

// insertLarge makes b a node of its own beside c.
func (l List) insertLarge(c Cursor, b []byte, after, atEdge bool) {
	switch {
	case atEdge && after:
		l.insertPlain(c.r, b)
	case atEdge:
		l.insertPlain(l.node(c.r).prev(), b)
	default:
		l.halve(c, after)
		l.insertPlain(c.r, b)
	}
}

// halve splits the node of c before the element at c, or after it.
func (l List) halve(c Cursor, after bool) (tail offheap.Ref) {
	p := c.p
	if after {
		p = listpack.Next(l.pack(l.node(c.r)), p)
	}
	tail = l.split(c.r, p)
	l.link(c.r, tail)
	return tail
}

// insertBeside puts b into the neighbour of node r, which is full, or between both.
func (l List) insertBeside(r offheap.Ref, b []byte, after bool) {
	n, it := l.node(r), listpack.ItemOf(b)
	next, prev := n.next(), n.prev()
	switch {
	case after && l.takes(l.maybe(next), len(b)):
		l.prepend(next, it)
	case after:
		l.link(r, l.newPack(it))
	case l.takes(l.maybe(prev), len(b)):
		l.insert(prev, listpack.End, it)
	default:
		l.link(prev, l.newPack(it))
	}
}

// insertSplit splits the node of c, which is full, and puts b on the edge of the
// half that c is not in.
func (l List) insertSplit(c Cursor, b []byte, after bool) {
	tail, it := l.halve(c, after), listpack.ItemOf(b)
	if after {
		l.prepend(tail, it)
		l.mergeAround(c.r)
		return
	}
	l.insert(c.r, listpack.End, it)
	l.mergeAround(tail)
}

// mergeAround merges the nodes around r as far as they fit: the two before it, the
// two behind it, then r with what is left of both.
func (l List) mergeAround(r offheap.Ref) {
	l.mergePair(l.before(l.before(r)))
	if next := l.node(r).next(); next != 0 {
		l.mergePair(next)
	}
	if prev := l.before(r); l.mergePair(prev) {
		r = prev
	}
	l.mergePair(r)
}

// before is the node before r, 0 for the first and for none.
func (l List) before(r offheap.Ref) offheap.Ref {
	if r == 0 {
		return 0
	}
	return l.node(r).prev()
}

// mergePair merges node r, if there is one, with the one behind it if both fit in
// one.
func (l List) mergePair(r offheap.Ref) bool {
	n := l.maybe(r)
	if n == nil || !l.mergeable(n, l.maybe(n.next())) {
		return false
	}
	l.join(r)
	return true
}

// Replace puts b in the place of the element at c. It must not lie in l.
func (l List) Replace(c Cursor, b []byte) {
	n, large := l.node(c.r), isLarge(len(b), l.Fill())
	switch {
	case n.plain() && large:
		l.replacePlain(c.r, b)
	case n.plain():
		l.Insert(c, b, true)
		l.remove(c.r)
	case large:
		l.replaceByLarge(c, b)
	default:
		l.exchange(c.r, c.p, listpack.ItemOf(b))
	}
}

// replacePlain puts b in the place of the element of node r; both are large.
func (l List) replacePlain(r offheap.Ref, b []byte) {
	n := l.node(r)
	was := *n
	l.setBlock(n, l.copyOf(b))
	n.setPlain(len(b))
	if !l.unsaved(r) {
		l.h.Free(was.block(), offheap.Values)
		return
	}
	past := l.newDescriptor()
	*l.node(past) = was
	l.past().keep(l, r, past)
}

// exchange puts it in the place of an element of a listpack.
func (l List) exchange(r offheap.Ref, p listpack.Pos, it listpack.Item) {
	l.shield(r)
	n := l.node(r)
	block, off := l.block(n), n.offset()
	old := listpack.SizeAt(block[off:], p)
	if extra := it.Size() - old; off+listpack.Bytes(block[off:])+extra > len(block) {
		block, off = l.makeRoom(n, block, extra, false)
	}
	listpack.Exchange(block[off:], p, it)
	l.slim(n)
}

// replaceByLarge puts b as a node of its own in the place of an element of a
// listpack, which is split for it.
func (l List) replaceByLarge(c Cursor, b []byte) {
	l.forget()
	if lp := l.pack(l.node(c.r)); listpack.Next(lp, c.p) != listpack.End {
		l.halve(c, true)
	}
	r := l.insertPlain(c.r, b)
	n := l.node(c.r)
	if n.count() == 1 {
		l.remove(c.r)
		return
	}
	l.cut(c.r, c.p, 1)
	l.root().count--
	l.mergeAround(r)
}

// DeleteEqual removes the elements that m matches, at most limit of them from the
// head on, or from the tail on if back is set, and returns how many it removed.
func (l List) DeleteEqual(m *listpack.Matcher, limit int, back bool) (gone int) {
	l.forget()
	t := l.root()
	r := t.head
	if back {
		r = t.tail
	}
	for r != 0 && gone < limit {
		n := l.node(r)
		next := n.next()
		if back {
			next = n.prev()
		}
		gone += l.deleteEqualIn(r, m, limit-gone, back)
		r = next
	}
	return gone
}

// deleteEqualIn is DeleteEqual for node r.
func (l List) deleteEqualIn(r offheap.Ref, m *listpack.Matcher, limit int, back bool) (gone int) {
	n := l.node(r)
	if n.plain() {
		if !m.Match(listpack.Entry{Bytes: l.element(n)}) {
			return 0
		}
		l.remove(r)
		return 1
	}
	if l.unsaved(r) {
		if lp := l.pack(n); listpack.FindMatch(lp, listpack.First(lp), m, 0) == listpack.End {
			return 0
		}
		l.shield(r)
	}
	gone = listpack.DeleteEqualFrom(l.pack(n), m, limit, back)
	switch left := n.count() - gone; {
	case gone == 0:
		return 0
	case left == 0:
		l.unlink(r)
	default:
		n.setPack(left, n.offset())
		l.slim(n)
	}
	l.root().count -= uint64(gone)
	return gone
}
