//go:build amd64 || arm64

package offheap

import "unsafe"

// Prefetch starts loading the cache line that p lies in. Unlike a load it never
// faults, whatever p is, and nothing waits for it.
//
//go:noescape
func Prefetch(p unsafe.Pointer)

// PrefetchPair is Prefetch for the line of p and the next one.
//
//go:noescape
func PrefetchPair(p unsafe.Pointer)
