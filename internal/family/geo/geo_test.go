package geo_test

import (
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/geo"
	strs "sigrun/internal/family/strings"
	"sigrun/internal/family/zsets"
	"sigrun/internal/value"
)

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(), geo.Handlers(), zsets.Handlers(), strs.Handlers(), generic.Handlers())
	r.Ctx.Limits = &value.Limits{ZSetEntries: 128, ZSetValue: 64}
	return r
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// TestProto3 looks at the replies of version 3 of the protocol.
func TestProto3(t *testing.T) {
	r := newRig(t)
	r.Ctx.W.Proto3 = true
	r.Line("geoadd g 13.361389 38.115556 Palermo")
	const at = "*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n"
	for _, c := range []struct{ line, want string }{
		{"geopos g Palermo nobody", "*2\r\n" + at + "_\r\n"},
		{"geodist g Palermo Palermo", "$6\r\n0.0000\r\n"},
		{"geodist g Palermo nobody", "_\r\n"},
		{"geosearch g frommember Palermo byradius 1 m withcoord withdist", "*1\r\n*3\r\n$7\r\nPalermo\r\n$6\r\n0.0000\r\n" + at},
	} {
		if got := r.Line(c.line); got != c.want {
			t.Errorf("%s: %q, want %q", c.line, got, c.want)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	r := newRig(b)
	r.Ctx.Events = nil
	for i := range 50000 {
		r.Do("geoadd", "g", strconv.FormatFloat(-20+float64(i*7919%60013)/1000, 'f', 4, 64),
			strconv.FormatFloat(30+float64(i*104729%30011)/1000, 'f', 4, 64), "p"+strconv.Itoa(i))
	}
	for _, line := range []string{
		"geosearch g fromlonlat 10 45 byradius 200 km withdist",
		"geosearch g fromlonlat 10 45 byradius 50 km asc count 10",
	} {
		var argv [][]byte
		for _, w := range strings.Fields(line) {
			argv = append(argv, []byte(w))
		}
		b.Run(strings.ReplaceAll(line, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				r.Run(argv)
			}
		})
	}
}
