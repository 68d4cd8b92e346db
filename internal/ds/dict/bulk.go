package dict

import (
	"sync/atomic"
	"unsafe"

	"sigrun/internal/offheap"
)

// Reserve makes room in an empty table for about n records, so that they can be
// inserted without growth. The room is taken at once.
func (d *Dict) Reserve(h *offheap.Heap, n int) {
	if d.root != 0 || n <= slots {
		return
	}
	depth, each := uint(0), n
	for ; each > maxBuckets*grownLoad && depth < maxDepth; depth++ {
		each = (each + 1) / 2
	}
	buckets := roundBuckets(bucketsFor(each))
	dir := h.Alloc(entrySize<<depth, offheap.Tables)
	next := Dict{root: uint64(dir) | uint64(depth)<<40}
	for i := range uint64(1) << depth {
		*next.entryAt(h, i) = makeEntry(newSegment(h, buckets), depth, buckets, 0, never)
	}
	atomic.StoreUint64(&d.root, next.root)
}

// batch is how many keys are looked for together. In a table of up to nearBy
// records they are in the caches, and looked for one by one.
const (
	batch  = 64
	nearBy = 1 << 13
)

// FindEach looks for the keys of records, which may be those of another table
// with the same shift, in order, and calls visit for each with whether it is there, until
// that returns false; then it returns false. The cache misses of many searches
// overlap. visit may insert and delete what it is called for.
func (d *Dict) FindEach(h *offheap.Heap, refs []offheap.Ref, visit func(r offheap.Ref, found bool) bool) bool {
	if d.Len() <= nearBy {
		return d.findNear(h, refs, visit)
	}
	for len(refs) > 0 {
		n := min(len(refs), batch)
		there := d.findAll(h, refs[:n])
		for i, r := range refs[:n] {
			if !visit(r, there>>i&1 != 0) {
				return false
			}
		}
		refs = refs[n:]
	}
	return true
}

func (d *Dict) findNear(h *offheap.Heap, refs []offheap.Ref, visit func(r offheap.Ref, found bool) bool) bool {
	var p Pos
	for _, r := range refs {
		key := At(h, r).Key()
		if !visit(r, d.Find(h, Hash(key), key, &p)) {
			return false
		}
	}
	return true
}

// findAll has bit i set if the key of refs[i] is in the table.
func (d *Dict) findAll(h *offheap.Heap, refs []offheap.Ref) (there uint64) {
	var hashes [batch]uint64
	var buckets [batch]unsafe.Pointer
	var tags [batch]uint8
	for _, r := range refs {
		TouchRef(h, r)
	}
	for i, r := range refs {
		hashes[i] = Hash(At(h, r).Key())
		buckets[i], tags[i] = d.Touch(h, hashes[i])
	}
	for i := range refs {
		if buckets[i] != nil {
			TouchRecord(h.Space(), buckets[i], tags[i])
		}
	}
	var p Pos
	for i, r := range refs {
		if d.Find(h, hashes[i], At(h, r).Key(), &p) {
			there |= 1 << i
		}
	}
	return there
}
