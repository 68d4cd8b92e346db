package aof

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/vfs"
)

// remains is what a crash before some operation left on the disk.
type remains struct {
	op      vfs.Op
	killed  *vfs.Mem // the process died
	powered []*vfs.Mem
	written int // effects that the client has heard of
	durable int // effects that were promised to survive a power cut
}

// crasher keeps what a crash before each changing operation would leave.
var errTest = errors.New("test fault")

type crasher struct {
	mem    *vfs.Mem
	chance *rng.Source
	acked  atomic.Int64
	synced atomic.Int64
	void   atomic.Bool // the writer is not On

	mu  sync.Mutex
	all []remains
}

func (c *crasher) inject(op vfs.Op) vfs.Fault {
	if op.Mutates() {
		c.mu.Lock()
		defer c.mu.Unlock()
		r := remains{op: op, written: int(c.acked.Load()), durable: int(c.synced.Load())}
		if c.void.Load() {
			r.written, r.durable = 0, 0
		}
		r.killed = c.mem.Clone()
		for range 2 {
			r.powered = append(r.powered, c.mem.CrashClone(c.chance))
		}
		c.all = append(c.all, r)
	}
	return vfs.Fault{}
}

// life is a server's life with all that a writer can go through. heard is called
// when replies have left.
func life(t *testing.T, r *rig, c *crasher) {
	heard := func() {
		r.await()
		c.acked.Store(int64(r.next))
		c.synced.Store(int64(effects(r.ends, r.w.Durable())))
	}
	step := func(n int) {
		for range n {
			r.push(1)
			heard()
		}
	}
	step(3)
	r.w.syncRound()
	heard()
	step(2)
	rw, err := r.w.BeginRewrite(true) // an ordinary one
	must(t, err)
	step(2)
	must(t, r.base(rw))
	heard()
	step(2)
	must(t, rw.Commit())
	step(2)
	rw, err = r.w.BeginRewrite(true) // given up before its cut
	must(t, err)
	step(1)
	rw.Abort(true)
	step(1)
	rw, err = r.w.BeginRewrite(true) // given up after its cut
	must(t, err)
	must(t, r.base(rw))
	step(2)
	rw.Abort(true)
	step(2)
	must(t, r.rewrite())
	heard()
	c.void.Store(true)
	must(t, r.w.Disable())
	r.push(2)
	r.w.Enable()
	r.push(2)
	must(t, r.rewrite())
	heard()
	c.void.Store(false)
	step(3)
	must(t, r.w.Close())
	c.synced.Store(int64(r.next))
}

// TestCrashEverywhere kills the process and cuts the power before every
// operation on the disk. What a start then finds is a whole prefix of what
// happened, that holds all that was promised, and is fit to go on with.
func TestCrashEverywhere(t *testing.T) {
	for name, policy := range map[string]Policy{"everysec": EverySecond, "always": Always, "no": Never} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				mem := vfs.NewMem()
				c := &crasher{mem: mem, chance: rng.New(seed)}
				r := newRig(t, vfs.NewFaulty(mem, c.inject), Settings{Policy: policy}, nil)
				life(t, r, c)
				if len(c.all) < 100 {
					t.Fatalf("only %d operations", len(c.all))
				}
				for i, left := range c.all {
					where := fmt.Sprintf("seed %d, before operation %d (%v)", seed, i, left.op)
					if policy == Always {
						left.durable = left.written
					}
					checkRemains(t, where+", killed", left.killed, left.written, r.next)
					for _, m := range left.powered {
						checkRemains(t, where+", power cut", m, left.durable, r.next)
					}
				}
			}
		})
	}
}

// checkRemains starts on what a crash has left.
func checkRemains(t *testing.T, where string, disk *vfs.Mem, atLeast, atMost int) {
	t.Helper()
	back, err := recoverFrom(disk, true)
	if err != nil {
		t.Fatalf("%s: %v\n%s", where, err, back.journal.String())
	}
	if back.next < atLeast || back.next > atMost {
		t.Fatalf("%s: found %d effects, promised were %d of %d\n%s", where, back.next, atLeast, atMost, back.journal.String())
	}
	r := newRig(t, disk, Settings{}, back)
	r.push(2)
	if err := r.rewrite(); err != nil {
		t.Fatalf("%s: rewrite after recovery: %v\n%s", where, err, r.j.String())
	}
	if err := r.w.Close(); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	again, err := recoverFrom(disk, false)
	if err != nil || again.next != r.next {
		t.Fatalf("%s: after recovery and more work found %d effects of %d: %v\n%s", where, again.next, r.next, err, again.journal.String())
	}
}

// TestFaultEverywhere makes every single operation fail, one after the other.
// Whatever the writer makes of it, the disk must stay loadable and complete.
func TestFaultEverywhere(t *testing.T) {
	for at := 1; ; at++ {
		mem := vfs.NewMem()
		var n atomic.Int64
		var hit atomic.Pointer[vfs.Op]
		faulty := vfs.NewFaulty(mem, func(op vfs.Op) vfs.Fault {
			if n.Add(1) == int64(at) {
				hit.Store(&op)
				return vfs.Fault{Err: errTest, Short: 3}
			}
			return vfs.Fault{}
		})
		r := newRig(t, faulty, Settings{}, nil)
		if r.w.State() != On {
			continue // the server would have exited
		}
		whole := func() {
			t.Helper()
			if r.await(); r.w.Written() != r.log.End() {
				return // the failed write has not been repeated yet
			}
			if back, err := recoverFrom(mem.Clone(), false); err != nil || back.next != r.next {
				t.Fatalf("operation %d (%v) failed: found %d effects of %d: %v\n%s", at, hit.Load(), back.next, r.next, err, r.j.String())
			}
		}
		r.push(3)
		whole()
		_ = r.rewrite()
		whole()
		r.push(3)
		rw, err := r.w.BeginRewrite(true)
		if err == nil {
			_ = r.base(rw)
			rw.Abort(true)
		}
		whole()
		r.push(3)
		r.w.Cron()
		r.until("writes work", func() bool { return r.w.Written() == r.log.End() })
		if r.w.NeedsRewrite() {
			must(t, r.rewrite())
		}
		_ = r.w.Close()
		what := "nothing"
		if op := hit.Load(); op != nil {
			what = op.String()
		}
		back, err := recoverFrom(mem, false)
		if err != nil || back.next != r.next {
			t.Fatalf("operation %d (%s) failed: found %d effects of %d: %v\nthen: %s\nnow: %s",
				at, what, back.next, r.next, err, r.j.String(), back.journal.String())
		}
		if hit.Load() == nil {
			return
		}
	}
}
