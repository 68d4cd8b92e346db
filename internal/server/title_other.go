//go:build !linux

package server

// setTitle does nothing: where there is no file for the memory of the process its
// command line stays as it was.
func setTitle(string) error { return nil }
