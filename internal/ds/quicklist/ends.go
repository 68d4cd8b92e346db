package quicklist

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// maybe is the node at r, nil if r is 0.
func (l List) maybe(r offheap.Ref) *node {
	if r == 0 {
		return nil
	}
	return l.node(r)
}

// PushFront makes b the first element. It must not lie in l.
func (l List) PushFront(b []byte) {
	t := l.root()
	if isLarge(len(b), int(t.fill)) {
		l.insertPlain(0, b)
		l.moved(-1)
		return
	}
	it := listpack.ItemOf(b)
	n := l.maybe(t.head)
	if !l.takes(n, len(b)) {
		l.fit(n)
		l.link(0, l.newPack(it))
	} else {
		l.prepend(t.head, it)
	}
	t.count++
	l.moved(-1)
}

// PushBack makes b the last element. It must not lie in l.
func (l List) PushBack(b []byte) {
	t := l.root()
	if isLarge(len(b), int(t.fill)) {
		l.insertPlain(t.tail, b)
		return
	}
	it := listpack.ItemOf(b)
	n := l.maybe(t.tail)
	if !l.takes(n, len(b)) {
		l.fit(n)
		l.link(t.tail, l.newPack(it))
	} else {
		l.insert(t.tail, listpack.End, it)
	}
	t.count++
}

// First is the first element of a list that is not empty.
func (l List) First() listpack.Entry {
	n := l.node(l.root().head)
	if n.plain() {
		return listpack.Entry{Bytes: l.element(n)}
	}
	return listpack.Get(l.pack(n), listpack.HeaderSize)
}

// Last is the last element of a list that is not empty.
func (l List) Last() listpack.Entry {
	n := l.node(l.root().tail)
	if n.plain() {
		return listpack.Entry{Bytes: l.element(n)}
	}
	lp := l.pack(n)
	return listpack.Get(lp, listpack.Last(lp))
}

// DropFront removes the first n elements, or all there are.
func (l List) DropFront(n int) {
	t := l.root()
	before := t.count
	defer func() { l.moved(int(before - t.count)) }()
	for t.head != 0 && n > 0 {
		head := l.node(t.head)
		c := head.count()
		if n >= c {
			n -= c
			l.remove(t.head)
			continue
		}
		l.shield(t.head)
		lp := l.pack(head)
		rest := listpack.DropFirst(lp, n)
		head.setPack(c-n, head.offset()+len(lp)-len(rest))
		t.count -= uint64(n)
		return
	}
}

// DropBack removes the last n elements, or all there are.
func (l List) DropBack(n int) {
	t := l.root()
	defer func() { l.moved(0) }()
	for t.tail != 0 && n > 0 {
		tail := l.node(t.tail)
		c := tail.count()
		if n >= c {
			n -= c
			l.remove(t.tail)
			continue
		}
		l.cut(t.tail, listpack.Seek(l.pack(tail), -n), n)
		t.count -= uint64(n)
		return
	}
}
