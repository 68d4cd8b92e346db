package strings_test

import (
	"bytes"
	"fmt"
	"strconv"
	text "strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/strings"
	"sigrun/internal/invariant"
	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

func newRig(t testing.TB) *familytest.Rig {
	return familytest.New(t, generic.GlobalCommands(), strings.Handlers(), generic.Handlers())
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// lines are command lines ready to run.
func lines(words ...[]string) (all [][][]byte) {
	for _, line := range words {
		var argv [][]byte
		for _, w := range line {
			argv = append(argv, []byte(w))
		}
		all = append(all, argv)
	}
	return all
}

// TestAllocs holds the hot commands to not allocating.
func TestAllocs(t *testing.T) {
	if invariant.Enabled {
		t.Skip("checks of invariants allocate")
	}
	r := newRig(t)
	r.Ctx.Events = nil
	r.Do("set", "old", "some text")
	a, b := text.Repeat("abcdefgh", 40), text.Repeat("hgfedcba", 40)
	r.Do("mset", "a", a, "b", b)
	for _, argv := range lines(
		[]string{"get", "old"},
		[]string{"get", "nope"},
		[]string{"set", "k", "v"},
		[]string{"set", "k", "1"},
		[]string{"set", "k", a},
		[]string{"set", "k", "v", "ex", "100"},
		[]string{"set", "k", "v", "px", "100", "xx"},
		[]string{"set", "k", "v", "keepttl"},
		[]string{"setex", "k", "100", "v"},
		[]string{"incr", "n"},
		[]string{"decrby", "n", "1000000"},
		[]string{"incrbyfloat", "f", "0.1"},
		[]string{"mget", "old", "a", "nope", "n"},
		[]string{"mset", "x", "1", "y", "text"},
		[]string{"getrange", "a", "1", "-2"},
		[]string{"setrange", "a", "5", "zz"},
		[]string{"getex", "k", "ex", "100"},
		[]string{"getset", "k", "v"},
		[]string{"strlen", "a"},
		[]string{"append", "empty", ""},
		[]string{"lcs", "a", "b", "len"},
	) {
		t.Run(string(argv[0]), func(t *testing.T) {
			r.Run(argv)
			testkit.Allocs(t, 0, func() { r.Run(argv) })
		})
	}
}

// TestSizes grows and shrinks strings across the limit of records.
func TestSizes(t *testing.T) {
	r := newRig(t)
	var want []byte
	for n := 1; n < 20000; n += n/3 + 1 {
		part := text.Repeat(string(rune('a'+n%26)), n)
		want = append(want, part...)
		if got := r.Do("append", "k", part); got != fmt.Sprintf(":%d\r\n", len(want)) {
			t.Fatalf("append of %d bytes: %q", n, got)
		}
		checkGet(t, r, want)
	}
	for _, n := range []int{0, 10, 4095, 4096, 4097, 100000, 5, 4096} {
		want = append(make([]byte, 0, n+1), text.Repeat("x", n)...)
		r.Do("set", "k", string(want))
		checkGet(t, r, want)
		want = append(want, 'y')
		r.Do("setrange", "k", strconv.Itoa(n), "y")
		checkGet(t, r, want)
	}
}

func checkGet(t *testing.T, r *familytest.Rig, want []byte) {
	t.Helper()
	if got := r.Do("get", "k"); got != fmt.Sprintf("$%d\r\n%s\r\n", len(want), want) {
		t.Fatalf("get of %d bytes: %.80q", len(want), got)
	}
}

// TestMaxBulk checks the limit of what APPEND and SETRANGE may make.
func TestMaxBulk(t *testing.T) {
	r := newRig(t)
	r.Ctx.MaxBulk = 10
	const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"
	for _, step := range []struct{ line, want string }{
		{"set k 12345678", "+OK\r\n"},
		{"append k 90", ":10\r\n"},
		{"append k 1", tooLong},
		{"setrange k 9 1", ":10\r\n"},
		{"setrange k 10 1", tooLong},
		{"setrange absent 10 1", tooLong},
		{"append absent 12345678901", ":11\r\n"},
		{"lcs k k", "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n"},
		{"lcs k k len", "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n"},
	} {
		if got := r.Line(step.line); got != step.want {
			t.Errorf("%s: %q, want %q", step.line, got, step.want)
		}
	}
}

func BenchmarkLCS(b *testing.B) {
	r := newRig(b)
	r.Ctx.Events = nil
	x := make([]byte, 350)
	y := make([]byte, 350)
	source := rng.New(1)
	for i := range x {
		x[i], y[i] = 'a'+byte(source.Uint64n(26)), 'a'+byte(source.Uint64n(26))
	}
	r.Do("mset", "x", string(x), "y", string(y))
	for _, argv := range lines([]string{"lcs", "x", "y"}, []string{"lcs", "x", "y", "len"}, []string{"lcs", "x", "y", "idx"}) {
		b.Run(string(bytes.Join(argv, []byte("-"))), func(b *testing.B) {
			for b.Loop() {
				r.Run(argv)
			}
		})
	}
}
