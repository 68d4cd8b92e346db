package lists_test

import (
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/lists"
	"sigrun/internal/family/strings"
	"sigrun/internal/invariant"
	"sigrun/internal/value"
)

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(), strings.Handlers(), generic.Handlers(), lists.Handlers())
	r.Ctx.Limits = &value.Limits{ListSize: -2}
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
	for range 2000 {
		r.Do("rpush", "long", "some element")
	}
	r.Do("rpush", "short", "a", "b", "1")
	for _, words := range [][]string{
		{"rpush", "long", "x"}, {"lpush", "long", "12345"}, {"lpop", "long"}, {"rpop", "long"}, {"lpop", "long", "2"},
		{"lrange", "long", "500", "600"}, {"lindex", "long", "-700"}, {"llen", "long"}, {"lset", "long", "700", "y"},
		{"lmove", "long", "long", "left", "right"}, {"lmove", "long", "short", "left", "right"}, {"rpoplpush", "short", "long"},
		{"rpush", "short", "x"}, {"lpush", "short", "x"}, {"lpop", "short"}, {"rpop", "short"}, {"lrange", "short", "0", "-1"},
		{"lrem", "short", "0", "x"}, {"lpos", "long", "y"}, {"rpush", "short", "a", "b", "c"}, {"blpop", "short", "long", "0"},
		{"lmpop", "1", "long", "left", "count", "2"},
	} {
		var argv [][]byte
		for _, w := range words {
			argv = append(argv, []byte(w))
		}
		if n := testing.AllocsPerRun(50, func() { r.Run(argv) }); n != 0 {
			t.Errorf("%q allocates %v times", words, n)
		}
	}
}
