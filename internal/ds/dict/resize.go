package dict

import (
	"sync/atomic"

	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
)

// scratch gathers the records of one or two segments.
type scratch struct {
	refs   [2*maxBuckets*slots + 64]offheap.Ref
	hashes [2*maxBuckets*slots + 64]uint64
}

// collect gathers the records of e's segment and their hashes. The records are
// touched first, so that their cache misses overlap.
func (d *Dict) collect(h *offheap.Heap, e *entry, refs []offheap.Ref, hashes []uint64) ([]offheap.Ref, []uint64) {
	from := len(refs)
	base := h.Ptr(e.ref())
	for b := range e.buckets() {
		refs = appendRefs(h, addBucket(base, b), refs)
	}
	sum := 0
	for _, r := range refs[from:] {
		sum += int(*(*byte)(h.Ptr(r)))
	}
	invariant.Assert(sum <= 255*len(refs), "bytes are at most 255") // keeps the loads
	for _, r := range refs[from:] {
		hashes = append(hashes, Hash(At(h, r).Key())<<d.shift)
	}
	return refs, hashes
}

// grow gives the segment of canonical entry i more room: a third or half more
// buckets, or another segment.
func (d *Dict) grow(h *offheap.Heap, i uint64, e *entry) {
	var s scratch
	refs, hashes := d.collect(h, e, s.refs[:0], s.hashes[:0])
	want := bucketsFor(len(refs))
	if want <= maxBuckets || e.depth() >= maxDepth || !splits(hashes, e.depth()) {
		d.rebuild(h, i, e.depth(), max(want, e.buckets()+1), e.earliest(), refs, hashes)
		return
	}
	depth, floor := e.depth(), e.earliest()
	if depth == d.depth() {
		d.double(h)
		i *= 2
	}
	freeSegment(h, d.entryAt(h, i))
	n := partition(refs, hashes, depth)
	half := uint64(1) << (d.depth() - depth - 1)
	d.build(h, i, depth+1, bucketsFor(n), floor, refs[:n], hashes[:n])
	d.build(h, i+half, depth+1, bucketsFor(len(refs)-n), floor, refs[n:], hashes[n:])
}

// splits reports whether one more bit divides the hashes at all. If all are on
// one side (an attacker's keys, or luck), the segment grows by chains instead,
// unless further bits help.
func splits(hashes []uint64, depth uint) bool {
	first := hashes[0] << depth >> 32
	for _, x := range hashes {
		if x<<depth>>32 != first {
			return true
		}
	}
	return false
}

// partition moves the records whose hash has bit depth (from the top) clear to
// the front and returns how many they are.
func partition(refs []offheap.Ref, hashes []uint64, depth uint) int {
	n := 0
	for j, x := range hashes {
		if x<<depth>>63 == 0 {
			refs[j], refs[n] = refs[n], refs[j]
			hashes[j], hashes[n] = hashes[n], hashes[j]
			n++
		}
	}
	return n
}

// sizes are the numbers of buckets that segments have. Of the large ones there are
// few, such that whole blocks fill a page: the rooms that segments leave when they
// grow are of use to others then.
var sizes = [...]int{1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 21, maxBuckets}

func bucketsFor(records int) int { return (records + grownLoad - 1) / grownLoad }

// roundBuckets is the least of the sizes that is at least n, or the largest.
func roundBuckets(n int) int {
	for _, size := range sizes {
		if size >= n {
			return size
		}
	}
	return maxBuckets
}

// rebuild replaces the segment of canonical entry i.
func (d *Dict) rebuild(h *offheap.Heap, i uint64, depth uint, buckets int, floor int64, refs []offheap.Ref, hashes []uint64) {
	freeSegment(h, d.entryAt(h, i))
	d.build(h, i, depth, buckets, floor, refs, hashes)
}

// build makes a segment of the records and puts it into its directory entries
// from i on. A segment whose records can't be divided has at most maxBuckets
// buckets and long chains. Nothing in records of KindTimed expires before floor.
func (d *Dict) build(h *offheap.Heap, i uint64, depth uint, buckets int, floor int64, refs []offheap.Ref, hashes []uint64) {
	buckets = roundBuckets(buckets)
	seg := newSegment(h, buckets)
	e := makeEntry(seg, depth, buckets, len(refs), never)
	for j, r := range refs {
		place(h, bucketIn(h, &e, hashes[j]), tagOf(hashes[j]), r)
		rec := At(h, r)
		if rec.HasExpiry() {
			d.noteExpiry(&e, rec.Expiry())
		}
		if rec.Kind() == KindTimed {
			d.noteExpiry(&e, floor)
		}
	}
	for k := range uint64(1) << (d.depth() - depth) {
		*d.entryAt(h, i+k) = e
	}
}

// double doubles the directory.
func (d *Dict) double(h *offheap.Heap) {
	old := offheap.Ref(d.root & refMask)
	depth := d.depth()
	n := uint64(1) << depth
	dir := h.Alloc(int(n*2*entrySize), offheap.Tables)
	next := Dict{root: uint64(dir) | uint64(depth+1)<<40}
	for i := range n {
		e := *d.entryAt(h, i)
		*next.entryAt(h, 2*i) = e
		*next.entryAt(h, 2*i+1) = e
	}
	atomic.StoreUint64(&d.root, next.root)
	h.Free(old, offheap.Tables)
}

// shrink gives the segment of canonical entry i fewer buckets, or joins it with
// the other half of the segment that it was split from.
func (d *Dict) shrink(h *offheap.Heap, i uint64, e *entry) {
	var s scratch
	depth := e.depth()
	if depth > 0 {
		half := uint64(1) << (d.depth() - depth)
		j := i ^ half
		o := d.entryAt(h, j)
		if o.depth() == depth && e.count()+o.count() <= maxBuckets*grownLoad/2 {
			refs, hashes := d.collect(h, e, s.refs[:0], s.hashes[:0])
			refs, hashes = d.collect(h, o, refs, hashes)
			floor := min(e.earliest(), o.earliest())
			freeSegment(h, e)
			freeSegment(h, o)
			d.build(h, i&^half, depth-1, bucketsFor(len(refs)), floor, refs, hashes)
			d.halve(h)
			return
		}
	}
	if e.buckets() > 1 {
		refs, hashes := d.collect(h, e, s.refs[:0], s.hashes[:0])
		d.rebuild(h, i, depth, bucketsFor(len(refs)), e.earliest(), refs, hashes)
	}
}

// halve shrinks the directory as long as no segment needs its depth. It looks
// only when the directory is much larger than the records need, so its cost is
// that of the deletes before.
func (d *Dict) halve(h *offheap.Heap) {
	for d.depth() > 0 && uint64(1)<<d.depth() > d.count/(maxBuckets*slots/8)+1 {
		n := uint64(1) << d.depth()
		for i := uint64(0); i < n; {
			e := d.entryAt(h, i)
			if e.depth() == d.depth() {
				return
			}
			i += 1 << (d.depth() - e.depth())
		}
		dir := h.Alloc(int(n/2*entrySize), offheap.Tables)
		next := Dict{root: uint64(dir) | uint64(d.depth()-1)<<40}
		for i := range n / 2 {
			*next.entryAt(h, i) = *d.entryAt(h, 2*i)
		}
		old := offheap.Ref(d.root & refMask)
		atomic.StoreUint64(&d.root, next.root)
		h.Free(old, offheap.Tables)
	}
}
