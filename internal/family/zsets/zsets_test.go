package zsets_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/sets"
	strs "sigrun/internal/family/strings"
	"sigrun/internal/family/zsets"
	"sigrun/internal/invariant"
	"sigrun/internal/testkit"
	"sigrun/internal/value"
)

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(), zsets.Handlers(), sets.Handlers(), strs.Handlers(), generic.Handlers())
	r.Ctx.Limits = &value.Limits{ZSetEntries: 128, ZSetValue: 64, SetInts: 512, SetEntries: 128, SetValue: 64}
	return r
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// words are the words of a command line.
func words(line string) (argv [][]byte) {
	for _, w := range strings.Fields(line) {
		argv = append(argv, []byte(w))
	}
	return argv
}

// fill makes a set of n members.
func fill(r *familytest.Rig, key string, n int) {
	for i := range n {
		r.Do("zadd", key, strconv.Itoa(i*7), "m"+strconv.Itoa(i))
	}
}

// TestAllocs holds the hot commands to not allocating, in both forms.
func TestAllocs(t *testing.T) {
	if invariant.Enabled {
		t.Skip("checks of invariants allocate")
	}
	r := newRig(t)
	r.Ctx.Events = nil
	fill(r, "small", 10)
	fill(r, "large", 1000)
	for _, line := range []string{
		"zadd z 1 m1 2.5 m2", "zadd z 35 m5", "zadd z incr 1 m5", "zincrby z 0.5 m5", "zscore z m5", "zrank z m5 withscore",
		"zrange z 0 -1 withscores", "zrange z 2 8 rev", "zrangebyscore z 10 (50 limit 1 2", "zrangebylex z - +", "zcount z 10 50",
		"zcard z", "zpopmin z", "zmscore z m1 nobody", "zrem z nobody", "zrandmember z", "zremrangebyscore z 1 1",
	} {
		for _, key := range []string{"small", "large"} {
			argv := words(line)
			argv[1] = []byte(key)
			t.Run(string(argv[0])+" "+key, func(t *testing.T) {
				r.Run(argv)
				testkit.Allocs(t, 0, func() { r.Run(argv) })
			})
		}
	}
}

// TestProto3 looks at the replies of version 3 of the protocol.
func TestProto3(t *testing.T) {
	r := newRig(t)
	r.Ctx.W.Proto3 = true
	r.Line("zadd z 1 a 2.5 b inf c")
	for _, c := range []struct{ line, want string }{
		{"zrange z 0 1 withscores", "*2\r\n*2\r\n$1\r\na\r\n,1\r\n*2\r\n$1\r\nb\r\n,2.5\r\n"},
		{"zscore z c", ",inf\r\n"},
		{"zscore z x", "_\r\n"},
		{"zrank z x withscore", "_\r\n"},
		{"zincrby z 1 a", ",2\r\n"},
		{"zmscore z a x", "*2\r\n,2\r\n_\r\n"},
		{"zscan z 0", "*2\r\n$1\r\n0\r\n*6\r\n$1\r\na\r\n$1\r\n2\r\n$1\r\nb\r\n$3\r\n2.5\r\n$1\r\nc\r\n$3\r\ninf\r\n"},
		{"zpopmin z", "*2\r\n$1\r\na\r\n,2\r\n"},
		{"zpopmin z 1", "*1\r\n*2\r\n$1\r\nb\r\n,2.5\r\n"},
		{"zmpop 1 z max", "*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\nc\r\n,inf\r\n"},
		{"zmpop 1 z max", "_\r\n"},
	} {
		if got := r.Line(c.line); got != c.want {
			t.Errorf("%s: %q, want %q", c.line, got, c.want)
		}
	}
}

// TestScanAll scans a large set while it changes.
func TestScanAll(t *testing.T) {
	r := newRig(t)
	fill(r, "z", 3000)
	seen := map[string]bool{}
	cursor := "0"
	for step := 0; step == 0 || cursor != "0"; step++ {
		reply := strings.Split(r.Do("zscan", "z", cursor, "count", "50"), "\r\n")
		cursor = reply[2]
		for i := 5; i < len(reply); i += 4 {
			seen[reply[i]] = true
		}
		r.Do("zadd", "z", "1", fmt.Sprint("more", step))
		r.Do("zrem", "z", fmt.Sprint("more", step-1))
	}
	for i := range 3000 {
		if !seen["m"+strconv.Itoa(i)] {
			t.Fatalf("m%d was never seen", i)
		}
	}
}

func BenchmarkSmall(b *testing.B) {
	r := newRig(b)
	r.Ctx.Events = nil
	fill(r, "z", 10)
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

func BenchmarkQueue(b *testing.B) {
	r := newRig(b)
	r.Ctx.Events = nil
	for i := range 100000 {
		r.Do("zadd", "q", strconv.Itoa(i*7919%1000003), "m"+strconv.Itoa(i))
	}
	pop, push := words("zpopmin q"), words("zadd q 1 m")
	for i := 0; b.Loop(); i++ {
		r.Run(pop)
		push[2] = strconv.AppendInt(push[2][:0], int64(i*7919%1000003), 10)
		push[3] = strconv.AppendInt(append(push[3][:0], 'x'), int64(i), 10)
		r.Run(push)
	}
}

func BenchmarkUnion(b *testing.B) {
	r := newRig(b)
	r.Ctx.Events = nil
	for i := range 20 {
		r.Do("zadd", "a", strconv.Itoa(i), "m"+strconv.Itoa(i))
		r.Do("zadd", "b", strconv.Itoa(i), "m"+strconv.Itoa(i+10))
	}
	argv := words("zunion 2 a b withscores")
	for b.Loop() {
		r.Run(argv)
	}
}
