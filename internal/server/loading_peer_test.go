package server_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// whileLoading are commands, and how much of the reply is compared.
var whileLoading = []struct {
	command string
	same    func(reply string) string
}{
	{"PING", whole}, {"GET k", whole}, {"SET k v", whole}, {"DBSIZE", whole}, {"DEL k", whole}, {"SAVE", whole}, {"BGSAVE", whole},
	{"SELECT 1", whole}, {"ECHO hi", whole}, {"TIME", kind}, {"COMMAND COUNT", kind}, {"CLIENT ID", kind}, {"CLIENT SETNAME n", whole},
	{"CONFIG GET key-load-delay", whole}, {"CONFIG SET maxmemory 0", whole}, {"CONFIG SET appendonly yes", whole}, {"CONFIG SET dir /", whole},
	{"MULTI", whole}, {"PING", whole}, {"EXEC", whole}, {"DISCARD", whole}, {"HELLO 3", kind}, {"WATCH k", whole}, {"UNWATCH", whole},
	{"LASTSAVE", kind}, {"DEBUG JMAP", kind}, {"MEMORY USAGE k", whole}, {"OBJECT ENCODING k", whole}, {"KEYS *", whole}, {"FLUSHALL", whole},
	{"NOSUCH", whole}, {"GET", whole}, {"LATENCY RESET", whole}, {"SLOWLOG LEN", whole}, {"RESET", whole}, {"INFO persistence", fieldsOfLoading},
}

func whole(reply string) string { return reply }

// kind is the first word of a reply as text: what it is, or that it is an error.
func kind(reply string) string {
	word, _, _ := strings.Cut(reply, " ")
	return word[:1]
}

// fieldsOfLoading are the fields of INFO about loading, and what is certain of them.
func fieldsOfLoading(reply string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(reply, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "loading", "async_loading", "loading_total_bytes", "loading_rdb_used_mem":
			fmt.Fprintln(&b, name, value)
		case "loading_start_time", "loading_loaded_bytes", "loading_loaded_perc", "loading_eta_seconds":
			fmt.Fprintln(&b, name, value != "" && value[0] != '0' || name == "loading_eta_seconds")
		}
	}
	return b.String()
}

// TestLoadingAsThePeer wants both servers to say the same while they load the
// same file slowly, and to be there afterwards.
func TestLoadingAsThePeer(t *testing.T) {
	maker := testkit.StartPeer(t)
	c := maker.Dial(t)
	c.MustDo("DEBUG", "POPULATE", "20000")
	c.MustDo("DEBUG", "SET-ACTIVE-EXPIRE", "0")
	c.MustDo("SET", "dead", "v", "PX", "1")
	c.MustDo("SAVE")
	c.MustDo("DEL", "dead")
	want := c.MustDo("DEBUG", "DIGEST").Text
	maker.Stop()

	var replies [2]map[string]string
	for i, start := range []func(testing.TB, ...string) *testkit.Server{testkit.StartPeer, testkit.StartSigrun} {
		s := start(t, "--dir", maker.Dir)
		c := s.Dial(t)
		replies[i] = map[string]string{
			"keys": fmt.Sprint(info(t, c, "rdb_last_load_keys_loaded"), info(t, c, "rdb_last_load_keys_expired"), info(t, c, "expired_keys")),
		}
		s.Stop()
		loaded := make(chan struct{})
		go func() {
			defer close(loaded)
			s.Restart("--dir", maker.Dir, "--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
		}()
		c = dialSoon(t, s.Addr)
		eventually(t, "the first bytes", func() bool {
			return strings.Contains(c.Do("INFO", "persistence").Text, "loading_loaded_perc:1.")
		})
		for n, w := range whileLoading {
			replies[i][fmt.Sprintf("%d %s", n, w.command)] = w.same(c.Do(strings.Fields(w.command)...).String())
		}
		c.MustDo("CONFIG", "SET", "key-load-delay", "0")
		eventually(t, "the data", func() bool { return info(t, c, "loading") == 0 })
		<-loaded
		if got := c.MustDo("DEBUG", "DIGEST").Text; got != want {
			t.Errorf("server %d has %s, want %s", i, got, want)
		}
		for line := range strings.SplitSeq(s.Log(), "\n") {
			if _, text, _ := strings.Cut(line, " * "); strings.HasPrefix(text, "Done loading") {
				replies[i]["log"] += text
			}
		}
		s.Stop()
	}
	for command, want := range replies[0] {
		if got := replies[1][command]; got != want {
			t.Errorf("%s: %q, the peer says %q", command, got, want)
		}
	}
}

// dialSoon connects to a server that will listen on addr.
func dialSoon(t *testing.T, addr string) *testkit.Client {
	var conn net.Conn
	eventually(t, "a server that listens", func() (ok bool) {
		var err error
		conn, err = net.Dial("tcp", addr)
		return err == nil
	})
	c := testkit.NewClient(t, conn)
	t.Cleanup(c.Close)
	return c
}
