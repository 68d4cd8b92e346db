package dict

import (
	"fmt"
	"unsafe"

	"sigrun/internal/offheap"
)

func addBucket(base unsafe.Pointer, b int) unsafe.Pointer { return unsafe.Add(base, b*bucketSize) }

// Scan appends the records of the bucket that holds position pos, in no order,
// and returns the position behind it; 0 when that was the last one. Positions
// are hashes shifted by the table's shift.
func (d *Dict) Scan(h *offheap.Heap, pos uint64, dst []offheap.Ref) ([]offheap.Ref, uint64) {
	if d.root == 0 {
		return dst, 0
	}
	i, e := d.canonical(h, d.index(pos))
	b := int(bucketNumber(pos, e.depth(), uint64(e.buckets())))
	dst = appendRefs(h, addBucket(h.Ptr(e.ref()), b), dst)
	start := i << 1 << (63 - d.depth())
	return dst, positionAfter(start, e.depth(), b, e.buckets())
}

// Expired appends the records of the first segment from pos on that expired
// before or at now, and returns the position behind that segment; 0 when there
// are no more. Segments in which nothing can have expired are passed over.
func (d *Dict) Expired(h *offheap.Heap, pos uint64, now int64, dst []offheap.Ref) ([]offheap.Ref, uint64) {
	if d.root == 0 || d.expires == 0 {
		return dst, 0
	}
	from := len(dst)
	i, _ := d.canonical(h, d.index(pos))
	for i < 1<<d.depth() {
		e := d.entryAt(h, i)
		i += 1 << (d.depth() - e.depth())
		if e.earliest() > now {
			continue
		}
		dst = d.expiredIn(h, e, now, dst)
		if len(dst) > from {
			break
		}
	}
	if i == 1<<d.depth() {
		return dst, 0
	}
	return dst, i << 1 << (63 - d.depth())
}

// expiredIn appends the expired records of e's segment and makes its earliest
// expiry exact for the others.
func (d *Dict) expiredIn(h *offheap.Heap, e *entry, now int64, dst []offheap.Ref) []offheap.Ref {
	var room [maxBuckets*slots + 64]offheap.Ref
	all := room[:0]
	base := h.Ptr(e.ref())
	for b := range e.buckets() {
		all = appendRefs(h, addBucket(base, b), all)
	}
	earliest := int64(never)
	for _, r := range all {
		rec := At(h, r)
		if !rec.HasExpiry() {
			continue
		}
		if ms := rec.Expiry(); ms <= now {
			dst = append(dst, r)
			earliest = 0 // until the caller has deleted them and asks again
		} else {
			earliest = min(earliest, ms, never-1)
		}
	}
	e.setEarliest(earliest)
	return dst
}

// Volatile reports whether the segment at pos may hold a record with an expiry.
func (d *Dict) Volatile(h *offheap.Heap, pos uint64) bool {
	if d.root == 0 || d.expires == 0 {
		return false
	}
	_, e := d.canonical(h, d.index(pos))
	return e.earliest() < never
}

// Stats counts the segments, buckets and children of a table and the children
// of its longest chain.
type Stats struct {
	Segments, Buckets, Children, LongestChain int
}

// Stats walks the whole table.
func (d *Dict) Stats(h *offheap.Heap) (s Stats) {
	if d.root == 0 {
		return s
	}
	for i := uint64(0); i < 1<<d.depth(); {
		e := d.entryAt(h, i)
		i += 1 << (d.depth() - e.depth())
		s.Segments++
		s.Buckets += e.buckets()
		base := h.Ptr(e.ref())
		for b := range e.buckets() {
			bucket := addBucket(base, b)
			n := 0
			if *chained(bucket) != 0 {
				for r := loadRef(refAt(bucket, slots-1)); r != 0; r = loadRef(unsafe.Add(h.Ptr(r), childNext)) {
					n++
				}
			}
			s.Children += n
			s.LongestChain = max(s.LongestChain, n)
		}
	}
	return s
}

// Check walks the table and reports the first broken invariant.
func (d *Dict) Check(h *offheap.Heap) error {
	if d.root == 0 {
		if d.count != 0 || d.expires != 0 {
			return fmt.Errorf("dict: empty, but counts %d and %d", d.count, d.expires)
		}
		return nil
	}
	total, volatile := 0, 0
	for i := uint64(0); i < 1<<d.depth(); {
		e := d.entryAt(h, i)
		span := uint64(1) << (d.depth() - e.depth())
		n, v, err := d.checkSegment(h, i, e)
		if err != nil {
			return err
		}
		for k := range span {
			if o := d.entryAt(h, i+k); o.seg != e.seg {
				return fmt.Errorf("dict: entry %d differs from its canonical %d", i+k, i)
			}
		}
		total += n
		volatile += v
		i += span
	}
	if total != d.Len() || volatile != d.Expires() {
		return fmt.Errorf("dict: holds %d and %d volatile, counts %d and %d", total, volatile, d.count, d.expires)
	}
	return nil
}

func (d *Dict) checkSegment(h *offheap.Heap, i uint64, e *entry) (n, volatile int, err error) {
	base := h.Ptr(e.ref())
	for b := range e.buckets() {
		bucket := addBucket(base, b)
		for _, r := range appendRefs(h, bucket, nil) {
			rec := At(h, r)
			x := Hash(rec.Key()) << d.shift
			if c, _ := d.canonical(h, d.index(x)); c != i || bucketIn(h, e, x) != bucket {
				return 0, 0, fmt.Errorf("dict: key %q hangs in the wrong bucket", rec.Key())
			}
			if rec.HasExpiry() {
				volatile++
				if rec.Expiry() < e.earliest() {
					return 0, 0, fmt.Errorf("dict: key %q expires before its segment's earliest", rec.Key())
				}
			}
			n++
		}
	}
	if n != e.count() {
		return 0, 0, fmt.Errorf("dict: segment %d holds %d, counts %d", i, n, e.count())
	}
	return n, volatile, nil
}

// Drain takes the records of the bucket that holds position pos out of the
// table, appends them, and returns the position behind the bucket; 0 when that
// was the last one. The table is no good for anything else meanwhile but Scan;
// Clear it when its Len is 0.
func (d *Dict) Drain(h *offheap.Heap, pos uint64, dst []offheap.Ref) ([]offheap.Ref, uint64) {
	from := len(dst)
	dst, next := d.Scan(h, pos, dst)
	if len(dst) == from {
		return dst, next
	}
	_, e := d.canonical(h, d.index(pos))
	b := addBucket(h.Ptr(e.ref()), int(bucketNumber(pos, e.depth(), uint64(e.buckets()))))
	freeChildren(h, b)
	clear(unsafe.Slice((*byte)(b), bucketSize))
	for _, r := range dst[from:] {
		d.count--
		e.info--
		if At(h, r).HasExpiry() {
			d.expires--
		}
	}
	return dst, next
}
