//go:build linux && !portable

package netio

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sigrun/internal/rng"
)

// Connections that move again and again lose nothing: no input, no output, no mail,
// and no order.
func TestMoves(t *testing.T) {
	s, h, addr := start(t, Options{Loops: 3, ActiveMax: 3, Fixed: true})
	const clients, rounds = 24, 150
	stop := make(chan struct{})
	var movers, wg sync.WaitGroup
	movers.Go(func() {
		noise := rng.New(1)
		for {
			select {
			case <-stop:
				return
			default:
				s.transfer(int(noise.Uint64n(3)), int(noise.Uint64n(3)))
				runtime.Gosched()
			}
		}
	})
	for range clients {
		wg.Go(func() {
			c := dial(t, addr)
			for i := range rounds {
				c.send("echo %d\necho ", i)
				c.expect(fmt.Sprintf("+%d", i))
				c.send("%d again\npush %d\nbulk 5\n12", i, i)
				c.expect(fmt.Sprintf("+%d again", i))
				c.expect(fmt.Sprintf("+%d", i))
				c.send("345")
				c.expect("cbf53a1c")
				if i%50 == 49 { // moves with unsent output
					c.send("big 3000000\necho %d\n", i)
					if n, err := io.CopyN(io.Discard, c.r, 3_000_001); err != nil {
						t.Errorf("%d bytes, %v", n, err)
					}
					c.expect(fmt.Sprintf("+%d", i))
				}
			}
			c.send("quit\n")
			c.expect("+bye")
		})
	}
	mailed := wrapMailed(t, h, addr, stop, &movers)
	wg.Wait()
	close(stop)
	movers.Wait()
	for i := range mailed.sent.Load() {
		mailed.c.expect(fmt.Sprint(i))
	}
	if h.moved.Load() == 0 {
		t.Error("nothing moved")
	}
	t.Logf("%d moves", h.moved.Load())
}

// mailed is a connection to which numbers are posted in order while it moves.
type mailed struct {
	c    *client
	sent atomic.Int64
}

func wrapMailed(t *testing.T, h *lines, addr string, stop chan struct{}, wg *sync.WaitGroup) *mailed {
	m := &mailed{c: dial(t, addr)}
	m.c.send("echo me\n")
	m.c.expect("+me")
	local := m.c.LocalAddr().String()
	var conn *Conn
	h.mu.Lock()
	for _, c := range h.conns {
		if c.RemoteAddr() == local {
			conn = c
		}
	}
	h.mu.Unlock()
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if i < 5000 {
				conn.Post(pushed{conn, fmt.Sprintf("%d\n", i)})
				m.sent.Add(1)
			}
			runtime.Gosched()
		}
	})
	return m
}

// A server that closes while connections are on their way closes them too.
func TestCloseWhileMoving(t *testing.T) {
	for seed := range uint64(20) {
		s, h, addr := start(t, Options{Loops: 3, Fixed: true})
		for range 30 {
			c := dial(t, addr)
			c.send("echo x\n")
			c.expect("+x")
		}
		noise := rng.New(seed)
		var wg sync.WaitGroup
		wg.Go(func() {
			for range 200 {
				s.transfer(int(noise.Uint64n(3)), int(noise.Uint64n(3)))
			}
		})
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if o, e := h.opened.Load(), h.ended.Load(); o != 30 || e != 30 {
			t.Fatalf("seed %d: %d opened, %d closed", seed, o, e)
		}
	}
}

// A turn allocates nothing, with one-range replies, several ranges, carried input
// and messages.
func TestTurnsDoNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("pools forget at random")
	}
	h := &quiet{}
	s, err := New(Options{Handler: h, Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := s.Listen("tcp4", "127.0.0.1:0", ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Close()
	var fds [8]int
	for i := range fds {
		fds[i] = rawDial(t, ln.Port())
		defer unix.Close(fds[i])
	}
	in, out := []byte("one\ntwo\nrest"), make([]byte, 64)
	round := func() {
		for _, fd := range fds {
			rawWrite(t, fd, in)
		}
		for _, fd := range fds {
			rawRead(t, fd, out[:6])
		}
		for _, fd := range fds {
			rawWrite(t, fd, []byte("\n"))
			rawRead(t, fd, out[:3])
		}
		s.Loops()[0].Post(h)
	}
	for range 100 {
		round()
	}
	if n := testing.AllocsPerRun(300, round); n > 0.1 {
		t.Errorf("%.2f allocations in a round of %d turns", n, 2*len(fds))
	}
}

// quiet answers each line with "+1\n" without allocating: odd replies by Write.
type quiet struct{ n, messages int }

func (*quiet) Open(*Conn)          {}
func (*quiet) Backlog(*Conn)       {}
func (*quiet) Drained(*Conn)       {}
func (*quiet) Moved(*Conn, *Loop)  {}
func (*quiet) Closed(*Conn, error) {}
func (*quiet) Cron(*Loop)          {}

func (q *quiet) Message(*Loop, any) { q.messages++ }

func (q *quiet) Tick(l *Loop, ready []*Conn) {
	for _, c := range ready {
		for i := 0; i < len(c.In); i++ {
			if c.In[i] != '\n' {
				continue
			}
			c.Discard(i + 1)
			i = -1
			if q.n++; q.n%2 == 0 {
				c.Write([]byte("+1\n"))
				continue
			}
			l.Out = append(l.Out, "+1\nskipped"...)
			end := len(l.Out) - len("skipped")
			l.Queue(c, end-3, end)
		}
	}
}

func rawDial(t testing.TB, port int) int {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func rawWrite(t testing.TB, fd int, b []byte) {
	if n, err := unix.Write(fd, b); n != len(b) || err != nil {
		t.Fatal(n, err)
	}
}

func rawRead(t testing.TB, fd int, b []byte) {
	for len(b) > 0 {
		n, err := unix.Read(fd, b)
		if n <= 0 || err != nil {
			t.Fatal(n, err)
		}
		b = b[n:]
	}
}

// Connections that were reset while they waited, and a lack of descriptors, do not
// stop a listener.
func TestAcceptTrouble(t *testing.T) {
	var failed atomic.Int64
	o := Options{Loops: 1, CronEvery: 5 * time.Millisecond}
	o.AcceptFailed = func(error) { failed.Add(1) }
	s, h, addr := start(t, o)
	for range 50 {
		c := dial(t, addr)
		_ = c.Conn.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	c := dial(t, addr)
	c.send("echo a\n")
	c.expect("+a")
	eventually(t, "the others gone", func() bool { return s.NumConns() == 1 })

	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	var late [3]int
	for i := range late { // sockets beforehand: soon there are no descriptors
		late[i], _ = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		defer unix.Close(late[i])
	}
	none := was
	none.Cur = 3
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &was) }()
	port := s.listeners[0].Port()
	for _, fd := range late {
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "failure to accept, twice", func() bool { return failed.Load() >= 2 })
	c.send("echo b\n")
	c.expect("+b")
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	for _, fd := range late {
		rawWrite(t, fd, []byte("quit\n"))
		rawRead(t, fd, make([]byte, 5))
	}
	eventually(t, "all served", func() bool { return h.ended.Load() >= 3 })
}

// What an idle connection costs, kernel memory aside.
func TestIdleConnectionMemory(t *testing.T) {
	if size := unsafe.Sizeof(Conn{}); size > 256 {
		t.Errorf("a Conn has %d bytes", size)
	}
	const n = 1000
	s, _, _ := start(t, Options{Loops: 1})
	port := s.listeners[0].Port()
	var before, after runtime.MemStats
	runtime.GC() // twice: pools keep what they had for one more cycle
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range n {
		fd := rawDial(t, port)
		defer unix.Close(fd)
		rawWrite(t, fd, []byte("echo x\n"))
		rawRead(t, fd, make([]byte, 3))
	}
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	per := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n
	t.Logf("%d bytes per idle connection", per)
	if per > 1024 {
		t.Errorf("%d bytes per idle connection", per)
	}
}

// An idle server hardly runs.
func TestIdleCPU(t *testing.T) {
	s, _, addr := start(t, Options{Loops: 4})
	c := dial(t, addr)
	c.send("echo x\n")
	c.expect("+x")
	busy := func() (n int64) {
		for _, l := range s.Loops() {
			n += l.BusyNanos()
		}
		return n
	}
	before := busy()
	const span = 500 * time.Millisecond
	time.Sleep(span)
	if used := time.Duration(busy() - before); used > span/20 {
		t.Errorf("%v of CPU in %v of idleness", used, span)
	}
}

// A loop that is asked to give up its connections does so, and sleeps without Cron.
func TestGiveUpLoop(t *testing.T) {
	s, h, addr := start(t, Options{Loops: 2, CronEvery: time.Millisecond})
	b := newBalancer(s)
	var cs []*client
	for range 10 {
		c := dial(t, addr)
		c.send("echo x\n")
		c.expect("+x")
		cs = append(cs, c)
	}
	b.act(decision{grow, 0, 1})
	eventually(t, "about half moved", func() bool { n := s.Loops()[1].NumConns(); return n == 4 || n == 5 })
	if s.Active() != 2 {
		t.Errorf("%d loops in use", s.Active())
	}
	held := cs[9]
	held.send("barrier 5\n")
	eventually(t, "held output", func() bool { return h.unsent() > 0 })
	b.act(decision{shrink, 1, 0})
	held.send("echo y\n")
	eventually(t, "others moved", func() bool { return s.Loops()[0].NumConns() >= 9 })
	s.Release(5)
	held.expect("+held")
	held.expect("+y")
	eventually(t, "all moved", func() bool { return s.Loops()[0].NumConns() == 10 })
	for _, c := range cs {
		c.send("echo z\n")
		c.expect("+z")
	}
}

// BenchmarkPipeline measures a line's way in and its reply's way out, client
// included, with 16 lines from each of 16 connections at a time.
func BenchmarkPipeline(b *testing.B) {
	s, err := New(Options{Handler: &quiet{}, Loops: 1})
	if err != nil {
		b.Fatal(err)
	}
	ln, err := s.Listen("tcp4", "127.0.0.1:0", ListenOptions{})
	if err != nil {
		b.Fatal(err)
	}
	s.Start()
	defer s.Close()
	const depth = 16
	var fds [16]int
	for i := range fds {
		fds[i] = rawDial(b, ln.Port())
		defer unix.Close(fds[i])
	}
	in := []byte(strings.Repeat("sixteen bytes..\n", depth))
	out := make([]byte, 3*depth)
	b.ReportAllocs()
	for b.Loop() {
		for _, fd := range fds {
			rawWrite(b, fd, in)
		}
		for _, fd := range fds {
			rawRead(b, fd, out)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*depth*len(fds)), "ns/line")
}

// TestRest lets a loop rest: it has no Cron until something happens, and then has it
// at once.
func TestRest(t *testing.T) {
	_, h, addr := start(t, Options{Loops: 1, CronEvery: time.Millisecond})
	c := dial(t, addr)
	h.rest.Store(int64(time.Hour))
	for range 3 {
		c.send("echo x\n")
		c.expect("+x")
		before := h.crons.Load()
		time.Sleep(100 * time.Millisecond) // a hundred periods; a slow machine makes it fewer
		resting := h.crons.Load()
		if resting > before+2 { // one that was under way, and the one that let it rest
			t.Errorf("%d crons of a loop that rests", resting-before)
		}
		c.send("echo y\n")
		c.expect("+y")
		eventually(t, "Cron", func() bool { return h.crons.Load() > resting })
	}
}
