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
		if d.count != 0 || d.expires != 0 || d.timed != 0 {
			return fmt.Errorf("dict: empty, but counts %d, %d and %d", d.count, d.expires, d.timed)
		}
		return nil
	}
	var total tally
	for i := uint64(0); i < 1<<d.depth(); {
		e := d.entryAt(h, i)
		span := uint64(1) << (d.depth() - e.depth())
		if err := d.checkSegment(h, i, e, &total); err != nil {
			return err
		}
		for k := range span {
			if o := d.entryAt(h, i+k); o.seg != e.seg {
				return fmt.Errorf("dict: entry %d differs from its canonical %d", i+k, i)
			}
		}
		i += span
	}
	if counted := (tally{d.Len(), d.Expires(), d.Timed()}); total != counted {
		return fmt.Errorf("dict: holds %+v, counts %+v", total, counted)
	}
	return nil
}

// tally counts the records of a table as its header does.
type tally struct{ records, expires, timed int }

// checkSegment looks at the segment of entry i and adds its records to all.
func (d *Dict) checkSegment(h *offheap.Heap, i uint64, e *entry, all *tally) error {
	base, before := h.Ptr(e.ref()), all.records
	for b := range e.buckets() {
		bucket := addBucket(base, b)
		for _, r := range appendRefs(h, bucket, nil) {
			rec := At(h, r)
			x := Hash(rec.Key()) << d.shift
			if c, _ := d.canonical(h, d.index(x)); c != i || bucketIn(h, e, x) != bucket {
				return fmt.Errorf("dict: key %q hangs in the wrong bucket", rec.Key())
			}
			var p Pos
			if !d.Find(h, Hash(rec.Key()), rec.Key(), &p) || p.Ref() != r {
				return fmt.Errorf("dict: key %q is there twice", rec.Key())
			}
			if rec.HasExpiry() {
				all.expires++
				if rec.Expiry() < e.earliest() {
					return fmt.Errorf("dict: key %q expires before its segment's earliest", rec.Key())
				}
			}
			if rec.Kind() == KindTimed {
				all.timed++
			}
			all.records++
		}
	}
	if n := all.records - before; n != e.count() {
		return fmt.Errorf("dict: segment %d holds %d, counts %d", i, n, e.count())
	}
	return nil
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
		d.forget(At(h, r))
	}
	return dst, next
}
