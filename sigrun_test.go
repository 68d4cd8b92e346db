package sigrun_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/valkey-io/valkey-go"
	"go.uber.org/goleak"

	"sigrun"
	"sigrun/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start starts a server that ends with the test.
func start(t *testing.T, o sigrun.Options) *sigrun.Server {
	t.Helper()
	s, err := sigrun.Start(o)
	testkit.NoError(t, err)
	t.Cleanup(func() { testkit.NoError(t, s.Close()) })
	return s
}

// dial returns a client that comes through Dial.
func dial(t *testing.T, s *sigrun.Server) *testkit.Client {
	t.Helper()
	nc, err := s.Dial(context.Background(), "", "")
	testkit.NoError(t, err)
	c := testkit.NewClient(t, nc)
	t.Cleanup(c.Close)
	return c
}

// want fails the test unless a command is answered with reply.
func want(t *testing.T, c *testkit.Client, reply string, args ...string) {
	t.Helper()
	if got := c.Do(args...).String(); got != reply {
		t.Errorf("%q: got %s, want %s", args, got, reply)
	}
}

func TestWaysIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := start(t, sigrun.Options{Addr: "127.0.0.1:0", UnixSocket: path})
	unix, err := net.Dial("unix", path)
	testkit.NoError(t, err)
	u := testkit.NewClient(t, unix)
	defer u.Close()
	want(t, testkit.Dial(t, s.Addr()), "OK", "SET", "k", "v")
	want(t, dial(t, s), `"v"`, "GET", "k")
	want(t, u, `"v"`, "GET", "k")
}

func TestClients(t *testing.T) {
	s := start(t, sigrun.Options{})
	ctx := context.Background()
	for _, proto := range []int{2, 3} {
		rdb := redis.NewClient(&redis.Options{Dialer: s.Dial, Protocol: proto})
		testkit.NoError(t, rdb.Set(ctx, "k", proto, 0).Err())
		_, err := rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for range 1000 {
				p.Incr(ctx, "k")
			}
			return nil
		})
		testkit.NoError(t, err)
		if got, err := rdb.Get(ctx, "k").Int(); err != nil || got != proto+1000 {
			t.Errorf("protocol %d: %d, %v", proto, got, err)
		}
		testkit.NoError(t, rdb.Close())
	}
	vk, err := valkey.NewClient(valkey.ClientOption{
		InitAddress: []string{"memory:1"},
		DialCtxFn: func(ctx context.Context, a string, _ *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return s.Dial(ctx, "", a)
		},
		DisableCache: true, // it asks for tracking
	})
	testkit.NoError(t, err)
	defer vk.Close()
	testkit.NoError(t, vk.Do(ctx, vk.B().Set().Key("k").Value("v").Build()).Error())
}

func TestClock(t *testing.T) {
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := sigrun.NewClock(day)
	c := dial(t, start(t, sigrun.Options{Clock: clock}))
	want(t, c, "OK", "SET", "k", "v", "PX", "60000")
	clock.Advance(59 * time.Second)
	want(t, c, `"v"`, "GET", "k")
	clock.Advance(time.Second + time.Millisecond)
	want(t, c, "(nil)", "GET", "k")
	if got := clock.Now(); !got.Equal(day.Add(time.Minute + time.Millisecond)) {
		t.Errorf("the clock stands at %v", got)
	}
}

func TestSettings(t *testing.T) {
	s := start(t, sigrun.Options{Settings: map[string]string{"requirepass": "secret", "maxmemory": "100mb", "SAVE": "60 1 5 9", "databases": "3"}})
	c := dial(t, s)
	want(t, c, "(error) NOAUTH Authentication required.", "GET", "k")
	want(t, c, "OK", "AUTH", "secret")
	want(t, c, "(error) ERR DB index is out of range", "SELECT", "3")
	want(t, c, "1) \"save\"\n2) \"60 1 5 9\"", "CONFIG", "GET", "save")
	for _, o := range []sigrun.Options{
		{Settings: map[string]string{"no-such": "1"}},
		{Settings: map[string]string{"maxmemory": "many"}},
		{Addr: "127.0.0.1:70000"},
		{Addr: "192.0.2.1:0"},
		{UnixSocket: "/no/such/folder/s"},
	} {
		if s, err := sigrun.Start(o); err == nil {
			t.Errorf("%+v started", o)
			_ = s.Close()
		} else if !strings.HasPrefix(err.Error(), "sigrun: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestManyServers also is about what they share: nothing.
func TestManyServers(t *testing.T) {
	var all sync.WaitGroup
	for i := range 8 {
		s := start(t, sigrun.Options{Addr: "127.0.0.1:0"})
		all.Go(func() {
			c := dial(t, s)
			for n := range 100 {
				want(t, c, fmt.Sprintf("(integer) %d", n+1), "INCR", "k")
			}
			want(t, c, fmt.Sprintf("%q", fmt.Sprint(i)), "ECHO", fmt.Sprint(i))
		})
	}
	all.Wait()
}

func TestFiles(t *testing.T) {
	o := sigrun.Options{Dir: t.TempDir(), Settings: map[string]string{"appendonly": "yes"}}
	for n := range 3 {
		s, err := sigrun.Start(o)
		testkit.NoError(t, err)
		want(t, dial(t, s), fmt.Sprintf("(integer) %d", n+1), "INCR", "k")
		testkit.NoError(t, s.Close())
	}
	before, err := os.ReadDir(".")
	testkit.NoError(t, err)
	c := dial(t, start(t, sigrun.Options{Settings: map[string]string{"appendonly": "yes"}}))
	want(t, c, "(integer) 1", "INCR", "k")
	want(t, c, "OK", "SAVE")
	if after, err := os.ReadDir("."); err != nil || len(after) != len(before) {
		t.Errorf("a server in memory wrote files: %v, %v", after, err)
	}
}

func TestShutdownByClient(t *testing.T) {
	s := start(t, sigrun.Options{})
	c := dial(t, s)
	c.Send("SHUTDOWN")
	c.ReadAll()
	s.Wait()
	if _, err := s.Dial(context.Background(), "", ""); err == nil {
		t.Error("a server that has ended takes clients")
	}
	testkit.NoError(t, s.Close())
}

// TestCloseUnderLoad closes while clients are busy.
func TestCloseUnderLoad(t *testing.T) {
	s := start(t, sigrun.Options{Addr: "127.0.0.1:0"})
	var busy sync.WaitGroup
	for i := range 8 {
		var c *testkit.Client
		if c = dial(t, s); i%2 == 0 {
			c = testkit.Dial(t, s.Addr())
		}
		busy.Go(func() {
			for {
				if _, err := c.TryDo("INCR", "k"); err != nil {
					return
				}
			}
		})
	}
	c := dial(t, s)
	testkit.Eventually(t, 10*time.Second, func() bool { return len(c.Do("GET", "k").Text) > 3 }, "progress")
	testkit.NoError(t, s.Close())
	busy.Wait()
}

// mappings is how many pieces of memory the process has mapped.
func mappings(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/maps")
	testkit.NoError(t, err)
	return bytes.Count(text, []byte("\n"))
}

// TestNothingIsLeft looks at memory; goroutines are looked at when all tests are
// done.
func TestNothingIsLeft(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	round := func() {
		s, err := sigrun.Start(sigrun.Options{Addr: "127.0.0.1:0"})
		testkit.NoError(t, err)
		c := dial(t, s)
		for n := range 100 {
			want(t, c, "OK", "SET", fmt.Sprint(n), strings.Repeat("x", 10000))
		}
		testkit.NoError(t, s.Close())
	}
	round()
	before := mappings(t)
	for range 10 {
		round()
	}
	// The Go heap may have grown by a piece or two.
	if after := mappings(t); after > before+8 {
		t.Errorf("%d mappings before, %d after", before, after)
	}
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	s, err := sigrun.Start(sigrun.Options{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	testkit.NoError(t, err)
	testkit.NoError(t, s.Close())
	if !strings.Contains(out.String(), `level=INFO msg="Ready to accept connections`) {
		t.Error(out.String())
	}
}

// TestAcrossLoops has one client look at others, pause and close them, while they
// are busy on other loops: a test for the race detector.
func TestAcrossLoops(t *testing.T) {
	s := start(t, sigrun.Options{Settings: map[string]string{"io-threads": "4", "maxmemory-clients": "1mb"}})
	admin := dial(t, s)
	for range 5 {
		var busy sync.WaitGroup
		for i := range 12 {
			c := dial(t, s)
			busy.Go(func() {
				for n := 0; ; n++ {
					args := [][]string{{"INCR", "n"}, {"CLIENT", "SETNAME", fmt.Sprint(n)}, {"WATCH", "n"}, {"MULTI"}, {"GET", "n"}, {"EXEC"}, {"SELECT", fmt.Sprint(i % 3)}}
					if _, err := c.TryDo(args[n%len(args)]...); err != nil {
						return
					}
				}
			})
		}
		for range 20 {
			admin.MustDo("CLIENT", "LIST")
			admin.MustDo("INFO", "everything")
			admin.MustDo("CLIENT", "PAUSE", "1000", "WRITE")
			admin.MustDo("CLIENT", "UNPAUSE")
		}
		for killed := int64(0); killed < 12; {
			killed += admin.MustDo("CLIENT", "KILL", "TYPE", "normal").Int()
		}
		busy.Wait()
	}
}

// TestImportMode has keys stay that have expired, for the client that fills the
// server, and makes room for them to be set anew.
func TestImportMode(t *testing.T) {
	clock := sigrun.NewClock(time.Now())
	s := start(t, sigrun.Options{Clock: clock})
	source, other := dial(t, s), dial(t, s)
	want(t, source, "(error) ERR Server is not in import mode", "CLIENT", "IMPORT-SOURCE", "ON")
	want(t, source, "OK", "CONFIG", "SET", "import-mode", "yes")
	want(t, source, "OK", "CLIENT", "IMPORT-SOURCE", "ON")
	for _, key := range []string{"a", "b"} {
		want(t, source, "OK", "SET", key, "v", "PX", "10")
	}
	clock.Advance(time.Second)
	want(t, source, `"v"`, "GET", "a")
	want(t, other, "(nil)", "GET", "a")
	want(t, source, "(integer) 0", "PTTL", "a")
	want(t, source, "1) \"a\"", "KEYS", "a")
	want(t, other, "(empty array)", "KEYS", "*")
	want(t, other, "OK", "SET", "b", "w")
	want(t, source, `"w"`, "GET", "b")
	want(t, other, "(integer) 2", "DBSIZE")
	want(t, source, "OK", "CONFIG", "SET", "import-mode", "no")
	want(t, source, "(nil)", "GET", "a")
	want(t, other, "(integer) 1", "DBSIZE")
}
