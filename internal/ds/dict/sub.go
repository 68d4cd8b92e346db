package dict

import (
	"math/bits"
	"unsafe"

	"sigrun/internal/offheap"
	"sigrun/internal/rng"
)

// A table may be a value itself: of the members of a set, the fields of a hash.
// Then its header lies in a block of the value's, and its records have no shard
// in common: no bits of their hashes are shifted out.

// HeaderSize is the number of bytes of a table's header.
const HeaderSize = int(unsafe.Sizeof(Dict{}))

// Open is the table whose header lies off bytes, a multiple of 8, into block r.
// A header of zeros is an empty table. The result dies with the block.
func Open(h *offheap.Heap, r offheap.Ref, off int) *Dict {
	return (*Dict)(unsafe.Add(h.Ptr(r), off))
}

// NewRecord makes a record of shape s in a block for p and returns it with its
// value for the caller to fill.
func NewRecord(h *offheap.Heap, p offheap.Purpose, s Shape, key []byte) (offheap.Ref, []byte) {
	r := h.Alloc(s.Size(len(key)), p)
	return r, s.Write(h.Ptr(r), key)
}

// TouchRef starts loading record r, for whoever is about to visit several.
func TouchRef(h *offheap.Heap, r offheap.Ref) { offheap.Prefetch(h.Ptr(r)) }

// Random is a record of the table, each with the same chance; the table must not
// be empty. It looks at about three directory entries and half a segment.
func (d *Dict) Random(h *offheap.Heap, src *rng.Source) offheap.Ref {
	for {
		x := src.Uint64()
		i, e := d.canonical(h, d.index(x))
		// Each entry of the directory stands for as many tickets, and the records
		// of a segment hold the first tickets of its entries.
		first := d.index(x) - i
		ticket := int(first*tickets + x%tickets)
		if room := tickets << (d.depth() - e.depth()); e.count() > room {
			ticket = int(src.Uint64n(uint64(e.count()))) // only if hashes collide on purpose
		}
		if ticket < e.count() {
			return nthOf(h, e, ticket)
		}
	}
}

// tickets is more than the records of a segment whose hashes are random.
const tickets = 512

// nthOf is record n of the segment of e, counted from 0 through its buckets.
func nthOf(h *offheap.Heap, e *entry, n int) offheap.Ref {
	base := h.Ptr(e.ref())
	for b := range e.buckets() {
		bucket := addBucket(base, b)
		if *chained(bucket) == 0 {
			if k := taken(bucket); n >= k {
				n -= k
				continue
			}
		}
		var room [4 * slots]offheap.Ref
		refs := appendRefs(h, bucket, room[:0])
		if n < len(refs) {
			return refs[n]
		}
		n -= len(refs)
	}
	panic("BUG: a segment holds fewer records than it counts")
}

// taken is how many slots of a bucket without children are in use.
func taken(bucket unsafe.Pointer) int {
	w := *(*uint64)(unsafe.Add(bucket, tagsOffset))
	const low7 = highs - lows // 0x7f in each byte
	n := bits.OnesCount64((w&^highs + low7 | w) & highs)
	for s := 8; s < slots; s++ {
		if *tagAt(bucket, s) != 0 {
			n++
		}
	}
	return n
}

// TableBytes is about how many bytes the table takes without its records: exactly
// for one of up to sampled segments, else as those would have it.
func (d *Dict) TableBytes(h *offheap.Heap) int {
	if d.root == 0 {
		return 0
	}
	const sampled = 64
	segments, n, records := 0, 0, 0
	i := uint64(0)
	for ; i < 1<<d.depth() && segments < sampled; segments++ {
		e := d.entryAt(h, i)
		i += 1 << (d.depth() - e.depth())
		n += h.Size(e.ref()) + childSize*children(h, e)
		records += e.count()
	}
	if i < 1<<d.depth() {
		n = int(float64(n) * float64(d.Len()) / float64(max(records, 1)))
	}
	return n + h.Size(offheap.Ref(d.root&refMask))
}

// children counts the children of the buckets of e's segment.
func children(h *offheap.Heap, e *entry) (n int) {
	base := h.Ptr(e.ref())
	for b := range e.buckets() {
		bucket := addBucket(base, b)
		if *chained(bucket) == 0 {
			continue
		}
		for r := loadRef(refAt(bucket, slots-1)); r != 0; r = loadRef(unsafe.Add(h.Ptr(r), childNext)) {
			n++
		}
	}
	return n
}

// Dismantle frees the segment of directory entry i, which is 0 at first, appends
// its records, which stay the caller's, and returns the entry to go on with; 0
// when the whole table is gone. In between the table is good for nothing else.
// One call frees at most some hundred records.
func (d *Dict) Dismantle(h *offheap.Heap, i uint64, dst []offheap.Ref) ([]offheap.Ref, uint64) {
	if d.root == 0 {
		return dst, 0
	}
	e := d.entryAt(h, i)
	base := h.Ptr(e.ref())
	for b := range e.buckets() {
		dst = appendRefs(h, addBucket(base, b), dst)
	}
	freeSegment(h, e)
	if i += 1 << (d.depth() - e.depth()); i < 1<<d.depth() {
		return dst, i
	}
	h.Free(offheap.Ref(d.root&refMask), offheap.Tables)
	*d = Dict{shift: d.shift}
	return dst, 0
}

// ScanFrom is a step of a scan with cursors of CursorBits bits: it appends at
// least count records from cursor on, or those of ten times as many buckets, and
// returns the cursor to go on with; 0 after the last one. What is there from the
// first step (cursor 0) to the last is visited; some may be twice.
func (d *Dict) ScanFrom(h *offheap.Heap, cursor uint64, count int, dst []offheap.Ref) ([]offheap.Ref, uint64) {
	const unused = 64 - CursorBits
	from, pos := len(dst), cursor<<unused
	for buckets := 1; ; buckets++ {
		dst, pos = d.Scan(h, pos, dst)
		n := len(dst) - from
		if pos == 0 || n >= count || n > 0 && buckets/10 >= count || buckets/1000 >= count {
			return dst, pos >> unused
		}
	}
}
