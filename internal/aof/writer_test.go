package aof

import (
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/feed"
	"sigrun/internal/invariant"
	"sigrun/internal/vfs"
)

const manifestPath = "appendonlydir/appendonly.aof.manifest"

func TestWriteRewriteLoad(t *testing.T) {
	for name, s := range map[string]Settings{
		"everysec": {}, "always": {Policy: Always}, "no": {Policy: Never}, "timestamps": {Timestamps: true},
	} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewMem()
			r := newRig(t, mem, s, nil)
			r.push(20)
			r.await()
			if got := r.w.Written(); got != r.log.End() {
				t.Fatalf("written up to %d of %d", got, r.log.End())
			}
			must(t, r.rewrite())
			r.await()
			r.push(3)
			must(t, r.w.Close())
			want := "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n"
			if got := readFile(t, mem, manifestPath); got != want {
				t.Errorf("manifest\n%swant\n%s", got, want)
			}
			if got := names(t, mem); got != "appendonly.aof.2.base.rdb appendonly.aof.2.incr.aof appendonly.aof.manifest" {
				t.Errorf("files %s", got)
			}
			back, err := recoverFrom(mem, false)
			must(t, err)
			if back.next != r.next {
				t.Fatalf("recovered %d effects of %d\n%s", back.next, r.next, back.journal.String())
			}
			info := r.w.Info()
			if info.CurrentSize != back.result.Total || !info.LastRewriteOK || info.Rewrites != 1 {
				t.Errorf("info %+v, loaded %+v", info, back.result)
			}
			stamps := strings.Count(readFile(t, mem, "appendonlydir/appendonly.aof.2.incr.aof"), "#TS:1000000\r\n")
			if want := map[bool]int{true: 1}[s.Timestamps]; stamps != want {
				t.Errorf("%d timestamps", stamps)
			}
		})
	}
}

func TestRestartAppends(t *testing.T) {
	mem := vfs.NewMem()
	var back *recovered
	for round := range 4 {
		r := newRig(t, mem, Settings{}, back)
		r.push(5)
		must(t, r.w.Close())
		var err error
		back, err = recoverFrom(mem, false)
		must(t, err)
		if back.next != 5*(round+1) {
			t.Fatalf("round %d: recovered %d effects", round, back.next)
		}
	}
	if back.journal.has("DB loaded from incr file appendonly.aof.1.incr.aof") != 1 {
		t.Error(back.journal.String())
	}
}

func TestEnableDisable(t *testing.T) {
	mem := vfs.NewMem()
	r := newRig(t, mem, Settings{}, nil)
	r.push(4)
	must(t, r.w.Disable())
	if r.log.Enabled() || r.w.State() != Off {
		t.Fatal("still on")
	}
	r.next += 10 // effects that no file gets
	r.ends = make([]uint64, r.next)
	alone, err := r.w.BeginRewrite(true)
	must(t, err)
	at := r.next
	must(t, r.base(alone))
	must(t, alone.Commit())
	if back, err := recoverFrom(mem, false); err != nil || back.next != at || len(back.manifest.Incrs) != 0 {
		t.Fatalf("a base alone: %v, %d effects of %d", err, back.next, at)
	}
	r.w.Enable()
	if !r.push(1) {
		t.Fatal("replies are parked though nothing is promised yet")
	}
	rw, err := r.w.BeginRewrite(true)
	must(t, err)
	must(t, r.base(rw))
	if got := names(t, mem); !strings.Contains(got, "temp-appendonly.aof.incr") {
		t.Errorf("files %s", got)
	}
	rw.Abort(true) // the effects of the first try are in no file
	if r.w.State() != Waiting || strings.Contains(names(t, mem), "temp-") {
		t.Fatalf("after a failed first rewrite: state %d, files %s", r.w.State(), names(t, mem))
	}
	must(t, r.rewrite())
	if r.w.State() != On {
		t.Fatal("not on after the first rewrite")
	}
	r.push(3)
	must(t, r.w.Close())
	back, err := recoverFrom(mem, false)
	must(t, err)
	if back.next != r.next {
		t.Fatalf("recovered %d effects of %d", back.next, r.next)
	}
	want := "file appendonly.aof.3.base.rdb seq 3 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n"
	if got := readFile(t, mem, manifestPath); got != want {
		t.Errorf("manifest\n%s", got)
	}
}

func TestRewriteGivenUp(t *testing.T) {
	mem := vfs.NewMem()
	r := newRig(t, mem, Settings{KeepHistory: true}, nil)
	r.push(3)
	rw, err := r.w.BeginRewrite(true)
	must(t, err)
	if _, err := r.w.BeginRewrite(true); !errors.Is(err, ErrRewriting) {
		t.Fatalf("a second rewrite at once: %v", err)
	}
	rw.Abort(false) // before its cut
	r.push(3)
	rw, err = r.w.BeginRewrite(true)
	must(t, err)
	must(t, r.base(rw))
	rw.Abort(true) // after its cut
	if err := rw.Commit(); !errors.Is(err, ErrAborted) {
		t.Fatalf("commit after abort: %v", err)
	}
	r.await()
	if info := r.w.Info(); info.LastRewriteOK || info.RewriteFails != 1 || info.RewriteRunning {
		t.Errorf("info %+v", info)
	}
	back, err := recoverFrom(mem.Clone(), false)
	must(t, err)
	if back.next != r.next || len(back.manifest.Incrs) != 3 {
		t.Fatalf("recovered %d effects of %d from %v", back.next, r.next, back.manifest.Incrs)
	}
	must(t, r.rewrite())
	want := "file appendonly.aof.2.base.rdb seq 2 type b\n" +
		"file appendonly.aof.1.incr.aof seq 1 type h\n" +
		"file appendonly.aof.2.incr.aof seq 2 type h\n" +
		"file appendonly.aof.3.incr.aof seq 3 type h\n" +
		"file appendonly.aof.1.base.rdb seq 1 type h\n" +
		"file appendonly.aof.4.incr.aof seq 4 type i\n"
	if got := readFile(t, mem, manifestPath); got != want {
		t.Errorf("manifest\n%swant\n%s", got, want)
	}
	r.w.Configure(Settings{})
	r.w.RemoveHistory()
	if got := names(t, mem); got != "appendonly.aof.2.base.rdb appendonly.aof.4.incr.aof appendonly.aof.manifest" {
		t.Errorf("files %s", got)
	}
	rw, err = r.w.BeginRewrite(true)
	must(t, err)
	must(t, r.w.Disable())
	if _, err := rw.Write([]byte("x")); !errors.Is(err, ErrAborted) {
		t.Errorf("a rewrite outlived the file: %v", err)
	}
}

// faults fails operations while a test wants it.
type faults struct {
	f atomic.Pointer[func(op vfs.Op) vfs.Fault]
}

func (x *faults) set(f func(op vfs.Op) vfs.Fault) {
	if f == nil {
		x.f.Store(nil)
		return
	}
	x.f.Store(&f)
}

func (x *faults) inject(op vfs.Op) vfs.Fault {
	if f := x.f.Load(); f != nil {
		return (*f)(op)
	}
	return vfs.Fault{}
}

func onIncr(op vfs.Op, kind vfs.OpKind) bool {
	return op.Kind == kind && strings.HasSuffix(op.Path, ".incr.aof")
}

// until calls Cron until ok, as the server does.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		r.clk.Advance(100 * time.Millisecond)
		r.w.Cron()
		time.Sleep(time.Millisecond)
	}
	r.t.Fatalf("never: %s\n%s", what, r.j.String())
}

func TestDiskFull(t *testing.T) {
	for _, short := range []int{0, 1, 17, 1 << 20} {
		mem, x := vfs.NewMem(), &faults{}
		r := newRig(t, vfs.NewFaulty(mem, x.inject), Settings{}, nil)
		r.push(4)
		before := r.next
		x.set(func(op vfs.Op) vfs.Fault {
			if onIncr(op, vfs.OpWrite) {
				return vfs.Fault{Err: syscall.ENOSPC, Short: min(short, op.Size-1)}
			}
			return vfs.Fault{}
		})
		if r.push(3) {
			t.Fatal("what could not be written was acknowledged")
		}
		if r.readable.Load() < r.log.End() {
			t.Fatal("replies to reads wait for the disk")
		}
		safe := r.w.Safe()
		if err := r.w.Err(); !vfs.IsNoSpace(err) || r.w.Info().LastWriteOK {
			t.Fatalf("Err = %v", err)
		}
		if back, err := recoverFrom(mem.Clone(), false); err != nil || back.next != before {
			t.Fatalf("short %d: the file is torn: %v, %d effects", short, err, back.next)
		}
		r.until("several tries", func() bool { return r.clk.Wall() > 1e12+40e6 })
		said := r.j.has("Error writing to the AOF file: No space left on device") + r.j.has("Short write while writing")
		if said != 2 {
			t.Errorf("reported %d times in 40 s", said)
		}
		if r.w.Flush(r.log.End()) || r.w.Safe() != safe || safe >= r.log.End() {
			t.Fatal("what could not be written is said to be safe")
		}
		x.set(nil)
		r.until("recovery", func() bool { return r.w.Err() == nil })
		r.await()
		if r.j.has("* AOF write error looks solved. The server can write again.") != 1 {
			t.Error(r.j.String())
		}
		must(t, r.w.Close())
		if back, err := recoverFrom(mem, false); err != nil || back.next != r.next {
			t.Fatalf("after recovery: %v, %d effects of %d", err, back.next, r.next)
		}
	}
}

// TestUndoFails leaves half a write in the file, and at every byte the rest must follow it.
func TestUndoFails(t *testing.T) {
	for i := 4; i < 720; i++ {
		short := i / 4
		mem, x := vfs.NewMem(), &faults{}
		r := newRig(t, vfs.NewFaulty(mem, x.inject), Settings{Timestamps: true, Checksums: i&2 != 0}, nil)
		r.push(i % 2) // with an effect before, the first bytes to fail are not the head's
		x.set(func(op vfs.Op) vfs.Fault {
			if onIncr(op, vfs.OpWrite) {
				return vfs.Fault{Err: syscall.EIO, Short: min(short, op.Size-1)}
			}
			if onIncr(op, vfs.OpTruncate) {
				return vfs.Fault{Err: syscall.EIO}
			}
			return vfs.Fault{}
		})
		r.push(3)
		r.push(1)
		r.clk.Advance(2 * time.Second) // a timestamp would be due
		r.w.Cron()
		x.set(nil)
		r.until("recovery", func() bool { return r.w.Err() == nil })
		r.push(2)
		must(t, r.w.Close())
		if back, err := recoverFrom(mem, false); err != nil || back.next != r.next {
			t.Fatalf("short %d: %v, %d effects of %d\n%q", short, err, back.next, r.next,
				readFile(t, mem, "appendonlydir/appendonly.aof.1.incr.aof"))
		}
	}
}

// TestFailedSync is promise P7: what a failed sync may have lost does not count as durable before a rewrite.
func TestFailedSync(t *testing.T) {
	mem, x := vfs.NewMem(), &faults{}
	r := newRig(t, vfs.NewFaulty(mem, x.inject), Settings{}, nil)
	r.push(4)
	r.until("first sync", func() bool { return r.w.Durable() == r.log.End() })
	durable := r.w.Durable()
	x.set(func(op vfs.Op) vfs.Fault {
		if onIncr(op, vfs.OpSync) {
			return vfs.Fault{Err: syscall.EIO}
		}
		return vfs.Fault{}
	})
	r.push(4)
	r.until("failed sync", func() bool { return r.w.NeedsRewrite() })
	x.set(nil)
	if !r.push(2) {
		t.Fatal("the death of the process would lose nothing, so replies may leave")
	}
	for range 50 {
		r.clk.Advance(time.Second)
		r.w.Cron()
	}
	r.w.syncRound()
	if r.w.Durable() != durable || r.w.Err() == nil {
		t.Fatalf("durable moved from %d to %d after a failed sync, Err = %v", durable, r.w.Durable(), r.w.Err())
	}
	r.w.Configure(Settings{Policy: Always})
	r.push(1)
	r.await() // reads must go on
	r.w.Configure(Settings{})
	must(t, r.rewrite())
	if r.w.Err() != nil || r.w.NeedsRewrite() {
		t.Fatalf("a rewrite did not heal: %v", r.w.Err())
	}
	r.until("sync", func() bool { return r.w.Durable() == r.log.End() })
}

func TestAlwaysIsFatal(t *testing.T) {
	for _, kind := range []vfs.OpKind{vfs.OpWrite, vfs.OpSync} {
		mem, x := vfs.NewMem(), &faults{}
		r := newRig(t, vfs.NewFaulty(mem, x.inject), Settings{Policy: Always}, nil)
		r.push(3)
		r.await()
		safe := r.w.Safe()
		once := atomic.Bool{}
		x.set(func(op vfs.Op) vfs.Fault { // fails once and then "works"
			if onIncr(op, kind) && once.CompareAndSwap(false, true) {
				return vfs.Fault{Err: syscall.EIO}
			}
			return vfs.Fault{}
		})
		if r.push(1) {
			t.Fatal("a reply left before its effect was durable")
		}
		r.until("death", func() bool { return r.fatal.Load() > 0 })
		for range 20 {
			r.clk.Advance(time.Second)
			r.w.Cron()
			r.w.commitRound()
			if r.push(1) || r.w.Safe() != safe {
				t.Fatalf("after a failed %v something became safe", kind)
			}
		}
		if r.fatal.Load() != 1 || r.j.has("Exiting...") != 1 {
			t.Fatalf("died %d times\n%s", r.fatal.Load(), r.j.String())
		}
	}
}

// TestStalledSync holds a sync up: with everysec nobody waits for it, and it is counted.
func TestStalledSync(t *testing.T) {
	mem, x := vfs.NewMem(), &faults{}
	r := newRig(t, vfs.NewFaulty(mem, x.inject), Settings{}, nil)
	stall, entered := make(chan struct{}), make(chan struct{})
	var once sync.Once
	x.set(func(op vfs.Op) vfs.Fault {
		if onIncr(op, vfs.OpSync) {
			once.Do(func() { close(entered) })
			<-stall
		}
		return vfs.Fault{}
	})
	r.push(1)
	r.clk.Advance(time.Second)
	r.w.Cron()
	<-entered
	for range 10 {
		r.push(1)
		r.await() // written by the committer while the disk is slow
		r.clk.Advance(time.Second)
		r.w.Cron()
	}
	info := r.w.Info()
	if info.DelayedSyncs < 5 || info.PendingSyncs != 1 || r.j.has("Asynchronous AOF fsync is taking too long") != 1 {
		t.Errorf("info %+v\n%s", info, r.j.String())
	}
	close(stall)
	r.until("sync", func() bool { return r.w.Durable() == r.log.End() })
}

// TestManyLoops has loops append and flush at once, with all that can happen between, and
// checks that every reply that left was in the file, and that all replies leave.
func TestManyLoops(t *testing.T) {
	for name, policy := range map[string]Policy{"everysec": EverySecond, "always": Always} {
		t.Run(name, func(t *testing.T) {
			const loops, ticks = 6, 400
			mem := vfs.NewMem()
			log := feed.New(0)
			var j journal
			wakeUp := make([]chan struct{}, loops)
			for i := range wakeUp {
				wakeUp[i] = make(chan struct{}, 1)
			}
			w := NewWriter(Options{
				Config: config(mem, &j), Settings: Settings{Policy: policy}, Log: log, Clock: clock.NewManual(1e12),
				OnSafe: func() {
					for _, c := range wakeUp {
						request(c)
					}
				},
			}, &Manifest{})
			must(t, w.Start(LoadResult{}, true, func(out io.Writer) error { _, err := out.Write(snapshot(0)); return err }))
			var wg sync.WaitGroup
			for i := range loops {
				wg.Go(func() {
					for range ticks {
						end := log.Append(i, command("SET", "key", strings.Repeat("v", 50)))
						for !w.Flush(end) {
							<-wakeUp[i]
						}
						if w.Written() < end || policy == Always && w.Durable() < end {
							t.Errorf("a reply at %d left before its time", end)
						}
					}
				})
			}
			wg.Go(func() {
				for range 5 {
					rw, err := w.BeginRewrite(true)
					if err != nil {
						t.Error(err)
						return
					}
					rw.Cut()
					if _, err := rw.Write(snapshot(0)); err != nil {
						t.Error(err)
					}
					if err := rw.Commit(); err != nil {
						t.Error(err)
					}
				}
			})
			wg.Wait()
			must(t, w.Close())
		})
	}
}

func TestRewriteLimit(t *testing.T) {
	r := newRig(t, vfs.NewMem(), Settings{}, nil)
	fail := func() {
		rw, err := r.w.BeginRewrite(true)
		must(t, err)
		rw.Abort(true)
	}
	for range 3 {
		if r.w.RewriteLimited() {
			t.Fatal("limited before three failures")
		}
		fail()
	}
	for _, minutes := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		if !r.w.RewriteLimited() {
			t.Fatalf("not limited before the pause of %d minutes", minutes)
		}
		r.clk.Advance(time.Duration(minutes)*time.Minute - time.Second)
		if !r.w.RewriteLimited() {
			t.Fatalf("the pause of %d minutes was too short", minutes)
		}
		r.clk.Advance(time.Second)
		if r.w.RewriteLimited() {
			t.Fatalf("the pause of %d minutes was too long", minutes)
		}
		fail()
	}
	r.w.ForgetFailures()
	if r.w.RewriteLimited() {
		t.Fatal("limited after the failures were forgotten")
	}
}

func TestFlushDoesNotAllocate(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks of this build allocate")
	}
	r := newRig(t, vfs.OS(t.TempDir()), Settings{}, nil)
	unit := command("SET", "k", strings.Repeat("v", 100))
	r.log.Append(0, unit)
	r.w.Flush(r.log.End())
	if n := testing.AllocsPerRun(1000, func() {
		r.log.Append(0, unit)
		r.w.Flush(r.log.End())
	}); n != 0 {
		t.Fatalf("%v allocations per flush", n)
	}
}

// BenchmarkFlush is a tick of one loop with one effect; with "write" as the floor.
func BenchmarkFlush(b *testing.B) {
	unit := command("SET", "key:000000000001", strings.Repeat("v", 64))
	b.Run("flush", func(b *testing.B) {
		var j journal
		log := feed.New(0)
		w := NewWriter(Options{Config: config(vfs.OS(b.TempDir()), &j), Log: log, Clock: clock.Real}, &Manifest{})
		if err := w.Start(LoadResult{}, false, func(io.Writer) error { return nil }); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			w.Flush(log.Append(0, unit))
		}
		_ = w.Close()
	})
	b.Run("write", func(b *testing.B) {
		f, err := vfs.Create(vfs.OS(b.TempDir()), "f", 0o644)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := f.Write(unit); err != nil {
				b.Fatal(err)
			}
		}
		_ = f.Close()
	})
}
