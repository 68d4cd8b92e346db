package faults

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

const (
	writers     = 50
	readers     = 4
	maxPipeline = 16
	ioTimeout   = 30 * time.Second
	slowWriter  = 25 * time.Millisecond // a writer's pause in rounds that last some seconds
)

// load is one round of clients against a server that will be killed.
type load struct {
	addr      string
	began     time.Time
	pause     time.Duration // of a writer between two pipelines
	histories []*history
	acked     atomic.Int64
	over      atomic.Bool       // the fault has come: the round ends
	silent    atomic.Int64      // no reply is heard that comes later, in ns since the round began; 0 if all are
	seen      [readers][]string // keys that a reader has found
}

func newLoad(addr string, round int) *load {
	l := &load{addr: addr, began: time.Now()}
	for w := range writers {
		l.histories = append(l.histories, &history{name: fmt.Sprintf("r%d:w%d", round, w)})
	}
	return l
}

// ending is how a round ends.
type ending struct {
	after   int64 // acknowledged writes
	rewrite int64 // after that many a rewrite of the append-only file begins
	kill    func()
	dump    func() // tells why the server stalls, before it is killed
	dies    bool   // the server may also end by itself
}

// randomEnding is one after at most maxKillAfter writes. In every second round a
// rewrite begins halfway.
func randomEnding(chance *rng.Source, s *testkit.Server, dump func()) ending {
	e := ending{after: int64(1 + chance.Uint64n(maxKillAfter)), kill: s.Kill9, dump: dump}
	e.rewrite = e.after/2 + e.after*int64(chance.Uint64n(2))
	return e
}

// run lets all clients work until they lose the server, which end does to them
// unless the round is over by itself.
func (l *load) run(chance *rng.Source, end ending) error {
	var all sync.WaitGroup
	for _, h := range l.histories {
		own := rng.New(chance.Uint64())
		all.Go(func() { l.client(func(c *conn) error { return l.write(c, h, own) }) })
	}
	for i := range l.seen {
		own := rng.New(chance.Uint64())
		all.Go(func() { l.client(func(c *conn) error { return l.read(c, i, own) }) })
	}
	gone := make(chan struct{})
	go func() {
		all.Wait()
		close(gone)
	}()
	deadline := time.Now().Add(ioTimeout)
	enough := func() bool { return l.over.Load() || l.acked.Load() >= end.after }
	for !enough() && time.Now().Before(deadline) {
		select {
		case <-gone: // the clients have lost the server by themselves
			end.kill()
			if end.dies || l.over.Load() {
				return nil
			}
			return fmt.Errorf("the server went away after %d writes", l.acked.Load())
		case <-time.After(100 * time.Microsecond):
		}
		if l.acked.Load() >= end.rewrite {
			end.rewrite = math.MaxInt64
			all.Go(func() { l.client(startRewrite) })
		}
	}
	stalled := !enough()
	if stalled {
		end.dump()
	}
	end.kill()
	<-gone
	if stalled {
		return fmt.Errorf("only %d writes within %v", l.acked.Load(), ioTimeout)
	}
	return nil
}

// client connects and calls step until the connection is gone. The server dies
// under it, so that is no error.
func (l *load) client(step func(c *conn) error) {
	c, err := dial(l.addr)
	if err != nil {
		return
	}
	defer c.Close()
	for err == nil {
		err = step(c)
	}
}

// startRewrite is a step of a client, its only one.
func startRewrite(c *conn) error {
	if _, err := c.do("BGREWRITEAOF"); err != nil {
		return err
	}
	return io.EOF
}

// conn is a connection with a reader of replies.
type conn struct {
	net.Conn
	in  *bufio.Reader
	out []byte
}

func dial(addr string) (*conn, error) {
	c, err := net.DialTimeout("tcp", addr, ioTimeout)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, in: bufio.NewReader(c)}, c.SetDeadline(time.Now().Add(2 * ioTimeout))
}

// answered is how many replies each writer has had so far.
func (l *load) answered() []int64 {
	all := make([]int64, len(l.histories))
	for i, h := range l.histories {
		all[i] = h.heard.Load()
	}
	return all
}

// silence has the clients hear nothing after now: a machine without power has no
// network either. (A sync that meets the cut may be told that all went well.)
func (l *load) silence(now time.Duration) { l.silent.Store(int64(now)) }

// hears reports whether a reply that comes at now is heard.
func (l *load) hears(now time.Duration) bool {
	limit := l.silent.Load()
	return limit == 0 || int64(now) <= limit
}

// do sends one command and returns its reply.
func (c *conn) do(args ...string) (testkit.Reply, error) {
	if _, err := c.Write(testkit.AppendCommand(nil, args...)); err != nil {
		return testkit.Reply{}, err
	}
	return testkit.ReadReply(c.in)
}

// field is the value of a field of INFO, empty if there is none.
func field(info, name string) string {
	_, rest, _ := strings.Cut(info, "\r\n"+name+":")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

var errSilence = errors.New("the power is cut")

// write sends a pipeline of 1 to 16 writes and books their replies.
func (l *load) write(c *conn, h *history, chance *rng.Source) error {
	c.out = c.out[:0]
	first := len(h.writes)
	time.Sleep(l.pause)
	now := time.Since(l.began)
	for range 1 + chance.Uint64n(maxPipeline) {
		i := h.add(write{multi: chance.Uint64n(8) == 0, sent: now})
		if h.writes[i].multi {
			c.out = testkit.AppendCommand(c.out, "MULTI")
		}
		for _, key := range h.keys(i) {
			c.out = testkit.AppendCommand(c.out, "SET", key, valueOf(key))
		}
		if h.writes[i].multi {
			c.out = testkit.AppendCommand(c.out, "EXEC")
		}
	}
	if _, err := c.Write(c.out); err != nil {
		return err
	}
	for i := first; i < len(h.writes); i++ {
		s, err := c.outcome(h.writes[i].multi)
		if err != nil {
			return err
		}
		now := time.Since(l.began)
		if !l.hears(now) {
			return errSilence
		}
		h.writes[i].state, h.writes[i].answered = s, now
		h.heard.Add(1)
		if s == acked {
			l.acked.Add(1)
		}
	}
	return nil
}

// outcome reads the replies to one write.
func (c *conn) outcome(multi bool) (state, error) {
	before := 0
	if multi {
		before = 3 // OK, QUEUED, QUEUED
	}
	for range before {
		if _, err := testkit.ReadReply(c.in); err != nil {
			return unknown, err
		}
	}
	reply, err := testkit.ReadReply(c.in)
	switch {
	case err != nil:
		return unknown, err
	case reply.IsOK() || multi && len(reply.Elems) == 2 && reply.Elems[0].IsOK() && reply.Elems[1].IsOK():
		return acked, nil
	}
	return refused, nil
}

// read looks for the newest key of some writer, and remembers it if it is there.
// It asks for the first key of a writer that has sent nothing, as only a question
// shows that the server is gone.
func (l *load) read(c *conn, reader int, chance *rng.Source) error {
	h := l.histories[chance.Uint64n(writers)]
	key := h.key(max(0, int(h.sent.Load())-1), 0)
	reply, err := c.do("GET", key)
	if err == nil && !reply.Nil && !reply.IsError() && l.hears(time.Since(l.began)) {
		l.seen[reader] = append(l.seen[reader], key)
	}
	return err
}

// fetch reads the values of keys, in pipelines of MGET.
func (c *conn) fetch(keys []string, values map[string]string) error {
	const at = 500
	for len(keys) > 0 {
		part := keys[:min(at, len(keys))]
		keys = keys[len(part):]
		reply, err := c.do(append([]string{"MGET"}, part...)...)
		if err != nil {
			return err
		}
		if len(reply.Elems) != len(part) {
			return fmt.Errorf("MGET of %d keys: %s", len(part), reply)
		}
		for i, elem := range reply.Elems {
			if !elem.Nil {
				values[part[i]] = elem.Text
			}
		}
	}
	return nil
}
