package faults

import (
	"flag"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

var (
	kills    = flag.Int("kills", 20, "kills for each mode")
	seedFlag = flag.Uint64("seed", 0, "repeats a run; 0 takes a new seed")
)

const maxKillAfter = 10_000 // acknowledged writes between two starts

// count is how often a fault is to come: all times with SIGRUN_FAULTS=all.
func count(some, all int) int {
	if os.Getenv("SIGRUN_FAULTS") == "all" {
		return all
	}
	return some
}

func killCount() int { return max(*kills, count(0, 200)) }

// allOnly skips what takes too long for a sample: most controls need a build.
func allOnly(t *testing.T) {
	t.Helper()
	if count(0, 1) == 0 {
		t.Skip("with SIGRUN_FAULTS=all only")
	}
}

// notRun ends a test whose fault this machine has no means for. Where all faults
// are required that is a failure.
func notRun(t testing.TB, why error) {
	t.Helper()
	if os.Getenv("SIGRUN_FAULTS_REQUIRED") == "1" {
		t.Fatalf("%s: NOT RUN, though all faults are required: %v", t.Name(), why)
	}
	t.Skipf("%s: NOT RUN: %v", t.Name(), why)
}

// source returns the chance of a test, and prints its seed.
func source(t *testing.T) *rng.Source {
	seed := *seedFlag
	if seed == 0 {
		seed = rng.NewRandom().Uint64()
	}
	t.Logf("-seed %d", seed)
	return rng.New(seed)
}

// mode is a policy of the append-only file.
func mode(policy string) []string {
	return []string{"--appendonly", "yes", "--appendfsync", policy}
}

// TestKillAlways is P1.
func TestKillAlways(t *testing.T) {
	mustKeep(t, testkit.StartSigrun(t, mode("always")...), killCount())
}

// TestKillEverySecond is P2.
func TestKillEverySecond(t *testing.T) {
	mustKeep(t, testkit.StartSigrun(t, mode("everysec")...), killCount())
}

// TestPeerAlways shows that the rig itself is right: the real server keeps the
// same promise.
func TestPeerAlways(t *testing.T) {
	mustKeep(t, testkit.StartPeer(t, mode("always")...), min(5, *kills))
}

func mustKeep(t *testing.T, s *testkit.Server, n int) {
	v := killRepeatedly(t, s, n)
	if v.refusedReplies > 0 {
		t.Errorf("%d writes were refused", v.refusedReplies)
	}
	v.mustHold(t)
}

// mustHold fails t if anything broke, and leaves the history of the last round.
func (v *verdict) mustHold(t *testing.T) {
	t.Helper()
	t.Log(v)
	if v.broken() > 0 {
		t.Errorf("%s", v)
		keep(t, func(w io.Writer) error { return v.report(w, v.last) })
	}
}

// killRepeatedly kills s n times under load, and judges after each restart what
// is left of all rounds.
func killRepeatedly(t *testing.T, s *testkit.Server, n int) *verdict {
	chance := source(t)
	v := &verdict{}
	for round := range n {
		l := newLoad(s.Addr, round)
		err := l.run(chance, randomEnding(chance, s, func() { dump(t, s) }))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		began := time.Now()
		s.Restart()
		ready := time.Since(began)
		v.kills++
		l.judge(t, v)
		if size := s.Do("DBSIZE").Int(); size != int64(v.present) {
			t.Fatalf("round %d: %d keys, but the rounds so far left %d", round, size, v.present)
		}
		if v.broken() > 0 {
			return v
		}
		if round == n-1 {
			t.Logf("the last start took %v with %d keys", ready.Round(time.Millisecond), v.present)
		}
	}
	return v
}

// dump logs what all goroutines of s are doing, which ends it.
func dump(t *testing.T, s *testkit.Server) {
	p, err := os.FindProcess(s.Pid)
	if err == nil {
		err = p.Signal(syscall.SIGQUIT)
	}
	if err != nil {
		t.Logf("no dump of the stalled server: %v", err)
		return
	}
	s.WaitExit(ioTimeout)
	_, goroutines, _ := strings.Cut(s.Log(), "SIGQUIT")
	t.Log(goroutines)
}

// judge reads back all that the round may have written.
func (l *load) judge(t *testing.T, v *verdict) {
	c, err := dial(l.addr)
	testkit.NoError(t, err)
	defer c.Close()
	var keys []string
	for _, h := range l.histories {
		for i := range h.writes {
			keys = append(keys, h.keys(i)...)
		}
	}
	values := map[string]string{}
	testkit.NoError(t, c.fetch(keys, values))
	get := func(key string) (string, bool) {
		value, found := values[key]
		return value, found
	}
	for _, h := range l.histories {
		v.judge(h, get)
	}
	if v.forgets {
		v.judgeOrder(l.histories)
	}
	if !v.forgets && !v.blind {
		for _, seen := range l.seen {
			v.judgeSeen(seen, get)
		}
	}
	v.last = l.histories
}

// keep writes what a failure should leave behind to a file, and says where it is.
func keep(t *testing.T, content func(w io.Writer) error) {
	t.Helper()
	f, err := os.CreateTemp("", "sigrun-faults-*.txt")
	testkit.NoError(t, err)
	testkit.NoError(t, content(f))
	testkit.NoError(t, f.Close())
	t.Logf("the history is in %s", f.Name())
}
