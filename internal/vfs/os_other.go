//go:build !linux

package vfs

import "os"

// syncData flushes f as thoroughly as the system can.
func syncData(f *os.File) error { return f.Sync() }
