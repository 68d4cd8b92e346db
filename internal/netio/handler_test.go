package netio

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lines is a handler for commands of one line each:
//
//	echo TEXT      → +TEXT
//	bulk N⏎BYTES   → the bytes' CRC-32
//	big N          → N bytes and a line end
//	pair N         → N times the reply in two arena ranges with another's between
//	block          → pauses; "released" after Resume
//	barrier N      → +held, after N was released
//	push TEXT      → +TEXT through Conn.Write
//	quit, kill     → ends the connection, with or without a reply
type lines struct {
	t       testing.TB
	opened  atomic.Int64
	ended   atomic.Int64
	backlog atomic.Int64
	drained atomic.Int64
	moved   atomic.Int64
	crons   atomic.Int64
	rest    atomic.Int64 // what Cron lets its loop rest
	ticks   atomic.Int64
	refuse  atomic.Bool

	mu     sync.Mutex
	conns  map[uint64]*Conn
	errs   map[uint64]error
	owners [16]atomic.Int32 // of each loop: handler calls at this moment
}

// lineSession is a connection's state.
type lineSession struct {
	dead     bool
	blocked  bool
	bulk     int // bytes of the bulk that is being received; 0 without
	backlogs int
}

func newLines(t testing.TB) *lines {
	return &lines{t: t, conns: map[uint64]*Conn{}, errs: map[uint64]error{}}
}

// enter checks that calls for one loop never overlap.
func (h *lines) enter(l *Loop) func() {
	if h.owners[l.Index].Add(1) != 1 {
		h.t.Errorf("loop %d: concurrent handler calls", l.Index)
	}
	return func() { h.owners[l.Index].Add(-1) }
}

func (h *lines) session(c *Conn) *lineSession {
	s := c.User.(*lineSession)
	if s.dead {
		h.t.Errorf("conn %d: called after Closed", c.ID)
	}
	return s
}

func (h *lines) Open(c *Conn) {
	defer h.enter(c.Loop())()
	h.opened.Add(1)
	c.User = &lineSession{}
	h.mu.Lock()
	h.conns[c.ID] = c
	h.mu.Unlock()
	if h.refuse.Load() {
		c.Write([]byte("-full\n"))
		c.CloseAfterFlush()
	}
}

func (h *lines) Tick(l *Loop, ready []*Conn) {
	defer h.enter(l)()
	h.ticks.Add(1)
	for _, c := range ready {
		s := h.session(c)
		if len(c.In) == 0 && !c.Closing() {
			h.t.Errorf("conn %d: ready without input", c.ID)
		}
		if s.blocked && !c.Paused() {
			s.blocked = false
			h.reply(l, c, "released\n")
		}
		for !c.Closing() && !c.Paused() && h.one(l, c, s) {
		}
	}
}

// one runs one command and reports whether there was a whole one.
func (h *lines) one(l *Loop, c *Conn, s *lineSession) bool {
	if s.bulk > 0 {
		if len(c.In) < s.bulk {
			c.Want(s.bulk)
			return false
		}
		h.reply(l, c, "%08x\n", crc32.ChecksumIEEE(c.In[:s.bulk]))
		c.Discard(s.bulk)
		s.bulk = 0
		return true
	}
	end := bytes.IndexByte(c.In, '\n')
	if end < 0 {
		return false
	}
	verb, arg, _ := bytes.Cut(c.In[:end], []byte(" "))
	n, _ := strconv.Atoi(string(arg))
	switch string(verb) {
	case "echo":
		from := len(l.Out)
		l.Out = append(l.Out, '+')
		l.Out = append(l.Out, arg...)
		l.Out = append(l.Out, '\n')
		l.Queue(c, from, len(l.Out))
	case "bulk":
		s.bulk = n
	case "big":
		from := len(l.Out)
		l.Out = append(l.Out, bytes.Repeat([]byte("x"), n)...)
		l.Out = append(l.Out, '\n')
		l.Queue(c, from, len(l.Out))
	case "pair":
		for i := range n {
			h.reply(l, c, "%d", i)
			l.Out = append(l.Out, "somebody else's"...)
			h.reply(l, c, "!\n")
		}
	case "block":
		s.blocked = true
		c.Pause()
	case "promise":
		c.Promise()
		l.SetBarrier(uint64(n))
		h.reply(l, c, "+done\n")
	case "barrier":
		l.SetBarrier(uint64(n))
		h.reply(l, c, "+held\n")
	case "push":
		c.Write(append(append([]byte("+"), arg...), '\n'))
	case "quit":
		h.reply(l, c, "+bye\n")
		c.CloseAfterFlush()
	case "kill":
		c.Close(errKilled)
	default:
		h.reply(l, c, "-what is %q\n", verb)
	}
	c.Discard(end + 1)
	return true
}

var errKilled = fmt.Errorf("killed")

func (h *lines) reply(l *Loop, c *Conn, format string, args ...any) {
	from := len(l.Out)
	l.Out = fmt.Appendf(l.Out, format, args...)
	l.Queue(c, from, len(l.Out))
}

func (h *lines) Backlog(c *Conn) {
	defer h.enter(c.Loop())()
	h.session(c).backlogs++
	h.backlog.Add(1)
}

func (h *lines) Drained(c *Conn) {
	defer h.enter(c.Loop())()
	if s := h.session(c); s.backlogs == 0 {
		h.t.Errorf("conn %d: Drained without Backlog", c.ID)
	} else {
		s.backlogs = 0
	}
	h.drained.Add(1)
}

func (h *lines) Moved(c *Conn, from *Loop) {
	defer h.enter(c.Loop())()
	h.session(c)
	h.moved.Add(1)
	if from == c.Loop() {
		h.t.Errorf("conn %d: moved to where it was", c.ID)
	}
}

func (h *lines) Closed(c *Conn, err error) {
	h.session(c).dead = true
	h.ended.Add(1)
	h.mu.Lock()
	h.errs[c.ID] = err
	delete(h.conns, c.ID)
	h.mu.Unlock()
}

func (h *lines) Cron(l *Loop) {
	defer h.enter(l)()
	h.crons.Add(1)
	l.Rest(time.Duration(h.rest.Load()))
}

// resume is a message that ends a block; pushed one that is written to a connection.
type (
	resume struct{ c *Conn }
	pushed struct {
		c    *Conn
		text string
	}
)

func (h *lines) Message(l *Loop, m any) {
	defer h.enter(l)()
	switch m := m.(type) {
	case resume:
		m.c.Resume()
	case pushed:
		if m.c.Loop() != l {
			h.t.Errorf("conn %d: mail on the wrong loop", m.c.ID)
		}
		m.c.Write([]byte(m.text))
	case func(*Loop):
		m(l)
	}
}

// only returns the one open connection.
func (h *lines) only() *Conn {
	h.t.Helper()
	var found *Conn
	eventually(h.t, "one connection", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, c := range h.conns {
			found = c
		}
		return len(h.conns) == 1
	})
	return found
}

func (h *lines) closedWith(id uint64) (err error, closed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	err, closed = h.errs[id]
	return err, closed
}

// drivers runs f for each driver of this build.
func drivers(t *testing.T, f func(t *testing.T, o Options)) {
	t.Run("net", func(t *testing.T) { f(t, Options{Driver: DriverNet, Loops: 2}) })
	if defaultDriver == DriverEpoll {
		t.Run("epoll", func(t *testing.T) { f(t, Options{Driver: DriverEpoll, Loops: 2, Fixed: true}) })
	}
}

// start runs a server with the line handler until the test ends, and checks that
// each opened connection was closed.
func start(t testing.TB, o Options) (*Server, *lines, string) {
	t.Helper()
	h := newLines(t)
	o.Handler = h
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := s.Listen("tcp4", "127.0.0.1:0", ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if o, e := h.opened.Load(), h.ended.Load(); o != e {
			t.Errorf("%d connections opened, %d closed", o, e)
		}
		if n := s.NumConns(); n != 0 {
			t.Errorf("%d connections left", n)
		}
	})
	return s, h, ln.Addr()
}

// client is a test's end of a connection.
type client struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	network := "tcp"
	if strings.Contains(addr, "/") {
		network = "unix"
	}
	nc, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	return wrap(t, nc)
}

func wrap(t testing.TB, nc net.Conn) *client {
	t.Cleanup(func() { nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(30 * time.Second))
	return &client{t, nc, bufio.NewReader(nc)}
}

func (c *client) send(format string, args ...any) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c, format, args...); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) expect(want string) {
	c.t.Helper()
	got, err := c.r.ReadString('\n')
	if err != nil || got != want+"\n" {
		c.t.Fatalf("got %q, %v; want %q", got, err, want)
	}
}

func (c *client) expectEOF() {
	c.t.Helper()
	if b, err := c.r.ReadByte(); err != io.EOF {
		c.t.Fatalf("got %q, %v; want the end", b, err)
	}
}

func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !cond(); {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
