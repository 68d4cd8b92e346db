package list

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/ds/quicklist"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// room is the block of the short form with at least extra bytes behind the
// listpack.
func (l *List) room(extra int) []byte {
	block := l.pack()
	total := listpack.Bytes(block)
	need := total + extra
	if need <= len(block) {
		return block
	}
	if total > spareFrom {
		need += total / spareShare // it will grow again
	}
	old := offheap.Ref(l.Word)
	l.Word = uint64(l.Heap.Alloc(need, offheap.Values))
	bigger := l.pack()
	copy(bigger, block[:total])
	l.Heap.Free(old, offheap.Values)
	return bigger
}

// A listpack that grows and has more than spareFrom bytes gets a spareShare-th part
// of them to spare.
const (
	spareFrom  = 128
	spareShare = 8
)

// slim gives back what the block of the short form, which begins with lp, doesn't
// need, if that is much.
func (l *List) slim(lp []byte) {
	if size := l.Heap.Size(offheap.Ref(l.Word)); size-len(lp) > max(size/3, spareFrom/4) {
		l.Word = value.PutPack(l.Heap, l.Word, lp)
	}
}

// Grow readies l for elements to come: it becomes a quicklist if a listpack would get
// too large with them.
func (l *List) Grow(lim *value.Limits, elements ...[]byte) {
	if !l.short() {
		return
	}
	size := 0
	for _, b := range elements {
		size += len(b)
	}
	lp := l.pack()
	if !quicklist.Exceeds(lim.ListSize, listpack.Bytes(lp)+size, listpack.Len(lp)+len(elements)) {
		return
	}
	l.lengthen(lim)
}

// lengthen makes a quicklist of the short form.
func (l *List) lengthen(lim *value.Limits) {
	q := quicklist.FromPack(l.Heap, offheap.Ref(l.Word), lim.ListSize, lim.ListCompress)
	l.Kind, l.Word = value.KindList, uint64(q.Ref())
}

// Shrink readies l, from which something was removed, to be stored: a quicklist that
// is well below the limits of a listpack becomes one.
func (l *List) Shrink(lim *value.Limits) { l.shorten(lim, 2) }

// shorten makes a listpack of a quicklist that takes at most one part-th of what a
// listpack may.
func (l *List) shorten(lim *value.Limits, part int) {
	if l.short() {
		return
	}
	q := l.quick()
	bytes, ok := q.OnePack()
	if !ok {
		return
	}
	if maxBytes, maxCount := quicklist.Limits(lim.ListSize); bytes <= maxBytes/part && q.Len() <= maxCount/part {
		l.Kind, l.Word = value.KindListPack, uint64(q.Unwrap())
	}
}

// Effort and the like are those of value.Class.

func effort(o value.Object) int {
	if o.Rec.Kind() == value.KindListPack {
		return 1
	}
	l := Of(o)
	return 2 * l.quick().Nodes()
}

func freeSome(h *offheap.Heap, kind dict.Kind, word uint64, n int) (rest uint64, done bool) {
	if kind == value.KindListPack {
		value.FreePack(h, word)
		return 0, true
	}
	return word, quicklist.At(h, offheap.Ref(word)).FreeSome(n)
}

func outside(o value.Object) int {
	if o.Rec.Kind() == value.KindListPack {
		return o.Heap.Size(offheap.Ref(o.Rec.Word()))
	}
	l := Of(o)
	return l.quick().Size()
}

func copyList(h *offheap.Heap, dst []byte, o value.Object) {
	l := Of(o)
	if l.short() {
		lp := l.pack()
		dict.PutWord(dst, value.PutPack(h, 0, lp[:listpack.Bytes(lp)]))
		return
	}
	dict.PutWord(dst, uint64(l.quick().Clone(h).Ref()))
}
