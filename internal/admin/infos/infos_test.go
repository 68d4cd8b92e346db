package infos_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// line is a line of a report: a section's title, a field, or nothing.
type line struct{ name, value string }

func report(c *testkit.Client, sections ...string) (lines []line) {
	text := c.MustDo(append([]string{"INFO"}, sections...)...).Text
	for l := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		name, value, _ := strings.Cut(l, ":")
		lines = append(lines, line{name, value})
	}
	return lines
}

// absent are the fields of the real server that are not told here, by how they
// begin, and why.
var absent = map[string]string{
	"used_active_time_io_thread_": "there are as many as there are loops",
	"latency_percentiles_usec_":   "TestLatencyStats looks at them, in whatever order",
	"module:":                     "the Lua engine is no module",
	"engine_":                     "the Lua engine is no module",
	"cmdstat_":                    "TestCounts compares them, in whatever order",
}

func names(lines []line) (list []string) {
	for _, l := range lines {
		left := false
		for prefix := range absent {
			left = left || strings.HasPrefix(l.name+":", prefix)
		}
		if !left {
			list = append(list, l.name)
		}
	}
	return list
}

// TestFields compares the names of all fields, their order and the sections
// that stand for one word with the real server.
func TestFields(t *testing.T) {
	peer, ours := testkit.StartPeer(t).Dial(t), testkit.StartSigrun(t).Dial(t)
	for _, c := range []*testkit.Client{peer, ours} {
		c.MustDo("SET", "k", "v", "EX", "100")
		c.Do("NOTHING")
	}
	for _, words := range [][]string{
		nil, {"default"}, {"all"}, {"ALL", "debug"}, {"server"}, {"Clients", "memory"}, {"replication", "clients"},
		{"modules"}, {"module_list"}, {"tls"}, {"cluster_info"}, {"scriptingengines"}, {"debug"}, {"keyspace", "cpu"},
		{"commandstats"}, {"errorstats", "nothing"}, {"nothing"}, {""}, {"default", "commandstats"},
	} {
		want, got := names(report(peer, words...)), names(report(ours, words...))
		i := 0
		for i < len(got) && i < len(want) && got[i] == want[i] {
			i++
		}
		if got, want = got[i:], want[i:]; len(got)+len(want) > 0 {
			t.Errorf("INFO %v goes on with %.3q, want %.3q", words, got[:min(len(got), 3)], want[:min(len(want), 3)])
		}
	}
}

// TestOwnSection wants our own section where it was asked for and nowhere else.
func TestOwnSection(t *testing.T) {
	c := testkit.StartSigrun(t).Dial(t)
	for word, want := range map[string]bool{"default": false, "all": false, "everything": true, "sigrun": true} {
		text := c.MustDo("INFO", word).Text
		if got := strings.Contains(text, "# Sigrun\r\n"); got != want {
			t.Errorf("INFO %s tells our own section: %v, want %v", word, got, want)
		}
	}
}

func values(c *testkit.Client, sections ...string) map[string]string {
	m := map[string]string{}
	for _, l := range report(c, sections...) {
		m[l.name] = l.value
	}
	return m
}

// TestCounts compares the counts that a fixed conversation leaves with those of
// the real server.
func TestCounts(t *testing.T) {
	counted := []string{
		"total_commands_processed", "total_error_replies", "keyspace_hits", "keyspace_misses", "expired_keys", "evicted_keys",
		"rdb_changes_since_last_save", "db0", "db3", "errorstat_ERR", "errorstat_WRONGPASS", "connected_clients", "total_connections_received",
		"role", "loading", "maxmemory_human", "maxmemory_policy", "redis_version", "server_mode", "tcp_port_is_ours",
	}
	calls := []string{"set", "get", "incr", "nothing", "config|get", "client|no-evict"}
	read := func(s *testkit.Server) map[string]string {
		c := s.Dial(t)
		c.MustDo("CONFIG", "RESETSTAT")
		c.MustDo("DEBUG", "SET-ACTIVE-EXPIRE", "0")
		for _, l := range []string{
			"SET a 1", "SET b x", "GET a", "GET nokey", "INCR b", "INCR", "NOTHING", "CONFIG GET maxmemory", "SET c 1 PX 1", "DEBUG SLEEP 0.01",
			"GET c", "SELECT 3", "SET d 1", "MSET e 1 f 2", "CONFIG SET nothing 1", "CLIENT NO-EVICT maybe", "AUTH bad bad",
		} {
			c.Do(strings.Fields(l)...)
		}
		all := values(c, "everything")
		m := map[string]string{}
		for _, name := range counted {
			m[name] = all[name]
		}
		for _, name := range calls {
			for field := range strings.SplitSeq(all["cmdstat_"+name], ",") {
				if k, v, _ := strings.Cut(field, "="); strings.HasSuffix(k, "calls") {
					m[name+" "+k] = v
				}
			}
		}
		return m
	}
	want, got := read(testkit.StartPeer(t)), read(testkit.StartSigrun(t))
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
}

// TestMemoryIsTrue fills the server and looks whether what it says it uses grows
// as the process does.
func TestMemoryIsTrue(t *testing.T) {
	c := testkit.StartSigrun(t).Dial(t)
	const n, size = 200_000, 100
	number := func(name string) int64 {
		v, err := strconv.ParseInt(values(c, "memory", "sigrun")[name], 10, 64)
		testkit.NoError(t, err)
		return v
	}
	c.MustDo("MEMORY", "PURGE")
	used, data := number("used_memory"), number("sigrun_data_bytes")
	c.MustDo("DEBUG", "POPULATE", strconv.Itoa(n), "key", strconv.Itoa(size))
	c.MustDo("MEMORY", "PURGE")
	grown := number("sigrun_data_bytes") - data
	if least := int64(n * (size + 10)); grown < least || grown > least*3/2 {
		t.Errorf("%d keys of %d bytes take %d bytes", n, size, grown)
	}
	if extra := number("used_memory") - used - grown; extra > 4<<20 || extra < -4<<20 {
		t.Errorf("used_memory grew by %d bytes more than the data", extra)
	}
	usage := c.MustDo("MEMORY", "USAGE", "key:150000").Int()
	if mean := grown / n; usage < mean*95/100 || usage > mean*105/100 {
		t.Errorf("MEMORY USAGE says %d bytes, a key takes %d", usage, mean)
	}
	if over := number("used_memory_overhead") + number("used_memory_dataset"); over != number("used_memory") {
		t.Errorf("overhead and data set are %d together, used %d", over, number("used_memory"))
	}
}

// TestGarbageIsNotUsed: what one huge request held is soon no memory in use any more,
// though nothing else happens.
func TestGarbageIsNotUsed(t *testing.T) {
	c := testkit.StartSigrun(t).Dial(t)
	used := func() int64 {
		n, err := strconv.ParseInt(values(c, "memory")["used_memory"], 10, 64)
		testkit.NoError(t, err)
		return n
	}
	before := used()
	line := []string{"SADD", "s"}
	for i := range 100_000 {
		line = append(line, strconv.Itoa(i))
	}
	c.MustDo(line...)
	if n := used(); n < before+1_000_000 {
		t.Errorf("100000 members take %d bytes", n-before)
	}
	// Without a collection there are 6 MB in use; some buffers are kept.
	c.MustDo("UNLINK", "s")
	testkit.Eventually(t, 30*time.Second, func() bool { return used() < before+2<<20 }, "used memory to be what it was")
}

// TestLatencyStats wants percentiles of just the commands that ran.
func TestLatencyStats(t *testing.T) {
	read := func(s *testkit.Server) (list []string) {
		c := s.Dial(t)
		c.MustDo("CONFIG", "SET", "latency-tracking-info-percentiles", "0 12.5 99.9 100")
		c.MustDo("CONFIG", "RESETSTAT")
		c.MustDo("SET", "k", "v")
		c.MustDo("CLIENT", "ID")
		c.Do("NOTHING")
		c.Do("GET")
		for _, l := range report(c, "latencystats") {
			words := strings.FieldsFunc(l.value, func(r rune) bool { return strings.ContainsRune("0123456789.=,", r) })
			list = append(list, l.name+" "+strings.Join(words, " "))
		}
		slices.Sort(list)
		c.MustDo("CONFIG", "SET", "latency-tracking", "no")
		return append(list, c.MustDo("INFO", "latencystats").Text)
	}
	if want, got := read(testkit.StartPeer(t)), read(testkit.StartSigrun(t)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
