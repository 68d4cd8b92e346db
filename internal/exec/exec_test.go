package exec

import (
	"fmt"
	"io"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/command/catalog"
	"sigrun/internal/config"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/lists"
	str "sigrun/internal/family/strings"
	"sigrun/internal/feed"
	"sigrun/internal/keyspace"
	"sigrun/internal/netio"
	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// rig is an engine that serves a TCP port.
type rig struct {
	*Engine
	t    *testing.T
	addr string
}

// newRig serves with so many loops, over all of which connections are spread.
func newRig(t *testing.T, loops int, clk clock.Clock) *rig {
	t.Helper()
	all := map[string]command.Handler{}
	for _, h := range []map[string]command.Handler{Handlers(), str.Handlers(), lists.Handlers(), generic.Handlers()} {
		maps.Copy(all, h)
	}
	table, err := command.NewTable(catalog.Specs(), all)
	testkit.NoError(t, err)
	ks, err := keyspace.New(keyspace.Options{Databases: 2, Shards: 16, Clock: clk})
	testkit.NoError(t, err)
	e := NewEngine(Options{
		Keyspace: ks, Table: table, Config: config.New(config.Options{}), Log: feed.New(0), Clock: clk,
		Global: generic.GlobalCommands(), Loops: loops + 1,
	})
	srv, err := netio.New(netio.Options{Handler: e, Loops: loops, Fixed: true, CronEvery: 10 * time.Millisecond})
	testkit.NoError(t, err)
	ln, err := srv.Listen("tcp4", "127.0.0.1:0", netio.ListenOptions{})
	testkit.NoError(t, err)
	srv.Start()
	t.Cleanup(func() {
		testkit.NoError(t, srv.Close())
		testkit.NoError(t, ks.Close())
	})
	return &rig{Engine: e, t: t, addr: ln.Addr()}
}

func (r *rig) dial() *testkit.Client { return testkit.Dial(r.t, r.addr) }

// global calls f with all shards entered.
func (r *rig) global(f func()) { r.within(func(*keyspace.Txn) { f() }) }

// within is global for who needs the transaction.
func (r *rig) within(f func(tx *keyspace.Txn)) {
	g := r.Keyspace.NewGate()
	defer r.Keyspace.DropGate(g)
	g.Enter()
	tx := r.Keyspace.NewTxn(g, nil)
	tx.EnterAll()
	f(tx)
	tx.Leave()
	g.Leave()
}

// TestNoAllocations sends windows of the commands that matter most, through
// sockets and loop, in the steady state.
func TestNoAllocations(t *testing.T) {
	r := newRig(t, 1, clock.Real)
	conn, err := net.Dial("tcp", r.addr)
	testkit.NoError(t, err)
	defer conn.Close()
	var batch []byte
	size := 0
	for i := range 32 {
		key := fmt.Sprintf("key:%d", i)
		batch = testkit.AppendCommand(batch, "SET", key, strings.Repeat("v", 64))
		batch = testkit.AppendCommand(batch, "GET", key)
		batch = testkit.AppendCommand(batch, "SET", "n", "1000")
		batch = testkit.AppendCommand(batch, "INCR", "n")
		batch = testkit.AppendCommand(batch, "get", "none")
		size += len("+OK\r\n") + len("$64\r\n") + 64 + 2 + len("+OK\r\n") + len(":1001\r\n") + len("$-1\r\n")
	}
	replies := make([]byte, size)
	once := func() {
		if _, err := conn.Write(batch); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, replies); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		once()
	}
	testkit.Allocs(t, 0, once)
}

// TestTransactionsAcrossLoops moves amounts between accounts, from clients on
// four loops. Whoever looks finds that nothing was made or lost.
func TestTransactionsAcrossLoops(t *testing.T) {
	r := newRig(t, 4, clock.Real)
	var all, look sync.WaitGroup
	var done atomic.Bool
	accounts := []string{"MGET", "a0", "a1", "a2", "a3", "a4"}
	var movers [6]*testkit.Client
	for i := range movers {
		movers[i] = r.dial()
		all.Go(func() {
			chance := rng.New(uint64(i))
			for range 300 {
				from, to := fmt.Sprintf("a%d", chance.Uint64n(5)), fmt.Sprintf("a%d", chance.Uint64n(5))
				n := strconv.FormatUint(chance.Uint64n(100), 10)
				movers[i].Pipeline([]string{"MULTI"}, []string{"DECRBY", from, n}, []string{"INCRBY", to, n}, []string{"EXEC"})
			}
		})
	}
	for range 2 {
		c := r.dial()
		look.Go(func() {
			for !done.Load() {
				sum := 0
				for _, text := range c.Do(accounts...).Texts() {
					n, _ := strconv.Atoi(text) // nil is 0
					sum += n
				}
				if sum != 0 {
					t.Errorf("the accounts add up to %d", sum)
					return
				}
			}
		})
	}
	all.Wait()
	done.Store(true)
	look.Wait()
}

// TestWatchAcrossLoops adds one to a number by WATCH, GET and SET from clients on
// four loops: as often as EXEC succeeds.
func TestWatchAcrossLoops(t *testing.T) {
	r := newRig(t, 4, clock.Real)
	var all sync.WaitGroup
	var succeeded atomic.Int64
	for range 6 {
		c := r.dial()
		all.Go(func() {
			for range 200 {
				n, _ := strconv.Atoi(c.Pipeline([]string{"WATCH", "n"}, []string{"GET", "n"})[1].Text)
				replies := c.Pipeline([]string{"MULTI"}, []string{"SET", "n", strconv.Itoa(n + 1)}, []string{"EXEC"})
				if len(replies[2].Texts()) == 1 {
					succeeded.Add(1)
				}
			}
		})
	}
	all.Wait()
	if got := r.dial().Do("GET", "n").Text; got != strconv.FormatInt(succeeded.Load(), 10) {
		t.Errorf("the number is %s after %d transactions", got, succeeded.Load())
	}
}

// held is how many sessions wait for the end of a pause.
func (r *rig) heldSessions() (n int) {
	r.global(func() {
		for _, w := range r.Workers() {
			n += len(w.held)
		}
	})
	return n
}

func TestPause(t *testing.T) {
	clk := clock.NewManual(1_700_000_000_000_000)
	r := newRig(t, 2, clk)
	reader, writer := r.dial(), r.dial()
	ends := map[string]func(){
		"by command": func() { r.global(r.Unpause) },
		"by time":    func() { clk.Advance(10 * time.Second) },
	}
	for name, end := range ends {
		r.Pause(clock.Millis(clk)+10_000, false)
		// What comes before the write is answered, what comes after it waits too.
		writer.Send("GET", "k")
		writer.Send("SET", "k", name)
		writer.Send("GET", "k")
		if got, err := writer.Receive(); err != nil || got.IsError() {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
		testkit.Eventually(t, testkit.DefaultTimeout, func() bool { return r.heldSessions() == 1 }, "a session that waits")
		if got := reader.Do("GET", "k").Text; got == name {
			t.Errorf("%s: a write was executed during a pause", name)
		}
		end()
		for _, want := range []string{"OK", name} {
			if got, err := writer.Receive(); err != nil || got.Text != want {
				t.Errorf("%s: %v, %v, want %s", name, got, err, want)
			}
		}
	}
}

// TestWindows has clients of one loop send commands in pieces that end anywhere,
// far more of them than a window holds. Each gets its own replies, in order.
func TestWindows(t *testing.T) {
	const seed = 5
	r := newRig(t, 1, clock.Real)
	var all sync.WaitGroup
	for i := range 4 {
		conn, err := net.Dial("tcp", r.addr)
		testkit.NoError(t, err)
		defer conn.Close()
		requests, want := conversation(rng.New(seed+uint64(i)), i)
		all.Go(func() {
			chance := rng.New(seed * uint64(i+1))
			for rest := requests; len(rest) > 0; {
				n := min(int(chance.Uint64n(20_000)+1), len(rest))
				if _, err := conn.Write(rest[:n]); err != nil {
					t.Errorf("client %d: %v", i, err)
					return
				}
				rest = rest[n:]
			}
		})
		all.Go(func() {
			got := make([]byte, len(want))
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
				t.Errorf("seed %d, client %d: wrong replies, or %v", seed, i, err)
			}
		})
	}
	all.Wait()
}

// conversation is what a client sends and what it should be answered.
func conversation(chance *rng.Source, client int) (requests []byte, replies string) {
	var want strings.Builder
	data, n := map[string]string{}, 0
	for range 20_000 {
		key := fmt.Sprintf("c%d:%d", client, chance.Uint64n(50))
		switch chance.Uint64n(8) {
		case 0:
			n++
			requests = testkit.AppendCommand(requests, "INCR", fmt.Sprintf("c%d:n", client))
			fmt.Fprintf(&want, ":%d\r\n", n)
		case 1:
			requests = append(requests, "\r\nPING 'in line'\r\n"...)
			want.WriteString("-ERR unknown command 'PING', with args beginning with: 'in line' \r\n")
		case 2:
			data[key] = strings.Repeat("x", int(chance.Uint64n(3000)))
			requests = testkit.AppendCommand(requests, "set", key, data[key])
			want.WriteString("+OK\r\n")
		case 3:
			other := fmt.Sprintf("c%d:%d", client, chance.Uint64n(50))
			requests = testkit.AppendCommand(requests, "MSET", key, "1", other, "2")
			data[key] = "1"
			data[other] = "2"
			want.WriteString("+OK\r\n")
		default:
			requests = testkit.AppendCommand(requests, "GET", key)
			if v, ok := data[key]; ok {
				fmt.Fprintf(&want, "$%d\r\n%s\r\n", len(v), v)
			} else {
				want.WriteString("$-1\r\n")
			}
		}
	}
	return requests, want.String()
}
