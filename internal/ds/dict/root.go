package dict

import (
	"unsafe"

	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
)

// Root is the block of a value whose elements are the records of a Dict:
//
//	+------+-------+------------------+
//	| Dict | bytes | the value's own  |
//	+------+-------+------------------+
//
// bytes is the size of all blocks that belong to records, which the owner counts.
// Once the value is being freed it is how far that has come, with a mark.
//
// A Root is a reference: copies are the same block.
type Root struct {
	Heap *offheap.Heap
	Ref  offheap.Ref
}

// RootSize is where the value's own begins, in bytes.
const RootSize = HeaderSize + 8

// freeing marks a root whose word is a position for Dismantle.
const freeing = 1 << 63

// NewRoot returns a root without records, with own zero bytes for the value's own.
func NewRoot(h *offheap.Heap, own int) Root {
	r := h.Alloc(RootSize+own, offheap.Values)
	clear(h.Space().Bytes(r, RootSize+own))
	return Root{h, r}
}

// Dict is the table of the records.
func (t Root) Dict() *Dict { return Open(t.Heap, t.Ref, 0) }

func (t Root) word() *uint64 {
	return (*uint64)(unsafe.Add(t.Heap.Ptr(t.Ref), HeaderSize))
}

// Bytes is the sum of what AddBytes was told.
func (t Root) Bytes() int {
	invariant.Assert(!t.Freeing(), "a root that is being freed has no bytes")
	return int(*t.word())
}

// AddBytes counts n bytes more, or fewer if n is negative.
func (t Root) AddBytes(n int) { *t.word() += uint64(n) }

// Freeing reports whether FreeSome has been called.
func (t Root) Freeing() bool { return *t.word()&freeing != 0 }

// FreeSome frees about n records, each after a call of drop for it unless that is
// nil, and with the last one the root, and reports whether it did. The root is good
// for nothing else from the first call on.
func (t Root) FreeSome(n int, drop func(r offheap.Ref)) (done bool) {
	var room [512]offheap.Ref
	next := *t.word() &^ freeing
	if !t.Freeing() {
		next = 0
	}
	for d := t.Dict(); n > 0; {
		var refs []offheap.Ref
		refs, next = d.Dismantle(t.Heap, next, room[:0])
		for _, r := range refs {
			TouchRef(t.Heap, r)
		}
		for _, r := range refs {
			if drop != nil {
				drop(r)
			}
			t.Heap.Free(r, offheap.Values)
		}
		if next == 0 {
			t.Heap.Free(t.Ref, offheap.Values)
			return true
		}
		n -= len(refs) + 1
	}
	*t.word() = next | freeing
	return false
}
