package hash

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Expiry is when a field expires, in Unix milliseconds, or NoExpiry; ok is false
// if it isn't there.
func (h *Hash) Expiry(field []byte) (ms int64, ok bool) {
	if h.packed() {
		return NoExpiry, h.Has(field)
	}
	var p dict.Pos
	if !h.find(field, &p) {
		return NoExpiry, false
	}
	return expiryOf(dict.At(h.Heap, p.Ref())), true
}

// IsDead reports whether a field has expired but was not taken out yet.
func (h *Hash) IsDead(field []byte) bool {
	var p dict.Pos
	return h.Timed() && h.table().Dict().Find(h.Heap, dict.Hash(field), field, &p) && h.dead(dict.At(h.Heap, p.Ref()))
}

// SetExpiry makes a field, which is there, expire at ms (Unix milliseconds), or
// never if ms is NoExpiry.
func (h *Hash) SetExpiry(field []byte, ms int64) {
	if h.packed() {
		if ms < 0 {
			return
		}
		h.convert()
	}
	var p dict.Pos
	if h.find(field, &p) {
		h.table().setExpiry(&p, ms)
		h.settle()
	}
}

// Due is a time in Unix milliseconds before which no field expires.
func (h *Hash) Due() int64 {
	if h.packed() {
		return never
	}
	return h.table().due()
}

// due is Class.Due.
func due(o value.Object) int64 {
	h := whole(o)
	return h.Due()
}

// expire is Class.Expire.
func expire(o value.Object, now int64, n int, gone func(field []byte)) (kind dict.Kind, left int) {
	h := whole(o)
	t := h.table()
	t.setDue(t.expire(now, n, gone))
	h.settle()
	return h.Kind, h.Len()
}

// expire takes out the fields that expire before now, at most n, and returns a time
// before which none of the others does.
func (t table) expire(now int64, n int, gone func(field []byte)) (due int64) {
	var room [512]offheap.Ref
	d := t.Dict()
	for pos, end := uint64(0), false; !end; {
		refs, next := d.Expired(t.Heap, pos, now-1, nil, room[:0])
		for _, r := range refs {
			if n == 0 {
				return 0
			}
			field := dict.At(t.Heap, r).Key()
			gone(field)
			var p dict.Pos
			d.Find(t.Heap, dict.Hash(field), field, &p)
			t.remove(&p)
			n--
		}
		// A segment that gave some is looked at again, which makes its earliest
		// expiry exact.
		if len(refs) == 0 {
			pos, end = next, next == 0
		}
	}
	if d.Expires() == 0 {
		return never
	}
	return d.Earliest(t.Heap)
}
