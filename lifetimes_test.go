package sigrun_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun"
	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

var (
	lifetimes    = flag.Duration("lifetimes", 2*time.Second, "how long TestLifetimes lets clients come and go")
	lifetimeSeed = flag.Uint64("lifetimes.seed", 0, "its seed; 0: of the time")
)

// TestLifetimes has clients come and go in every way at once: blocked, killed by
// others and by themselves, evicted, unblocked, within transactions, and closed from
// both sides while their replies are under way. Whoever reads must get the replies to
// its own commands; and in the end nobody may be left, nor anybody wait.
func TestLifetimes(t *testing.T) {
	for _, way := range []string{"tcp", "memory"} {
		t.Run(way, func(t *testing.T) { checkLifetimes(t, way == "tcp") })
	}
}

const (
	lifeWorkers = 12
	lifeKeys    = 6 // of each type
)

// crowd is what the clients of a run share.
type crowd struct {
	t     *testing.T
	s     *sigrun.Server
	tcp   bool
	ids   [64]atomic.Uint64 // of clients that lived lately
	lives atomic.Int64
	read  atomic.Int64 // replies
}

// dice is one client's chance.
type dice struct{ *rng.Source }

func (d dice) IntN(n int) int { return int(d.Uint64n(uint64(n))) }

func checkLifetimes(t *testing.T, tcp bool) {
	seed := *lifetimeSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	s := start(t, sigrun.Options{Addr: "127.0.0.1:0", Settings: map[string]string{
		"io-threads": "4", "maxmemory-clients": "3mb", "appendonly": "yes", "appendfsync": "always",
		"client-output-buffer-limit": "normal 2mb 0 0", "enable-debug-command": "yes",
	}})
	c := &crowd{t: t, s: s, tcp: tcp}
	end := time.Now().Add(*lifetimes)
	var all sync.WaitGroup
	for i := range lifeWorkers {
		all.Go(func() {
			r := dice{rng.New(seed + uint64(i))}
			for time.Now().Before(end) && !t.Failed() {
				c.live(r)
				c.lives.Add(1)
			}
		})
	}
	all.Wait()
	t.Logf("seed %d: %d clients, %d replies", seed, c.lives.Load(), c.read.Load())
	c.checkEnd()
}

// open returns a new connection.
func (c *crowd) open() net.Conn {
	if c.tcp {
		conn, err := net.DialTimeout("tcp", c.s.Addr(), testkit.DefaultTimeout)
		if err != nil {
			c.t.Errorf("dial: %v", err)
			return nil
		}
		return conn
	}
	conn, err := c.s.Dial(context.Background(), "", "")
	if err != nil {
		c.t.Errorf("dial: %v", err)
		return nil
	}
	return conn
}

// live is the life of one client: some bursts of commands, some of which it reads the
// replies of, and an end.
func (c *crowd) live(r dice) {
	conn := c.open()
	if conn == nil {
		return
	}
	cl := testkit.NewClient(c.t, conn)
	defer cl.Close()
	id, err := cl.TryDo("CLIENT", "ID")
	if err != nil {
		return // killed already
	}
	c.ids[r.IntN(len(c.ids))].Store(uint64(id.Int()))
	for range 1 + r.IntN(4) {
		if !c.burst(r, cl) {
			return
		}
	}
	c.leave(r, cl)
}

// burst sends a few commands at once, each with an ECHO behind it, and reads the
// replies. It reports whether the client still lives.
func (c *crowd) burst(r dice, cl *testkit.Client) (alive bool) {
	var out []byte
	token := strconv.FormatUint(r.Uint64(), 36)
	n := 1 + r.IntN(8)
	for i := range n {
		out = testkit.AppendCommand(out, c.command(r, "0.02")...)
		out = testkit.AppendCommand(out, "ECHO", fmt.Sprint(token, i))
	}
	out = testkit.AppendCommand(out, "DISCARD") // or an error
	out = testkit.AppendCommand(out, "ECHO", token)
	if cl.SendRaw(out) != nil {
		return false
	}
	next := 0 // the first ECHO that may come
	for {
		reply, err := cl.Receive()
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.t.Errorf("no reply:\n%q\n%s", out, c.clients())
			}
			return false
		}
		c.read.Add(1)
		if reply.Text == token {
			return true
		}
		if i, is := strings.CutPrefix(reply.Text, token); is {
			at, err := strconv.Atoi(i)
			if err != nil || at < next {
				c.t.Errorf("%q after the reply to %d of\n%q", reply.Text, next-1, out)
			}
			next = at + 1
		} else if reply.Kind == testkit.Bulk && isToken(reply.Text) {
			c.t.Errorf("the reply %q to somebody else", reply.Text)
		}
	}
}

// isToken reports whether text looks like one of burst's.
func isToken(text string) bool {
	return len(text) > 8 && len(text) < 20 && text[0] != 'x' && !strings.ContainsAny(text, " .=-\r\n")
}

// command is one of those whose client's life may end, or that others wait for;
// who waits does so for no longer than wait seconds.
func (c *crowd) command(r dice, wait string) []string {
	key := func(kind string) string { return kind + strconv.Itoa(r.IntN(lifeKeys)) }
	id := strconv.FormatUint(c.ids[r.IntN(len(c.ids))].Load(), 10)
	all := [...]func() []string{
		func() []string { return []string{"BLPOP", key("l"), key("l"), wait} },
		func() []string { return []string{"BLMOVE", key("l"), key("l"), "LEFT", "RIGHT", wait} },
		func() []string { return []string{"BZPOPMIN", key("z"), key("z"), wait} },
		func() []string { return []string{"XREAD", "BLOCK", "20", "STREAMS", key("s"), "$"} },
		func() []string { return []string{"LPUSH", key("l"), "x", "x"} },
		func() []string { return []string{"ZADD", key("z"), "1", "x"} },
		func() []string { return []string{"XADD", key("s"), "MAXLEN", "10", "*", "x", "x"} },
		func() []string { return []string{"SET", key("big"), strings.Repeat("x", 1<<(10+r.IntN(10)))} },
		func() []string { return []string{"GET", key("big")} },
		func() []string { return []string{"GET", key("big")} },
		func() []string { return []string{"MGET", key("big"), key("big"), key("big")} },
		func() []string { return []string{"MULTI"} },
		func() []string { return []string{"EXEC"} },
		func() []string { return []string{"WATCH", key("big"), key("l")} },
		func() []string { return []string{"CLIENT", "KILL", "ID", id, "SKIPME", "no"} },
		func() []string { return []string{"CLIENT", "UNBLOCK", id} },
		func() []string { return []string{"CLIENT", "UNBLOCK", id, "ERROR"} },
		func() []string { return []string{"CLIENT", "LIST"} },
		func() []string { return []string{"DEL", key("l"), key("z"), key("s"), key("big")} },
		func() []string { return []string{"HELLO", strconv.Itoa(2 + r.IntN(2))} },
		func() []string {
			return [][]string{{"FLUSHALL"}, {"CLIENT", "PAUSE", "3", "ALL"}, {"CLIENT", "PAUSE", "3", "WRITE"}, {"CLIENT", "UNPAUSE"},
				{"RESET"}, {"QUIT"}, {"BGREWRITEAOF"}, {"CLIENT", "NO-EVICT", "ON"}, {"CLIENT", "KILL", "TYPE", "normal"}}[r.IntN(9)]
		},
	}
	return all[r.IntN(len(all))]()
}

// leave ends a client in one of the ways there are, mostly with commands that nobody
// will see the replies of.
func (c *crowd) leave(r dice, cl *testkit.Client) {
	var out []byte
	for range r.IntN(30) {
		out = testkit.AppendCommand(out, c.command(r, "0")...)
	}
	// Who waits is read no further at some point. Then an end behind the input that is
	// left is not seen before the wait is over, but a reset is.
	const seen = 16 << 10
	tcp, is := cl.Conn().(*net.TCPConn)
	if !is {
		out = out[:min(len(out), seen)]
	}
	how := r.IntN(4)
	if is && (how == 0 || len(out) > seen) {
		how = 0
		_ = tcp.SetLinger(0) // a reset
	}
	_ = cl.Conn().SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := cl.Conn().Write(out); err != nil || !is {
		return
	}
	switch how {
	case 1:
		_ = tcp.CloseWrite()
		cl.Timeout = 100 * time.Millisecond
		for err := error(nil); err == nil; {
			_, err = cl.Receive()
		}
	case 2:
		_, _ = tcp.Write([]byte("*1\r\n$3\r\nx")) // half a command that isn't one
	}
}

// clients is what the server tells about its clients, for people.
func (c *crowd) clients() string {
	probe := dial(c.t, c.s)
	list, err := probe.TryDo("CLIENT", "LIST")
	if err != nil {
		return err.Error()
	}
	return list.Text
}

// checkEnd wants nobody to be left.
func (c *crowd) checkEnd() {
	probe := dial(c.t, c.s)
	probe.MustDo("CLIENT", "UNPAUSE")
	list, info := "", ""
	defer func() { // Eventually ends the test
		if c.t.Failed() {
			c.t.Log(list, info)
		}
	}()
	testkit.Eventually(c.t, testkit.DefaultTimeout, func() bool {
		list, info = probe.MustDo("CLIENT", "LIST").Text, probe.MustDo("INFO", "clients").Text
		for _, line := range []string{"connected_clients:1\r", "blocked_clients:0\r", "total_blocking_keys:0\r", "watching_clients:0\r", "total_watched_keys:0\r"} {
			if !strings.Contains(info, line) {
				return false
			}
		}
		return strings.Count(list, "\n") == 1
	}, "clients are left")
	probe.MustDo("FLUSHALL")
	for i := range lifeKeys {
		n := strconv.Itoa(i)
		want(c.t, probe, "(integer) 1", "LPUSH", "l"+n, "x")
		want(c.t, probe, "(integer) 1", "ZADD", "z"+n, "1", "x")
		want(c.t, probe, "(integer) 1", "LLEN", "l"+n)
		want(c.t, probe, "(integer) 1", "ZCARD", "z"+n)
	}
}
