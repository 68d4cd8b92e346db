package dict

import "sigrun/internal/offheap"

// Expiry of records, and of what lies within records of KindTimed: fields of a
// hash. When the first of those expires is known to the caller; a segment's
// earliest expiry is early enough for them too, so that one look at a segment
// tells whether anything in it can be due.

// Timed is the number of records of KindTimed.
func (d *Dict) Timed() int { return int(d.timed) }

// SetTimed tells the table that the record at p became one of KindTimed or ceased
// to be one. Until Expired has looked, or NoteDue was called, it counts as due.
func (d *Dict) SetTimed(h *offheap.Heap, p *Pos, timed bool) {
	if !timed {
		d.timed--
		return
	}
	d.timed++
	d.NoteDue(h, p, 0)
}

// NoteDue tells the table that something in the record at p expires at ms.
func (d *Dict) NoteDue(h *offheap.Heap, p *Pos, ms int64) { d.noteExpiry(d.entryAt(h, p.index), ms) }

// Earliest is a time, in Unix milliseconds, before which nothing of the table
// expires. It costs a look at every segment.
func (d *Dict) Earliest(h *offheap.Heap) int64 {
	earliest := int64(never)
	if d.root == 0 || d.expires == 0 && d.timed == 0 {
		return earliest
	}
	for i := uint64(0); i < 1<<d.depth(); {
		e := d.entryAt(h, i)
		i += 1 << (d.depth() - e.depth())
		earliest = min(earliest, e.earliest())
	}
	return earliest
}

// expirySegments is how many segments Expired looks at before it returns without
// having found anything.
const expirySegments = 4

// Expired appends the records of the first segment from pos on in which some
// expired before or at now, and returns the position behind that segment; 0 when
// there are no more. due tells when the first part of a record of KindTimed
// expires; it may be nil if there are none. Segments in which nothing can have
// expired are passed over; the call also ends when it has looked at a few of the
// others in vain.
func (d *Dict) Expired(h *offheap.Heap, pos uint64, now int64, due func(Rec) int64, dst []offheap.Ref) ([]offheap.Ref, uint64) {
	if d.root == 0 || d.expires == 0 && d.timed == 0 {
		return dst, 0
	}
	from := len(dst)
	i, _ := d.canonical(h, d.index(pos))
	for looked := 0; i < 1<<d.depth() && looked < expirySegments && len(dst) == from; {
		e := d.entryAt(h, i)
		i += 1 << (d.depth() - e.depth())
		if e.earliest() > now {
			continue
		}
		dst = expiredIn(h, e, now, due, dst)
		looked++
	}
	if i == 1<<d.depth() {
		return dst, 0
	}
	return dst, i << 1 << (63 - d.depth())
}

// expiredIn appends the expired records of e's segment and makes its earliest
// expiry exact for the others.
func expiredIn(h *offheap.Heap, e *entry, now int64, due func(Rec) int64, dst []offheap.Ref) []offheap.Ref {
	var room [maxBuckets*slots + 64]offheap.Ref
	all := room[:0]
	base := h.Ptr(e.ref())
	for b := range e.buckets() {
		all = appendRefs(h, addBucket(base, b), all)
	}
	earliest := int64(never)
	for _, r := range all {
		rec := At(h, r)
		ms := int64(never)
		if rec.HasExpiry() {
			ms = rec.Expiry()
		}
		if rec.Kind() == KindTimed {
			ms = min(ms, due(rec))
		}
		switch {
		case !rec.HasExpiry() && rec.Kind() != KindTimed:
		case ms <= now:
			dst = append(dst, r)
			earliest = 0 // until the caller has deleted them and asks again
		default:
			earliest = min(earliest, ms, never-1)
		}
	}
	e.setEarliest(earliest)
	return dst
}
