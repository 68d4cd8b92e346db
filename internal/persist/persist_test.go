package persist

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/feed"
	"sigrun/internal/keyspace"
	"sigrun/internal/snapshot"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// rig is a Manager with a keyspace and without a server.
type rig struct {
	*Manager
	t     *testing.T
	gate  *keyspace.Gate
	tx    *keyspace.Txn
	dirty atomic.Int64

	mu  sync.Mutex
	log []string
}

// newRig returns a rig whose files are in fsys. Settings are names and values in
// turn.
func newRig(t *testing.T, fsys vfs.FS, settings ...string) *rig {
	t.Helper()
	clk := clock.NewManual(1_700_000_000_000_000)
	ks, err := keyspace.New(keyspace.Options{Databases: 2, Shards: 8, Clock: clk})
	testkit.NoError(t, err)
	cfg := config.New(config.Options{FS: config.Files(fsys), WorkDir: "/", Version: "9.1.2"})
	for i := 0; i < len(settings); i += 2 {
		id, ok := config.Lookup(settings[i])
		if !ok {
			t.Fatalf("no setting %q", settings[i])
		}
		testkit.NoError(t, cfg.Assign(id, settings[i+1]))
	}
	r := &rig{t: t, gate: ks.NewGate()}
	r.tx = ks.NewTxn(r.gate, nil)
	none := func() {}
	r.Manager = New(Options{
		Keyspace: ks, Config: cfg, FS: fsys, Log: feed.New(0), Clock: clk, Version: "9.1.2", PID: 7,
		Dirty: &r.dirty, Settle: none, Logf: r.logf, Selected: none,
		Apply: func([][]byte) error { return nil }, Safe: func(uint64) {}, Durable: none, Fatal: none, Trouble: func(uint64) {},
	})
	t.Cleanup(func() {
		if r.AOF != nil {
			testkit.NoError(t, r.Close())
		}
		testkit.NoError(t, ks.Close())
	})
	return r
}

func (r *rig) logf(_ Level, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

// logged reports whether a line of the log holds text.
func (r *rig) logged(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Contains(strings.Join(r.log, "\n"), text)
}

// do calls f with all shards entered.
func (r *rig) do(f func()) {
	r.gate.Enter()
	defer r.gate.Leave()
	r.tx.EnterAll()
	defer r.tx.Leave()
	f()
}

func (r *rig) fill(n int) {
	r.do(func() {
		for i := range n {
			r.tx.Set(keyspace.KeyOf(fmt.Appendf(nil, "k%d", i)), fmt.Appendf(nil, "v%d", i), keyspace.NoExpiry)
		}
	})
	r.dirty.Add(int64(n))
}

func (r *rig) len() (n int) {
	r.do(func() { n = r.tx.Len() })
	return n
}

func (r *rig) startSave() (err error) {
	r.do(func() { err = r.StartSave(r.tx) })
	return err
}

func (r *rig) save() error {
	r.gate.Enter()
	defer r.gate.Leave()
	return r.Save(r.tx)
}

func (r *rig) until(what string, cond func() bool) {
	r.t.Helper()
	testkit.Eventually(r.t, 30*time.Second, cond, what)
}

func (r *rig) idle() bool {
	r.Manager.mu.Lock()
	defer r.Manager.mu.Unlock()
	return r.job == idle
}

// stuck is a file system on which operations of a kind with a path that holds part
// wait until they are let go on.
type stuck struct {
	vfs.FS
	waits chan struct{} // has one when an operation waits
	goOn  chan struct{}
}

func newStuck(mem vfs.FS, kind vfs.OpKind, part string) *stuck {
	s := &stuck{waits: make(chan struct{}, 1), goOn: make(chan struct{})}
	s.FS = vfs.NewFaulty(mem, func(op vfs.Op) (f vfs.Fault) {
		if op.Kind == kind && strings.Contains(op.Path, part) {
			select {
			case s.waits <- struct{}{}:
			default:
			}
			<-s.goOn
		}
		return f
	})
	return s
}

// TestOneJobAtATime has each job under way while all others are asked for.
func TestOneJobAtATime(t *testing.T) {
	type answers struct{ save, background, load error }
	ask := func(r *rig) (a answers) {
		a.save, a.background = r.save(), r.startSave()
		if a.load = r.claim(); a.load == nil {
			r.unclaim()
		}
		return a
	}
	for _, c := range []struct {
		name  string
		part  string // of the path of the file whose write waits
		start func(r *rig) error
		want  answers
	}{
		{"save", "temp-", (*rig).startSave, answers{ErrSaving, ErrSaving, ErrSaving}},
		{"rewrite", "rewrite", func(r *rig) error { _, err := r.StartRewrite(); return err }, answers{ErrBusy, ErrBusy, ErrBusy}},
		{"load", "-", func(r *rig) error { return r.claim() }, answers{ErrLoading, ErrLoading, ErrLoading}},
	} {
		t.Run(c.name, func(t *testing.T) {
			disk := newStuck(vfs.NewMem(), vfs.OpWrite, c.part)
			r := newRig(t, disk)
			testkit.NoError(t, r.Open())
			r.fill(100)
			testkit.NoError(t, c.start(r))
			if c.name != "load" {
				<-disk.waits
			}
			if got := ask(r); got != c.want {
				t.Errorf("during a %s: %v, want %v", c.name, got, c.want)
			}
			scheduled, err := r.StartRewrite()
			if c.name == "rewrite" && err != ErrRewriting || c.name != "rewrite" && !scheduled {
				t.Errorf("a rewrite during a %s: %v, %v", c.name, scheduled, err)
			}
			r.Schedule()
			saves := r.Info().Saves
			if r.Cron(); r.Info().Saves != saves {
				t.Errorf("a scheduled save has begun during a %s", c.name)
			}
			close(disk.goOn)
			if c.name == "load" {
				r.unclaim()
			}
			r.until("all jobs", func() bool {
				r.Cron()
				return r.Quiet() && r.Info().Saves > saves && r.idle()
			})
			if r.Info().Dirty != 0 || !r.Info().LastOK {
				t.Errorf("after all jobs: %+v", r.Info())
			}
		})
	}
}

// TestDamagedSnapshot: the error names file and offset, and so does the log.
func TestDamagedSnapshot(t *testing.T) {
	mem := vfs.NewMem()
	r := newRig(t, mem)
	testkit.NoError(t, r.Open())
	r.fill(1000)
	testkit.NoError(t, r.save())
	sound, err := vfs.ReadFile(mem, "/dump.rdb")
	testkit.NoError(t, err)
	flipped := append([]byte(nil), sound...)
	flipped[len(flipped)/2] ^= 0x55
	for _, c := range []struct {
		name string
		file []byte
	}{
		{"empty", nil},
		{"head", sound[:5]},
		{"cut", sound[:len(sound)/2]},
		{"checksum", flipped},
		{"not one", []byte("this is no snapshot at all")},
	} {
		fsys := vfs.NewMem()
		testkit.NoError(t, vfs.WriteFileAtomic(fsys, "/dump.rdb", c.file, 0o600))
		bad := newRig(t, fsys)
		err := bad.Open()
		var load *snapshot.LoadError
		if !errors.As(err, &load) || load.Path != "/dump.rdb" {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !strings.Contains(err.Error(), "at offset ") || !bad.logged("/dump.rdb") || !bad.logged("at offset ") {
			t.Errorf("%s: the offset is missing in %q, log %q", c.name, err, bad.log)
		}
	}
	again := newRig(t, mem)
	testkit.NoError(t, again.Open())
	if n := again.len(); n != 1000 {
		t.Errorf("%d keys of a sound file", n)
	}
}

// TestUnreadableSnapshot: an error of the disk is told with its reason.
func TestUnreadableSnapshot(t *testing.T) {
	for _, kind := range []vfs.OpKind{vfs.OpOpen, vfs.OpRead} {
		mem := vfs.NewMem()
		testkit.NoError(t, vfs.WriteFileAtomic(mem, "/dump.rdb", []byte("VALKEY080"), 0o600))
		r := newRig(t, vfs.NewFaulty(mem, func(op vfs.Op) (f vfs.Fault) {
			if op.Kind == kind && strings.HasSuffix(op.Path, "dump.rdb") {
				f.Err = syscall.EIO
			}
			return f
		}))
		if err := r.Open(); !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "/dump.rdb") || !r.logged("/dump.rdb") {
			t.Errorf("%s fails: %v, log %q", kind, err, r.log)
		}
	}
}

// TestReload: the data are forgotten and come back; with noSave they are those of
// the file.
func TestReload(t *testing.T) {
	r := newRig(t, vfs.NewMem(), "appendonly", "yes")
	testkit.NoError(t, r.Open())
	reload := func(noSave, noFlush bool) error {
		r.gate.Enter()
		defer r.gate.Leave()
		return r.Reload(r.tx, noSave, noFlush)
	}
	r.fill(10)
	testkit.NoError(t, reload(false, false))
	if n := r.len(); n != 10 {
		t.Errorf("%d keys after a reload", n)
	}
	r.fill(20)
	testkit.NoError(t, reload(true, false))
	if n := r.len(); n != 10 {
		t.Errorf("%d keys of the file", n)
	}
	testkit.NoError(t, r.FS.Remove("/dump.rdb"))
	if err := reload(true, false); err == nil || !strings.Contains(err.Error(), "/dump.rdb") || r.len() != 10 {
		t.Errorf("a reload without a file: %v, %d keys", err, r.len())
	}
	if r.AOF.State() != aof.On || !r.idle() {
		t.Error("the manager is not what it was")
	}
}

// TestStopJobs ends a save under way and forgets what is scheduled.
func TestStopJobs(t *testing.T) {
	mem := vfs.NewMem()
	disk := newStuck(mem, vfs.OpWrite, "temp-")
	r := newRig(t, disk)
	testkit.NoError(t, r.Open())
	r.fill(100)
	testkit.NoError(t, r.startSave())
	<-disk.waits
	r.ScheduleRewrite()
	stopped := make(chan struct{})
	go func() {
		r.StopJobs()
		close(stopped)
	}()
	r.until("the save to be cancelled", r.isCancelled)
	close(disk.goOn)
	<-stopped
	if i := r.Info(); i.Saving || i.RewriteWaits || i.Dirty != 100 || !i.LastOK {
		t.Errorf("after all: %+v", i)
	}
	if _, err := mem.Stat("/dump.rdb"); err == nil {
		t.Error("a save that was cancelled has left a file")
	}
}

// TestSweepTemp: the files of processes that have been killed go, others stay.
func TestSweepTemp(t *testing.T) {
	fsys := vfs.NewMem()
	names := map[string]bool{ // and whether they stay
		"temp-7.rdb": false, "temp-8.rdb": false, "temp-9.rdb": true,
		"temp-x.rdb": true, "temp-08.rdb": true, "temp-8.rdb.old": true, "dump.rdb.8": true,
	}
	for name := range names {
		testkit.NoError(t, vfs.WriteFileAtomic(fsys, "/"+name, []byte("x"), 0o600))
	}
	r := newRig(t, fsys)
	r.Alive = func(pid int) bool { return pid == 9 }
	r.sweepTemp()
	for name, stays := range names {
		if _, err := fsys.Stat("/" + name); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFailuresAreTold wants the lines that tools look for, and that a failed save
// in the foreground, of which its client is told, refuses no writes.
func TestFailuresAreTold(t *testing.T) {
	for op, want := range map[vfs.OpKind]string{
		vfs.OpOpen:   "Failed opening the temp RDB file temp-7.rdb (in server root dir /) for saving: Input/output error",
		vfs.OpWrite:  "Write error while saving DB to the disk(write): Input/output error",
		vfs.OpSync:   "Write error while saving DB to the disk(fdatasync): Input/output error",
		vfs.OpRename: "Error moving temp DB file temp-7.rdb on the final destination dump.rdb (in server root dir /): Input/output error",
	} {
		r := newRig(t, vfs.NewFaulty(vfs.NewMem(), func(o vfs.Op) (f vfs.Fault) {
			if o.Kind == op && (op == vfs.OpRename || strings.Contains(o.Path, "temp-")) {
				f.Err = syscall.EIO
			}
			return f
		}), "save", "1 1")
		r.gate.Enter()
		err := r.Save(r.tx)
		r.gate.Leave()
		r.mu.Lock()
		if err == nil || !strings.Contains(strings.Join(r.log, "\n"), want) {
			t.Errorf("%v: %v\n%s", op, err, strings.Join(r.log, "\n"))
		}
		r.mu.Unlock()
		if r.SaveBroken() {
			t.Errorf("%v: writes are refused", op)
		}
	}
}

// TestIncrementalSync: a file is synced as it grows, if that is wanted.
func TestIncrementalSync(t *testing.T) {
	for setting, want := range map[string]bool{"yes": true, "no": false} {
		var syncs atomic.Int32
		r := newRig(t, vfs.NewFaulty(vfs.NewMem(), func(o vfs.Op) (f vfs.Fault) {
			if o.Kind == vfs.OpSync && strings.Contains(o.Path, "temp-") {
				syncs.Add(1)
			}
			return f
		}), "rdb-save-incremental-fsync", setting, "rdbcompression", "no")
		r.gate.Enter()
		r.tx.EnterAll()
		for i := range 3 {
			r.tx.Set(keyspace.KeyOf(fmt.Append(nil, i)), make([]byte, syncEvery), keyspace.NoExpiry)
		}
		r.tx.Leave()
		testkit.NoError(t, r.Save(r.tx))
		r.gate.Leave()
		if n := syncs.Load(); want != (n > 2) || n == 0 {
			t.Errorf("%s: %d syncs", setting, n)
		}
	}
}
