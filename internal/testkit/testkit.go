// Package testkit is the rig that tests share. It starts servers as processes
// of their own (ours, or the real Valkey that ours is compared with), talks to
// them byte for byte, and runs scripts of commands with recorded replies.
//
// Its RESP reader is its own on purpose: the rig must not trust the code that
// it tests. For the same reason it imports nothing of the server.
//
// Environment:
//
//	SIGRUN_PEER   a valkey-server to compare with, instead of the one in .cache
//	SIGRUN_BIN    a sigrun to test, instead of building one
//	SIGRUN_PORTS  "low-high", the ports that servers may take
package testkit

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// pollEvery is how often a condition is looked at while waiting for it.
const pollEvery = 5 * time.Millisecond

// Root is the project's folder: the nearest one upwards that holds go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := findRoot()
	if err != nil {
		t.Fatalf("project root: %v", err)
	}
	return dir
}

var findRoot = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", os.ErrNotExist
		}
		dir = parent
	}
})

// Eventually waits until cond holds and fails the test if it has not after d.
// The words of what, printed with fmt.Sprint, say what was waited for.
func Eventually(t testing.TB, d time.Duration, cond func() bool, what ...any) {
	t.Helper()
	if !poll(d, cond) {
		t.Fatal(append([]any{"not within", d, ":"}, what...)...)
	}
}

// poll looks at cond until it holds or d has passed, and reports which.
func poll(d time.Duration, cond func() bool) bool {
	deadline := time.Now().Add(d)
	for !cond() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(pollEvery)
	}
	return true
}

// NoError fails the test at once if err is not nil.
func NoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Allocs fails the test if a call of f makes more than limit Go heap
// allocations on average. The race detector allocates by itself, so a race
// build calls f but does not count.
func Allocs(t testing.TB, limit float64, f func()) {
	t.Helper()
	if raceEnabled {
		f()
		return
	}
	if got := testing.AllocsPerRun(100, f); got > limit {
		t.Errorf("%v allocations a call, at most %v allowed", got, limit)
	}
}
