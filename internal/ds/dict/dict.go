// Package dict is the hash table of the server: keys of a shard, and later the
// fields of large hashes and the members of large sets. All of it lies off the
// Go heap and holds no pointers.
//
//	Dict       directory             segment: 1 to 32 buckets of 64 bytes
//	 root ───► 2^depth entries ────► ┌──────────┬─────────┬──────┐
//	 count     16 bytes each:        │ 10 × ref │ 10 tags │ meta │ one cache line
//	           ref depth buckets     │  5 bytes │ 1 byte  │ 4 B  │
//	           count, min. expiry    └──────────┴─────────┴──────┘
//
// A ref names a record (see Rec), which holds key and value. The table is
// ordered by hash: the top bits choose the directory entry, the next 16 the
// bucket (scaled to however many the segment has), so that segments, buckets
// and scan cursors are all ranges of the same line of hash values. A segment
// deeper than the directory's depth fills several entries; only the first of
// them (the canonical one) holds its count and its earliest expiry.
//
// A segment grows when it holds about ten records per bucket: it is built
// anew with room for a third more, or split in two when that takes more than
// 32 buckets. So growth costs some microseconds at a time, never a rehash of
// the table, and the load stays between 80 and 100 % of the slots. What doesn't
// fit a bucket goes to a chain of small children (4 refs in 32 bytes), to which
// the bucket's tenth ref then points.
//
// Scanning needs no state: a cursor is a position on the line of hash values. A
// call visits the bucket whose range holds the position and returns the end of
// that range. A record never changes its hash, so whatever is there from the
// beginning to the end of a scan is visited, however the table grew or shrank
// in between.
//
// Invariants: (1) a record hangs in the bucket of its hash, once; (2) tag 0
// marks an empty slot, and no slot of a chained bucket or of a child but the
// first one is empty; (3) canonical entries count their segment's records, and
// their earliest expiry is not later than that of any record in it, nor than
// when anything within one of KindTimed expires.
//
// Find, Insert and Delete cost O(1), a rebuild O(320). Not safe for concurrent
// use, but for the Touch functions, whose result doesn't matter.
package dict

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"sigrun/internal/offheap"
)

const (
	maxBuckets  = 32 // of a segment
	slots       = 10 // of a bucket
	grownLoad   = 8  // records per bucket after a rebuild
	maxDepth    = 26 // of the directory: 2^26 entries of 16 bytes
	bucketSize  = 64
	entrySize   = 16
	tagsOffset  = 50
	chainOffset = 60 // meta: 1 if the tenth ref is a child's
	childSlots  = 4
	childSize   = 32
	childTags   = 25
	childNext   = 20
	refMask     = 1<<offheap.RefBits - 1
	never       = 1<<48 - 1 // the earliest expiry of a segment without any
)

// CursorBits is how many top bits of a position can differ from zero, so that a
// position of a table whose hashes are not shifted fits in as many bits.
const CursorBits = maxDepth + 16

// Dict is an empty table when zero. It holds no Go pointer: its blocks belong
// to the Heap that each method is given, always the same one.
type Dict struct {
	root    uint64 // ref of the directory | depth<<40
	count   uint64
	expires uint64 // records with an expiry
	shift   uint8  // bits of a hash that chose the shard, shifted out
	epoch   uint8  // of a table that is a value: bit of records that are not to be saved, see Freeze
	frozen  bool   // is being saved
	timed   uint32 // records of KindTimed
}

// New returns a table for records whose hashes agree in the top shift bits.
func New(shift uint8) Dict { return Dict{shift: shift} }

// Len is the number of records.
func (d *Dict) Len() int { return int(d.count) }

// Expires is the number of records that have an expiry.
func (d *Dict) Expires() int { return int(d.expires) }

type entry struct {
	seg  uint64 // ref | depth<<40 | buckets<<48
	info uint64 // count | earliest expiry<<16
}

func (e *entry) ref() offheap.Ref { return offheap.Ref(e.seg & refMask) }
func (e *entry) depth() uint      { return uint(e.seg>>40) & 0xff }
func (e *entry) buckets() int     { return int(e.seg >> 48) }
func (e *entry) count() int       { return int(e.info & 0xffff) }
func (e *entry) earliest() int64  { return int64(e.info >> 16) }

func (e *entry) setEarliest(ms int64) { e.info = e.info&0xffff | uint64(ms)<<16 }

func makeEntry(seg offheap.Ref, depth uint, buckets, count int, earliest int64) entry {
	return entry{
		seg:  uint64(seg) | uint64(depth)<<40 | uint64(buckets)<<48,
		info: uint64(count) | uint64(earliest)<<16,
	}
}

func (d *Dict) depth() uint { return uint(d.root >> 40) }

// entryAt is directory entry i.
func (d *Dict) entryAt(h *offheap.Heap, i uint64) *entry {
	return (*entry)(unsafe.Add(h.Ptr(offheap.Ref(d.root&refMask)), uintptr(i)*entrySize))
}

// index is the directory entry of a hash (already shifted).
func (d *Dict) index(x uint64) uint64 {
	return x >> 1 >> (63 - d.depth()) // a depth of 0 shifts everything out
}

// canonicalOf is the first of the entries of the segment of e, which is entry i.
func (d *Dict) canonicalOf(i uint64, e *entry) uint64 {
	return i &^ (1<<(d.depth()-e.depth()) - 1)
}

// canonical is the first of the entries of the segment that entry i belongs to.
func (d *Dict) canonical(h *offheap.Heap, i uint64) (uint64, *entry) {
	e := d.entryAt(h, i)
	i = d.canonicalOf(i, e)
	return i, d.entryAt(h, i)
}

// bucketNumber scales the 16 bits of x below the top depth ones to n buckets.
// They are enough to spread 32 buckets evenly, and few enough that the ends of
// buckets are short numbers: see CursorBits.
func bucketNumber(x uint64, depth uint, n uint64) uint64 {
	return (x << depth >> 48) * n >> 16
}

// bucketIn is the bucket of hash x in the segment of e.
func bucketIn(h *offheap.Heap, e *entry, x uint64) unsafe.Pointer {
	return unsafe.Add(h.Ptr(e.ref()), bucketNumber(x, e.depth(), e.seg>>48)*bucketSize)
}

func tagOf(x uint64) uint8 {
	t := uint8(x >> 16)
	if t == 0 {
		t = 1
	}
	return t
}

func loadRef(p unsafe.Pointer) offheap.Ref { return offheap.Ref(*(*uint64)(p) & refMask) }

func storeRef(p unsafe.Pointer, r offheap.Ref) {
	*(*uint32)(p) = uint32(r)
	*(*uint8)(unsafe.Add(p, 4)) = uint8(r >> 32)
}

func refAt(b unsafe.Pointer, i int) unsafe.Pointer { return unsafe.Add(b, i*5) }

func tagAt(b unsafe.Pointer, i int) *uint8 { return (*uint8)(unsafe.Add(b, tagsOffset+i)) }

func childTagAt(c unsafe.Pointer, i int) *uint8 { return (*uint8)(unsafe.Add(c, childTags+i)) }

func chained(b unsafe.Pointer) *uint8 { return (*uint8)(unsafe.Add(b, chainOffset)) }

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// matches has the high bit of each byte of w that may equal tag: of equal ones
// always, of others rarely.
func matches(w uint64, tag uint8) uint64 {
	x := w ^ uint64(tag)*lows
	return (x - lows) &^ x & highs
}

// Pos is the place of a record in the table. Any Insert or Delete ends its life.
type Pos struct {
	at     unsafe.Pointer // the record's ref
	bucket unsafe.Pointer
	child  unsafe.Pointer // nil: the slot is the bucket's own
	index  uint64         // canonical directory entry
	slot   int
}

func (p *Pos) set(at, bucket, child unsafe.Pointer, index uint64, slot int) {
	p.at, p.bucket, p.child, p.index, p.slot = at, bucket, child, index, slot
}

// Ref is the record at p.
func (p *Pos) Ref() offheap.Ref { return loadRef(p.at) }

// SetRef makes p hold another record with the same key.
func (p *Pos) SetRef(r offheap.Ref) { storeRef(p.at, r) }

// Find looks for the record of key, whose Hash is hash, and fills p if it is
// there.
func (d *Dict) Find(h *offheap.Heap, hash uint64, key []byte, p *Pos) bool {
	if d.root == 0 {
		return false
	}
	x := hash << d.shift
	i := d.index(x)
	e := d.entryAt(h, i)
	b := bucketIn(h, e, x)
	tag := tagOf(x)
	for m := matches(*(*uint64)(unsafe.Add(b, tagsOffset)), tag); m != 0; m &= m - 1 {
		s := bits.TrailingZeros64(m) >> 3
		if at := refAt(b, s); At(h, loadRef(at)).hasKey(key) {
			p.set(at, b, nil, d.canonicalOf(i, e), s)
			return true
		}
	}
	for s := 8; s < slots; s++ {
		if at := refAt(b, s); *tagAt(b, s) == tag && At(h, loadRef(at)).hasKey(key) {
			p.set(at, b, nil, d.canonicalOf(i, e), s)
			return true
		}
	}
	return *chained(b) != 0 && findChained(h, b, tag, key, p, d.canonicalOf(i, e))
}

// findChained looks at the children of bucket b.
func findChained(h *offheap.Heap, b unsafe.Pointer, tag uint8, key []byte, p *Pos, index uint64) bool {
	for r := loadRef(refAt(b, slots-1)); r != 0; {
		c := h.Ptr(r)
		for s := range childSlots {
			if *childTagAt(c, s) == tag && At(h, loadRef(refAt(c, s))).hasKey(key) {
				p.set(refAt(c, s), b, c, index, s)
				return true
			}
		}
		r = loadRef(unsafe.Add(c, childNext))
	}
	return false
}

// Insert adds record r, whose key has the given hash and is not in the table.
func (d *Dict) Insert(h *offheap.Heap, hash uint64, r offheap.Ref) {
	if d.root == 0 {
		d.create(h)
	}
	x := hash << d.shift
	i, e := d.canonical(h, d.index(x))
	if e.count() >= growAt(i, e.buckets()) {
		d.grow(h, i, e)
		_, e = d.canonical(h, d.index(x))
	}
	if d.epoch != 0 {
		At(h, r).SetEpoch(d.epoch)
	}
	place(h, bucketIn(h, e, x), tagOf(x), r)
	e.info++
	d.count++
	rec := At(h, r)
	if rec.HasExpiry() {
		d.expires++
		d.noteExpiry(e, rec.Expiry())
	}
	if rec.Kind() == KindTimed {
		d.timed++
		d.noteExpiry(e, 0)
	}
}

// growAt is how many records make the segment of entry i grow: nine to eleven per
// bucket. It varies because segments fill evenly: if all grew at once, the blocks
// of the old size would lie half empty until the last one has grown.
func growAt(i uint64, buckets int) int {
	return buckets * (18 + int(i*0x9e3779b97f4a7c15>>32%5)) / 2
}

// place hangs r into bucket b.
func place(h *offheap.Heap, b unsafe.Pointer, tag uint8, r offheap.Ref) {
	n := slots - int(*chained(b))
	for s := range n {
		if *tagAt(b, s) == 0 {
			*tagAt(b, s) = tag
			storeRef(refAt(b, s), r)
			return
		}
	}
	tenth := refAt(b, slots-1)
	if *chained(b) != 0 {
		c := h.Ptr(loadRef(tenth))
		for s := range childSlots {
			if *childTagAt(c, s) == 0 {
				*childTagAt(c, s) = tag
				storeRef(refAt(c, s), r)
				return
			}
		}
	}
	cr := h.Alloc(childSize, offheap.Tables)
	c := h.Ptr(cr)
	clear(unsafe.Slice((*byte)(c), childSize))
	*childTagAt(c, 0) = tag
	storeRef(refAt(c, 0), r)
	if *chained(b) != 0 {
		storeRef(unsafe.Add(c, childNext), loadRef(tenth))
	} else {
		*childTagAt(c, 1) = *tagAt(b, slots-1)
		storeRef(refAt(c, 1), loadRef(tenth))
		*tagAt(b, slots-1) = 0
		*chained(b) = 1
	}
	storeRef(tenth, cr)
}

// Delete takes the record at p out of the table; the record itself stays the
// caller's.
func (d *Dict) Delete(h *offheap.Heap, p *Pos) {
	if d.frozen {
		d.Shield(h, p.Ref())
	}
	d.forget(At(h, p.Ref()))
	d.count--
	e := d.entryAt(h, p.index)
	e.info--
	d.vacate(h, p)
	switch n := e.count(); {
	case d.count == 0:
		d.Clear(h)
	case n*4 < e.buckets()*slots:
		d.shrink(h, p.index, e)
	}
}

// vacate empties the slot of p and fills it from the first child, if there is one.
func (d *Dict) vacate(h *offheap.Heap, p *Pos) {
	tag := tagAt(p.bucket, p.slot)
	if p.child != nil {
		tag = childTagAt(p.child, p.slot)
	}
	if *chained(p.bucket) == 0 {
		*tag = 0
		storeRef(p.at, 0)
		return
	}
	tenth := refAt(p.bucket, slots-1)
	cr := loadRef(tenth)
	c := h.Ptr(cr)
	last := childSlots - 1
	for *childTagAt(c, last) == 0 {
		last--
	}
	*tag = *childTagAt(c, last)
	storeRef(p.at, loadRef(refAt(c, last)))
	*childTagAt(c, last) = 0
	storeRef(refAt(c, last), 0)
	if last > 0 {
		return
	}
	next := loadRef(unsafe.Add(c, childNext))
	storeRef(tenth, next)
	if next == 0 {
		*chained(p.bucket) = 0
	}
	h.Free(cr, offheap.Tables)
}

// Clear frees the table's own blocks and leaves it empty. Records are not freed.
func (d *Dict) Clear(h *offheap.Heap) {
	if d.root == 0 {
		return
	}
	for i := uint64(0); i < 1<<d.depth(); {
		e := d.entryAt(h, i)
		i += 1 << (d.depth() - e.depth())
		freeSegment(h, e)
	}
	dir := offheap.Ref(d.root & refMask)
	atomic.StoreUint64(&d.root, 0)
	h.Free(dir, offheap.Tables)
	d.count, d.expires, d.timed = 0, 0, 0
}

// forget uncounts what a record that leaves the table has of time.
func (d *Dict) forget(r Rec) {
	if r.HasExpiry() {
		d.expires--
	}
	if r.Kind() == KindTimed {
		d.timed--
	}
}

// SetExpiry tells the table that the record at p got, changed or lost (ms < 0)
// its expiry; had says whether it had one.
func (d *Dict) SetExpiry(h *offheap.Heap, p *Pos, had bool, ms int64) {
	if had {
		d.expires--
	}
	if ms >= 0 {
		d.expires++
		d.noteExpiry(d.entryAt(h, p.index), ms)
	}
}

func (d *Dict) noteExpiry(e *entry, ms int64) {
	if ms = min(max(ms, 0), never-1); ms < e.earliest() {
		e.setEarliest(ms)
	}
}

// Touch finds the bucket that hash belongs to and starts loading it; some time
// later TouchRecord starts loading the record. Both may be called while another
// goroutine changes the table: what they find may be stale, and is used for
// nothing else. The bucket is nil if there is nothing to load.
func (d *Dict) Touch(h *offheap.Heap, hash uint64) (bucket unsafe.Pointer, tag uint8) {
	root := atomic.LoadUint64(&d.root)
	if root == 0 {
		return nil, 0
	}
	x := hash << d.shift
	e := (*entry)(unsafe.Add(h.Ptr(offheap.Ref(root&refMask)), uintptr(x>>1>>(63-uint(root>>40)))*entrySize))
	seg := e.seg
	r := offheap.Ref(seg & refMask)
	if !h.Space().Readable(r) {
		return nil, 0
	}
	bucket = unsafe.Add(h.Ptr(r), bucketNumber(x, uint(seg>>40)&0xff, min(seg>>48, maxBuckets))*bucketSize)
	offheap.Prefetch(bucket)
	return bucket, tagOf(x)
}

// TouchRecord starts loading the record in bucket that has the tag, or else the
// bucket's first child, which it returns for TouchChild.
func TouchRecord(s *offheap.Space, bucket unsafe.Pointer, tag uint8) (child unsafe.Pointer) {
	m := matches(*(*uint64)(unsafe.Add(bucket, tagsOffset)), tag)
	slot := bits.TrailingZeros64(m) >> 3
	if m == 0 {
		slot = slots - 2
		if *tagAt(bucket, slot) != tag {
			slot++
		}
	}
	r := loadRef(refAt(bucket, slot))
	p := s.Ptr(r)
	if slot == slots-1 && *chained(bucket) != 0 {
		if !s.Readable(r) {
			return nil
		}
		offheap.Prefetch(p)
		return p
	}
	offheap.PrefetchPair(p)
	return nil
}

// TouchChild starts loading the record in a child that has the tag.
func TouchChild(s *offheap.Space, child unsafe.Pointer, tag uint8) {
	for slot := range childSlots {
		if *childTagAt(child, slot) == tag {
			offheap.PrefetchPair(s.Ptr(loadRef(refAt(child, slot))))
			return
		}
	}
}

func (d *Dict) create(h *offheap.Heap) {
	seg := newSegment(h, 1)
	dir := h.Alloc(entrySize, offheap.Tables)
	*(*entry)(h.Ptr(dir)) = makeEntry(seg, 0, 1, 0, never)
	atomic.StoreUint64(&d.root, uint64(dir))
}

func newSegment(h *offheap.Heap, buckets int) offheap.Ref {
	r := h.Alloc(buckets*bucketSize, offheap.Tables)
	clear(h.Space().Bytes(r, buckets*bucketSize))
	return r
}

func freeSegment(h *offheap.Heap, e *entry) {
	base := h.Ptr(e.ref())
	for b := range e.buckets() {
		freeChildren(h, unsafe.Add(base, b*bucketSize))
	}
	h.Free(e.ref(), offheap.Tables)
}

func freeChildren(h *offheap.Heap, bucket unsafe.Pointer) {
	if *chained(bucket) == 0 {
		return
	}
	for r := loadRef(refAt(bucket, slots-1)); r != 0; {
		next := loadRef(unsafe.Add(h.Ptr(r), childNext))
		h.Free(r, offheap.Tables)
		r = next
	}
}

// appendRefs appends the records of bucket b.
func appendRefs(h *offheap.Heap, b unsafe.Pointer, dst []offheap.Ref) []offheap.Ref {
	for s := range slots - int(*chained(b)) {
		if *tagAt(b, s) != 0 {
			dst = append(dst, loadRef(refAt(b, s)))
		}
	}
	if *chained(b) == 0 {
		return dst
	}
	for r := loadRef(refAt(b, slots-1)); r != 0; {
		c := h.Ptr(r)
		for s := range childSlots {
			if *childTagAt(c, s) != 0 {
				dst = append(dst, loadRef(refAt(c, s)))
			}
		}
		r = loadRef(unsafe.Add(c, childNext))
	}
	return dst
}

// positionAfter is the first position behind bucket b of n in the segment of
// the given depth that begins at position start; 0 behind the last of all.
func positionAfter(start uint64, depth uint, b, n int) uint64 {
	if b+1 == n {
		if depth == 0 {
			return 0
		}
		return start + 1<<(64-depth)
	}
	// The first 16-bit x with x*n>>16 == b+1.
	x := ((uint64(b+1) << 16) + uint64(n) - 1) / uint64(n)
	return start + x<<48>>depth
}
