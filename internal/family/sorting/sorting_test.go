package sorting_test

import (
	"fmt"
	text "strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/hashes"
	"sigrun/internal/family/lists"
	"sigrun/internal/family/sets"
	"sigrun/internal/family/sorting"
	"sigrun/internal/family/strings"
	"sigrun/internal/family/zsets"
	"sigrun/internal/invariant"
	"sigrun/internal/testkit"
	"sigrun/internal/value"
)

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(),
		sorting.Handlers(), strings.Handlers(), generic.Handlers(), lists.Handlers(), sets.Handlers(), zsets.Handlers(), hashes.Handlers())
	r.Ctx.Limits = &value.Limits{
		ListSize: -2, HashEntries: 128, HashValue: 64, SetInts: 512, SetEntries: 128, SetValue: 64, ZSetEntries: 128, ZSetValue: 64,
	}
	return r
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// TestAllocs holds small sorts to not allocating.
func TestAllocs(t *testing.T) {
	if invariant.Enabled {
		t.Skip("checks of invariants allocate")
	}
	r := newRig(t)
	r.Ctx.Events = nil
	r.Line("rpush l 5 3 10 a 1 2 7")
	r.Line("rpush n 5 3 10 1 2 7")
	r.Line("sadd s 5 3 10 1 2 7")
	r.Line("hset h5 f 3")
	r.Line("hset h1 f 4 g text")
	r.Line("mset w5 3 w10 text w1 7")
	for _, line := range []string{
		"sort n",
		"sort l alpha limit 1 2",
		"sort s desc",
		"sort n by w* get # get w* alpha",
		"sort n by nosort limit 1 2",
		"sort n by h*->f get h*->f get h*->g",
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

// TestLarge sorts more elements than a sorter keeps room for, in each large form.
func TestLarge(t *testing.T) {
	const n = 20000
	r := newRig(t)
	for i := range n {
		v := fmt.Sprint(i * 7919 % n)
		r.Do("rpush", "l", v)
		r.Do("sadd", "s", "e"+v)
		r.Do("zadd", "z", v, "e"+v)
	}
	want := fmt.Sprintf("*3\r\n$4\r\n%d\r\n$5\r\n10000\r\n$5\r\n10001\r\n", 9999)
	if got := r.Line("sort l limit 9999 3"); got != want {
		t.Errorf("list: %q", got)
	}
	want = "*2\r\n$5\r\ne9999\r\n$5\r\ne9998\r\n"
	for _, line := range []string{"sort s alpha desc limit 0 2", "sort z alpha desc limit 0 2"} {
		if got := r.Line(line); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	if got := r.Line("sort z by nosort desc limit 0 1"); got != "*1\r\n$6\r\ne19999\r\n" {
		t.Errorf("sorted set: %q", got)
	}
	if got := r.Line("sort l store d"); got != ":20000\r\n" {
		t.Errorf("stored %q", got)
	}
	if got := r.Line("lrange d 9999 9999"); got != "*1\r\n$4\r\n9999\r\n" {
		t.Errorf("stored %q", got)
	}
}

func BenchmarkSort(b *testing.B) {
	r := newRig(b)
	r.Ctx.Events = nil
	for i := range 1000 {
		r.Do("rpush", "l", fmt.Sprint(i*7919%1000))
		r.Do("set", fmt.Sprint("w", i), fmt.Sprint(i*31%1000))
	}
	for _, line := range []string{"sort l", "sort l alpha", "sort l limit 0 10", "sort l by w* get #", "sort l by w* limit 0 10"} {
		var argv [][]byte
		for _, w := range text.Fields(line) {
			argv = append(argv, []byte(w))
		}
		b.Run(text.ReplaceAll(line, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				r.Run(argv)
			}
		})
	}
}
