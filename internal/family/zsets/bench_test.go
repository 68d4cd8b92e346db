package zsets_test

import (
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/sets"
	"sigrun/internal/family/zsets"
	"sigrun/internal/value"
)

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(), zsets.Handlers(), sets.Handlers(), generic.Handlers())
	r.Ctx.Limits = &value.Limits{ZSetEntries: 128, ZSetValue: 64, SetInts: 512, SetEntries: 128, SetValue: 64}
	return r
}

// words are the words of a command line.
func words(line string) (argv [][]byte) {
	for _, w := range strings.Fields(line) {
		argv = append(argv, []byte(w))
	}
	return argv
}

func BenchmarkSmall(b *testing.B) {
	r := newRig(b)
	r.Ctx.Events = nil
	for i := range 10 {
		r.Do("zadd", "z", strconv.Itoa(i*7), "m"+strconv.Itoa(i))
	}
	for _, line := range []string{"zrange z 0 -1 withscores", "zrange z 0 -1", "zscore z m5", "zadd z 35 m5", "zrank z m5"} {
		argv := words(line)
		b.Run(strings.ReplaceAll(line, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Run(argv)
			}
		})
	}
}
