//go:build !linux

package clock

import "runtime"

// Yield lets others run that wait for this core.
func Yield() { runtime.Gosched() }
