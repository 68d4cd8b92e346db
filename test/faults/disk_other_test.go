//go:build !linux

package faults

import "testing"

// quickDir is a folder for many small files.
func quickDir(t testing.TB, _ int64) string { return t.TempDir() }
