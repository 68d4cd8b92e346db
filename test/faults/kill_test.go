package faults

import (
	"flag"
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

const (
	maxKillAfter = 10_000 // acknowledged writes between two starts
	manyKills    = 200    // with SIGRUN_FAULTS=all
)

func killCount() int {
	if os.Getenv("SIGRUN_FAULTS") == "all" {
		return max(*kills, manyKills)
	}
	return *kills
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
	t.Log(v)
	if v.broken() > 0 || v.refusedReplies > 0 {
		t.Errorf("%d writes were refused; %s", v.refusedReplies, v)
	}
}

// killRepeatedly kills s n times under load, and judges after each restart what
// is left of all rounds.
func killRepeatedly(t *testing.T, s *testkit.Server, n int) *verdict {
	chance := source(t)
	v := &verdict{}
	for round := range n {
		l := newLoad(s.Addr, round)
		err := l.run(chance, int64(1+chance.Uint64n(maxKillAfter)), s.Kill9, func() { dump(t, s) })
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
	for _, seen := range l.seen {
		v.judgeSeen(seen, get)
	}
}
