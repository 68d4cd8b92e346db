package faults

import (
	"testing"
	"time"

	"sigrun/internal/testkit"
)

const (
	maxThaw   = 500 * time.Millisecond // from the thaw until all clients go on
	frozenFor = 2 * time.Second
)

// TestFrozenDisk is P8: nothing is lost of a server whose disk stood still for a
// while, and all clients go on as soon as it works again.
func TestFrozenDisk(t *testing.T) {
	for _, policy := range []string{"everysec", "always"} {
		t.Run(policy, func(t *testing.T) {
			d := newDisk(t, diskSize)
			s := testkit.StartSigrun(t, append(mode(policy), "--dir", d.path)...)
			v := &verdict{}
			for range count(1, 10) {
				frozenRound(t, d, s, v)
			}
			v.mustHold(t)
		})
	}
}

func frozenRound(t *testing.T, d *disk, s *testkit.Server, v *verdict) {
	l := newLoad(s.Addr, v.kills)
	l.pause = fullWriters
	ended := make(chan error, 1)
	chance := source(t)
	go func() {
		ended <- l.run(chance, ending{after: 1 << 40, rewrite: 1 << 41, kill: s.Kill9, dump: func() { dump(t, s) }})
	}()
	testkit.Eventually(t, ioTimeout, func() bool { return l.acked.Load() > 2000 }, "2000 writes")
	d.freeze()
	time.Sleep(frozenFor)
	before := l.answered()
	d.thaw()
	thawed := time.Now()
	testkit.Eventually(t, ioTimeout, func() bool {
		for i, n := range l.answered() {
			if n <= before[i] {
				return false
			}
		}
		return true
	}, "all writers go on")
	if took := time.Since(thawed); took > maxThaw {
		t.Errorf("some client went on %v after the thaw", took)
	}
	l.over.Store(true)
	testkit.NoError(t, <-ended)
	s.Restart()
	v.kills++
	l.judge(t, v)
}
