package hash

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
)

// drawTries is how often a field is drawn again that turns out to be dead.
const drawTries = 100

// pair is the field at p of a listpack, and its value.
func pair(lp []byte, p listpack.Pos) (field, v Value) {
	field, p = listpack.GetNext(lp, p)
	return field, listpack.Get(lp, p)
}

// Random is a field and its value, each with the same chance. The hash must not be
// empty; ok is false if only dead fields were found.
func (h *Hash) Random(src *rng.Source) (field, v Value, ok bool) {
	if h.packed() {
		lp := h.pack()
		field, v = pair(lp, listpack.Seek(lp, 2*int(src.Uint64n(uint64(h.Len())))))
		return field, v, true
	}
	rec, ok := h.draw(src)
	if !ok {
		return field, v, false
	}
	return Value{Bytes: rec.Key()}, valueOf(h.Heap, rec), true
}

// draw is the record of a random field of a table.
func (h *Hash) draw(src *rng.Source) (rec dict.Rec, ok bool) {
	d := h.table().Dict()
	for range drawTries {
		if rec = dict.At(h.Heap, d.Random(h.Heap, src)); !h.dead(rec) {
			return rec, true
		}
	}
	return rec, false
}

// Draw calls visit n times, each time for any field, until it returns false, and
// less often if only dead fields are found. The hash must not be empty, and visit
// must not change it.
func (h *Hash) Draw(src *rng.Source, n int, visit func(field, v Value) bool) {
	if !h.packed() {
		for ; n > 0; n-- {
			if field, v, ok := h.Random(src); !ok || !visit(field, v) {
				return
			}
		}
		return
	}
	lp := h.pack()
	var room [512]listpack.Pos
	all := room[:0]
	for p := listpack.First(lp); p != listpack.End; p = listpack.Next(lp, listpack.Next(lp, p)) {
		all = append(all, p)
	}
	for ; n > 0; n-- {
		if field, v := pair(lp, all[src.Uint64n(uint64(len(all)))]); !visit(field, v) {
			return
		}
	}
}

// live is the number of fields that are not dead.
func (h *Hash) live() (n int) {
	if !h.Timed() {
		return h.Len()
	}
	h.Each(func(_, _ Value) bool { n++; return true })
	return n
}

// Sample calls visit for n different fields, or all if there are fewer, each choice
// with the same chance. Their order is not random. visit must not change the hash.
func (h *Hash) Sample(src *rng.Source, n int, visit func(field, v Value)) {
	if !h.packed() && n < h.Len()/3 {
		h.sampleFew(src, n, visit)
		return
	}
	if n <= 0 {
		return
	}
	left := h.live()
	h.Each(func(field, v Value) bool {
		if n >= left || src.Uint64n(uint64(left)) < uint64(n) {
			visit(field, v)
			n--
		}
		left--
		return n > 0
	})
}

// fewTries is how many fields are drawn for each that is wanted before a sample
// remains smaller.
const fewTries = 10

// sampleFew is Sample for few of many fields: what was drawn before is drawn again.
// If most fields are dead it may find fewer than there are.
func (h *Hash) sampleFew(src *rng.Source, n int, visit func(field, v Value)) {
	d := h.table().Dict()
	seen := make(map[offheap.Ref]struct{}, n)
	for range n * fewTries {
		r := d.Random(h.Heap, src)
		rec := dict.At(h.Heap, r)
		if _, again := seen[r]; again || h.dead(rec) {
			continue
		}
		seen[r] = struct{}{}
		visit(Value{Bytes: rec.Key()}, valueOf(h.Heap, rec))
		if len(seen) == n {
			return
		}
	}
}
