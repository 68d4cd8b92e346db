//go:build !amd64 && !arm64

package offheap

import "unsafe"

// Prefetch does nothing on this machine.
func Prefetch(unsafe.Pointer) {}

// PrefetchPair does nothing on this machine.
func PrefetchPair(unsafe.Pointer) {}
