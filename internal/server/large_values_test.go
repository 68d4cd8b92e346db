package server

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// largeMembers is how many elements the large values of this test have.
const largeMembers = 1500

// largeKinds are the types whose values a snapshot saves a little at a time, with
// commands that make, change and shrink them. Every change would show if it got
// into a snapshot that was cut before it, or were lost.
var largeKinds = []struct {
	name string
	fill func(key string, i int) []string
	ops  []func(key string, i int) []string
}{
	{"set", func(key string, i int) []string { return []string{"SADD", key, member(i)} }, []func(string, int) []string{
		func(key string, i int) []string { return []string{"SADD", key, member(i + largeMembers)} },
		func(key string, i int) []string { return []string{"SREM", key, member(i)} },
		func(key string, i int) []string { return []string{"SMOVE", key, key + "x", member(i)} },
		func(key string, i int) []string { return []string{"SPOP", key, "2"} },
	}},
	{"hash", func(key string, i int) []string { return []string{"HSET", key, member(i), fmt.Sprint(i)} }, []func(string, int) []string{
		func(key string, i int) []string { return []string{"HINCRBY", key, member(i), "1"} },
		func(key string, i int) []string {
			return []string{"HSET", key, member(i), "another", member(i + 1), "1"}
		},
		func(key string, i int) []string { return []string{"HSET", key, member(i + largeMembers), "1"} },
		func(key string, i int) []string { return []string{"HDEL", key, member(i)} },
		func(key string, i int) []string { return []string{"HEXPIRE", key, "10000", "FIELDS", "1", member(i)} },
		func(key string, i int) []string { return []string{"HPERSIST", key, "FIELDS", "1", member(i)} },
		func(key string, i int) []string { return []string{"HGETDEL", key, "FIELDS", "1", member(i)} },
	}},
	{"zset", func(key string, i int) []string { return []string{"ZADD", key, fmt.Sprint(i), member(i)} }, []func(string, int) []string{
		func(key string, i int) []string { return []string{"ZINCRBY", key, "1000000", member(i)} },
		func(key string, i int) []string { return []string{"ZINCRBY", key, "0.5", member(i)} },
		func(key string, i int) []string { return []string{"ZREM", key, member(i)} },
		func(key string, i int) []string { return []string{"ZADD", key, "7", member(i + largeMembers)} },
		func(key string, i int) []string { return []string{"ZPOPMIN", key, "2"} },
	}},
	{"list", func(key string, i int) []string { return []string{"RPUSH", key, long(i)} }, []func(string, int) []string{
		func(key string, i int) []string { return []string{"LPUSH", key, long(i), member(i)} },
		func(key string, i int) []string { return []string{"RPUSH", key, long(i)} },
		func(key string, i int) []string { return []string{"LPOP", key, fmt.Sprint(1 + i%7)} },
		func(key string, i int) []string { return []string{"RPOP", key} },
		func(key string, i int) []string { return []string{"LSET", key, fmt.Sprint(i), long(i + 1)} },
		func(key string, i int) []string {
			return []string{"LINSERT", key, "BEFORE", long(i), strings.Repeat("y", 9*i)}
		},
		func(key string, i int) []string { return []string{"LREM", key, fmt.Sprint(i%3 - 1), long(i)} },
		func(key string, i int) []string { return []string{"LMOVE", key, key + "x", "LEFT", "RIGHT"} },
		func(key string, i int) []string { return []string{"LMOVE", key, key, "RIGHT", "LEFT"} },
		func(key string, i int) []string {
			return []string{"LTRIM", key, fmt.Sprint(i % 200 * (1 - min(i%5, 1))), "2000"}
		},
	}},
	{"stream", func(key string, i int) []string { return []string{"XADD", key, entryID(1), member(i), long(i)} }, []func(string, int) []string{
		func(key string, i int) []string { return []string{"XADD", key, entryID(1), member(i), long(i)} },
		func(key string, i int) []string { return []string{"XDEL", key, entryID(-i * 4), entryID(-i)} },
		func(key string, i int) []string { return []string{"XTRIM", key, "MAXLEN", fmt.Sprint(500 + i*3)} },
		func(key string, i int) []string { return []string{"XGROUP", "CREATE", key, "g", "0"} },
		func(key string, i int) []string {
			return []string{"XREADGROUP", "GROUP", "g", "c" + fmt.Sprint(i%5), "COUNT", fmt.Sprint(i % 90), "STREAMS", key, ">"}
		},
		func(key string, i int) []string { return []string{"XACK", key, "g", entryID(-i), entryID(-i * 4)} },
		func(key string, i int) []string {
			return []string{"XAUTOCLAIM", key, "g", "c" + fmt.Sprint(i%5), "0", entryID(-i * 5), "COUNT", "9"}
		},
		func(key string, i int) []string {
			if i%40 == 0 {
				return []string{"XGROUP", "DESTROY", key, "g"}
			}
			return []string{"XGROUP", "DELCONSUMER", key, "g", "c" + fmt.Sprint(i%5)}
		},
	}},
}

// entries counts the entries of streams.
var entries atomic.Int64

// entryID is the ID of the next entry, or of one that was made before.
func entryID(n int) string {
	if n > 0 {
		return fmt.Sprintf("%d-1", entries.Add(1))
	}
	return fmt.Sprintf("%d-1", max(1, entries.Load()+int64(n)))
}

// stateOf is what a key holds, with the groups of a stream.
func stateOf(c *testkit.Client, key string) string {
	s := c.MustDo("DEBUG", "DIGEST-VALUE", key).String()
	if c.MustDo("TYPE", key).Text != "stream" {
		return s
	}
	s += c.MustDo("XINFO", "GROUPS", key).String()
	for _, e := range c.Do("XPENDING", key, "g", "-", "+", "1000000").Elems {
		s += fmt.Sprint("\n", e.Elems[0].Text, e.Elems[1].Text, e.Elems[3].Text) // without the idle time
	}
	info := c.MustDo("XINFO", "STREAM", key)
	for i, name := range info.Elems {
		if name.Text == "last-generated-id" || name.Text == "max-deleted-entry-id" || name.Text == "entries-added" {
			s += "\n" + info.Elems[i+1].String()
		}
	}
	return s
}

func member(i int) string { return fmt.Sprintf("member:%08d", i) }

// long is a member of a size of its own.
func long(i int) string { return member(i) + strings.Repeat("x", i*37%300) }

// fillLarge makes three large values of each type.
func fillLarge(c *testkit.Client) {
	for _, kind := range largeKinds {
		for k := range 3 {
			batch := make([][]string, largeMembers)
			for i := range batch {
				batch[i] = kind.fill(fmt.Sprint(kind.name, k), i)
			}
			c.Pipeline(batch...)
		}
	}
}

// changeLarge sends a batch of changes.
func changeLarge(c *testkit.Client, r *rng.Source) {
	batch := make([][]string, 20)
	for i := range batch {
		kind := largeKinds[r.Uint64n(uint64(len(largeKinds)))]
		key, other := fmt.Sprint(kind.name, r.Uint64n(5)), fmt.Sprint(kind.name, r.Uint64n(5))
		n := int(r.Uint64n(largeMembers))
		switch r.Uint64n(300) {
		case 0:
			batch[i] = []string{"DEL", key}
		case 1, 2, 3:
			batch[i] = []string{"RENAME", key, other}
		case 4, 5:
			batch[i] = []string{"COPY", key, other, "REPLACE"}
		case 6:
			batch[i] = []string{"EXPIRE", key, "10000"}
		default:
			batch[i] = kind.ops[r.Uint64n(uint64(len(kind.ops)))](key, n)
		}
	}
	c.Pipeline(batch...)
}

// changeAll has clients change large values until stop is called.
func changeAll(t *testing.T, s *Server) (stop func()) {
	var done atomic.Bool
	var all sync.WaitGroup
	for i := range 4 {
		c, r := client(t, s), rng.New(uint64(i))
		all.Go(func() {
			for !done.Load() {
				changeLarge(c, r)
			}
		})
	}
	return func() { done.Store(true); all.Wait() }
}

// states are those of all large values, and "" that of all data.
func states(c *testkit.Client) map[string]string {
	all := map[string]string{"": digest(c)}
	for _, kind := range largeKinds {
		for k := range 5 {
			key := fmt.Sprint(kind.name, k)
			all[key] = stateOf(c, key)
		}
	}
	return all
}

// TestRewritesOfLargeValues is TestRewritesUnderLoad for them.
func TestRewritesOfLargeValues(t *testing.T) {
	for _, preamble := range []string{"yes", "no"} {
		t.Run("preamble "+preamble, func(t *testing.T) {
			fsys := vfs.NewMem()
			settings := []string{"appendonly", "yes", "appendfsync", "no", "aof-use-rdb-preamble", preamble, "aof-checksum", "yes"}
			s := startOn(t, fsys, nil, settings...)
			c := client(t, s)
			fillLarge(c)
			stop := changeAll(t, s)
			for range 3 {
				fillLarge(c)
				c.MustDo("BGREWRITEAOF")
				until(t, "the rewrite", idle(s))
			}
			stop()
			want := states(c)
			testkit.NoError(t, s.Close())
			got := states(client(t, startOn(t, fsys, nil, settings...)))
			for key := range want {
				if got[key] != want[key] {
					t.Errorf("%s differs: %.400s, want %.400s", key, got[key], want[key])
				}
			}
		})
	}
}

// TestSnapshotOfLargeValues is TestSnapshotIsThePrefixOfTheLog for values that are
// saved a little at a time.
func TestSnapshotOfLargeValues(t *testing.T) {
	fsys := vfs.NewMem()
	s := startOn(t, fsys, nil, "appendonly", "yes", "appendfsync", "no", "auto-aof-rewrite-percentage", "0")
	control := client(t, s)
	fillLarge(control)
	defer changeAll(t, s)()
	for round := range 3 {
		if round > 0 {
			fillLarge(control) // what was shrunk and deleted is large again
		}
		log := logAtCut(t, s)
		until(t, "the snapshot", idle(s))
		rdb, err := vfs.ReadFile(fsys, "/dump.rdb")
		testkit.NoError(t, err)
		ofRDB, ofLog := vfs.NewMem(), vfs.NewMem()
		testkit.NoError(t, vfs.WriteFileAtomic(ofRDB, "/dump.rdb", rdb, 0o600))
		testkit.NoError(t, ofLog.MkdirAll("/appendonlydir", 0o700))
		testkit.NoError(t, vfs.WriteFileAtomic(ofLog, "/appendonlydir/a.1.incr.aof", log, 0o600))
		testkit.NoError(t, vfs.WriteFileAtomic(ofLog, "/appendonlydir/appendonly.aof.manifest", []byte("file a.1.incr.aof seq 1 type i\n"), 0o600))
		got := client(t, startOn(t, ofRDB, nil))
		want := client(t, startOn(t, ofLog, nil, "appendonly", "yes", "aof-load-truncated", "no"))
		if n := want.MustDo("DBSIZE").Int(); n < int64(2*len(largeKinds)) {
			t.Fatalf("only %d keys", n)
		}
		for _, kind := range largeKinds {
			for k := range 5 {
				key := fmt.Sprint(kind.name, k)
				if g, w := stateOf(got, key), stateOf(want, key); g != w {
					t.Errorf("round %d: %s differs: %.400s, want %.400s", round, key, g, w)
				}
			}
		}
	}
	if err := s.persist.Info(); err.Saves == 0 {
		t.Error("nothing was saved")
	}
}
