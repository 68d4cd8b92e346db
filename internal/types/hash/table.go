package hash

import (
	"encoding/binary"
	"math"

	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// table is the form of large hashes and of those with fields that expire. Its root
// has due, too: no field expires before.
type table struct{ dict.Root }

// never is the due of a table without expiries.
const never = math.MaxInt64

func newRoot(h *offheap.Heap) table {
	t := table{dict.NewRoot(h, 8)}
	t.setDue(never)
	return t
}

func tableAt(h *offheap.Heap, word uint64) table {
	return table{dict.Root{Heap: h, Ref: offheap.Ref(word)}}
}

func (t table) dueWord() []byte { return t.Heap.Space().Bytes(t.Ref, dict.RootSize+8)[dict.RootSize:] }

func (t table) due() int64 { return int64(binary.LittleEndian.Uint64(t.dueWord())) }

func (t table) setDue(ms int64) { binary.LittleEndian.PutUint64(t.dueWord(), uint64(ms)) }

// valueOf is the value in a record of a table.
func valueOf(h *offheap.Heap, rec dict.Rec) Value {
	return Value{Bytes: value.Object{Heap: h, Rec: rec}.Bytes()}
}

func expiryOf(rec dict.Rec) int64 {
	if rec.HasExpiry() {
		return rec.Expiry()
	}
	return NoExpiry
}

// shape is that of a record for a value of n bytes.
func shape(n int, expiry int64) dict.Shape {
	if n > value.MaxInline {
		return dict.Shape{Kind: dict.KindBlob, Expiry: expiry}
	}
	return dict.Shape{Kind: dict.KindRaw, Len: n, Expiry: expiry}
}

// fill writes b into the value part v of a record of the shape that it has.
func (t table) fill(v, b []byte) {
	if len(b) <= value.MaxInline {
		copy(v, b)
		return
	}
	r := t.Heap.Alloc(len(b), offheap.Values)
	copy(t.Heap.Space().Bytes(r, len(b)), b)
	value.PutBlob(v, r, len(b))
	t.AddBytes(offheap.RoundUp(len(b)))
}

// drop frees what a record holds outside itself.
func (t table) drop(rec dict.Rec) {
	if rec.Kind() == dict.KindBlob {
		r, n := value.Object{Heap: t.Heap, Rec: rec}.Blob()
		t.AddBytes(-offheap.RoundUp(n))
		t.Heap.Free(r, offheap.Values)
	}
}

// insert adds a field that is not there. hash is its dict.Hash.
func (t table) insert(hash uint64, field, b []byte, expiry int64) {
	r, v := dict.NewRecord(t.Heap, offheap.Values, shape(len(b), expiry), field)
	t.fill(v, b)
	t.Dict().Insert(t.Heap, hash, r)
	t.AddBytes(offheap.RoundUp(dict.At(t.Heap, r).Size()))
	t.note(expiry)
}

// note keeps due right when a field gets this expiry.
func (t table) note(expiry int64) {
	if expiry >= 0 && expiry < t.due() {
		t.setDue(expiry)
	}
}

// put changes value and expiry of the field at p. Neither field nor b may lie in
// its record.
func (t table) put(p *dict.Pos, field, b []byte, expiry int64) {
	old := p.Ref()
	t.Dict().Shield(t.Heap, old)
	rec := dict.At(t.Heap, old)
	had := rec.HasExpiry()
	if rec.Kind() == dict.KindRaw && len(rec.Value()) == len(b) && had == (expiry >= 0) {
		copy(rec.Value(), b)
		t.move(p, had, expiry)
		return
	}
	s := shape(len(b), expiry)
	before, after := offheap.RoundUp(rec.Size()), offheap.RoundUp(s.Size(len(field)))
	t.drop(rec)
	r := old
	if before != after {
		r = t.Heap.Alloc(after, offheap.Values)
	}
	t.fill(s.Write(t.Heap.Ptr(r), field), b)
	t.Dict().Renew(t.Heap, p, r)
	if r != old {
		t.Heap.Free(old, offheap.Values)
		t.AddBytes(after - before)
	}
	t.move(p, had, expiry)
}

// move gives the record at p, which has room for it, the expiry. had tells whether
// it had one before.
func (t table) move(p *dict.Pos, had bool, expiry int64) {
	if !had && expiry < 0 {
		return
	}
	if expiry >= 0 {
		dict.At(t.Heap, p.Ref()).SetExpiry(expiry)
	}
	t.Dict().SetExpiry(t.Heap, p, had, expiry)
	t.note(expiry)
}

// setExpiry changes the expiry of the field at p.
func (t table) setExpiry(p *dict.Pos, expiry int64) {
	old := p.Ref()
	t.Dict().Shield(t.Heap, old)
	rec := dict.At(t.Heap, old)
	had := rec.HasExpiry()
	if had != (expiry >= 0) {
		v := rec.Value()
		r, to := dict.NewRecord(t.Heap, offheap.Values, dict.Shape{Kind: rec.Kind(), Len: len(v), Expiry: expiry}, rec.Key())
		copy(to, v)
		t.AddBytes(offheap.RoundUp(dict.At(t.Heap, r).Size()) - offheap.RoundUp(rec.Size()))
		t.Dict().Renew(t.Heap, p, r)
		t.Heap.Free(old, offheap.Values)
	}
	t.move(p, had, expiry)
}

// remove takes the field at p out.
func (t table) remove(p *dict.Pos) {
	r := p.Ref()
	t.Dict().Shield(t.Heap, r)
	rec := dict.At(t.Heap, r)
	t.drop(rec)
	t.AddBytes(-offheap.RoundUp(rec.Size()))
	t.Dict().Delete(t.Heap, p)
	t.Heap.Free(r, offheap.Values)
}

// ahead is how many records are loaded while others are visited: enough for
// their cache misses to overlap.
const ahead = 32

// each visits the records until visit returns false, in the order of their hashes.
func (t table) each(visit func(rec dict.Rec) bool) {
	var room [4 * ahead]offheap.Ref
	d, pos := t.Dict(), uint64(0)
	for {
		refs := room[:0]
		for {
			if refs, pos = d.Scan(t.Heap, pos, refs); pos == 0 || len(refs) >= ahead {
				break
			}
		}
		for _, r := range refs {
			dict.TouchRef(t.Heap, r)
		}
		for _, r := range refs {
			if !visit(dict.At(t.Heap, r)) {
				return
			}
		}
		if pos == 0 {
			return
		}
	}
}

// copyTo makes the table to, which is empty, one of the same fields.
func (t table) copyTo(to table) {
	t.each(func(rec dict.Rec) bool {
		field := rec.Key()
		to.insert(dict.Hash(field), field, valueOf(t.Heap, rec).Bytes, expiryOf(rec))
		return true
	})
}

// freeSome frees about n fields, and with the last one the root. The table is
// good for nothing else from the first call on.
func (t table) freeSome(n int) (done bool) {
	return t.FreeSome(n, func(r offheap.Ref) {
		if rec := dict.At(t.Heap, r); rec.Kind() == dict.KindBlob {
			blob, _ := value.Object{Heap: t.Heap, Rec: rec}.Blob()
			t.Heap.Free(blob, offheap.Values)
		}
	})
}
