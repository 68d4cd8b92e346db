package set

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
)

// table is the form of large sets.
type table struct{ dict.Root }

func newTable(h *offheap.Heap) table { return table{dict.NewRoot(h, 0)} }

func tableAt(h *offheap.Heap, word uint64) table {
	return table{dict.Root{Heap: h, Ref: offheap.Ref(word)}}
}

func (t table) has(b []byte) bool {
	var p dict.Pos
	return t.Dict().Find(t.Heap, dict.Hash(b), b, &p)
}

// add inserts b unless it is there, and reports whether it was not.
func (t table) add(b []byte) bool {
	var p dict.Pos
	hash := dict.Hash(b)
	if t.Dict().Find(t.Heap, hash, b, &p) {
		return false
	}
	t.insert(hash, b)
	return true
}

// insert puts b, which is not there, into the table.
func (t table) insert(hash uint64, b []byte) {
	r, _ := dict.NewRecord(t.Heap, offheap.Values, dict.Shape{Kind: dict.KindKey, Expiry: -1}, b)
	t.Dict().Insert(t.Heap, hash, r)
	t.AddBytes(t.Heap.Size(r))
}

// remove takes b out and reports whether it was there.
func (t table) remove(b []byte) bool {
	var p dict.Pos
	if !t.Dict().Find(t.Heap, dict.Hash(b), b, &p) {
		return false
	}
	r := p.Ref()
	t.Dict().Delete(t.Heap, &p)
	t.AddBytes(-t.Heap.Size(r))
	t.Heap.Free(r, offheap.Values)
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
			dict.TouchRef(t.Heap, r)
		}
		for _, r := range refs {
			if !visit(Text(dict.At(t.Heap, r).Key())) {
				return
			}
		}
	}
}

// some appends the records of some buckets from position pos on, and returns the
// position behind them; 0 after the last.
func (t table) some(pos uint64, refs []offheap.Ref) ([]offheap.Ref, uint64) {
	d := t.Dict()
	for {
		if refs, pos = d.Scan(t.Heap, pos, refs); pos == 0 || len(refs) >= ahead {
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
		if !o.Dict().FindEach(t.Heap, refs, func(r offheap.Ref, found bool) bool {
			return visit(Text(dict.At(t.Heap, r).Key()), found)
		}) {
			return
		}
	}
}

// addAll inserts the members of from.
func (t table) addAll(from table) {
	if d := t.Dict(); d.Len() == 0 {
		d.Reserve(t.Heap, from.Dict().Len())
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
