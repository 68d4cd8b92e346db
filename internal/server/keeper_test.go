package server_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// info is a number of INFO.
func info(t *testing.T, c *testkit.Client, name string) int64 {
	t.Helper()
	for l := range strings.SplitSeq(c.MustDo("INFO", "everything").Text, "\r\n") {
		if k, v, _ := strings.Cut(l, ":"); k == name {
			n, err := strconv.ParseInt(v, 10, 64)
			testkit.NoError(t, err)
			return n
		}
	}
	t.Fatalf("INFO does not tell %s", name)
	return 0
}

// limit leaves room for so many more bytes under a policy.
func limit(t *testing.T, c *testkit.Client, policy string, room int64) (most int64) {
	t.Helper()
	most = info(t, c, "used_memory") + room
	c.MustDo("CONFIG", "SET", "maxmemory", strconv.FormatInt(most, 10), "maxmemory-policy", policy)
	return most
}

// eventually waits for what the keeper does.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	testkit.Eventually(t, time.Minute, cond, what)
}

// slack is what the Go heap may grow by while a test runs.
const slack = 4 << 20

// fill stores n keys of 1000 bytes, a thousand at a time, and returns the
// number of errors.
func fill(c *testkit.Client, prefix string, n int, options ...string) (refused int) {
	value := strings.Repeat("x", 1000)
	for from := 0; from < n; from += 1000 {
		var batch [][]string
		for i := from; i < min(from+1000, n); i++ {
			batch = append(batch, append([]string{"SET", prefix + strconv.Itoa(i), value}, options...))
		}
		for _, r := range c.Pipeline(batch...) {
			if r.IsError() {
				refused++
			}
		}
	}
	return refused
}

func TestEvictionKeepsTheLimit(t *testing.T) {
	s := testkit.StartSigrun(t)
	c := s.Dial(t)
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"} {
		t.Run(policy, func(t *testing.T) {
			c.MustDo("FLUSHALL", "SYNC")
			c.MustDo("CONFIG", "RESETSTAT")
			most := limit(t, c, policy, 16<<20)
			if n := fill(c, "k", 40_000, "EX", "1000"); n > 0 {
				t.Errorf("%d of 40000 writes were refused", n)
			}
			used, evicted, left := info(t, c, "used_memory"), info(t, c, "evicted_keys"), c.MustDo("DBSIZE").Int()
			if used > most+slack {
				t.Errorf("%d bytes are used, the limit is %d", used, most)
			}
			if left < 8000 || left+evicted != 40_000 {
				t.Errorf("%d keys are left, %d were evicted, of 40000 that fill the memory two and a half times", left, evicted)
			}
		})
	}
}

func TestEvictionTakesTheRightKeys(t *testing.T) {
	s := testkit.StartSigrun(t)
	c := s.Dial(t)
	count := func(prefix string, n int) (found int) {
		for from := 0; from < n; from += 1000 {
			var batch [][]string
			for i := from; i < min(from+1000, n); i++ {
				batch = append(batch, []string{"STRLEN", prefix + strconv.Itoa(i)})
			}
			for _, r := range c.Pipeline(batch...) {
				if r.Int() > 0 {
					found++
				}
			}
		}
		return found
	}
	limit(t, c, "volatile-ttl", 12<<20)
	fill(c, "forever", 2000)
	fill(c, "late", 2000, "EX", "100000")
	fill(c, "soon", 20_000, "EX", "1000")
	if n := count("forever", 2000); n != 2000 {
		t.Errorf("volatile-ttl evicted %d keys that don't expire", 2000-n)
	}
	if n := count("late", 2000); n < 1900 {
		t.Errorf("volatile-ttl left %d of 2000 keys that expire last", n)
	}
	if n := count("soon", 20_000); n > 14_000 {
		t.Errorf("volatile-ttl left %d of 20000 keys that expire first", n)
	}
}

func TestNoEvictionRefuses(t *testing.T) {
	c := testkit.StartSigrun(t).Dial(t)
	fill(c, "k", 5000)
	limit(t, c, "noeviction", -1<<20)
	if r := c.Do("SET", "more", "x"); r.Text != "OOM command not allowed when used memory > 'maxmemory'." {
		t.Errorf("a write with no memory left answers %v", r)
	}
	if r := c.Do("GET", "k1"); r.IsError() {
		t.Errorf("a read with no memory left answers %v", r)
	}
	c.MustDo("DEL", "k1")
	c.MustDo("CONFIG", "SET", "maxmemory", "0")
	c.MustDo("SET", "more", "x")
	c.MustDo("MULTI")
	c.MustDo("CONFIG", "SET", "maxmemory", "1")
	c.MustDo("SET", "more", "y")
	if r := c.Do("EXEC"); r.IsError() {
		t.Errorf("a transaction that began with memory left answers %v", r)
	}
}

// TestEvictionWithoutCommands lowers the limit and sends nothing more: the rest
// is evicted in the background.
func TestEvictionWithoutCommands(t *testing.T) {
	c := testkit.StartSigrun(t).Dial(t)
	fill(c, "k", 20_000)
	most := limit(t, c, "allkeys-lru", -15<<20)
	eventually(t, "memory within its limit", func() bool { return info(t, c, "used_memory") <= most })
	if n := info(t, c, "evicted_keys"); n < 10_000 {
		t.Errorf("%d keys were evicted to give back 15 MB in blocks of 1000 bytes", n)
	}
}

// TestVanishedKeysAreLogged wants a server that loads its log to have the same
// data as before: what expired or was evicted has to be in there.
func TestVanishedKeysAreLogged(t *testing.T) {
	args := []string{"--appendonly", "yes", "--appendfsync", "everysec"}
	s := testkit.StartSigrun(t, args...)
	c := s.Dial(t)
	limit(t, c, "allkeys-lru", 4<<20)
	fill(c, "evicted", 8000)
	fill(c, "expired", 500, "PX", "1")
	eventually(t, "expired keys deleted", func() bool {
		left := c.MustDo("DBSIZE").Int() // expired keys that are not deleted yet included
		return info(t, c, "expired_keys") > 0 && left == int64(len(c.MustDo("KEYS", "evicted*").Texts()))
	})
	c.MustDo("CONFIG", "SET", "maxmemory", "0")
	digest := func(c *testkit.Client) string { return c.MustDo("DEBUG", "DIGEST").Text }
	want := digest(c)
	s.Kill9()
	s.Restart(args...)
	c = s.Dial(t)
	eventually(t, "the same data, once expired keys are deleted again", func() bool { return digest(c) == want })
}

func TestExpiredKeysGoByThemselves(t *testing.T) {
	c := testkit.StartSigrun(t).Dial(t)
	c.MustDo("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	fill(c, "k", 3000, "PX", "1")
	c.MustDo("SET", "stays", "1", "EX", "1000")
	c.MustDo("DEBUG", "SLEEP", "0.05")
	if n := c.MustDo("DBSIZE").Int(); n != 3001 {
		t.Errorf("with active expiry off %d keys are left of 3001", n)
	}
	c.MustDo("DEBUG", "SET-ACTIVE-EXPIRE", "1")
	eventually(t, "expired keys deleted", func() bool { return c.MustDo("DBSIZE").Int() == 1 })
	if n := info(t, c, "expired_keys"); n != 3000 {
		t.Errorf("expired_keys is %d, want 3000", n)
	}
}

func TestCrashReport(t *testing.T) {
	for word, headline := range map[string]string{"SEGFAULT": "crashed by signal: 11", "PANIC": "called from DEBUG PANIC", "ASSERT": "ASSERTION FAILED"} {
		s := testkit.StartSigrun(t)
		c := s.Dial(t)
		if r, err := c.TryDo("DEBUG", word); err == nil {
			t.Errorf("DEBUG %s answers %v", word, r)
		}
		eventually(t, "the report", func() bool {
			log := s.Log()
			return strings.Contains(log, headline) && strings.Contains(log, "STACK TRACE -") && strings.Contains(log, "BUG REPORT END")
		})
	}
}

func TestMovesToAnotherPort(t *testing.T) {
	s, taken := testkit.StartSigrun(t), testkit.StartSigrun(t)
	c := s.Dial(t)
	r := c.Do("CONFIG", "SET", "port", strconv.Itoa(taken.Port))
	if want := "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs."; r.Text != want {
		t.Errorf("a port that is taken is answered with %v", r)
	}
	s.Dial(t).MustDo("PING") // still at the old one
	r = c.Do("CONFIG", "SET", "bind", "192.0.2.1")
	if want := "ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses."; r.Text != want {
		t.Errorf("an address of others is answered with %v", r)
	}
	port := testkit.FreePort(t)
	c.MustDo("CONFIG", "SET", "port", strconv.Itoa(port))
	testkit.Dial(t, fmt.Sprintf("127.0.0.1:%d", port)).MustDo("PING")
	c.MustDo("PING") // open connections stay
}
