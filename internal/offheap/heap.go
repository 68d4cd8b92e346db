package offheap

import (
	"math"
	"sync/atomic"
	"unsafe"

	"sigrun/internal/invariant"
)

// Heap allocates blocks for one shard. Its methods must not be called
// concurrently, except Used and UsedFor.
type Heap struct {
	space   *Space
	partial [classCount]list   // spans with a free block
	slabs   [classCount]uint32 // spans in all
	id      uint16
	kept    uint32                 // the empty span that stays, or one that was
	used    [purposes]atomic.Int64 // bytes of blocks; written by the owner only
	strays  strays                 // blocks that other heaps freed

	// Guard, if set, is called before block r of a structure that is being saved
	// changes. It is the owner's.
	Guard func(structure unsafe.Pointer, r Ref)

	// Saving, if set, is what keeps the past of a structure that is being saved while
	// it changes. It is the owner's.
	Saving func(structure unsafe.Pointer) any
}

// NewHeap returns an empty heap. It must be made before blocks are freed
// concurrently. The id is its alone in s.
func NewHeap(s *Space, id uint16) *Heap {
	h := &Heap{space: s, id: id}
	s.enlist(h)
	return h
}

// Space is the range that h allocates from.
func (h *Heap) Space() *Space { return h.space }

// Ptr is the address of block r.
func (h *Heap) Ptr(r Ref) unsafe.Pointer { return h.space.Ptr(r) }

// Used is the number of bytes in blocks, rounded up to their classes.
func (h *Heap) Used() (n int64) {
	for i := range h.used {
		n += h.UsedFor(Purpose(i))
	}
	return n
}

// UsedFor is the part of Used that serves p.
func (h *Heap) UsedFor(p Purpose) int64 { return h.used[p].Load() - h.strays.bytes[p].Load() }

func (h *Heap) count(p Purpose, n int64) {
	v := h.used[p].Load() + n // only the owner writes: no atomic addition needed
	if v < 0 {
		invariant.Failf("more memory freed than allocated for %s", PurposeNames[p])
	}
	h.used[p].Store(v)
}

// Alloc returns a block of at least n bytes. Its contents are undefined.
func (h *Heap) Alloc(n int, p Purpose) Ref {
	if n > MaxSlab {
		return h.allocLarge(n, p)
	}
	if n == 0 {
		n = 1
	}
	ci := classOf(n)
	c := &classes[ci]
	i := h.partial[ci].head
	if i == 0 {
		i = h.newSlab(ci)
	}
	sp := h.space.span(i)
	var index uint32
	if sp.head != 0 {
		index = uint32(sp.head - 1)
	} else {
		index = uint32(sp.fresh)
		sp.fresh++
	}
	off := uintptr(sp.start)<<pageShift + uintptr(index)*uintptr(c.size)
	if sp.head != 0 {
		block := unsafe.Add(h.space.base, off)
		sp.head = *(*uint16)(block)
		if invariant.Enabled {
			checkPoison(unsafe.Slice((*byte)(block), c.size))
		}
	}
	sp.used++
	if sp.used == sp.blocks {
		h.space.unlink(&h.partial[ci], i)
	}
	h.count(p, int64(c.size))
	return Ref(off >> unitShift)
}

func (h *Heap) newSlab(ci int) uint32 {
	if h.Strays() {
		h.TakeBack(takeBack)
		if i := h.partial[ci].head; i != 0 {
			return i
		}
	}
	c := &classes[ci]
	pages := c.slabPages(h.slabs[ci])
	h.slabs[ci]++
	i := h.space.takeSpan(pages, spanSlab)
	sp := h.space.span(i)
	sp.blocks = uint16(pages << pageShift / c.size)
	sp.class, sp.heap = uint8(ci), h.id
	sp.head, sp.fresh, sp.used = 0, 0, 0
	h.space.push(&h.partial[ci], i)
	return i
}

func (h *Heap) allocLarge(n int, p Purpose) Ref {
	pages := uint32((n + pageSize - 1) >> pageShift)
	i := h.space.takeSpan(pages, spanLarge)
	h.space.span(i).heap = h.id
	h.count(p, int64(pages)<<pageShift)
	return Ref(uint64(h.space.span(i).start) << refsPage)
}

// Free gives block r, allocated for p, back. All views of it are dead. A block
// that another heap of the space allocated goes back to that one.
func (h *Heap) Free(r Ref, p Purpose) {
	i := h.space.spanOf(r)
	sp := h.space.span(i)
	if sp.heap != h.id {
		h.space.stray(r, sp, p)
		return
	}
	if sp.state == spanLarge {
		h.count(p, -int64(sp.pages)<<pageShift)
		h.space.giveSpan(i)
		return
	}
	invariant.Assert(sp.state == spanSlab, "a block freed twice")
	c := &classes[sp.class]
	off := uint64(r)<<unitShift - uint64(sp.start)<<pageShift
	index := uint16(off * uint64(c.inverse) >> 32)
	block := h.space.Ptr(r)
	if invariant.Enabled {
		poison(unsafe.Slice((*byte)(block), c.size))
	}
	*(*uint16)(block) = sp.head
	sp.head = index + 1
	if sp.used == sp.blocks {
		h.space.push(&h.partial[sp.class], i)
	}
	sp.used--
	h.count(p, -int64(c.size))
	if sp.used > 0 {
		return
	}
	// The last one that became empty stays, for blocks of its class may come and go,
	// unless it is of those that tables outgrow one after the other. More of them
	// would cost more memory than time: values that grow pass through all classes.
	if sp.prev != 0 || sp.next != 0 || c.size > fineMax {
		h.give(i)
	} else {
		h.keep(i)
	}
}

// keep makes span i the empty one that stays, in the place of the one before.
func (h *Heap) keep(i uint32) {
	old := h.kept
	h.kept = i
	if old != 0 && old != i && h.space.span(old).used == 0 {
		h.give(old)
	}
}

// give returns span i, which is empty, to the space.
func (h *Heap) give(i uint32) {
	if h.kept == i {
		h.kept = 0
	}
	ci := h.space.span(i).class
	h.space.unlink(&h.partial[ci], i)
	h.slabs[ci]--
	h.space.giveSpan(i)
}

// Size is the number of bytes that block r really has.
func (h *Heap) Size(r Ref) int {
	sp := h.space.span(h.space.spanOf(r))
	if sp.state == spanLarge {
		return int(sp.pages) << pageShift
	}
	return int(classes[sp.class].size)
}

// Trim gives back the empty span that Free keeps, and takes back all strays.
func (h *Heap) Trim() {
	h.TakeBack(math.MaxInt)
	for ci := range h.partial {
		for i := h.partial[ci].head; i != 0; {
			next := h.space.span(i).next
			if h.space.span(i).used == 0 {
				h.give(i)
			}
			i = next
		}
	}
}

const poisonByte = 0xdb

func poison(b []byte) {
	for i := 2; i < len(b); i++ {
		b[i] = poisonByte
	}
}

func checkPoison(b []byte) {
	for i := 2; i < len(b); i++ {
		if b[i] != poisonByte {
			invariant.Failf("byte %d of a freed block of %d was written", i, len(b))
		}
	}
}
