package offheap

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const mapNoReserve = unix.MAP_NORESERVE

// adviseHuge asks for huge pages: a look-up in a large table touches a few
// random lines, each a miss of the TLB with small ones. Refusal is no matter.
func adviseHuge(p unsafe.Pointer, size uintptr) {
	_ = unix.Madvise(unsafe.Slice((*byte)(p), size), unix.MADV_HUGEPAGE)
}

// releasePages tells the system that the contents of the pages are not needed.
func releasePages(p unsafe.Pointer, size uintptr) {
	_ = unix.Madvise(unsafe.Slice((*byte)(p), size), unix.MADV_DONTNEED)
}

// populate has the system provide memory for the pages now. Systems too old for
// it do so when they are used.
func populate(p unsafe.Pointer, size uintptr) {
	_ = unix.Madvise(unsafe.Slice((*byte)(p), size), unix.MADV_POPULATE_WRITE)
}

// collapse copies small pages to huge ones. Systems too old for it, and those that
// have none free, leave them as they are.
func collapse(p unsafe.Pointer, size uintptr) {
	_ = unix.Madvise(unsafe.Slice((*byte)(p), size), unix.MADV_COLLAPSE)
}
