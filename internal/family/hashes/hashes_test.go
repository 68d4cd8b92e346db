package hashes_test

import (
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/hashes"
	"sigrun/internal/family/strings"
	"sigrun/internal/value"
)

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(), hashes.Handlers(), strings.Handlers(), generic.Handlers())
	r.Ctx.Limits = &value.Limits{HashEntries: 512, HashValue: 64}
	return r
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }
