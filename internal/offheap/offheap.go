// Package offheap hands out blocks of memory that the garbage collector never
// sees. All data of the server lives in such blocks; the Go heap holds only
// connections and control state.
//
// A Space is one reserved range of addresses (mapped lazily, so it costs
// nothing until used). A block in it is named by a Ref, its offset in units of
// 8 bytes: 40 bits reach 8 TiB, and a Ref stays valid wherever the range lies.
// The range is divided into pages of 4 KiB; runs of pages are called spans:
//
//	Space   pages ── free spans, kept by length and coalesced when freed
//	          │      large spans: one block of more than 8 KiB
//	          └───── slab spans: blocks of one size class, owned by one Heap
//
// A Heap is the allocator of one shard and is used by one goroutine at a time;
// several Heaps share a Space, which locks only to take or give back spans.
// Descriptors of spans (32 bytes each) and the map from page to span lie
// outside the Go heap too, apart from the blocks: a block has no header.
//
// Invariants: (1) every page below the top belongs to exactly one span, and
// the first and last page of each span map to it (all pages for slabs and
// large spans); (2) no two free spans are neighbours; (3) a slab span is in its
// Heap's list of its class exactly while it has a free block; (4) a Ref is
// dead once freed: builds with -tags invariants poison the block and look for
// writes to it when it is handed out again.
package offheap

import "unsafe"

// Ref names a block: its offset in its Space in units of 8 bytes. The zero Ref
// names nothing. Refs fit in 40 bits.
type Ref uint64

// RefBits is the width of a Ref.
const RefBits = 40

// Purpose says what a block is for; memory is counted by it.
type Purpose uint8

// What blocks are used for.
const (
	Records   Purpose = iota // keys with their inline values
	Tables                   // directories and buckets
	Values                   // values outside their record
	Transient                // buffers of snapshots and replies
	purposes
)

// PurposeNames are the names of the purposes, by value.
var PurposeNames = [purposes]string{"records", "tables", "values", "transient"}

const (
	pageShift = 12
	pageSize  = 1 << pageShift
	unitShift = 3 // a Ref counts 8 bytes
	refsPage  = pageShift - unitShift

	// MaxSlab is the largest block, in bytes, that shares a span with others.
	MaxSlab = 8 << 10
)

// Ptr is the address of block r. The block's owner must not use it after Free.
func (s *Space) Ptr(r Ref) unsafe.Pointer {
	return unsafe.Add(s.base, uintptr(r)<<unitShift)
}

// Bytes is a view of the first n bytes of block r, owned by the block.
func (s *Space) Bytes(r Ref, n int) []byte {
	return unsafe.Slice((*byte)(s.Ptr(r)), n)
}
