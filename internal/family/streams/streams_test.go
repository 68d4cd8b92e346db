package streams_test

import (
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/streams"
	strs "sigrun/internal/family/strings"
	"sigrun/internal/invariant"
	"sigrun/internal/testkit"
	"sigrun/internal/value"
)

// blockEntries is how many entries a block of a test takes.
const blockEntries = 3

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(), streams.Handlers(), generic.Handlers(), strs.Handlers())
	r.Ctx.Limits = &value.Limits{StreamBytes: 4096, StreamNodes: blockEntries}
	return r
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// TestAllocs holds the hot commands to not allocating.
func TestAllocs(t *testing.T) {
	if invariant.Enabled {
		t.Skip("checks of invariants allocate")
	}
	r := newRig(t)
	r.Ctx.Events = nil
	r.Ctx.Limits.StreamNodes = 100
	for i := range 1000 {
		r.Line(fmt.Sprintf("xadd s %d-1 field value%d", i+1, i))
	}
	r.Line("xgroup create s g 0")
	r.Line("xgroup create s h 0")
	r.Line("xreadgroup group h c streams s >")
	for _, line := range []string{
		"xadd s 5000-* field value",
		"xadd s maxlen 1000 5000-* field value",
		"xadd s maxlen ~ 1000 5000-* field value",
		"xlen s",
		"xrange s 500 + count 10",
		"xrevrange s + - count 10",
		"xread count 10 streams s 500",
		"xread streams s $",
		"xreadgroup group g c count 1 streams s >",
		"xreadgroup group h c count 10 streams s 0",
		"xack s h 1000-1",
		"xpending s h - + 10",
		"xdel s 77-1",
		"xtrim s maxlen 1000",
		"xclaim s h d 0 900-1",
	} {
		t.Run(line, func(t *testing.T) {
			var argv [][]byte
			for _, w := range strings.Fields(line) {
				argv = append(argv, []byte(w))
			}
			r.Run(argv)
			testkit.Allocs(t, 0, func() { r.Run(argv) })
		})
	}
}

// TestConsumersLogged wants a consumer that got nothing to be in the log, too.
// The real server forgets it there.
func TestConsumersLogged(t *testing.T) {
	r := newRig(t)
	r.Line("xgroup create s g 0 mkstream")
	for _, line := range []string{
		"xreadgroup group g %s streams s >",
		"xreadgroup group g %s noack streams s >",
		"xreadgroup group g %s streams s 0",
		"xclaim s g %s 0 1-1",
		"xautoclaim s g %s 0 0",
	} {
		name := strings.ReplaceAll(line, " ", "-")
		r.Line(fmt.Sprintf(line, name))
		if got := r.Effects(); len(got) != 1 || got[0] != "XGROUP CREATECONSUMER s g "+name {
			t.Errorf("%s: %q", line, got)
		}
		if r.Line(fmt.Sprintf(line, name)); len(r.Effects()) != 0 {
			t.Errorf("%s again: %q", line, r.Effects())
		}
	}
}

// TestReplayed takes what the real server has in its log: a limit beside an exact
// threshold.
func TestReplayed(t *testing.T) {
	r := newRig(t)
	for i := range 20 {
		r.Line(fmt.Sprintf("xadd s %d a b", i+1))
	}
	const line = "xadd s maxlen = 5 limit 1 100 a b"
	if got := r.Line(line); !strings.HasPrefix(got, "-ERR syntax error, LIMIT") {
		t.Errorf("from a client: %q", got)
	}
	r.Ctx.Replayed = true
	if r.Line(line); r.Line("xlen s") != ":5\r\n" {
		t.Errorf("from the log: %q", r.Line("xlen s"))
	}
}
