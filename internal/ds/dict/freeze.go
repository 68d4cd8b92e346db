package dict

import (
	"unsafe"

	"sigrun/internal/offheap"
)

// A table that is a value can be saved as it was at one moment while it goes on
// changing. Freeze begins that: from then on the table's own epoch bit differs
// from that of all its records, whose states are those to be saved. Who saves
// them scans the table, a few buckets at a time, and Takes each; whoever is about
// to change or delete one that nobody took yet Shields it, which has the heap's
// Guard save it first. New records are born with the new bit. Thaw ends it when
// all have been taken, so that all bits agree again.

// Freeze begins the saving of the table; it must not be frozen.
func (d *Dict) Freeze() { d.epoch, d.frozen = d.epoch^1, true }

// Thaw ends it, when the whole table has been scanned and every record taken.
func (d *Dict) Thaw() { d.frozen = false }

// Frozen reports whether the table is being saved.
func (d *Dict) Frozen() bool { return d.frozen }

// Take reports whether record r is one to be saved that nobody took yet, and
// takes it.
func (d *Dict) Take(h *offheap.Heap, r offheap.Ref) bool {
	rec := At(h, r)
	if rec.Epoch() == d.epoch {
		return false
	}
	rec.SetEpoch(d.epoch)
	return true
}

// Shield is to be called before record r changes in place or is replaced, and
// before anything that hangs on it is freed. Delete does it by itself.
func (d *Dict) Shield(h *offheap.Heap, r offheap.Ref) {
	if d.frozen && d.Take(h, r) {
		h.Guard(unsafe.Pointer(d), r)
	}
}

// Renew puts record r, which has the same key, in the place of the one at p, or
// follows the rewriting of that one in its own block.
func (d *Dict) Renew(h *offheap.Heap, p *Pos, r offheap.Ref) {
	At(h, r).SetEpoch(d.epoch)
	p.SetRef(r)
}
