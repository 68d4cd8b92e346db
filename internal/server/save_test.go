package server

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/netio"
	"sigrun/internal/rng"
	"sigrun/internal/testkit"
	"sigrun/internal/value"
	"sigrun/internal/vfs"
)

// startOn starts a server without sockets whose files are in fsys. Settings are
// names and values in turn.
func startOn(t *testing.T, fsys vfs.FS, clk clock.Clock, settings ...string) *Server {
	t.Helper()
	cfg := config.New(config.Options{FS: config.Files(fsys), WorkDir: "/", Version: "9.1.2"})
	settings = append([]string{"port", "0", "save", "", "io-threads", "4", "enable-debug-command", "yes"}, settings...)
	for i := 0; i < len(settings); i += 2 {
		id, known := config.Lookup(settings[i])
		if !known {
			t.Fatalf("no setting %q", settings[i])
		}
		testkit.NoError(t, cfg.Assign(id, settings[i+1]))
	}
	s, err := Start(Options{Config: cfg, FS: fsys, Clock: clk, Driver: netio.DriverNet})
	testkit.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// client is a new client of s.
func client(t *testing.T, s *Server) *testkit.Client {
	t.Helper()
	ours, theirs := net.Pipe()
	testkit.NoError(t, s.Attach(theirs))
	c := testkit.NewClient(t, ours)
	t.Cleanup(c.Close)
	return c
}

func digest(c *testkit.Client) string { return c.MustDo("DEBUG", "DIGEST").Text }

// until waits for what happens in the background.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	testkit.Eventually(t, 30*time.Second, cond, what)
}

func idle(s *Server) func() bool {
	return func() bool { i := s.persist.Info(); return !i.SnapshotRunning && !i.RewriteRunning }
}

// fillKeys stores n keys of a hundred bytes.
func fillKeys(c *testkit.Client, n int) {
	batch := make([][]string, n)
	for i := range batch {
		batch[i] = []string{"SET", fmt.Sprintf("fill:%d", i), strings.Repeat("x", 100)}
	}
	c.Pipeline(batch...)
}

// change sends a batch of changes to a few keys that all clients share. Most of
// them would show if they were applied twice or not at all.
func change(c *testkit.Client, r *rng.Source) {
	batch := make([][]string, 50)
	for i := range batch {
		key := fmt.Sprintf("k%d", r.Uint64n(300))
		switch r.Uint64n(12) {
		case 0:
			batch[i] = []string{"DEL", key}
		case 1:
			batch[i] = []string{"RENAME", key, fmt.Sprintf("k%d", r.Uint64n(300))}
		case 2, 3, 4:
			batch[i] = []string{"APPEND", key, "12"}
		case 5:
			batch[i] = []string{"SETRANGE", key, "3", "77"}
		case 6:
			batch[i] = []string{"MOVE", key, "1"}
		case 7:
			batch[i] = []string{"MSET", key, "1", fmt.Sprintf("k%d", r.Uint64n(300)), "2"}
		default:
			batch[i] = []string{"INCR", key}
		}
	}
	c.Pipeline(batch...)
}

// writers has n clients change data until stop is called.
func writers(t *testing.T, s *Server, n int) (stop func()) {
	var done atomic.Bool
	var all sync.WaitGroup
	for i := range n {
		c, r := client(t, s), rng.New(uint64(i))
		all.Go(func() {
			for !done.Load() {
				change(c, r)
			}
		})
	}
	return func() { done.Store(true); all.Wait() }
}

// content is all data as SELECT-ed databases of keys and values.
func content(s *Server) map[string]string {
	all := map[string]string{}
	g := s.ks.NewGate()
	defer s.ks.DropGate(g)
	g.Enter()
	defer g.Leave()
	tx := s.ks.NewTxn(g, nil)
	tx.EnterAll()
	defer tx.Leave()
	for db := range s.ks.Databases() {
		tx.Select(db)
		tx.Each(func(o value.Object) { all[fmt.Sprintf("%d/%s", db, o.Rec.Key())] = string(o.AppendString(nil)) })
	}
	return all
}

// TestSnapshotIsThePrefixOfTheLog saves snapshots while clients write on all
// loops. Each has to hold what replaying the log up to the offset of its cut
// gives: no effect less, none more, none twice.
func TestSnapshotIsThePrefixOfTheLog(t *testing.T) {
	fsys := vfs.NewMem()
	s := startOn(t, fsys, nil, "appendonly", "yes", "appendfsync", "no", "auto-aof-rewrite-percentage", "0", "rdbcompression", "no")
	fillKeys(client(t, s), 2000)
	stop := writers(t, s, 6)
	defer stop()
	for range 5 {
		log := logAtCut(t, s)
		until(t, "the snapshot", idle(s))
		rdb, err := vfs.ReadFile(fsys, "/dump.rdb")
		testkit.NoError(t, err)

		ofRDB, ofLog := vfs.NewMem(), vfs.NewMem()
		testkit.NoError(t, vfs.WriteFileAtomic(ofRDB, "/dump.rdb", rdb, 0o600))
		testkit.NoError(t, ofLog.MkdirAll("/appendonlydir", 0o700))
		testkit.NoError(t, vfs.WriteFileAtomic(ofLog, "/appendonlydir/a.1.incr.aof", log, 0o600))
		testkit.NoError(t, vfs.WriteFileAtomic(ofLog, "/appendonlydir/appendonly.aof.manifest", []byte("file a.1.incr.aof seq 1 type i\n"), 0o600))
		got, want := content(startOn(t, ofRDB, nil)), content(startOn(t, ofLog, nil, "appendonly", "yes", "aof-load-truncated", "no"))
		if len(want) < 2000 || !maps.Equal(got, want) {
			t.Fatalf("the snapshot has %d keys, the log gives %d, or they differ", len(got), len(want))
		}
	}
}

// logAtCut starts a snapshot and returns the log up to its cut.
func logAtCut(t *testing.T, s *Server) []byte {
	t.Helper()
	g := s.ks.NewGate()
	defer s.ks.DropGate(g)
	g.Enter()
	tx := s.ks.NewTxn(g, nil)
	tx.EnterAll()
	err := s.persist.StartSave(tx)
	end := s.log.End()
	tx.Leave()
	g.Leave()
	testkit.NoError(t, err)
	until(t, "the log on disk", func() bool { s.persist.AOF.Flush(end); return logSize(s) >= int64(end) })
	all, err := vfs.ReadFile(s.FS, "/appendonlydir/appendonly.aof.1.incr.aof")
	testkit.NoError(t, err)
	return all[:end]
}

// logSize is how long the first increment is.
func logSize(s *Server) int64 {
	i, err := s.FS.Stat("/appendonlydir/appendonly.aof.1.incr.aof")
	if err != nil {
		return -1
	}
	return i.Size()
}

// TestRewritesUnderLoad rewrites the log while clients write on all loops. What
// the files then hold, base and increment, has to be the data.
func TestRewritesUnderLoad(t *testing.T) {
	for _, preamble := range []string{"yes", "no"} {
		t.Run("preamble "+preamble, func(t *testing.T) {
			fsys := vfs.NewMem()
			settings := []string{"appendonly", "yes", "appendfsync", "no", "aof-use-rdb-preamble", preamble, "aof-checksum", "yes"}
			s := startOn(t, fsys, nil, settings...)
			c := client(t, s)
			fillKeys(c, 2000)
			stop := writers(t, s, 6)
			for range 4 {
				c.MustDo("BGREWRITEAOF")
				until(t, "the rewrite", idle(s))
			}
			stop()
			want := digest(c)
			testkit.NoError(t, s.Close())
			if got := digest(client(t, startOn(t, fsys, nil, settings...))); got != want {
				t.Errorf("the files give %s, want %s", got, want)
			}
		})
	}
}

// TestCloseDuringRewrite ends a server in the middle of a rewrite, which must
// not make the half that is written the base.
func TestCloseDuringRewrite(t *testing.T) {
	fsys := vfs.NewMem()
	settings := []string{"appendonly", "yes"}
	s := startOn(t, fsys, nil, settings...)
	c := client(t, s)
	fillKeys(c, 5000)
	want := digest(c)
	c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "50000")
	c.MustDo("BGREWRITEAOF")
	until(t, "a rewrite under way", func() bool { return s.persist.Info().KeysSaved > 0 })
	testkit.NoError(t, s.Close())
	if got := digest(client(t, startOn(t, fsys, nil, settings...))); got != want {
		t.Errorf("the files give %s, want %s", got, want)
	}
}

func TestCancelSave(t *testing.T) {
	fsys := vfs.NewMem()
	s := startOn(t, fsys, nil)
	c := client(t, s)
	c.MustDo("SET", "old", "1")
	c.MustDo("SAVE")
	before, err := vfs.ReadFile(fsys, "/dump.rdb")
	testkit.NoError(t, err)
	fillKeys(c, 5000)
	c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "50000")
	c.MustDo("BGSAVE")
	until(t, "a save under way", func() bool { return s.persist.Info().KeysSaved > 0 })
	if r := c.Do("BGSAVE"); r.Text != "ERR Background save already in progress" {
		t.Errorf("a second save is answered with %v", r)
	}
	c.MustDo("BGSAVE", "CANCEL")
	until(t, "the end of the save", idle(s))
	after, err := vfs.ReadFile(fsys, "/dump.rdb")
	testkit.NoError(t, err)
	if string(before) != string(after) {
		t.Error("a save that was cancelled replaced the file")
	}
	if left, err := vfs.Glob(fsys, "/temp-*"); err != nil || len(left) > 0 {
		t.Errorf("a save that was cancelled left %v, %v", left, err)
	}
	until(t, "5000 changes that are not saved", func() bool { return s.persist.Info().Dirty == 5000 })
	c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "0")
	c.MustDo("SAVE")
	if got, want := content(startOn(t, fsys, nil)), content(s); !maps.Equal(got, want) {
		t.Errorf("the file has %d keys, want %d", len(got), len(want))
	}
}

// TestSaveOnBadDisk has each operation of a save fail in turn. The old file has
// to stay, the next save has to work.
func TestSaveOnBadDisk(t *testing.T) {
	var bad atomic.Int32
	mem := vfs.NewMem()
	fsys := vfs.NewFaulty(mem, func(op vfs.Op) (f vfs.Fault) {
		if int32(op.Kind) == bad.Load() && (strings.Contains(op.Path, "temp-") || strings.Contains(op.Path, "dump")) {
			f = vfs.Fault{Err: syscall.ENOSPC, Short: op.Size / 2}
		}
		return f
	})
	bad.Store(-1)
	clk := clock.NewManual(1_700_000_000_000_000)
	s := startOn(t, fsys, clk, "save", "900 100")
	c := client(t, s)
	fillKeys(c, 10)
	c.MustDo("SAVE")
	for _, kind := range []vfs.OpKind{vfs.OpOpen, vfs.OpWrite, vfs.OpSync, vfs.OpRename} {
		before, err := vfs.ReadFile(mem, "/dump.rdb")
		testkit.NoError(t, err)
		bad.Store(int32(kind))
		c.MustDo("SET", "k", kind.String())
		if r := c.Do("SAVE"); !r.IsError() {
			t.Errorf("SAVE with a failing %s: %v", kind, r)
		}
		after, err := vfs.ReadFile(mem, "/dump.rdb")
		testkit.NoError(t, err)
		if string(before) != string(after) {
			t.Errorf("a failing %s changed the file", kind)
		}
		c.MustDo("SET", "x", "1") // who saves in the foreground knows
		c.MustDo("BGSAVE")
		until(t, "writes to be refused", func() bool { return strings.HasPrefix(c.Do("SET", "x", "1").Text, "MISCONF") })
		bad.Store(-1)
		c.MustDo("SAVE")
		until(t, "writes to be taken", func() bool { return !c.Do("SET", "x", "1").IsError() })
		if got, want := content(startOn(t, mem.Clone(), nil)), content(s); len(got) != len(want) && len(got)+1 != len(want) {
			t.Errorf("after a failing %s the file has %d keys, want %d", kind, len(got), len(want))
		}
	}
}

// TestSavePointOfOneChange: a change counts even if no other command follows it.
func TestSavePointOfOneChange(t *testing.T) {
	clk := clock.NewManual(1_700_000_000_000_000)
	s := startOn(t, vfs.NewMem(), clk, "save", "60 1")
	client(t, s).MustDo("SET", "k", "v")
	clk.Advance(62 * time.Second)
	until(t, "the save", func() bool { return s.persist.Info().Saves == 1 && s.persist.Info().Dirty == 0 })
}

// TestSavePoints goes by a clock that stands still unless it is moved.
func TestSavePoints(t *testing.T) {
	var broken atomic.Bool
	fsys := vfs.NewFaulty(vfs.NewMem(), func(op vfs.Op) (f vfs.Fault) {
		if broken.Load() && op.Kind == vfs.OpWrite {
			f.Err = errors.New("no")
		}
		return f
	})
	clk := clock.NewManual(1_700_000_000_000_000)
	s := startOn(t, fsys, clk, "save", "60 5", "stop-writes-on-bgsave-error", "no")
	c := client(t, s)
	saves := func() int64 { return s.persist.Info().Saves }
	dirty := func(n int64) {
		t.Helper()
		c.MustDo("INFO") // commands that are not brief have earlier changes counted
		if got := s.persist.Info().Dirty; got != n {
			t.Errorf("%d changes are counted, want %d", got, n)
		}
	}
	rounds := func() { // whatever is due now has begun and ended afterwards
		s.persist.Cron()
		until(t, "the save", idle(s))
	}
	fillKeys(c, 4)
	dirty(4)
	clk.Advance(time.Hour)
	if rounds(); saves() != 0 {
		t.Error("4 changes are saved, a save point wants 5")
	}
	c.MustDo("SAVE")
	dirty(0)
	fillKeys(c, 5)
	dirty(5)
	clk.Advance(60 * time.Second)
	if rounds(); saves() != 1 {
		t.Error("5 changes are saved before 60 seconds are over")
	}
	broken.Store(true)
	clk.Advance(time.Second)
	if rounds(); saves() != 2 || s.persist.Info().LastOK {
		t.Errorf("after 61 seconds there are %d saves, want 2 of which the last failed", saves())
	}
	broken.Store(false)
	clk.Advance(5 * time.Second)
	if rounds(); saves() != 2 {
		t.Error("a save that failed is tried again within 5 seconds")
	}
	clk.Advance(time.Second)
	if rounds(); saves() != 3 || !s.persist.Info().LastOK || s.persist.Info().Dirty != 0 {
		t.Errorf("a save that failed is not made up for: %+v", s.persist.Info())
	}
}

// TestFlushAllReplacesSnapshot: what FLUSHALL deleted does not come back with a
// restart, if there are save points.
func TestFlushAllReplacesSnapshot(t *testing.T) {
	fsys := vfs.NewMem()
	s := startOn(t, fsys, clock.Real, "save", "3600 1000000")
	c := client(t, s)
	c.MustDo("SET", "k", "v")
	c.MustDo("SAVE")
	before := s.persist.Info().Saves
	c.MustDo("FLUSHALL")
	until(t, "another snapshot", func() bool { return idle(s)() && s.persist.Info().Saves > before })
	c.MustDo("INFO")
	if n := s.persist.Info().Dirty; n != 0 {
		t.Errorf("%d changes are not saved", n)
	}
	c.Close()
	testkit.NoError(t, s.Close())
	if n := client(t, startOn(t, fsys, clock.Real)).MustDo("DBSIZE").Int(); n != 0 {
		t.Errorf("%d keys came back", n)
	}
}
