// Package list is the type "list": its two forms, when one becomes the other, and
// how it is copied, saved, loaded and digested.
//
//	kind          word of the record
//	KindListPack  block of a listpack
//	KindList      root block of a quicklist
//
// A list that is about to outgrow what list-max-listpack-size allows to one
// listpack becomes a quicklist; one that has shrunk to a single node of half that
// size becomes a listpack again. When it changes, clients see in OBJECT ENCODING:
// it must be where Valkey does it.
//
// Invariants: (1) a list that a record holds has an element; (2) what removes
// elements leaves the form as it is until Shrink or the like is called.
package list

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/ds/quicklist"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// List is a list that can be worked on. Its owner stores Kind and Word where they
// belong when they have changed: any method that changes the list may do that. It
// frees or stores a list that it has made.
type List struct {
	Heap *offheap.Heap
	Kind dict.Kind
	Word uint64
}

// Element is an element: a text, or an integer that stands for its text. A text is
// a view that dies with the list's next change.
type Element = listpack.Entry

// Reader goes through the elements of a list. It dies with the list's next change.
type Reader = quicklist.Reader

// Is reports whether o is a list.
func Is(o value.Object) bool {
	return o.Rec.Kind() == value.KindListPack || o.Rec.Kind() == value.KindList
}

// Of is the list that o holds, which must be one.
func Of(o value.Object) List { return List{Heap: o.Heap, Kind: o.Rec.Kind(), Word: o.Rec.Word()} }

// New returns a list without elements. One that stays so must be freed.
func New(h *offheap.Heap) List {
	var room [listpack.EmptySize]byte
	return List{h, value.KindListPack, value.PutPack(h, 0, listpack.AppendEmpty(room[:0]))}
}

// Free frees a list that no record holds.
func (l *List) Free() { value.Discard(l.Heap, l.Kind, l.Word) }

func (l *List) short() bool { return l.Kind == value.KindListPack }

// pack is the block of the short form.
func (l *List) pack() []byte { return value.Pack(l.Heap, l.Word) }

func (l *List) quick() quicklist.List { return quicklist.At(l.Heap, offheap.Ref(l.Word)) }

// Quick is the quicklist of the long form; ok is false for the short one.
func (l *List) Quick() (q quicklist.List, ok bool) { return l.quick(), !l.short() }

// Len is the number of elements.
func (l *List) Len() int {
	if l.short() {
		return listpack.Len(l.pack())
	}
	return l.quick().Len()
}

// Read returns a Reader that begins at an index, counted from the end if negative,
// and goes on towards the end, or backwards. Behind an index where no element is
// there is nothing to read.
func (l *List) Read(index int, back bool) Reader {
	if l.short() {
		return quicklist.ReadPack(l.pack(), index, back)
	}
	return l.quick().Read(index, back)
}

// At is the element with an index, counted from the end if negative.
func (l *List) At(index int) (e Element, ok bool) {
	if l.short() {
		lp := l.pack()
		p := listpack.Seek(lp, index)
		if p == listpack.End {
			return e, false
		}
		return listpack.Get(lp, p), true
	}
	q := l.quick()
	c := q.Seek(index)
	if !c.Valid() {
		return e, false
	}
	return q.Get(c), true
}

// End is the first element, or the last one.
func (l *List) End(front bool) Element {
	switch {
	case l.short() && front:
		return listpack.Get(l.pack(), listpack.HeaderSize)
	case l.short():
		lp := l.pack()
		return listpack.Get(lp, listpack.Last(lp))
	case front:
		return l.quick().First()
	}
	return l.quick().Last()
}

// Push puts b on an end. It must not lie in l. Grow has been called for it.
func (l *List) Push(b []byte, front bool) {
	switch {
	case l.short():
		it := listpack.ItemOf(b)
		p := listpack.End
		if front {
			p = listpack.HeaderSize
		}
		listpack.Insert(l.room(it.Size()), p, it)
	case front:
		l.quick().PushFront(b)
	default:
		l.quick().PushBack(b)
	}
}

// Drop removes n elements from an end, or all there are.
func (l *List) Drop(n int, front bool) {
	switch {
	case l.short():
		lp := l.pack()
		p := listpack.Pos(listpack.HeaderSize)
		if !front {
			p = listpack.Seek(lp, -min(n, listpack.Len(lp)))
		}
		lp, _ = listpack.DeleteRange(lp, p, n)
		l.slim(lp)
	case front:
		l.quick().DropFront(n)
	default:
		l.quick().DropBack(n)
	}
}

// Keep removes all elements but n from an index, which is not negative, on.
func (l *List) Keep(index, n int) {
	if l.short() {
		lp := l.pack()
		if tail := listpack.Seek(lp, index+n); tail != listpack.End {
			lp, _ = listpack.DeleteRange(lp, tail, listpack.Len(lp))
		}
		lp, _ = listpack.DeleteRange(lp, listpack.First(lp), index)
		l.slim(lp)
		return
	}
	q := l.quick()
	tail := q.Len() - index - n
	q.DropFront(index)
	q.DropBack(tail)
}

// Replace puts b in the place of the element with an index, counted from the end if
// negative, and reports whether there is one. b must not lie in l. Grow has been
// called for it.
func (l *List) Replace(index int, b []byte) bool {
	if !l.short() {
		q := l.quick()
		c := q.Seek(index)
		if c.Valid() {
			q.Replace(c, b)
		}
		return c.Valid()
	}
	p := listpack.Seek(l.pack(), index)
	if p == listpack.End {
		return false
	}
	it := listpack.ItemOf(b)
	l.slim(listpack.Exchange(l.room(it.Size()-listpack.SizeAt(l.pack(), p)), p, it))
	return true
}

// Insert puts b before the first element whose text is pivot, or after it, and
// reports whether there is one. b must not lie in l. Grow has been called for it.
func (l *List) Insert(pivot, b []byte, after bool) bool {
	m := listpack.NewMatcher(pivot)
	if !l.short() {
		q := l.quick()
		c := q.Find(&m)
		if c.Valid() {
			q.Insert(c, b, after)
		}
		return c.Valid()
	}
	lp := l.pack()
	p := listpack.FindMatch(lp, listpack.First(lp), &m, 0)
	if p == listpack.End {
		return false
	}
	if after {
		p = listpack.Next(lp, p)
	}
	it := listpack.ItemOf(b)
	listpack.Insert(l.room(it.Size()), p, it)
	return true
}

// Remove removes the elements whose text is b, at most limit of them from the first
// on, or from the last if back is set, and returns how many it removed.
func (l *List) Remove(b []byte, limit int, back bool) (n int) {
	m := listpack.NewMatcher(b)
	if !l.short() {
		return l.quick().DeleteEqual(&m, limit, back)
	}
	lp := l.pack()
	n = listpack.DeleteEqualFrom(lp, &m, limit, back)
	l.slim(lp[:listpack.Bytes(lp)])
	return n
}

// Matcher compares elements with one text.
type Matcher = listpack.Matcher

// NewMatcher returns a Matcher for b, which it keeps.
func NewMatcher(b []byte) Matcher { return listpack.NewMatcher(b) }

// AppendText appends the text of e to dst.
func AppendText(dst []byte, e Element) []byte { return listpack.AppendText(dst, e) }
