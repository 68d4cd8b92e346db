package hash

import (
	"encoding/binary"
	"math"

	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// table is the form of large hashes and of those with fields that expire.
type table struct {
	heap *offheap.Heap
	root offheap.Ref
}

const (
	bytesOffset = dict.HeaderSize
	dueOffset   = bytesOffset + 8
	rootSize    = dueOffset + 8
)

// never is the due of a table without expiries.
const never = math.MaxInt64

func newRoot(h *offheap.Heap) offheap.Ref {
	r := h.Alloc(rootSize, offheap.Values)
	clear(h.Space().Bytes(r, rootSize))
	table{h, r}.setDue(never)
	return r
}

func (t table) dict() *dict.Dict { return dict.Open(t.heap, t.root, 0) }

// word is one of the words behind the header.
func (t table) word(off int) []byte { return t.heap.Space().Bytes(t.root, rootSize)[off:] }

func (t table) bytes() int { return int(binary.LittleEndian.Uint64(t.word(bytesOffset))) }

func (t table) addBytes(n int) {
	b := t.word(bytesOffset)
	binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)+uint64(n))
}

func (t table) due() int64 { return int64(binary.LittleEndian.Uint64(t.word(dueOffset))) }

func (t table) setDue(ms int64) { binary.LittleEndian.PutUint64(t.word(dueOffset), uint64(ms)) }

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
	r := t.heap.Alloc(len(b), offheap.Values)
	copy(t.heap.Space().Bytes(r, len(b)), b)
	value.PutBlob(v, r, len(b))
	t.addBytes(offheap.RoundUp(len(b)))
}

// drop frees what a record holds outside itself.
func (t table) drop(rec dict.Rec) {
	if rec.Kind() == dict.KindBlob {
		r, n := value.Object{Heap: t.heap, Rec: rec}.Blob()
		t.addBytes(-offheap.RoundUp(n))
		t.heap.Free(r, offheap.Values)
	}
}

// insert adds a field that is not there. hash is its dict.Hash.
func (t table) insert(hash uint64, field, b []byte, expiry int64) {
	r, v := dict.NewRecord(t.heap, offheap.Values, shape(len(b), expiry), field)
	t.fill(v, b)
	t.dict().Insert(t.heap, hash, r)
	t.addBytes(offheap.RoundUp(dict.At(t.heap, r).Size()))
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
	t.dict().Shield(t.heap, old)
	rec := dict.At(t.heap, old)
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
		r = t.heap.Alloc(after, offheap.Values)
	}
	t.fill(s.Write(t.heap.Ptr(r), field), b)
	t.dict().Renew(t.heap, p, r)
	if r != old {
		t.heap.Free(old, offheap.Values)
		t.addBytes(after - before)
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
		dict.At(t.heap, p.Ref()).SetExpiry(expiry)
	}
	t.dict().SetExpiry(t.heap, p, had, expiry)
	t.note(expiry)
}

// setExpiry changes the expiry of the field at p.
func (t table) setExpiry(p *dict.Pos, expiry int64) {
	old := p.Ref()
	t.dict().Shield(t.heap, old)
	rec := dict.At(t.heap, old)
	had := rec.HasExpiry()
	if had != (expiry >= 0) {
		v := rec.Value()
		r, to := dict.NewRecord(t.heap, offheap.Values, dict.Shape{Kind: rec.Kind(), Len: len(v), Expiry: expiry}, rec.Key())
		copy(to, v)
		t.addBytes(offheap.RoundUp(dict.At(t.heap, r).Size()) - offheap.RoundUp(rec.Size()))
		t.dict().Renew(t.heap, p, r)
		t.heap.Free(old, offheap.Values)
	}
	t.move(p, had, expiry)
}

// remove takes the field at p out.
func (t table) remove(p *dict.Pos) {
	r := p.Ref()
	t.dict().Shield(t.heap, r)
	rec := dict.At(t.heap, r)
	t.drop(rec)
	t.addBytes(-offheap.RoundUp(rec.Size()))
	t.dict().Delete(t.heap, p)
	t.heap.Free(r, offheap.Values)
}

// ahead is how many records are loaded while others are visited: enough for
// their cache misses to overlap.
const ahead = 32

// each visits the records until visit returns false, in the order of their hashes.
func (t table) each(visit func(rec dict.Rec) bool) {
	var room [4 * ahead]offheap.Ref
	d, pos := t.dict(), uint64(0)
	for {
		refs := room[:0]
		for {
			if refs, pos = d.Scan(t.heap, pos, refs); pos == 0 || len(refs) >= ahead {
				break
			}
		}
		for _, r := range refs {
			dict.TouchRef(t.heap, r)
		}
		for _, r := range refs {
			if !visit(dict.At(t.heap, r)) {
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
		to.insert(dict.Hash(field), field, valueOf(t.heap, rec).Bytes, expiryOf(rec))
		return true
	})
}

// freeing marks a root whose bytes are the place up to which it has been freed.
const freeing = 1 << 63

// freeSome frees about n fields, and with the last one the root. The table is
// good for nothing else from the first call on.
func (t table) freeSome(n int) (done bool) {
	var room [512]offheap.Ref
	b := t.word(bytesOffset)
	next := binary.LittleEndian.Uint64(b)
	if next&freeing == 0 {
		next = freeing
	}
	for n > 0 {
		var refs []offheap.Ref
		refs, next = t.dict().Dismantle(t.heap, next&^freeing, room[:0])
		for _, r := range refs {
			if rec := dict.At(t.heap, r); rec.Kind() == dict.KindBlob {
				blob, _ := value.Object{Heap: t.heap, Rec: rec}.Blob()
				t.heap.Free(blob, offheap.Values)
			}
			t.heap.Free(r, offheap.Values)
		}
		if next == 0 {
			t.heap.Free(t.root, offheap.Values)
			return true
		}
		next |= freeing
		n -= len(refs) + 1
	}
	binary.LittleEndian.PutUint64(b, next)
	return false
}
