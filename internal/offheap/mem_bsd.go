//go:build unix && !linux

package offheap

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const mapNoReserve = 0

func adviseHuge(unsafe.Pointer, uintptr) {}

func collapse(unsafe.Pointer, uintptr) {}

func populate(unsafe.Pointer, uintptr) {}

func releasePages(p unsafe.Pointer, size uintptr) {
	_ = unix.Madvise(unsafe.Slice((*byte)(p), size), unix.MADV_FREE)
}
