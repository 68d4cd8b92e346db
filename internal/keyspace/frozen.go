package keyspace

import (
	"bytes"
	"sync/atomic"
	"unsafe"

	"sigrun/internal/clock"
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// freezeFrom is the number of elements from which on a table is not saved as a
// whole, by whoever is about to change it or by the walker, but a little at a
// time. For values whose parts have an order it is value.FreezeFrom.
const freezeFrom = 256

// frozen is a large value that a cut saves a little at a time. It is one of two
// sorts.
//
// A table keeps apart which elements are still to be saved (see dict.Freeze). Who
// changes one of these has it saved into buf first; the walker does the others, and
// puts it all together, in whatever order.
//
// A row, such as a list, keeps what it was by itself, in order, while it changes
// (see value.Saving); the walker alone saves it.
//
// A value that is deleted meanwhile becomes the walker's, who frees it when it is
// saved.
//
// In an RDB file nothing may come between the bytes of a value. So what is handed
// over elsewhere while one is saved is kept until that one has been emitted, and so
// are the elements of a table that change before its turn comes: at most what the
// records and elements that change meanwhile took at the cut, which no other bound
// could do than to have writers wait for the disk. Commands can be interrupted.
type frozen struct {
	class      *value.Class
	db         int
	kind       dict.Kind
	word       uint64
	structure  unsafe.Pointer
	home       atomic.Pointer[shard] // where it lives; a rename changes it
	key        []byte
	head, tail []byte // what comes before and behind the elements or parts
	typ        byte   // for Saver.Elements
	deserted   bool   // no record holds it any more; belongs to who is in home

	row   value.Saving // nil for a table
	table *dict.Dict   // nil for a row
	buf   []byte       // elements that writers saved; as deserted
}

// freeze makes o, which the cut needs, a value that is saved a little at a time,
// if it is large enough. The caller has entered sh and set o's epoch bit.
func (c *Cut) freeze(sh *shard, db int, o value.Object) bool {
	row, table, n := begin(o)
	if n == 0 {
		return false
	}
	f := &frozen{class: o.Class(), db: db, kind: o.Rec.Kind(), row: row, table: table}
	f.key = bytes.Clone(o.Rec.Key())
	f.head, f.tail, f.typ = c.writers.Ends(o, n)
	f.word, f.structure = o.Rec.Word(), structureOf(o)
	sh.take(f)
	c.mu.Lock()
	c.frozen = append(c.frozen, f)
	c.mu.Unlock()
	return true
}

// begin begins the saving of o and returns what is saved and the number of its
// elements, a negative one for a row, or 0 if o is better saved as a whole.
func begin(o value.Object) (row value.Saving, table *dict.Dict, n int) {
	if class := o.Class(); class.Freeze != nil {
		if row = class.Freeze(o); row != nil {
			n = -1
		}
		return row, nil, n
	}
	if table = o.Table(); table == nil || table.Len() < freezeFrom {
		return nil, nil, 0
	}
	table.Freeze()
	return nil, table, table.Len()
}

// structureOf is what o is known by while it is saved a little at a time: its table
// or its first block; nil if it never is.
func structureOf(o value.Object) unsafe.Pointer {
	switch {
	case o.Rec.Kind() <= dict.KindBlob:
		return nil
	case o.Class().Freeze != nil:
		return o.Heap.Ptr(offheap.Ref(o.Rec.Word()))
	}
	return unsafe.Pointer(o.Table())
}

// take makes sh the home of f.
func (sh *shard) take(f *frozen) {
	if sh.frozen == nil {
		sh.frozen = map[unsafe.Pointer]*frozen{}
	}
	sh.frozen[f.structure] = f
	f.home.Store(sh)
}

// saving implements offheap.Heap.Saving.
func (sh *shard) saving(structure unsafe.Pointer) any { return sh.frozen[structure].row.State() }

// guard implements offheap.Heap.Guard: it saves an element that is about to
// change.
func (c *Cut) guard(sh *shard) func(structure unsafe.Pointer, r offheap.Ref) {
	one := make([]offheap.Ref, 1)
	return func(structure unsafe.Pointer, r offheap.Ref) {
		f := sh.frozen[structure]
		if !c.broken.Load() {
			one[0] = r
			f.buf = c.writers.Elements(f.buf, f.key, f.class.Elements, sh.heap, one, f.typ)
		}
	}
}

// frozenAt is the frozen value that o is, or nil. The caller has entered sh.
func (sh *shard) frozenAt(o value.Object) *frozen {
	if len(sh.frozen) == 0 {
		return nil
	}
	return sh.frozen[structureOf(o)]
}

// rehome follows a value that moves from one shard to another; both are entered.
func rehome(from, to *shard, o value.Object) {
	if f := from.frozenAt(o); f != nil && from != to {
		delete(from.frozen, f.structure)
		to.take(f)
	}
}

// saveFrozen saves the values that wait for it.
func (c *Cut) saveFrozen(put func(p []byte)) {
	for {
		c.mu.Lock()
		if len(c.frozen) == 0 {
			c.mu.Unlock()
			return
		}
		f := c.frozen[0]
		c.frozen = c.frozen[1:]
		c.mu.Unlock()
		put(append(c.walker.Select(nil, f.db), f.head...))
		if f.row != nil {
			c.saveParts(f, put)
		} else {
			c.saveElements(f, put)
		}
		put(f.tail)
		c.freeDeserted(f)
		c.saved.Add(1)
		c.collectAll(put)
	}
}

// saveElements saves the elements of f.
func (c *Cut) saveElements(f *frozen, put func(p []byte)) {
	var own, others []byte
	for pos, first := uint64(0), true; first || pos != 0; first = false {
		sh := c.enterHome(f)
		own, pos = c.elements(f, sh, pos, own[:0])
		f.buf, others = others[:0], f.buf
		if pos == 0 {
			f.table.Thaw()
			delete(sh.frozen, f.structure)
		}
		c.leaveHome(sh)
		put(own)
		put(others)
		c.pause(f, put)
	}
}

// saveParts saves the parts of f, which is a row. They are copied while its home is
// entered, and encoded afterwards: whoever waits for the value all the while would
// hardly get in between two slices that take as long as that.
func (c *Cut) saveParts(f *frozen, put func(p []byte)) {
	var own []byte
	for done := false; !done; {
		sh := c.enterHome(f)
		broken := c.broken.Load()
		if broken {
			done = f.row.Skip(sh.heap, walkRecords)
		} else {
			done = c.walker.Take(f.row, f.key, sh.heap, walkBytes)
		}
		if done {
			delete(sh.frozen, f.structure)
			f.deserted = f.deserted || f.row.Gone()
		}
		c.leaveHome(sh)
		if !broken {
			own = c.walker.Parts(own[:0], f.row, f.key)
			put(own)
		}
		c.pause(f, put)
	}
}

// pause is between two slices of f.
func (c *Cut) pause(f *frozen, put func(p []byte)) {
	clock.Yield()
	if c.due() && !c.walker.Contiguous() {
		c.collectAll(put)
		put(c.walker.Select(nil, f.db))
	}
}

// freeDeserted frees f, which is saved, if no record holds it any more.
func (c *Cut) freeDeserted(f *frozen) {
	for done := !f.deserted; !done; {
		sh := c.enterHome(f)
		f.word, done = f.class.FreeSome(sh.heap, f.kind, f.word, trashSlice)
		c.leaveHome(sh)
		clock.Yield()
	}
}

// enterHome enters the shard in which f lives.
func (c *Cut) enterHome(f *frozen) *shard {
	for {
		c.gate.Enter()
		sh := f.home.Load()
		sh.mu.Lock()
		if f.home.Load() == sh {
			return sh
		}
		c.leaveHome(sh)
	}
}

func (c *Cut) leaveHome(sh *shard) {
	sh.mu.Unlock()
	c.gate.Leave()
}

// elements saves some elements of f from pos on.
func (c *Cut) elements(f *frozen, sh *shard, pos uint64, own []byte) (_ []byte, next uint64) {
	refs := c.refs[:0]
	for n, size := 0, 0; ; {
		from := len(refs)
		refs, pos = f.table.Scan(sh.heap, pos, refs)
		some := refs[from:]
		for _, r := range some {
			dict.TouchRef(sh.heap, r)
		}
		refs = refs[:from]
		for _, r := range some {
			if f.table.Take(sh.heap, r) {
				refs = append(refs, r)
				size += sizeOf(sh.heap, r)
			}
		}
		n += len(some) + 1
		if pos == 0 || n >= walkRecords || size >= walkBytes {
			break
		}
	}
	c.refs = refs
	if len(refs) > 0 && !c.broken.Load() {
		own = c.walker.Elements(own, f.key, f.class.Elements, sh.heap, refs, f.typ)
	}
	return own, pos
}

// sizeOf is about how many bytes element r takes.
func sizeOf(h *offheap.Heap, r offheap.Ref) int {
	rec := dict.At(h, r)
	n := rec.Size()
	if rec.Kind() == dict.KindBlob {
		_, blob := value.Object{Heap: h, Rec: rec}.Blob()
		n += blob
	}
	return n
}

// discard frees the value of a record that is about to vanish, or leaves it to
// the walker who is saving it. The caller has entered sh.
func (sh *shard) discard(o value.Object) {
	if f := sh.frozenAt(o); f != nil {
		f.deserted = true
		return
	}
	o.Class().Free(o)
}
