package exec

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/keyspace"
	"sigrun/internal/testkit"
)

// TestSlowReaders has many clients ask for a large string that changes meanwhile, and
// read only afterwards. Each gets what it was; there is one copy of each version.
func TestSlowReaders(t *testing.T) {
	const size, clients, versions = 16 << 20, 4, 3
	r := newRig(t, 1, clock.Real)
	c := r.dial()
	var conns []net.Conn
	for v := range versions {
		c.MustDo("SET", "k", strings.Repeat(string(rune('a'+v)), size))
		for range clients {
			conn, err := net.Dial("tcp", r.addr)
			testkit.NoError(t, err)
			defer conn.Close()
			_, err = conn.Write(testkit.AppendCommand(testkit.AppendCommand(nil, "GET", "k"), "EXISTS", "k"))
			testkit.NoError(t, err)
			conns = append(conns, conn)
		}
		testkit.Eventually(t, 20*time.Second, func() bool { return r.unsent() >= len(conns) }, "not all replies wait")
	}
	r.global(func() {
		want := versions
		if r.workers[0].loop.Thread() == 0 { // this driver can't tell how much a socket took
			want = 0
		}
		if n := r.workers[0].copies.next; n != want {
			t.Errorf("%d copies were made of %d versions", n, versions)
		}
	})
	head := "$16777216\r\n"
	reply := make([]byte, len(head)+size+len("\r\n:1\r\n"))
	for i, conn := range conns {
		_, err := io.ReadFull(conn, reply)
		testkit.NoError(t, err)
		version := []byte{byte('a' + i/clients)}
		if want := head + string(bytes.Repeat(version, size)) + "\r\n:1\r\n"; string(reply) != want {
			t.Fatalf("client %d got %.30q…%.30q", i, reply, reply[len(reply)-30:])
		}
	}
	r.global(func() {
		for _, s := range r.workers[0].copies.last {
			if s != nil && s.Hold() {
				t.Error("a copy is left that nobody waits for")
			}
		}
	})
}

// unsent is how many clients have output that waits for them.
func (r *rig) unsent() (n int) {
	r.within(func(*keyspace.Txn) {
		r.Sessions(func(s *Session) {
			if s.limits.backlog {
				n++
			}
		})
	})
	return n
}

// TestLimitStopsPipeline has a client ask at once for a hundred times what it may
// leave unread: it is stopped before that is gathered.
func TestLimitStopsPipeline(t *testing.T) {
	r := newRig(t, 1, clock.Real)
	testkit.NoError(t, r.Config.Assign(config.ClientOutputBufferLimit, "normal", "4mb", "0", "0"))
	c := r.dial()
	c.MustDo("SET", "k", strings.Repeat("v", 60_000))
	conn, err := net.Dial("tcp", r.addr)
	testkit.NoError(t, err)
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	_, err = conn.Write(bytes.Repeat(testkit.AppendCommand(nil, "GET", "k"), 8000)) // 480 MB
	testkit.NoError(t, err)
	testkit.Eventually(t, 20*time.Second, func() bool { return r.Counts.OutLimit.Load() == 1 }, "the client is not closed")
	var out uint64
	r.global(func() { out = r.workers[0].NetOut })
	if out > 64<<20 {
		t.Errorf("%d MB of replies were gathered", out>>20)
	}
	if got := c.MustDo("STRLEN", "k").Int(); got != 60_000 {
		t.Errorf("another client gets %d", got)
	}
}

// TestPipelineOverTicks reads a pipeline whose replies take many ticks, by a client
// that has closed its sending side long before.
func TestPipelineOverTicks(t *testing.T) {
	r := newRig(t, 1, clock.Real)
	c := r.dial()
	c.MustDo("SET", "k", strings.Repeat("v", 20_000))
	conn, err := net.Dial("tcp", r.addr)
	testkit.NoError(t, err)
	defer conn.Close()
	const n = 2000
	go func() {
		batch := testkit.AppendCommand(testkit.AppendCommand(nil, "GET", "k"), "INCR", "n")
		_, _ = conn.Write(bytes.Repeat(batch, n))
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	var want []byte
	for i := range n {
		want = append(want, "$20000\r\n"...)
		want = append(want, bytes.Repeat([]byte("v"), 20_000)...)
		want = append(want, "\r\n:"...)
		want = append(want, strconv.Itoa(i+1)...)
		want = append(want, "\r\n"...)
	}
	got := make([]byte, len(want))
	_, err = io.ReadFull(conn, got)
	testkit.NoError(t, err)
	if !bytes.Equal(got, want) {
		t.Error("the replies are not what they should be")
	}
}
