package offheap

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// reserve returns size bytes of addresses without memory. Windows aligns them
// to 64 KiB, which is enough where there are no huge pages to align for.
func reserve(size, _ uintptr) (unsafe.Pointer, error) {
	p, err := windows.VirtualAlloc(0, size, windows.MEM_RESERVE, windows.PAGE_NOACCESS)
	if err != nil {
		return nil, err
	}
	return *(*unsafe.Pointer)(unsafe.Pointer(&p)), nil
}

func commit(p unsafe.Pointer, size uintptr) error {
	if size == 0 {
		return nil
	}
	_, err := windows.VirtualAlloc(uintptr(p), size, windows.MEM_COMMIT, windows.PAGE_READWRITE)
	return err
}

func release(p unsafe.Pointer, _ uintptr) error {
	return windows.VirtualFree(uintptr(p), 0, windows.MEM_RELEASE)
}

func adviseHuge(unsafe.Pointer, uintptr) {}

func collapse(unsafe.Pointer, uintptr) {}

func populate(unsafe.Pointer, uintptr) {}

const memReset = 0x80000

func releasePages(p unsafe.Pointer, size uintptr) {
	_, _ = windows.VirtualAlloc(uintptr(p), size, memReset, windows.PAGE_READWRITE)
}
