package server_test

import (
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// kinds of files that servers hand over to each other: the settings with which
// they are written and read, and the command that writes them anew.
var kinds = []struct {
	name, command string
	args          []string
}{
	{"rdb", "SAVE", []string{"--appendonly", "no"}},
	{"rdb without compression", "SAVE", []string{"--rdbcompression", "no", "--rdbchecksum", "no"}},
	{"rdb with access times", "SAVE", []string{"--maxmemory-policy", "allkeys-lru"}},
	{"rdb with frequencies", "SAVE", []string{"--maxmemory-policy", "allkeys-lfu"}},
	{"aof", "PING", []string{"--appendonly", "yes"}},
	{"aof rewritten", "BGREWRITEAOF", []string{"--appendonly", "yes"}},
	{"aof of commands", "BGREWRITEAOF", []string{"--appendonly", "yes", "--aof-use-rdb-preamble", "no"}},
}

// TestFilesGoBothWays has the real server load what this one has written, and
// this one what the real server has: the data must be the same.
func TestFilesGoBothWays(t *testing.T) {
	starts := map[string]func(testing.TB, ...string) *testkit.Server{"peer": testkit.StartPeer, "sigrun": testkit.StartSigrun}
	for from, to := range map[string]string{"peer": "sigrun", "sigrun": "peer"} {
		for i, kind := range kinds {
			t.Run(kind.name+" from "+from, func(t *testing.T) {
				maker := starts[from](t, kind.args...)
				c := maker.Dial(t)
				store(c, rng.New(uint64(i)), 3000)
				storeTypes(c, rng.New(uint64(i)), 2000)
				c.MustDo(kind.command)
				eventually(t, "the file", func() bool { return info(t, c, "aof_rewrite_in_progress")+info(t, c, "aof_rewrite_scheduled") == 0 })
				if kind.name[:3] == "aof" {
					store(c, rng.New(100+uint64(i)), 300) // follows the base
					storeTypes(c, rng.New(100+uint64(i)), 1000)
				}
				want, size := c.MustDo("DEBUG", "DIGEST").Text, c.MustDo("DBSIZE").Int()
				maker.Stop()

				c = starts[to](t, append(kind.args, "--dir", maker.Dir)...).Dial(t)
				if got := c.MustDo("DEBUG", "DIGEST").Text; got != want {
					t.Errorf("%s has %d keys with digest %s, %s had %d with %s", to, c.MustDo("DBSIZE").Int(), got, from, size, want)
				}
			})
		}
	}
}

// store makes so many changes: strings of all encodings, in two databases, some
// of which expire in years.
func store(c *testkit.Client, r *rng.Source, n int) {
	binary := make([]byte, 300)
	for i := range binary {
		binary[i] = byte(r.Uint64())
	}
	values := []string{
		"", "0", "-1", "12345", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "007", "3.14",
		"short", strings.Repeat("compressible ", 100), strings.Repeat("x", 70_000), string(binary), "\r\n\x00\xff",
	}
	var batch [][]string
	for i := range n {
		key := fmt.Sprintf("key:%d", r.Uint64n(2000))
		value := values[r.Uint64n(uint64(len(values)))]
		switch r.Uint64n(10) {
		case 0:
			batch = append(batch, []string{"SET", key, value, "PXAT", "4102444800123"})
		case 1:
			batch = append(batch, []string{"APPEND", key, "tail"})
		case 2:
			batch = append(batch, []string{"DEL", key})
		case 3:
			batch = append(batch, []string{"EXPIRE", key, "1000000"})
		case 4:
			batch = append(batch, []string{"SELECT", fmt.Sprint(i % 2 * 9)})
		case 5:
			batch = append(batch, []string{"SET", "\x00\xff" + key, value})
		default:
			batch = append(batch, []string{"SET", key, value})
		}
	}
	c.Pipeline(append(batch, []string{"SELECT", "0"})...)
}
