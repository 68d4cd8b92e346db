// Package hash is the type "hash": its forms, when one becomes another, the
// expiry of fields, and how it is copied, saved, loaded and digested.
//
//	kind           word of the record             fields
//	KindHashPack   block of a listpack            short, few, none expires
//	KindHash       root block ─► table of records any, none expires
//	KindHashTimed  the same                       some expire
//
//	root: | header of a dict.Dict, 32 bytes | bytes of the records u64 | due i64 |
//
// A field in a table is a record (dict.Rec) whose key is the field and whose
// value is the value, in a block of its own if it is longer than value.MaxInline;
// its expiry is the record's.
//
// A hash only grows into larger forms, at the sizes of value.Limits, or when a
// field gets an expiry: what is removed never makes a listpack of a table. When it
// changes, clients see in OBJECT ENCODING: it must be where Valkey does it.
//
// A field whose expiry has passed is dead: nothing finds it any more, but it
// counts in Len until Expire takes it out, or Set overwrites it.
//
// Invariants: (1) a hash that a record holds has a field, dead or not; (2) a field
// is there once; (3) the kind is KindHashTimed exactly while a field has an
// expiry; (4) due is not later than the expiry of any field; (5) the bytes in the
// root are those of the blocks of all records and long values.
package hash

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Expiries other than a time in Unix milliseconds.
const (
	NoExpiry   int64 = -1
	KeepExpiry int64 = -2 // the one that the field has
)

// Hash is a hash that can be worked on. Its owner stores Kind and Word where they
// belong when they have changed: any method that changes fields may do that. It
// frees or stores a hash that it has made.
type Hash struct {
	Heap *offheap.Heap
	Kind dict.Kind
	Word uint64
	now  int64 // a field that expires before is dead
}

// Value is a field or its value: a text or, in a listpack, an integer that stands
// for its text. A text is a view that dies with the hash's next change.
type Value = listpack.Entry

// Is reports whether o is a hash.
func Is(o value.Object) bool {
	k := o.Rec.Kind()
	return k == value.KindHashPack || k == value.KindHash || k == value.KindHashTimed
}

// Of is the hash that o holds, which must be one, as it is at the time now (Unix
// milliseconds).
func Of(o value.Object, now int64) Hash {
	return Hash{Heap: o.Heap, Kind: o.Rec.Kind(), Word: o.Rec.Word(), now: now}
}

// whole is the hash of o with fields that are dead.
func whole(o value.Object) Hash { return Of(o, 0) }

// New returns a hash without fields. One that stays so must be freed.
func New(h *offheap.Heap) Hash {
	var room [listpack.EmptySize]byte
	return Hash{Heap: h, Kind: value.KindHashPack, Word: value.PutPack(h, 0, listpack.AppendEmpty(room[:0]))}
}

// newTable returns a hash without fields that is a table.
func newTable(h *offheap.Heap) Hash {
	return Hash{Heap: h, Kind: value.KindHash, Word: uint64(newRoot(h).Ref)}
}

// NewFor is New with room for fields and values in pairs, in the form in which it
// is after they have been set.
func NewFor(h *offheap.Heap, l *value.Limits, pairs [][]byte) Hash {
	if !fits(l, pairs) {
		return newTable(h)
	}
	size := listpack.EmptySize
	for _, b := range pairs {
		size += listpack.Size(b)
	}
	r := h.Alloc(size, offheap.Values)
	listpack.AppendEmpty(h.Space().Bytes(r, size)[:0])
	return Hash{Heap: h, Kind: value.KindHashPack, Word: uint64(r)}
}

// pack is the bytes of a listpack.
func (h *Hash) pack() []byte {
	s, r := h.Heap.Space(), offheap.Ref(h.Word)
	return s.Bytes(r, listpack.Bytes(s.Bytes(r, listpack.EmptySize)))
}

func (h *Hash) packed() bool { return h.Kind == value.KindHashPack }

func (h *Hash) table() table { return tableAt(h.Heap, h.Word) }

// Timed reports whether a field has an expiry.
func (h *Hash) Timed() bool { return h.Kind == value.KindHashTimed }

// Len is the number of fields, dead ones included. It costs O(1).
func (h *Hash) Len() int {
	if h.packed() {
		return listpack.Len(h.pack()) / 2
	}
	return h.table().Dict().Len()
}

// TextSize is at least the number of bytes of all fields and values of a table, and 0
// for others.
func (h *Hash) TextSize() int {
	if h.packed() {
		return 0
	}
	return h.table().Bytes()
}

// findPacked is the place of a field in a listpack of fields and values.
func findPacked(lp, field []byte) listpack.Pos {
	return listpack.Find(lp, listpack.First(lp), field, 1)
}

// find looks for a field of a table.
func (h *Hash) find(field []byte, p *dict.Pos) bool {
	d := h.table().Dict()
	return d.Find(h.Heap, dict.Hash(field), field, p) && !h.dead(dict.At(h.Heap, p.Ref()))
}

func (h *Hash) dead(rec dict.Rec) bool { return rec.HasExpiry() && rec.Expiry() < h.now }

// Get is the value of a field.
func (h *Hash) Get(field []byte) (v Value, ok bool) {
	if h.packed() {
		lp := h.pack()
		p := findPacked(lp, field)
		if p == listpack.End {
			return v, false
		}
		return listpack.Get(lp, listpack.Next(lp, p)), true
	}
	var p dict.Pos
	if !h.find(field, &p) {
		return v, false
	}
	return valueOf(h.Heap, dict.At(h.Heap, p.Ref())), true
}

// Has reports whether a field is there.
func (h *Hash) Has(field []byte) bool {
	if h.packed() {
		return findPacked(h.pack(), field) != listpack.End
	}
	var p dict.Pos
	return h.find(field, &p)
}

// Remove takes a field out and reports whether it was there. The hash may be empty
// then.
func (h *Hash) Remove(field []byte) bool {
	if h.packed() {
		lp := h.pack()
		p := findPacked(lp, field)
		if p == listpack.End {
			return false
		}
		lp, _ = listpack.DeleteRange(lp, p, 2)
		h.Word = value.PutPack(h.Heap, h.Word, lp)
		return true
	}
	var p dict.Pos
	if !h.find(field, &p) {
		return false
	}
	h.table().remove(&p)
	h.settle()
	return true
}

// Discard is Remove for a field that may be dead.
func (h *Hash) Discard(field []byte) bool {
	all := *h
	all.now = 0
	removed := all.Remove(field)
	h.Kind, h.Word = all.Kind, all.Word
	return removed
}

// settle makes the kind of a table tell whether a field has an expiry.
func (h *Hash) settle() {
	h.Kind = value.KindHash
	if h.table().Dict().Expires() > 0 {
		h.Kind = value.KindHashTimed
	}
}

// Each calls visit for every field that is not dead until it returns false. visit
// must not change the hash. The fields of a listpack come in the order in which
// they were added, others in none.
func (h *Hash) Each(visit func(field, v Value) bool) {
	if !h.packed() {
		h.table().each(func(rec dict.Rec) bool {
			return h.dead(rec) || visit(Value{Bytes: rec.Key()}, valueOf(h.Heap, rec))
		})
		return
	}
	lp := h.pack()
	for p := listpack.First(lp); p != listpack.End; {
		var field, v Value
		field, p = listpack.GetNext(lp, p)
		v, p = listpack.GetNext(lp, p)
		if !visit(field, v) {
			return
		}
	}
}

// Free gives the hash's memory back.
func (h *Hash) Free() {
	value.Discard(h.Heap, h.Kind, h.Word)
	h.Word = 0
}
