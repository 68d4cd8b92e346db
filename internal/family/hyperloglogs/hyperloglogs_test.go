package hyperloglogs_test

import (
	"fmt"
	text "strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/hyperloglogs"
	"sigrun/internal/family/strings"
	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
	"sigrun/internal/testkit"
	"sigrun/internal/value"
)

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(), hyperloglogs.Handlers(), strings.Handlers(), generic.Handlers())
	r.Ctx.Limits = &value.Limits{HLLSparse: 3000}
	return r
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// fill adds n elements to k.
func fill(r *familytest.Rig, k string, n int) {
	line := []string{"pfadd", k}
	for i := range n {
		line = append(line, fmt.Sprint("element:", i))
	}
	r.Do(line...)
}

// TestAllocs holds the commands to not allocating.
func TestAllocs(t *testing.T) {
	if invariant.Enabled {
		t.Skip("checks of invariants allocate")
	}
	r := newRig(t)
	r.Ctx.Events = nil
	fill(r, "sparse", 300)
	fill(r, "dense", 20000)
	for _, line := range []string{
		"pfadd sparse element:1 element:2",
		"pfadd dense element:1 element:2",
		"pfcount sparse",
		"pfcount dense",
		"pfcount dense sparse nope",
		"pfmerge sparse2 sparse nope",
		"pfmerge dense2 dense sparse",
		"pfmerge dense2 dense",
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

// TestMergeInPlace merges few dense values, which are added where destkey lies, and
// the same with a sparse one that adds nothing, for which they are spread.
func TestMergeInPlace(t *testing.T) {
	r := newRig(t)
	for i, n := range []int{20000, 30000, 40000} {
		fill(r, fmt.Sprint("dense", i), n)
		for j := range 100 {
			r.Do("pfadd", fmt.Sprint("dense", i), fmt.Sprint("own:", i, j))
		}
	}
	fill(r, "sparse", 10)
	for _, sources := range []string{"", "dense1", "dense1 dense2", "dense0 dense1", "to dense2", "dense2 dense2 nope"} {
		r.Line("del to like")
		r.Line("pfmerge to dense0")
		r.Line("pfmerge like dense0")
		if got := r.Line("pfmerge to " + sources); got != "+OK\r\n" {
			t.Fatal(got)
		}
		r.Line("pfmerge like sparse " + sources)
		if r.Do("get", "to") != r.Do("get", "like") {
			t.Errorf("merging %q gives other registers", sources)
		}
	}
}

// TestDenseSize wants a dense value to take the memory that it needs.
func TestDenseSize(t *testing.T) {
	r := newRig(t)
	fill(r, "k", 20000)
	r.Line("pfmerge merged k")
	for _, k := range []string{"k", "merged"} {
		if got := r.Do("strlen", k); got != ":12304\r\n" {
			t.Errorf("%s has %q bytes", k, got)
		}
	}
	if used := r.Keyspace().UsedFor(offheap.Values); used > 2*16<<10 {
		t.Errorf("two values take %d bytes", used)
	}
}

// TestSIMD wants one answer where a real server gives two: an error and the state.
func TestSIMD(t *testing.T) {
	if got, want := newRig(t).Line("pfdebug simd maybe"), "-ERR Argument must be ON or OFF\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSelfTest(t *testing.T) {
	if testing.Short() {
		t.Skip("counts a million elements")
	}
	if got := newRig(t).Line("pfselftest"); got != "+OK\r\n" {
		t.Error(got)
	}
}
