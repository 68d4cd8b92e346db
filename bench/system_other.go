//go:build !linux

package main

import (
	"errors"
	"os/exec"
	"runtime"
)

// What the figures are made of (affinity, the scheduler's accounts, resident
// sizes) is read from Linux. Elsewhere the rig compiles, says so and ends.
var errNotLinux = errors.New("measuring needs Linux")

func allowedCores() ([]int, error)           { return nil, errNotLinux }
func pinSelf([]int) error                    { return errNotLinux }
func startPinned(*exec.Cmd, []int) error     { return errNotLinux }
func dieWithUs(*exec.Cmd)                    {}
func cpuNanos(int) (int64, error)            { return 0, errNotLinux }
func resident(int) (float64, error)          { return 0, errNotLinux }
func footprint(int) (float64, error)         { return 0, errNotLinux }
func tryRead(int, []byte) (n int, err error) { return 0, errNotLinux }
func tryWrite(int, []byte) (int, error)      { return 0, errNotLinux }
func giveWay()                               { runtime.Gosched() }
func systemFacts() map[string]string         { return nil }
func loadAverage() string                    { return "unknown" }
