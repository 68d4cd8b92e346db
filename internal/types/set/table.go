package set

import (
	"encoding/binary"

	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
)

// table is the form of large sets.
type table struct {
	heap *offheap.Heap
	root offheap.Ref
}

const rootSize = dict.HeaderSize + 8

func newRoot(h *offheap.Heap) offheap.Ref {
	r := h.Alloc(rootSize, offheap.Values)
	clear(h.Space().Bytes(r, rootSize))
	return r
}

func (t table) dict() *dict.Dict { return dict.Open(t.heap, t.root, 0) }

// extra is the last word of the root: the bytes of all records, and once the
// table is being freed, how far that has come.
func (t table) extra() []byte { return t.heap.Space().Bytes(t.root, rootSize)[dict.HeaderSize:] }

func (t table) bytes() int { return int(binary.LittleEndian.Uint64(t.extra())) }

func (t table) addBytes(n int) {
	x := t.extra()
	binary.LittleEndian.PutUint64(x, binary.LittleEndian.Uint64(x)+uint64(n))
}

func (t table) has(b []byte) bool {
	var p dict.Pos
	return t.dict().Find(t.heap, dict.Hash(b), b, &p)
}

// add inserts b unless it is there, and reports whether it was not.
func (t table) add(b []byte) bool {
	var p dict.Pos
	hash := dict.Hash(b)
	if t.dict().Find(t.heap, hash, b, &p) {
		return false
	}
	t.insert(hash, b)
	return true
}

// insert puts b, which is not there, into the table.
func (t table) insert(hash uint64, b []byte) {
	r, _ := dict.NewRecord(t.heap, offheap.Values, dict.Shape{Kind: dict.KindKey, Expiry: -1}, b)
	t.dict().Insert(t.heap, hash, r)
	t.addBytes(t.heap.Size(r))
}

// remove takes b out and reports whether it was there.
func (t table) remove(b []byte) bool {
	var p dict.Pos
	if !t.dict().Find(t.heap, dict.Hash(b), b, &p) {
		return false
	}
	r := p.Ref()
	t.dict().Delete(t.heap, &p)
	t.addBytes(-t.heap.Size(r))
	t.heap.Free(r, offheap.Values)
	return true
}

// ahead is how many records are loaded while others are visited: enough for
// their cache misses to overlap.
const ahead = 32

// each visits the members, in the order of their hashes.
func (t table) each(visit func(m Member) bool) {
	var room [4 * ahead]offheap.Ref
	for pos, more := uint64(0), true; more; more = pos != 0 {
		var refs []offheap.Ref
		refs, pos = t.some(pos, room[:0])
		for _, r := range refs {
			dict.TouchRef(t.heap, r)
		}
		for _, r := range refs {
			if !visit(Text(dict.At(t.heap, r).Key())) {
				return
			}
		}
	}
}

// some appends the records of some buckets from position pos on, and returns the
// position behind them; 0 after the last.
func (t table) some(pos uint64, refs []offheap.Ref) ([]offheap.Ref, uint64) {
	d := t.dict()
	for {
		if refs, pos = d.Scan(t.heap, pos, refs); pos == 0 || len(refs) >= ahead {
			return refs, pos
		}
	}
}

// compare visits the members of t with whether o has them, too, until visit
// returns false.
func (t table) compare(o table, visit func(m Member, both bool) bool) {
	var room [4 * ahead]offheap.Ref
	for pos, more := uint64(0), true; more; more = pos != 0 {
		var refs []offheap.Ref
		refs, pos = t.some(pos, room[:0])
		if !o.dict().FindEach(t.heap, refs, func(r offheap.Ref, found bool) bool {
			return visit(Text(dict.At(t.heap, r).Key()), found)
		}) {
			return
		}
	}
}

// addAll inserts the members of from.
func (t table) addAll(from table) {
	if d := t.dict(); d.Len() == 0 {
		d.Reserve(t.heap, from.dict().Len())
		from.each(func(m Member) bool {
			t.insert(dict.Hash(m.Bytes), m.Bytes)
			return true
		})
		return
	}
	from.compare(t, func(m Member, both bool) bool {
		if !both {
			t.insert(dict.Hash(m.Bytes), m.Bytes)
		}
		return true
	})
}

// freeSome frees about n members, and with the last one the root. The table is
// good for nothing else from the first call on.
func (t table) freeSome(n int) (done bool) {
	var room [512]offheap.Ref
	x := t.extra()
	d := t.dict()
	next := binary.LittleEndian.Uint64(x)
	if next&freeing == 0 {
		next = freeing
	}
	for n > 0 {
		var refs []offheap.Ref
		refs, next = d.Dismantle(t.heap, next&^freeing, room[:0])
		for _, r := range refs {
			t.heap.Free(r, offheap.Values)
		}
		if next == 0 {
			t.heap.Free(t.root, offheap.Values)
			return true
		}
		next |= freeing
		n -= len(refs) + 1
	}
	binary.LittleEndian.PutUint64(x, next)
	return false
}

// freeing marks a root whose extra word is a position.
const freeing = 1 << 63
