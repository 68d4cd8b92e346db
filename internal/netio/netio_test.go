package netio

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sigrun/internal/clock"
)

func TestEcho(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		_, h, addr := start(t, o)
		c := dial(t, addr)
		c.send("echo hello\n")
		c.expect("+hello")
		c.send("echo a\necho b\npair 3\necho c\n")
		for _, want := range []string{"+a", "+b", "0!", "1!", "2!", "+c"} {
			c.expect(want)
		}
		c.send("quit\necho never\n")
		c.expect("+bye")
		c.expectEOF()
		eventually(t, "Closed", func() bool { return h.ended.Load() == 1 })
	})
}

func TestPartialInput(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		_, h, addr := start(t, o)
		c := dial(t, addr)
		for _, b := range []byte("echo one byte at a time\n") {
			ticks := h.ticks.Load()
			c.send("%c", b)
			eventually(t, "a Tick for each byte", func() bool { return h.ticks.Load() > ticks })
		}
		c.expect("+one byte at a time")
		if conn := h.only(); conn.Loop() != nil {
			eventually(t, "no carried input", func() bool { return carried(conn) == 0 })
		}
		long := strings.Repeat("y", 300_000)
		c.send("echo %s", long[:100_000])
		c.send("%s\necho next", long[100_000:])
		c.send("\n")
		c.expect("+" + long)
		c.expect("+next")
	})
}

// carried asks c's loop for its carried bytes.
func carried(c *Conn) int {
	got := make(chan int, 1)
	c.Post(func(*Loop) { got <- c.InputBytes() })
	return <-got
}

func TestBigBulk(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		_, h, addr := start(t, o)
		c := dial(t, addr)
		for _, size := range []int{1, 5_000, 16 << 10, 70_000, 1 << 20, 1<<20 + 1, 24 << 20} {
			b := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
			ticks := h.ticks.Load()
			go func() { c.send("bulk %d\n%s", size, b); c.send("echo after %d\n", size) }()
			c.expect(fmt.Sprintf("%08x", crc32.ChecksumIEEE(b)))
			c.expect(fmt.Sprintf("+after %d", size))
			if n := h.ticks.Load() - ticks; n > 6 {
				t.Errorf("bulk of %d bytes: %d ticks", size, n)
			}
		}
		eventually(t, "no carried input", func() bool { return carried(h.only()) == 0 })
	})
}

// A header that promises a lot must not cost memory before the bytes are there.
func TestLyingHeader(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		_, h, addr := start(t, o)
		c := dial(t, addr)
		c.send("bulk %d\n0123456789", 1<<34)
		conn := h.only()
		eventually(t, "the first bytes", func() bool { return carried(conn) == 10 })
		mem := make(chan int, 1)
		conn.Post(func(*Loop) { mem <- conn.Memory() })
		if n := <-mem; n > 128<<10 {
			t.Errorf("%d bytes of memory for 10 of input", n)
		}
		c.Close()
		eventually(t, "Closed", func() bool { return h.ended.Load() == 1 })
	})
}

func TestPauseResume(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		_, h, addr := start(t, o)
		c := dial(t, addr)
		c.send("echo 1\nblock\necho 2\n")
		c.expect("+1")
		conn := h.only()
		eventually(t, "the rest", func() bool { return carried(conn) == 7 })
		ticks := h.ticks.Load()
		c.send("echo 3\n")
		conn.Post(func(*Loop) {}) // the loop has looked at its sockets since
		carried(conn)
		if h.ticks.Load() != ticks {
			t.Error("Tick for a paused connection")
		}
		conn.Post(resume{conn})
		c.expect("released")
		c.expect("+2")
		c.expect("+3")
	})
}

// A client that leaves while it is blocked is noticed.
func TestEndWhilePaused(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		_, h, addr := start(t, o)
		for _, rest := range []string{"", "echo unread\n"} {
			before := h.ended.Load()
			c := dial(t, addr)
			c.send("block\n%s", rest)
			conn := h.only()
			eventually(t, "pause", func() bool { return paused(conn) })
			c.Close()
			eventually(t, "Closed", func() bool { return h.ended.Load() == before+1 })
			if err, _ := h.closedWith(conn.ID); err != io.EOF && !isReset(err) {
				t.Errorf("closed with %v", err)
			}
		}
	})
}

func paused(c *Conn) bool {
	got := make(chan bool, 1)
	return c.Post(func(*Loop) { got <- c.Paused() }) && <-got
}

func isReset(err error) bool { return err != nil && strings.Contains(err.Error(), "reset") }

func TestEndings(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		_, h, addr := start(t, o)
		for _, tc := range []struct {
			end  func(c *client)
			want error
		}{
			{func(c *client) { c.send("quit\n"); c.expect("+bye"); c.expectEOF() }, nil},
			{func(c *client) { c.send("kill\n"); c.expectEOF() }, errKilled},
			{func(c *client) { c.Close() }, io.EOF},
			{func(c *client) { // half-closed: the replies still come
				c.send("echo a\n")
				_ = c.Conn.(*net.TCPConn).CloseWrite()
				c.expect("+a")
				c.expectEOF()
			}, io.EOF},
		} {
			c := dial(t, addr)
			id := h.only().ID
			tc.end(c)
			eventually(t, "Closed", func() bool { _, closed := h.closedWith(id); return closed })
			if err, _ := h.closedWith(id); !errors.Is(err, tc.want) {
				t.Errorf("closed with %v, want %v", err, tc.want)
			}
		}
	})
}

func TestRefusal(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		_, h, addr := start(t, o)
		h.refuse.Store(true)
		for range 20 {
			c := dial(t, addr)
			_, _ = c.Write([]byte("echo unread\n"))
			c.expect("-full")
			c.expectEOF()
			c.Close()
		}
	})
}

// A client that does not read must not hold up others, and gets all in the end.
func TestSlowReader(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		o.Loops = 1
		_, h, addr := start(t, o)
		slow, quick := dial(t, addr), dial(t, addr)
		const size, times = 3 << 20, 8
		for i := range times {
			slow.send("big %d\necho %d\n", size, i)
			slow.send("push p%d\n", i)
		}
		eventually(t, "a backlog", func() bool { return h.backlog.Load() > 0 })
		for range 100 {
			quick.send("echo quick\n")
			quick.expect("+quick")
		}
		for i := range times {
			if n, err := io.CopyN(io.Discard, slow.r, size+1); err != nil {
				t.Fatalf("%d bytes, %v", n, err)
			}
			slow.expect(fmt.Sprintf("+%d", i))
			slow.expect(fmt.Sprintf("+p%d", i))
		}
		eventually(t, "Drained", func() bool { return h.drained.Load() > 0 })
	})
}

func TestBarrier(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		s, h, addr := start(t, o)
		c, other := dial(t, addr), dial(t, addr)
		c.send("barrier 7\n")
		eventually(t, "held output", func() bool { return h.unsent() == 6 })
		c.send("echo behind\n")
		eventually(t, "more output", func() bool { return h.unsent() == 14 })
		c.send("barrier 9\n")
		eventually(t, "held output", func() bool { return h.unsent() == 20 })
		c.send("push last\n")
		other.send("echo free\n")
		other.expect("+free")
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if b, err := c.r.ReadByte(); err == nil {
			t.Fatalf("%q left before its barrier", b)
		}
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		s.Release(8)
		c.expect("+held")
		c.expect("+behind")
		s.Release(9)
		c.expect("+held")
		c.expect("+last")
		c.send("barrier 9\n") // released already
		c.expect("+held")
		// The end of input does not lose held output.
		c.send("barrier 12\n")
		_ = c.Conn.(*net.TCPConn).CloseWrite()
		other.send("echo still free\n")
		other.expect("+still free")
		s.Release(12)
		c.expect("+held")
		c.expectEOF()
	})
}

// TestReleaseReads: output that promises nothing may leave before what does.
func TestReleaseReads(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		s, h, addr := start(t, o)
		c, other := dial(t, addr), dial(t, addr)
		c.send("promise 7\n")
		other.send("barrier 7\n")
		eventually(t, "held output", func() bool { return h.unsent() == 12 })
		s.ReleaseReads(7)
		other.expect("+held")
		other.send("barrier 7\n") // need not wait any more
		other.expect("+held")
		c.send("barrier 7\n") // behind the promise
		eventually(t, "more output", func() bool { return h.unsent() == 12 })
		s.Release(7)
		c.expect("+done")
		c.expect("+held")
	})
}

// unsent sums up what connections have unsent, as their loops see it.
func (h *lines) unsent() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := make(chan int, len(h.conns))
	want, total := 0, 0
	for _, c := range h.conns {
		if c.Post(func(*Loop) { got <- c.Pending() }) {
			want++
		}
	}
	for range want {
		select {
		case n := <-got:
			total += n
		case <-time.After(5 * time.Second):
			return -1
		}
	}
	return total
}

// Mail arrives in order and on the right loop, whoever posts.
func TestPost(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		s, h, addr := start(t, o)
		c := dial(t, addr)
		conn := h.only()
		const posters, each = 4, 500
		var wg sync.WaitGroup
		for p := range posters {
			wg.Go(func() {
				for i := range each {
					if !conn.Post(pushed{conn, fmt.Sprintf("%d %d\n", p, i)}) {
						t.Error("closed")
					}
				}
			})
		}
		next := [posters]int{}
		for range posters * each {
			var p, i int
			if _, err := fmt.Fscanf(c.r, "%d %d\n", &p, &i); err != nil || next[p] != i {
				t.Fatalf("poster %d: got %d, want %d, %v", p, i, next[p], err)
			}
			next[p]++
		}
		wg.Wait()
		c.Close()
		eventually(t, "Closed", func() bool { return h.ended.Load() == 1 })
		if conn.Post(resume{conn}) {
			t.Error("a closed connection takes mail")
		}
		got := make(chan int, len(s.Loops()))
		for _, l := range s.Loops() {
			l.Post(func(at *Loop) { got <- at.Index })
		}
		for range s.Loops() {
			<-got
		}
	})
}

func TestManyConnections(t *testing.T) {
	const n = 2000
	if got, err := RaiseFileLimit(3*n + 100); got < 2*n+100 {
		t.Skipf("only %d files: %v", got, err)
	}
	drivers(t, func(t *testing.T, o Options) {
		s, _, addr := start(t, o)
		clients := make([]*client, n)
		for i := range clients {
			clients[i] = dial(t, addr)
		}
		for round := range 3 {
			for i, c := range clients {
				c.send("echo %d.%d\n", round, i)
			}
			for i, c := range clients {
				c.expect(fmt.Sprintf("+%d.%d", round, i))
			}
		}
		if got := s.NumConns(); got != n {
			t.Errorf("%d connections, want %d", got, n)
		}
		for _, c := range clients[:n/2] {
			c.Close()
		}
		eventually(t, "half of them gone", func() bool { return s.NumConns() == n/2 })
	})
}

// Connections come and go, in every way, while the server closes.
func TestCloseUnderLoad(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		for range 5 {
			s, h, addr := start(t, o)
			var wg sync.WaitGroup
			stop := make(chan struct{})
			for i := range 8 {
				wg.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
						}
						nc, err := net.Dial("tcp", addr)
						if err != nil {
							return
						}
						_, _ = fmt.Fprintf(nc, "echo x\n%s\n", []string{"block", "quit", "kill", "big 100000"}[i%4])
						_, _ = io.CopyN(io.Discard, nc, 3)
						nc.Close()
					}
				})
			}
			eventually(t, "some traffic", func() bool { return h.ended.Load() > 50 })
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			close(stop)
			wg.Wait()
			for _, l := range s.Loops() {
				l.Post("nobody") // after the end: dropped
			}
		}
	})
}

func TestAttach(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		s, h, _ := start(t, o)
		ours, theirs := net.Pipe()
		if err := s.Attach(theirs); err != nil {
			t.Fatal(err)
		}
		c := wrap(t, ours)
		go c.send("echo through a pipe\nbig 100000\n")
		c.expect("+through a pipe")
		if n, err := io.CopyN(io.Discard, c.r, 100_001); err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
		conn := h.only()
		if conn.Fd() != -1 || conn.RemoteAddr() != "pipe" {
			t.Errorf("fd %d, remote %q", conn.Fd(), conn.RemoteAddr())
		}
		go c.send("kill\n")
		c.expectEOF()
		// One that never reads does not keep the server from closing.
		_, theirs = net.Pipe()
		if err := s.Attach(theirs); err != nil {
			t.Fatal(err)
		}
		conn = h.only()
		conn.Post(pushed{conn, strings.Repeat("z", 100_000)})
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Attach(theirs); !errors.Is(err, ErrServerClosed) {
			t.Errorf("Attach after Close: %v", err)
		}
	})
}

func TestCron(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		o.CronEvery = 2 * time.Millisecond
		s, h, addr := start(t, o)
		eventually(t, "Cron", func() bool { return h.crons.Load() > 5 })
		s.SetCronEvery(time.Hour)
		dial(t, addr).send("echo x\n")
	})
}

// A connection that is to close, but whose peer takes nothing, does not stay for ever.
func TestStaleFarewell(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		manual := clock.NewManual(0)
		o.Clock = manual
		o.CronEvery = time.Millisecond
		s, h, addr := start(t, o)
		c := dial(t, addr)
		id := h.only().ID
		c.send("big %d\nquit\n", 32<<20)
		eventually(t, "a backlog", func() bool { return h.backlog.Load() > 0 })
		eventually(t, "the end", func() bool {
			manual.Advance(farewellTime / 4)
			return s.NumConns() == 0
		})
		if err, _ := h.closedWith(id); !errors.Is(err, ErrStale) {
			t.Errorf("closed with %v", err)
		}
	})
}

func TestTLS(t *testing.T) {
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS() // for its certificate
	defer web.Close()
	drivers(t, func(t *testing.T, o Options) {
		s, h, _ := start(t, o)
		nl, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ln, err := s.Serve(tls.NewListener(nl, &tls.Config{Certificates: web.TLS.Certificates}))
		if err != nil {
			t.Fatal(err)
		}
		open := func() *client {
			nc, err := tls.Dial("tcp", ln.Addr(), &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				t.Fatal(err)
			}
			return wrap(t, nc)
		}
		c := open()
		c.send("echo secret\nbig 1000000\n")
		c.expect("+secret")
		if n, err := io.CopyN(io.Discard, c.r, 1_000_001); err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if err := h.only().SetKeepAlive(time.Minute); err != nil {
			t.Error(err)
		}
		c.send("quit\n")
		c.expect("+bye")
		c.expectEOF()
		c.Close()
		eventually(t, "Closed", func() bool { return s.NumConns() == 0 })
		// One that says nothing, and one in the middle of its handshake.
		open()
		if _, err := net.Dial("tcp", ln.Addr()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "both there", func() bool { return s.NumConns() == 2 })
	})
}

// While one client sends and gets a lot, others are served.
func TestFairness(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		o.Loops = 1
		_, _, addr := start(t, o)
		big, small := dial(t, addr), dial(t, addr)
		const size = 64 << 20
		done := make(chan struct{})
		go func() {
			defer close(done)
			big.send("bulk %d\n", size)
			_, _ = big.Write(make([]byte, size))
			big.send("big %d\necho end\n", size)
			_, _ = io.CopyN(io.Discard, big.r, 9+size+1)
			big.expect("+end")
		}()
		var worst time.Duration
		for rounds := 0; ; rounds++ {
			select {
			case <-done:
				t.Logf("%d rounds meanwhile, the slowest in %v", rounds, worst)
				return
			default:
			}
			before := time.Now()
			small.send("echo x\n")
			small.expect("+x")
			worst = max(worst, time.Since(before))
		}
	})
}
