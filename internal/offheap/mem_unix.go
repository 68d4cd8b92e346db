//go:build unix

package offheap

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// reserve returns size bytes of addresses without memory, aligned to align.
func reserve(size, align uintptr) (unsafe.Pointer, error) {
	p, err := unix.MmapPtr(-1, 0, nil, size+align, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE|mapNoReserve)
	if err != nil {
		return nil, err
	}
	head := (align - uintptr(p)&(align-1)) & (align - 1)
	base := unsafe.Add(p, head)
	if head > 0 {
		_ = unix.MunmapPtr(p, head)
	}
	if tail := align - head; tail > 0 {
		_ = unix.MunmapPtr(unsafe.Add(base, size), tail)
	}
	return base, nil
}

// commit makes reserved addresses usable; they read as zero.
func commit(p unsafe.Pointer, size uintptr) error {
	if size == 0 {
		return nil
	}
	return unix.Mprotect(unsafe.Slice((*byte)(p), size), unix.PROT_READ|unix.PROT_WRITE)
}

func release(p unsafe.Pointer, size uintptr) error { return unix.MunmapPtr(p, size) }
