package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// TestReplaySeesTheDead wants what was kept alive just before its time to be there
// after a restart beyond that time: the log is replayed as if it hadn't passed.
func TestReplaySeesTheDead(t *testing.T) {
	args := []string{"--appendonly", "yes", "--aof-use-rdb-preamble", "no"}
	s := testkit.StartSigrun(t, args...)
	c := s.Dial(t)
	c.MustDo("SET", "key", "v", "PX", "300")
	c.MustDo("PERSIST", "key")
	c.MustDo("HSET", "hash", "field", "v", "other", "v", "gone", "v")
	c.MustDo("HPEXPIRE", "hash", "300", "FIELDS", "2", "field", "gone")
	if got := c.MustDo("HPERSIST", "hash", "FIELDS", "1", "field").Elems[0].Int(); got != 1 {
		t.Fatal("the machine is too slow for this test")
	}
	eventually(t, "the field to expire", func() bool { return c.MustDo("HLEN", "hash").Int() == 2 })
	s.Kill9()
	s.Restart(args...)
	c = s.Dial(t)
	if got := c.MustDo("GET", "key").Text; got != "v" {
		t.Errorf("the key holds %q", got)
	}
	if got := c.MustDo("HKEYS", "hash").Texts(); len(got) != 2 || slices.Contains(got, "gone") {
		t.Errorf("the hash holds %q", got)
	}
}

// TestFieldsGoByThemselves wants fields deleted that nobody asks for, in the log
// too, and the key with the last of them.
func TestFieldsGoByThemselves(t *testing.T) {
	args := []string{"--appendonly", "yes"}
	s := testkit.StartSigrun(t, args...)
	c := s.Dial(t)
	c.MustDo("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	const fields = 5000
	line := []string{"HSETEX", "all", "PX", "1", "FIELDS", fmt.Sprint(fields)}
	for i := range fields {
		line = append(line, fmt.Sprint("f", i), "v")
	}
	c.MustDo(line...)
	line[1] = "most"
	c.MustDo(line...)
	c.MustDo("HSET", "most", "stays", "v", "later", "v")
	c.MustDo("HEXPIRE", "most", "1000", "FIELDS", "1", "later")
	c.MustDo("SELECT", "3")
	c.MustDo("HSETEX", "elsewhere", "PX", "1", "FIELDS", "1", "f", "v")
	c.MustDo("SELECT", "0")
	c.MustDo("DEBUG", "SLEEP", "0.05")
	if n := c.MustDo("HLEN", "most").Int(); n != fields+2 {
		t.Errorf("with active expiry off %d fields are left of %d", n, fields+2)
	}
	if got := c.MustDo("INFO", "keyspace").Text; !strings.Contains(got, "keys_with_volatile_items=2") {
		t.Errorf("keyspace: %s", got)
	}
	c.MustDo("DEBUG", "SET-ACTIVE-EXPIRE", "1")
	eventually(t, "expired fields deleted", func() bool {
		return c.MustDo("HLEN", "most").Int() == 2 && c.MustDo("EXISTS", "all").Int() == 0 &&
			!strings.Contains(c.MustDo("INFO", "keyspace").Text, "db3")
	})
	if n := info(t, c, "expired_fields"); n != 2*fields+1 {
		t.Errorf("expired_fields is %d, want %d", n, 2*fields+1)
	}
	if got := c.MustDo("INFO", "keyspace").Text; !strings.Contains(got, "keys_with_volatile_items=1") {
		t.Errorf("keyspace: %s", got)
	}
	want := c.MustDo("DEBUG", "DIGEST").Text
	s.Kill9()
	s.Restart(args...)
	if got := s.Dial(t).MustDo("DEBUG", "DIGEST").Text; got != want {
		t.Errorf("after a restart the digest is %s, not %s", got, want)
	}
}

// storeHashes makes hashes of all forms; some fields expire in years.
func storeHashes(c *testkit.Client, r *rng.Source, n int) {
	values := []string{"", "0", "-1", "12345", "9223372036854775807", "007", "short", strings.Repeat("long ", 20), strings.Repeat("x", 9000)}
	var batch [][]string
	for range n {
		key := fmt.Sprintf("hash:%d", r.Uint64n(40))
		fields := []uint64{5, 100, 1000}[key[len(key)-1]%3]
		field := fmt.Sprint(r.Uint64n(fields))
		value := values[r.Uint64n(uint64(len(values)))]
		if key[len(key)-1]%2 == 0 {
			value = value[:min(len(value), 60)]
		}
		switch r.Uint64n(40) {
		case 0:
			batch = append(batch, []string{"HPEXPIREAT", key, "4102444800123", "FIELDS", "1", field})
		case 1:
			batch = append(batch, []string{"HSETEX", key, "PXAT", "4102444800999", "FIELDS", "1", field, value})
		case 2:
			batch = append(batch, []string{"HPERSIST", key, "FIELDS", "1", field})
		case 3, 4, 5:
			batch = append(batch, []string{"HDEL", key, field, "1", "2"})
		case 6:
			batch = append(batch, []string{"HINCRBY", key, "counter", "3"})
		case 7:
			batch = append(batch, []string{"HINCRBYFLOAT", key, "float", "0.1"})
		case 8:
			batch = append(batch, []string{"DEL", key})
		case 9:
			batch = append(batch, []string{"HGETEX", key, "EX", "1000000", "FIELDS", "1", field})
		default:
			batch = append(batch, []string{"HSET", key, field, value})
		}
	}
	c.Pipeline(batch...)
}

// hashDigest is what a server's hashes are: their digest and expiries.
func hashDigest(c *testkit.Client) string {
	var b strings.Builder
	b.WriteString(c.MustDo("DEBUG", "DIGEST").Text)
	for i := range 40 {
		key := fmt.Sprintf("hash:%d", i)
		line := []string{"HPEXPIRETIME", key, "FIELDS", "1000"}
		for f := range 1000 {
			line = append(line, fmt.Sprint(f))
		}
		fmt.Fprintf(&b, "\n%s %v", key, c.MustDo(line...))
	}
	return b.String()
}

// TestHashesGoBothWays has the real server load the hashes that this one has
// written, and this one those of the real server.
func TestHashesGoBothWays(t *testing.T) {
	starts := map[string]func(testing.TB, ...string) *testkit.Server{"peer": testkit.StartPeer, "sigrun": testkit.StartSigrun}
	for from, to := range map[string]string{"peer": "sigrun", "sigrun": "peer"} {
		for i, kind := range kinds {
			t.Run(kind.name+" from "+from, func(t *testing.T) {
				maker := starts[from](t, kind.args...)
				c := maker.Dial(t)
				storeHashes(c, rng.New(uint64(i)), 6000)
				c.MustDo(kind.command)
				eventually(t, "the file", func() bool { return info(t, c, "aof_rewrite_in_progress")+info(t, c, "aof_rewrite_scheduled") == 0 })
				want := hashDigest(c)
				maker.Stop()
				c = starts[to](t, append(kind.args, "--dir", maker.Dir)...).Dial(t)
				if got := hashDigest(c); got != want {
					t.Errorf("%s has other hashes than %s had", to, from)
				}
			})
		}
	}
}

// TestHashDumps restores hashes from one server on the other.
func TestHashDumps(t *testing.T) {
	peer, ours := testkit.StartPeer(t).Dial(t), testkit.StartSigrun(t).Dial(t)
	storeHashes(peer, rng.New(5), 8000)
	storeHashes(ours, rng.New(5), 8000)
	for i := range 40 {
		key := fmt.Sprintf("hash:%d", i)
		for _, way := range [][2]*testkit.Client{{peer, ours}, {ours, peer}} {
			dump := way[0].MustDo("DUMP", key)
			if dump.Nil {
				continue
			}
			way[1].MustDo("RESTORE", "restored", "0", dump.Text, "REPLACE")
			want := way[0].MustDo("DEBUG", "DIGEST-VALUE", key).String()
			if got := way[1].MustDo("DEBUG", "DIGEST-VALUE", "restored").String(); got != want {
				t.Errorf("%s: %s, not %s", key, got, want)
			}
			way[0].MustDo("RESTORE", "restored", "0", dump.Text, "REPLACE")
		}
		a, b := peer.MustDo("OBJECT", "ENCODING", "restored"), ours.MustDo("OBJECT", "ENCODING", "restored")
		if a.String() != b.String() {
			t.Errorf("%s is restored as %s, not %s", key, b, a)
		}
	}
}
