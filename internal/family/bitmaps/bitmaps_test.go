package bitmaps_test

import (
	"fmt"
	text "strings"
	"testing"

	"sigrun/internal/family/bitmaps"
	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/strings"
	"sigrun/internal/invariant"
	"sigrun/internal/testkit"
)

func newRig(t testing.TB) *familytest.Rig {
	return familytest.New(t, generic.GlobalCommands(), bitmaps.Handlers(), strings.Handlers(), generic.Handlers())
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// TestAllocs holds all commands to not allocating.
func TestAllocs(t *testing.T) {
	if invariant.Enabled {
		t.Skip("checks of invariants allocate")
	}
	r := newRig(t)
	r.Ctx.Events = nil
	r.Do("mset", "small", "abc", "large", text.Repeat("x", 100000))
	for _, line := range []string{
		"getbit small 3",
		"setbit small 3 1",
		"setbit large 3 1",
		"bitcount large",
		"bitcount large 3 1000 bit",
		"bitpos large 0 3",
		"bitop and d large small large",
		"bitop not d small",
		"bitfield small get u8 0 set i5 3 -1 overflow fail incrby u4 2 3",
		"bitfield large get u8 0",
	} {
		t.Run(line, func(t *testing.T) {
			var argv [][]byte
			for _, w := range text.Fields(line) {
				argv = append(argv, []byte(w))
			}
			r.Run(argv)
			testkit.Allocs(t, 0, func() { r.Run(argv) })
		})
	}
}

// TestSizes sets bits and combines strings around the size from which on they
// have blocks of their own.
func TestSizes(t *testing.T) {
	r := newRig(t)
	for _, n := range []int{1, 4095, 4096, 4097, 100000} {
		r.Do("del", "k")
		for i := 1; i <= n; i += n/7 + 1 {
			for range 2 {
				r.Do("setbit", "k", fmt.Sprint(i*8-1), "1")
			}
		}
		r.Do("setbit", "k", fmt.Sprint(n*8-1), "1")
		r.Do("bitop", "not", "inverse", "k")
		r.Do("bitop", "or", "all", "k", "inverse")
		if got, want := r.Do("get", "all"), fmt.Sprintf("$%d\r\n%s\r\n", n, text.Repeat("\xff", n)); got != want {
			t.Errorf("%d bytes: %.40q", n, got)
		}
		r.Do("bitop", "xor", "k", "k", "inverse", "all")
		if got := r.Do("bitcount", "k"); got != ":0\r\n" {
			t.Errorf("%d bytes: %q ones are left", n, got)
		}
	}
}
