package server

import (
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// TestWaitAOFHearsOfSync: who waits for the disk is answered when the sync is
// done, on whatever loop he is, and not at the next cron.
func TestWaitAOFHearsOfSync(t *testing.T) {
	s := startOn(t, vfs.NewMem(), clock.NewManual(1_700_000_000_000_000), "appendonly", "yes") // no second passes: nothing is synced
	s.net.SetCronEvery(time.Hour)
	var waiters []*testkit.Client
	for range 4 {
		c := client(t, s)
		c.MustDo("INCR", "k")
		c.Send("WAITAOF", "1", "0", "0")
		waiters = append(waiters, c)
	}
	until(t, "four clients that wait", func() bool { return s.engine.Counts.Blocked.Load() == 4 })
	testkit.NoError(t, s.persist.AOF.WriteAll())
	for _, c := range waiters {
		r, err := c.Receive()
		testkit.NoError(t, err)
		if len(r.Elems) != 2 || r.Elems[0].Int() != 1 || r.Elems[1].Int() != 0 {
			t.Errorf("WAITAOF answers %v", r)
		}
	}
	if n := s.engine.Counts.Blocked.Load(); n != 0 {
		t.Errorf("%d clients still wait", n)
	}
}
