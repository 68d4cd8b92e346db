package quicklist

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// Cursor is the place of an element. It dies with the list's next change.
type Cursor struct {
	r offheap.Ref
	p listpack.Pos // in the listpack of a node that is not plain
}

// Valid reports whether there is an element at c.
func (c Cursor) Valid() bool { return c.r != 0 }

// Seek is the place of the element with an index from 0, or counted from the end
// if negative.
func (l List) Seek(index int) Cursor {
	t := l.root()
	count := int(t.count)
	if index < 0 {
		index += count
	}
	if index < 0 || index >= count {
		return Cursor{}
	}
	var r offheap.Ref
	switch {
	case t.nodes >= minNodes:
		r, index = l.lookUp(index)
	case index < count/2:
		r, index = l.walk(mark{0, t.head}, int64(index), false)
	default:
		r, index = l.walkBack(count - index)
	}
	n := l.node(r)
	if n.plain() {
		return Cursor{r: r}
	}
	return Cursor{r, listpack.Seek(l.pack(n), index)}
}

// Get is the element at c.
func (l List) Get(c Cursor) listpack.Entry {
	n := l.node(c.r)
	if n.plain() {
		return listpack.Entry{Bytes: l.element(n)}
	}
	return listpack.Get(l.pack(n), c.p)
}

// Find is the place of the first element that m matches.
func (l List) Find(m *listpack.Matcher) Cursor {
	for r := l.root().head; r != 0; r = l.node(r).next() {
		n := l.node(r)
		if n.plain() {
			if m.Match(listpack.Entry{Bytes: l.element(n)}) {
				return Cursor{r: r}
			}
			continue
		}
		lp := l.pack(n)
		if p := listpack.FindMatch(lp, listpack.First(lp), m, 0); p != listpack.End {
			return Cursor{r, p}
		}
	}
	return Cursor{}
}

// Reader goes through elements in one direction. It dies with the list's next
// change.
type Reader struct {
	l    List
	r    offheap.Ref  // the node; 0 after the last, and for a bare listpack
	lp   []byte       // its listpack; nil if it is plain
	p    listpack.Pos // the next element
	back bool
}

// Read returns a Reader that begins at an index, as Seek takes it, and goes on
// towards the end, or backwards.
func (l List) Read(index int, back bool) Reader {
	c := l.Seek(index)
	d := Reader{l: l, r: c.r, p: c.p, back: back}
	if c.r != 0 && !l.node(c.r).plain() {
		d.lp = l.pack(l.node(c.r))
	}
	return d
}

// ReadPack is Read for a listpack that is in no list.
func ReadPack(lp []byte, index int, back bool) Reader {
	return Reader{lp: lp, p: listpack.Seek(lp, index), back: back}
}

// Next is the next element; ok is false behind the last.
func (d *Reader) Next() (e listpack.Entry, ok bool) {
	for {
		if d.lp != nil && d.p != listpack.End {
			if d.back {
				e = listpack.Get(d.lp, d.p)
				d.p = listpack.Prev(d.lp, d.p)
			} else {
				e, d.p = listpack.GetNext(d.lp, d.p)
			}
			return e, true
		}
		if d.r == 0 {
			return e, false
		}
		n := d.l.node(d.r)
		plain := d.lp == nil
		d.enter(d.step(n))
		if plain {
			return listpack.Entry{Bytes: d.l.element(n)}, true
		}
	}
}

// Pack is the listpack that d is in and the position of the next element, for a loop
// over it that is told to d by Skip; nil if there is none and Next goes on elsewhere.
func (d *Reader) Pack() (lp []byte, p listpack.Pos) {
	if d.lp == nil || d.p == listpack.End {
		return nil, listpack.End
	}
	return d.lp, d.p
}

// Skip makes p the position of the next element.
func (d *Reader) Skip(p listpack.Pos) { d.p = p }

// step is the node that comes after n.
func (d *Reader) step(n *node) offheap.Ref {
	if d.back {
		return n.prev()
	}
	return n.next()
}

// enter begins with node r.
func (d *Reader) enter(r offheap.Ref) {
	d.r, d.lp = r, nil
	if r == 0 {
		return
	}
	n := d.l.node(r)
	if n.plain() {
		return
	}
	d.lp = d.l.pack(n)
	if d.back {
		d.p = listpack.Last(d.lp)
	} else {
		d.p = listpack.First(d.lp)
	}
}
