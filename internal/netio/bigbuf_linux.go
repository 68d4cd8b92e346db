//go:build linux

package netio

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"sigrun/internal/invariant"
)

// bigMin is the capacity from which on input buffers are mapped outside the Go
// heap: they may then be reserved at full size, for pages cost nothing before they
// are written; they grow without copying, and their memory goes back at once.
const bigMin = 1 << 20

// bigAlign is what their capacities are multiples of, and bigPiece how much is
// unmapped at once.
const (
	bigAlign = 1 << 16
	bigPiece = 8 << 20
)

// reservation is the capacity to reserve for a connection that wants want bytes in
// all and has proved have of them.
func reservation(want, have int) int {
	if want >= bigMin {
		return want
	}
	return min(want, max(64<<10, 2*have))
}

func bigAlloc(n int) []byte {
	if n < bigMin {
		return make([]byte, 0, n)
	}
	size := (n + bigAlign - 1) &^ (bigAlign - 1)
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(size), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		// A system that counts reservations may refuse one; the Go heap decides then.
		return make([]byte, 0, size|1)
	}
	return unsafe.Slice((*byte)(p), size)[:0]
}

// isMapped tells bigAlloc's mappings by their capacity.
func isMapped(b []byte) bool { return cap(b) >= bigMin && cap(b)%bigAlign == 0 }

func bigFree(b []byte) {
	if !isMapped(b) {
		return
	}
	if b = b[:cap(b)]; len(b) > bigPiece {
		go unmap(b) // giving back half a gigabyte takes some 40 ms
		return
	}
	unmap(b)
}

// unmap gives b back piece by piece, so that no thread that needs a new page has to
// wait for all of it.
func unmap(b []byte) {
	for len(b) > 0 {
		piece := b[:min(len(b), bigPiece)]
		b = b[len(piece):]
		err := unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(piece)), uintptr(len(piece)))
		invariant.Assert(err == nil, "netio: unmapping an input buffer")
	}
}

// bigGrow enlarges a mapped buffer in place or by moving its pages.
func bigGrow(b []byte, n int) ([]byte, bool) {
	if !isMapped(b) {
		return nil, false
	}
	size := (n + bigAlign - 1) &^ (bigAlign - 1)
	p, err := unix.MremapPtr(unsafe.Pointer(unsafe.SliceData(b)), uintptr(cap(b)), nil, uintptr(size), unix.MREMAP_MAYMOVE)
	if err != nil {
		return nil, false
	}
	return unsafe.Slice((*byte)(p), size)[:len(b)], true
}
