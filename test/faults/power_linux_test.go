package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

const (
	diskSize     = 512 << 20            // sparse
	maxKeys      = 100_000              // after that a round begins with an empty disk
	maxLoss      = 2 * time.Second      // what everysec may forget
	longRound    = 3 * time.Second      // the longest one with everysec or snapshots
	eventsOfJob  = 11                   // changes of names that a rewrite makes
	lateCut      = 3 * time.Millisecond // the longest time from such a change to the cut
	snapshotName = "dump.rdb"
	savePause    = 200 * time.Millisecond // the longest time between two snapshots
)

// cutter cuts the power of a server's disk, again and again.
type cutter struct {
	t      *testing.T
	disk   *disk
	s      *testkit.Server
	chance *rng.Source
	v      *verdict
	watch  string // the folder of the files
	slow   bool   // rounds last some seconds, with a steady load
	saves  bool   // there are snapshots and nothing else
}

func newCutter(t *testing.T, args ...string) *cutter {
	d := newDisk(t, diskSize)
	return &cutter{
		t: t, disk: d, chance: source(t), v: &verdict{}, watch: filepath.Join(d.path, "appendonlydir"),
		s: testkit.StartSigrun(t, append([]string{"--dir", d.path}, args...)...),
	}
}

func alwaysCutter(t *testing.T) *cutter { return newCutter(t, mode("always")...) }

func everySecondCutter(t *testing.T) *cutter {
	c := newCutter(t, mode("everysec")...)
	c.slow, c.v.forgets = true, true
	return c
}

func snapshotCutter(t *testing.T) *cutter {
	c := newCutter(t)
	c.slow, c.saves, c.v.forgets, c.watch = true, true, true, c.disk.path
	return c
}

// TestPowerAlways is P3.
func TestPowerAlways(t *testing.T) { alwaysCutter(t).mustKeep(count(10, 100)) }

// TestPowerEverySecond is P4 with an append-only file.
func TestPowerEverySecond(t *testing.T) { everySecondCutter(t).mustKeep(count(3, 100)) }

// TestPowerSnapshots is P4 with snapshots alone.
func TestPowerSnapshots(t *testing.T) { snapshotCutter(t).mustKeep(count(3, 100)) }

func (c *cutter) mustKeep(n int) { c.cutRepeatedly(n).mustHold(c.t) }

// cutRepeatedly cuts the power n times, or until that breaks something.
func (c *cutter) cutRepeatedly(n int) *verdict {
	for c.v.kills < n && c.v.broken() == 0 {
		if err := c.round(); err != nil {
			c.t.Fatalf("round %d: %v", c.v.kills, err)
		}
	}
	return c.v
}

// round is one cut: at any moment, or at one of the moments at which a file got,
// changed or lost its name.
func (c *cutter) round() error {
	l := newLoad(c.s.Addr, c.v.kills)
	end := randomEnding(c.chance, c.s, func() { dump(c.t, c.s) })
	if c.slow {
		l.pause, end.after = slowWriter, 1<<40
		timer := time.AfterFunc(time.Duration(c.chance.Uint64n(uint64(longRound))), func() { l.over.Store(true) })
		defer timer.Stop()
		end.rewrite = int64(c.chance.Uint64n(5000))
	}
	var once sync.Once
	cut := func() {
		once.Do(func() {
			c.v.ended = time.Since(l.began)
			l.silence(c.v.ended)
			c.disk.cut()
			l.over.Store(true)
		})
	}
	end.kill = func() {
		cut()
		c.s.Kill9()
	}
	stop := func() {}
	if c.chance.Uint64n(2) == 0 {
		end.rewrite = min(end.rewrite, end.after/2)
		stop = c.aim(cut)
	}
	var saved atomic.Int64 // when the last snapshot that is there began, in ns since the round began
	if c.saves {
		end.rewrite = 1 << 41
		go l.client(func(conn *conn) error { return save(conn, l, &saved) })
	}
	err := l.run(c.chance, end)
	stop()
	if err != nil {
		return err
	}
	c.v.safe = c.v.ended - maxLoss
	if c.saves {
		c.v.safe = time.Duration(saved.Load())
	}
	c.disk.restore()
	c.v.kills++
	if c.saves && !c.loadable() {
		c.v.blame(&c.v.damaged, "not to be loaded:", snapshotName)
		return nil
	}
	c.s.Restart()
	l.judge(c.t, c.v)
	if size := c.s.Do("DBSIZE").Int(); size != int64(c.v.present) {
		return fmt.Errorf("%d keys, but the rounds so far left %d", size, c.v.present)
	}
	return c.tidy()
}

// loadable reports whether the snapshot, if there is one, is whole.
func (c *cutter) loadable() bool {
	path := filepath.Join(c.disk.path, snapshotName)
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return true
	}
	out, err := exec.Command(testkit.SigrunBinary(c.t), "check-rdb", path).CombinedOutput()
	if err != nil {
		c.t.Logf("%s: %v\n%s", snapshotName, err, out)
	}
	return err == nil
}

// aim has cut called at, or soon after, one of the next changes of names.
func (c *cutter) aim(cut func()) (stop func()) {
	left := 1 + c.chance.Uint64n(eventsOfJob)
	delay := time.Duration(c.chance.Uint64n(2)) * time.Duration(c.chance.Uint64n(uint64(lateCut)))
	return watch(c.t, c.watch, func(string, uint32) bool {
		left--
		return left == 0
	}, func() {
		time.Sleep(delay)
		cut()
	})
}

// tidy empties a disk that has got slow to load.
func (c *cutter) tidy() error {
	if c.v.present < maxKeys {
		return nil
	}
	c.s.Kill9()
	files, err := filepath.Glob(filepath.Join(c.disk.path, "[ad]*")) // appendonlydir, dump.rdb
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.RemoveAll(f); err != nil {
			return err
		}
	}
	c.v.present = 0
	c.s.Restart()
	return nil
}

// save is a step of a client that has one snapshot made after the other.
func save(c *conn, l *load, saved *atomic.Int64) error {
	began := time.Since(l.began)
	if _, err := c.do("BGSAVE"); err != nil {
		return err
	}
	for {
		time.Sleep(savePause / 20)
		reply, err := c.do("INFO", "persistence")
		if err != nil {
			return err
		}
		if field(reply.Text, "rdb_bgsave_in_progress") == "0" {
			if field(reply.Text, "rdb_last_bgsave_status") == "ok" && !l.over.Load() {
				saved.Store(int64(began))
			}
			break
		}
	}
	time.Sleep(savePause)
	return nil
}
