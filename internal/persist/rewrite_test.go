package persist

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// badDisk is a file system on which operations of a kind fail whose path holds
// part, while it is bad.
func badDisk(bad *atomic.Bool, kind vfs.OpKind, part string) vfs.FS {
	return vfs.NewFaulty(vfs.NewMem(), func(op vfs.Op) (f vfs.Fault) {
		if bad.Load() && op.Kind == kind && strings.Contains(op.Path, part) {
			f.Err = syscall.EIO
		}
		return f
	})
}

// TestEnableFails: the append-only file is not switched on if its files can't be
// opened, and CONFIG SET is told so.
func TestEnableFails(t *testing.T) {
	for _, part := range []string{"rewriteaof", ".incr"} {
		var bad atomic.Bool
		r := newRig(t, badDisk(&bad, vfs.OpOpen, part))
		testkit.NoError(t, r.Open())
		bad.Store(true)
		var err error
		r.do(func() { err = r.SetAppendOnly(true) })
		if err != errNotOn || r.AOF.State() != aof.Off || !r.idle() {
			t.Errorf("%s: %v, state %v", part, err, r.AOF.State())
		}
		if _, err := r.StartRewrite(); (err == ErrNoRewrite) != (part == "rewriteaof") {
			t.Errorf("%s: BGREWRITEAOF: %v", part, err)
		}
		r.until("the end of the rewrite", r.idle)
		bad.Store(false)
		r.do(func() { testkit.NoError(t, r.SetAppendOnly(true)) })
		r.until("the switch", func() bool { return r.AOF.State() == aof.On && r.idle() })
	}
}

// TestFirstRewriteIsRepeated: while the first rewrite fails the append-only file
// stays switched on, and rewrites are repeated, with pauses after three.
func TestFirstRewriteIsRepeated(t *testing.T) {
	var bad atomic.Bool
	bad.Store(true)
	r := newRig(t, badDisk(&bad, vfs.OpSync, "rewriteaof"))
	testkit.NoError(t, r.Open())
	r.fill(10)
	r.do(func() { testkit.NoError(t, r.SetAppendOnly(true)) })
	rounds := func(done func() bool) {
		r.until("rewrites", func() bool {
			r.Cron()
			return done() && r.idle()
		})
	}
	rounds(func() bool { return r.logged("triggered the limit, will retry in 1 minutes") })
	if i := r.AOF.Info(); i.RewriteFails != 3 || i.Rewrites != 3 || i.LastRewriteOK || r.AOF.State() != aof.Waiting {
		t.Fatalf("after the limit: %+v, state %v", i, r.AOF.State())
	}
	r.Clock.(*clock.Manual).Advance(61 * time.Second)
	rounds(func() bool { return r.AOF.Info().RewriteFails == 4 && r.logged("will retry in 2 minutes") })
	bad.Store(false)
	r.ScheduleRewrite() // by hand it need not wait
	rounds(func() bool { return r.AOF.State() == aof.On })
	if i := r.AOF.Info(); i.RewriteFails != 0 || !i.LastRewriteOK {
		t.Errorf("at the end: %+v", i)
	}
}

// TestEnableDuringJobs switches the append-only file on while other jobs run.
func TestEnableDuringJobs(t *testing.T) {
	for _, c := range []struct {
		job, part, says string
		start           func(r *rig) error
	}{
		{"save", "temp-", "there is already another background operation", (*rig).startSave},
		{"rewrite", "rewrite", "there is already an AOF rewriting in background", func(r *rig) error { _, err := r.StartRewrite(); return err }},
	} {
		t.Run(c.job, func(t *testing.T) {
			disk := newStuck(vfs.NewMem(), vfs.OpWrite, c.part)
			r := newRig(t, disk)
			testkit.NoError(t, r.Open())
			r.fill(100)
			testkit.NoError(t, c.start(r))
			<-disk.waits
			r.do(func() { testkit.NoError(t, r.SetAppendOnly(true)) })
			if !r.logged(c.says) || !r.Info().RewriteWaits || r.AOF.State() != aof.Waiting {
				t.Errorf("no rewrite is scheduled: %+v", r.Info())
			}
			if _, err := r.StartRewrite(); err != nil {
				t.Errorf("a rewrite besides: %v", err)
			}
			close(disk.goOn)
			r.until("the switch", func() bool { r.Cron(); return r.AOF.State() == aof.On && r.idle() })
			r.do(func() { testkit.NoError(t, r.SetAppendOnly(false)) })
			if r.AOF.State() != aof.Off {
				t.Errorf("state %v", r.AOF.State())
			}
		})
	}
}

// TestDisableDuringRewrite: a rewrite under way, or scheduled, is given up.
func TestDisableDuringRewrite(t *testing.T) {
	mem := vfs.NewMem()
	first := newRig(t, mem, "appendonly", "yes")
	testkit.NoError(t, first.Open())
	testkit.NoError(t, first.Close())
	disk := newStuck(mem, vfs.OpWrite, "rewrite")
	r := newRig(t, disk, "appendonly", "yes")
	testkit.NoError(t, r.Open())
	r.fill(100)
	_, err := r.StartRewrite()
	testkit.NoError(t, err)
	<-disk.waits
	r.do(func() { testkit.NoError(t, r.SetAppendOnly(false)) })
	r.ScheduleRewrite()
	r.do(func() { testkit.NoError(t, r.SetAppendOnly(true)) })
	r.do(func() { testkit.NoError(t, r.SetAppendOnly(false)) })
	if r.Info().RewriteWaits || !r.logged("there is a scheduled AOF background, cancel it") {
		t.Error("the scheduled rewrite is not forgotten")
	}
	close(disk.goOn)
	r.until("the end", r.idle)
	if i := r.AOF.Info(); !i.LastRewriteOK || i.RewriteFails != 0 || !r.logged("Background AOF rewrite was given up") {
		t.Errorf("given up by wish, it counts as failed: %+v", i)
	}
}
