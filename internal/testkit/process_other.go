//go:build !linux

package testkit

import "os/exec"

// dieWithUs does nothing where the kernel has no such promise.
func dieWithUs(*exec.Cmd) {}
