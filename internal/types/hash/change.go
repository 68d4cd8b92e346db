package hash

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/num"
	"sigrun/internal/value"
)

// Outcome is what setting a field did.
type Outcome uint8

// Outcomes.
const (
	Added   Outcome = iota
	Updated         // it was there
	Revived         // it was there, but dead
)

// fits reports whether fields and values may go into a listpack together.
func fits(l *value.Limits, pairs [][]byte) bool {
	if len(pairs)/2 > l.HashEntries {
		return false
	}
	for _, b := range pairs {
		if len(b) > l.HashValue {
			return false
		}
	}
	return true
}

// Prepare gives a hash whose fields are about to be set, new or not, the form in
// which all of them would be held.
func (h *Hash) Prepare(l *value.Limits, pairs [][]byte) {
	if h.packed() && !fits(l, pairs) {
		h.convert()
	}
}

// Set gives a field a value and an expiry: a time in Unix milliseconds, NoExpiry or
// KeepExpiry. Neither field nor b may be a view of this very hash.
func (h *Hash) Set(l *value.Limits, field, b []byte, expiry int64) Outcome {
	if h.packed() {
		lp := h.pack()
		if expiry < 0 && len(field) <= l.HashValue && len(b) <= l.HashValue && listpack.SafeToAdd(lp, len(field)+len(b)) {
			return h.setPacked(l, lp, field, b)
		}
		h.convert()
	}
	var p dict.Pos
	t, hash, out := h.table(), dict.Hash(field), Added
	if t.Dict().Find(h.Heap, hash, field, &p) {
		out = Updated
		if rec := dict.At(h.Heap, p.Ref()); h.dead(rec) {
			out = Revived
		} else if expiry == KeepExpiry {
			expiry = expiryOf(rec)
		}
	}
	if expiry == KeepExpiry {
		expiry = NoExpiry
	}
	if out == Added {
		t.insert(hash, field, b, expiry)
	} else {
		t.put(&p, field, b, expiry)
	}
	if expiry >= 0 || h.Timed() {
		h.settle()
	}
	return out
}

// setPacked is Set for a listpack, which is lp, into which field and value fit.
func (h *Hash) setPacked(l *value.Limits, lp, field, b []byte) Outcome {
	used := len(lp)
	it := listpack.ItemOf(b)
	if p := findPacked(lp, field); p != listpack.End {
		h.replace(lp, listpack.Next(lp, p), it)
		return Updated
	}
	head := listpack.ItemOf(field)
	h.Word, lp = value.GrowPack(h.Heap, h.Word, used, used+head.Size()+it.Size())
	lp = listpack.Insert(lp, listpack.End, head)
	lp = listpack.Insert(lp, listpack.End, it)
	if listpack.Len(lp)/2 > l.HashEntries {
		h.convert()
	}
	return Added
}

// replace puts it in the place of the entry of lp, the hash's listpack, at p.
func (h *Hash) replace(lp []byte, p listpack.Pos, it listpack.Item) {
	used := len(lp)
	end := used - 1
	if next := listpack.Next(lp, p); next != listpack.End {
		end = int(next)
	}
	size := used - (end - int(p)) + it.Size()
	if size == used {
		listpack.Exchange(lp, p, it)
		return
	}
	h.Word, lp = value.GrowPack(h.Heap, h.Word, used, size)
	lp = listpack.Exchange(lp, p, it)
	if size < used {
		h.Word = value.PutPack(h.Heap, h.Word, lp)
	}
}

// textRoom is where the text of an integer is put together.
type textRoom [num.MaxIntLen]byte

// text is the text of v, in room if v is an integer.
func text(v Value, room *textRoom) []byte {
	if v.IsInt {
		return num.AppendInt(room[:0], v.Int)
	}
	return v.Bytes
}

// convert makes a table of a listpack.
func (h *Hash) convert() {
	next := newTable(h.Heap)
	t := next.table()
	h.Each(func(field, v Value) bool {
		var rooms [2]textRoom
		b := text(field, &rooms[0])
		t.insert(dict.Hash(b), b, text(v, &rooms[1]), NoExpiry)
		return true
	})
	value.FreePack(h.Heap, h.Word)
	h.Kind, h.Word = next.Kind, next.Word
}
