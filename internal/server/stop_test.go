package server

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/admin/persists"
	"sigrun/internal/clock"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// TestReload reloads snapshot and log again and again while clients write and
// others want all shards. A client that has an answer finds its write.
func TestReload(t *testing.T) {
	s := startOn(t, vfs.NewMem(), clock.Real, "appendonly", "yes", "appendfsync", "always")
	var stop atomic.Bool
	var busy sync.WaitGroup
	for i := range 3 {
		c := client(t, s)
		busy.Go(func() {
			for n := 0; !stop.Load(); n++ {
				key := fmt.Sprintf("w%d:%d", i, n%100)
				c.MustDo("SET", key, fmt.Sprint(n))
				if got := c.MustDo("GET", key).Text; got != fmt.Sprint(n) {
					t.Errorf("%s is %s after %d was set", key, got, n)
					return
				}
			}
		})
	}
	all := client(t, s)
	busy.Go(func() {
		for !stop.Load() {
			all.MustDo("DBSIZE")
			all.MustDo("CLIENT", "LIST")
		}
	})
	c := client(t, s)
	for range 20 {
		c.MustDo("DEBUG", "RELOAD")
		c.MustDo("DEBUG", "LOADAOF")
	}
	stop.Store(true)
	busy.Wait()
	before := digest(c)
	c.MustDo("DEBUG", "LOADAOF")
	if after := digest(c); after != before {
		t.Error("the log does not hold what the keyspace does")
	}
}

// TestReloadDropsWhatHasExpired: a snapshot that is loaded again leaves out what has
// expired, the log that is loaded again has it until it is asked for, as in Valkey.
func TestReloadDropsWhatHasExpired(t *testing.T) {
	clk := clock.NewManual(1_700_000_000_000_000)
	c := client(t, startOn(t, vfs.NewMem(), clk, "appendonly", "yes"))
	c.MustDo("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	c.MustDo("SET", "k", "v", "PX", "1")
	c.MustDo("HSET", "h", "a", "1", "b", "2")
	c.MustDo("HPEXPIRE", "h", "1", "FIELDS", "1", "a")
	clk.Advance(time.Second)
	want := func(keys, fields int64) {
		t.Helper()
		if n := c.MustDo("DBSIZE").Int(); n != keys {
			t.Errorf("%d keys, want %d", n, keys)
		}
		if n := c.MustDo("HLEN", "h").Int(); n != fields {
			t.Errorf("%d fields, want %d", n, fields)
		}
	}
	want(2, 2)
	c.MustDo("DEBUG", "RELOAD")
	want(1, 1)
	c.MustDo("DEBUG", "LOADAOF")
	want(2, 2)
	if r := c.MustDo("EXISTS", "k"); r.Int() != 0 {
		t.Error("an expired key is found")
	}
	want(1, 2)
}

// TestReloadWithoutFile: what is not there is not loaded, and nothing is lost.
func TestReloadWithoutFile(t *testing.T) {
	c := client(t, startOn(t, vfs.NewMem(), clock.Real))
	c.MustDo("SET", "k", "v")
	if r := c.Do("DEBUG", "RELOAD", "NOSAVE"); !r.IsError() {
		t.Errorf("RELOAD NOSAVE without a file answers %v", r)
	}
	if got := c.MustDo("GET", "k").Text; got != "v" {
		t.Errorf("k is %q", got)
	}
}

// TestShutdownTwice: of two shutdowns at once one saves and stops the server.
func TestShutdownTwice(t *testing.T) {
	fsys := vfs.NewMem()
	s := startOn(t, fsys, clock.Real, "save", "3600 1000000")
	c := client(t, s)
	fillKeys(c, 20_000)
	var ended atomic.Int32
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if s.Shutdown(persists.ShutdownOptions{}) == nil {
				ended.Add(1)
			}
		})
	}
	both.Wait()
	if n := ended.Load(); n != 1 {
		t.Fatalf("%d shutdowns succeeded", n)
	}
	s.Wait()
	if n := client(t, startOn(t, fsys, clock.Real)).MustDo("DBSIZE").Int(); n != 20_000 {
		t.Errorf("%d keys were saved", n)
	}
}

// TestShutdownDuringSave: a save in the foreground is not cut short, one in the
// background is replaced by the last one.
func TestShutdownDuringSave(t *testing.T) {
	for _, command := range []string{"SAVE", "BGSAVE"} {
		fsys := vfs.NewMem()
		s := startOn(t, fsys, clock.Real, "save", "3600 1000000")
		c := client(t, s)
		fillKeys(c, 20_000)
		saver := client(t, s)
		saver.Send(command)
		until(t, command+" runs", func() bool { return s.persist.Info().Saves > 0 })
		c.MustDo("SET", "last", "one")
		testkit.NoError(t, s.Shutdown(persists.ShutdownOptions{}))
		if n := client(t, startOn(t, fsys, clock.Real)).MustDo("DBSIZE").Int(); n != 20_001 {
			t.Errorf("%s: %d keys were saved", command, n)
		}
	}
}

// TestBarrierAfterAppendOnlyWasOff: switching the log off and on again does not
// end the promise of appendfsync always.
func TestBarrierAfterAppendOnlyWasOff(t *testing.T) {
	s := startOn(t, vfs.NewMem(), clock.Real, "appendonly", "yes", "appendfsync", "always")
	var stop atomic.Bool
	var busy sync.WaitGroup
	for i := range 3 {
		c := client(t, s)
		busy.Go(func() {
			for n := 0; !stop.Load(); n++ {
				c.MustDo("SET", fmt.Sprint("k", i), fmt.Sprint(n))
			}
		})
	}
	c := client(t, s)
	for range 20 {
		c.MustDo("CONFIG", "SET", "appendonly", "no")
		c.MustDo("CONFIG", "SET", "appendonly", "yes")
	}
	stop.Store(true)
	busy.Wait()
	if released := s.net.Released(); released > s.log.End() {
		t.Errorf("replies up to %d may leave, though the log ends at %d", released, s.log.End())
	}
}

// TestOddLogLoads: what a log holds beside changes does no harm.
func TestOddLogLoads(t *testing.T) {
	fsys := vfs.NewMem()
	log := ""
	for _, line := range []string{"SET a 1", "QUIT", "CLIENT LIST", "WAIT 1 0", "BLPOP nothing 0", "RESET", "SHUTDOWN NOSAVE", "SET b 2"} {
		words := strings.Fields(line)
		log += string(testkit.AppendCommand(nil, words...))
	}
	testkit.NoError(t, fsys.MkdirAll("/appendonlydir", 0o700))
	testkit.NoError(t, vfs.WriteFileAtomic(fsys, "/appendonlydir/a.1.incr.aof", []byte(log), 0o600))
	testkit.NoError(t, vfs.WriteFileAtomic(fsys, "/appendonlydir/appendonly.aof.manifest", []byte("file a.1.incr.aof seq 1 type i\n"), 0o600))
	c := client(t, startOn(t, fsys, clock.Real, "appendonly", "yes"))
	if n := c.MustDo("DBSIZE").Int(); n != 2 {
		t.Errorf("%d keys", n)
	}
}

// TestReloadBesideRewrite: neither a reload of the log nor a rewrite, which wants
// all shards, waits for the other for good.
func TestReloadBesideRewrite(t *testing.T) {
	s := startOn(t, vfs.NewMem(), clock.Real, "appendonly", "yes")
	var stop atomic.Bool
	var rewriter sync.WaitGroup
	other := client(t, s)
	rewriter.Go(func() {
		for !stop.Load() {
			other.Do("BGREWRITEAOF") // refused while one is under way
		}
	})
	c := client(t, s)
	for range 3000 {
		c.Do("DEBUG", "LOADAOF") // refused during a rewrite
	}
	stop.Store(true)
	rewriter.Wait()
	c.MustDo("SET", "k", "v")
	if got := c.MustDo("GET", "k").Text; got != "v" {
		t.Errorf("k is %q", got)
	}
}

// TestLogRepeats: a log that is loaded makes the data that there were, whatever of
// a transaction changes nothing and whatever had expired but was there still.
func TestLogRepeats(t *testing.T) {
	for name, calls := range map[string][]string{
		"a command that logs nothing opens a transaction": {
			"XGROUP CREATE s g 0 MKSTREAM", "XADD s 1-1 a b", "XREADGROUP GROUP g c STREAMS s >",
			"MULTI", "XREADGROUP GROUP g c STREAMS s 0", "SET x 1", "EXEC", "SET y 2",
		},
		"and another one": {
			"XGROUP CREATE s g 0 MKSTREAM", "XADD s 1-1 a b", "XREADGROUP GROUP g c STREAMS s >",
			"MULTI", "XREADGROUP GROUP g c STREAMS s 0", "XREADGROUP GROUP g c STREAMS s 0", "SET x 1", "SET z 1", "EXEC", "SET y 2",
		},
		"HPERSIST of a dead field":    {"HSET h a 1 b 2", "HPEXPIRE h 100 FIELDS 1 a", "HPEXPIRE h 9000 FIELDS 1 b", "later", "HPERSIST h FIELDS 2 a b", "HSET h c 3"},
		"HEXPIRE of a dead field":     {"HSET h a 1 b 2", "HPEXPIRE h 100 FIELDS 1 a", "later", "HPEXPIRE h 9000 FIELDS 2 a b"},
		"HEXPIREAT of a dead field":   {"HSET h a 1 b 2", "HPEXPIRE h 100 FIELDS 1 a", "later", "HPEXPIREAT h 7000000000000 FIELDS 2 a b"},
		"HDEL of a dead field":        {"HSET h a 1 b 2", "HPEXPIRE h 100 FIELDS 1 a", "later", "HDEL h a b", "EXPIRE h 10000"},
		"HGETDEL of a dead field":     {"HSET h a 1 b 2", "HPEXPIRE h 100 FIELDS 1 a", "later", "HGETDEL h FIELDS 2 a b", "EXPIRE h 10000"},
		"SORT by what has died since": {"HSET wa f 1", "HSET wb f 2", "RPUSH l a b", "HPEXPIRE wa 100 FIELDS 1 f", "SORT l BY nosort GET w*->f STORE d", "later", "SET y 2"},
	} {
		now := clock.NewManual(1_700_000_000_000_000)
		s := startOn(t, vfs.NewMem(), now, "appendonly", "yes", "aof-use-rdb-preamble", "no", "enable-debug-command", "yes")
		c := client(t, s)
		c.MustDo("DEBUG", "SET-ACTIVE-EXPIRE", "0")
		for _, call := range calls {
			if call == "later" {
				now.Advance(time.Second)
				continue
			}
			c.MustDo(strings.Fields(call)...)
		}
		shown := func() string {
			var out strings.Builder
			for _, key := range []string{"h", "d", "x", "y", "z"} {
				fmt.Fprintln(&out, key, c.Do("DUMP", key), c.Do("HPEXPIRETIME", key, "FIELDS", "3", "a", "b", "c"), c.Do("HGETALL", key), c.Do("PTTL", key))
			}
			return out.String()
		}
		before := digest(c) + shown()
		c.MustDo("DEBUG", "LOADAOF")
		if after := digest(c) + shown(); after != before {
			t.Errorf("%s:\n%s\nwas\n%s", name, after, before)
		}
	}
}

// TestEditOfExpired: a key that expired while data are imported is still there, and
// makes room for the string that a command begins in its place.
func TestEditOfExpired(t *testing.T) {
	now := clock.NewManual(1_700_000_000_000_000)
	c := client(t, startOn(t, vfs.NewMem(), now))
	c.MustDo("CONFIG", "SET", "import-mode", "yes")
	for _, call := range []string{"SETBIT k 3 1", "SETRANGE k 2 x", "PFADD k a", "BITFIELD k SET u8 0 9", "APPEND k x", "SET k v", "INCR k"} {
		c.MustDo("SET", "k", "old", "PX", "100")
		now.Advance(time.Second)
		c.MustDo(strings.Fields(call)...)
		if n, there := c.MustDo("DBSIZE").Int(), c.MustDo("DEL", "k").Int(); n != 1 || there != 1 {
			t.Errorf("%s: %d keys, %d deleted", call, n, there)
		}
	}
}
