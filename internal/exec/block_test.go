package exec

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// until waits for something that another goroutine does.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(testkit.DefaultTimeout); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("in vain: ", what)
		}
	}
}

// blocked waits until n clients wait.
func (r *rig) blocked(n int64) {
	r.t.Helper()
	until(r.t, fmt.Sprintf("%d clients that wait, not %d", n, r.Counts.Blocked.Load()), func() bool { return r.Counts.Blocked.Load() == n })
}

// waiter is a new client that waits in a command.
func (r *rig) waiter(args ...string) *testkit.Client {
	r.t.Helper()
	n := r.Counts.Blocked.Load()
	c := r.dial()
	c.Send(args...)
	r.blocked(n + 1)
	return c
}

// answer is the reply that c has been waiting for.
func answer(t *testing.T, c *testkit.Client) string {
	t.Helper()
	reply, err := c.Receive()
	testkit.NoError(t, err)
	return show(reply)
}

// show is a reply on one line, arrays in brackets.
func show(r testkit.Reply) string {
	switch {
	case r.Nil:
		return "nil"
	case r.Kind != testkit.Array:
		return r.Text
	}
	var parts []string
	for _, e := range r.Elems {
		parts = append(parts, show(e))
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func equal(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// empty looks that nobody waits any more, nor is expected to.
func (r *rig) empty() {
	r.t.Helper()
	r.blocked(0)
	r.global(func() {
		if n := r.Keyspace.WaitedFor(); n != 0 {
			r.t.Errorf("%d keys are waited for by nobody", n)
		}
	})
	if n := r.Counts.Timeouts.Load(); n != 0 {
		r.t.Errorf("%d timers are left", n)
	}
}

func popped(key, element string) string { return "[" + key + " " + element + "]" }

// TestWaitersInOrder has each element go to who has waited longest.
func TestWaitersInOrder(t *testing.T) {
	for _, loops := range []int{1, 4} {
		r := newRig(t, loops, clock.Real)
		var waiters []*testkit.Client
		for range 5 {
			waiters = append(waiters, r.waiter("BLPOP", "other", "k", "0"))
		}
		c := r.dial()
		equal(t, show(c.Do("RPUSH", "k", "0", "1")), "2")
		for i := 2; i < 5; i++ {
			equal(t, show(c.Do("RPUSH", "k", strconv.Itoa(i))), "1")
		}
		for i, w := range waiters {
			equal(t, answer(t, w), popped("k", strconv.Itoa(i)))
		}
		equal(t, show(c.Do("EXISTS", "k")), "0")
		r.empty()
	}
}

// TestWaiterTakesKeysInOrder has a client that waits for two keys, both of which
// become ready at once, take what it named first.
func TestWaiterTakesKeysInOrder(t *testing.T) {
	r := newRig(t, 2, clock.Real)
	w := r.waiter("BLPOP", "a", "b", "a", "0")
	c := r.dial()
	c.Pipeline([]string{"MULTI"}, []string{"RPUSH", "b", "x"}, []string{"RPUSH", "a", "y"}, []string{"EXEC"})
	equal(t, answer(t, w), popped("a", "y"))
	equal(t, show(c.Do("LRANGE", "b", "0", "-1")), "[x]")
	r.empty()
}

// TestTransactionWakesAtItsEnd has a transaction see what it has pushed, and only
// what is left of it wake somebody.
func TestTransactionWakesAtItsEnd(t *testing.T) {
	r := newRig(t, 2, clock.Real)
	w := r.waiter("BLPOP", "k", "0")
	c := r.dial()
	c.Pipeline([]string{"MULTI"}, []string{"RPUSH", "k", "x"}, []string{"DEL", "k"}, []string{"EXEC"})
	equal(t, show(c.Do("EXISTS", "k")), "0")
	r.blocked(1)
	replies := c.Pipeline([]string{"MULTI"}, []string{"RPUSH", "k", "x"}, []string{"LLEN", "k"}, []string{"LPUSH", "k", "y"}, []string{"EXEC"})
	equal(t, show(replies[4]), "[1 1 2]")
	equal(t, answer(t, w), popped("k", "y"))
	equal(t, show(c.Do("LRANGE", "k", "0", "-1")), "[x]")
	r.empty()
}

// TestNoWaitingInTransactions has commands that could wait answer as if their time
// were over.
func TestNoWaitingInTransactions(t *testing.T) {
	c := newRig(t, 1, clock.Real).dial()
	replies := c.Pipeline([]string{"MULTI"}, []string{"BLPOP", "k", "0"}, []string{"BLMOVE", "k", "l", "LEFT", "LEFT", "0"},
		[]string{"BLMPOP", "0", "1", "k", "LEFT"}, []string{"EXEC"})
	equal(t, show(replies[4]), "[nil nil nil]")
}

// TestRequestsWaitToo has what a client sends behind a command that waits be
// answered after it.
func TestRequestsWaitToo(t *testing.T) {
	r := newRig(t, 2, clock.Real)
	w := r.waiter("BLPOP", "k", "0")
	w.Send("LLEN", "k")
	w.Send("BLPOP", "k", "0")
	w.Send("RPUSH", "l", "z")
	c := r.dial()
	c.Do("RPUSH", "k", "x")
	equal(t, answer(t, w), popped("k", "x"))
	r.blocked(1)
	equal(t, show(c.Do("EXISTS", "l")), "0")
	c.Do("RPUSH", "k", "y")
	for _, want := range []string{"0", popped("k", "y"), "1"} {
		equal(t, answer(t, w), want)
	}
	r.empty()
}

// dialDo is a new client that has sent a command.
func (r *rig) dialDo(args ...string) *testkit.Client {
	c := r.dial()
	c.Send(args...)
	return c
}

// TestTimeouts ends waiting by the clock, and not before.
func TestTimeouts(t *testing.T) {
	clk := clock.NewManual(1_700_000_000_000_000)
	r := newRig(t, 2, clk)
	long := r.waiter("BLPOP", "k", "0.2")
	short := r.waiter("BLMOVE", "k", "l", "LEFT", "LEFT", "0.1")
	never := r.waiter("BLMPOP", "0", "2", "k", "l", "RIGHT")
	clk.Advance(99 * time.Millisecond)
	r.dial().Do("EXISTS", "k")
	r.blocked(3)
	clk.Advance(time.Millisecond)
	equal(t, answer(t, short), "nil")
	r.blocked(2)
	clk.Advance(100 * time.Millisecond)
	equal(t, answer(t, long), "nil")
	r.blocked(1)
	clk.Advance(1000 * time.Hour)
	r.dial().Do("RPUSH", "k", "x", "y")
	equal(t, answer(t, never), "[k [y]]")
	r.empty()
}

// TestUnblock ends waiting by the word of somebody else, once.
func TestUnblock(t *testing.T) {
	r := newRig(t, 2, clock.Real)
	w := r.waiter("BLPOP", "k", "l", "100")
	unblock := func(why error) (n int) {
		r.within(func(tx *keyspace.Txn) {
			r.Sessions(func(s *Session) {
				if s.Unblock(tx, why) {
					n++
				}
			})
		})
		return n
	}
	if unblock(nil) != 1 || unblock(nil) != 0 {
		t.Error("not unblocked just once")
	}
	equal(t, answer(t, w), "nil")
	w.Send("BLPOP", "k", "0")
	r.blocked(1)
	if unblock(command.ReplyError("ENOUGH of this")) != 1 {
		t.Error("not unblocked")
	}
	equal(t, answer(t, w), "ENOUGH of this")
	equal(t, show(r.dial().Do("RPUSH", "k", "x")), "1")
	equal(t, show(w.Do("BLPOP", "l", "k", "0")), popped("k", "x"))
	r.within(func(*keyspace.Txn) {
		sums := r.Totals()
		if n := sums.Commands[r.Table.Find([]byte("blpop")).ID()]; n.Calls != 3 || n.Failed != 1 || sums.Errors["ENOUGH"] != 1 {
			t.Errorf("counted %+v, errors %v", n, sums.Errors)
		}
	})
	r.empty()
}

// TestKeysOfOtherTypes has clients not be disturbed by what they don't wait for.
func TestKeysOfOtherTypes(t *testing.T) {
	r := newRig(t, 2, clock.Real)
	w := r.waiter("BLPOP", "k", "l", "0")
	c := r.dial()
	c.Do("SET", "k", "text")
	c.Do("DEL", "k")
	c.Do("SET", "k", "text")
	r.blocked(1)
	c.Do("RPUSH", "l", "x") // it looks at k first
	equal(t, answer(t, w), string(command.ErrWrongType))
	equal(t, show(c.Do("LLEN", "l")), "1")

	w = r.waiter("BLMOVE", "src", "k", "LEFT", "LEFT", "0")
	next := r.waiter("BLPOP", "src", "0")
	c.Do("RPUSH", "src", "x")
	equal(t, answer(t, w), string(command.ErrWrongType))
	equal(t, answer(t, next), popped("src", "x"))
	r.empty()
}

// TestOtherWaysToBecomeAList has keys become lists in all ways that are no push.
func TestOtherWaysToBecomeAList(t *testing.T) {
	r := newRig(t, 2, clock.Real)
	c := r.dial()
	for _, command := range [][]string{
		{"RENAME", "src", "k"}, {"RENAMENX", "src", "k"}, {"COPY", "src", "k"}, {"LMOVE", "src", "k", "LEFT", "LEFT"},
		{"RESTORE", "k", "0", ""}, {"RPOPLPUSH", "src", "k"},
	} {
		w := r.waiter("BLPOP", "k", "0")
		c.Do("DEL", "src")
		c.Do("RPUSH", "src", "x")
		if command[0] == "RESTORE" {
			command[3] = c.Do("DUMP", "src").Text
		}
		if reply := c.Do(command...); reply.IsError() {
			t.Fatal(command, reply)
		}
		equal(t, answer(t, w), popped("k", "x"))
	}
	r.empty()
}

// TestManyShards waits for keys in all shards, and moves between shards.
func TestManyShards(t *testing.T) {
	r := newRig(t, 4, clock.Real)
	c := r.dial()
	args := []string{"BLPOP"}
	for i := range 40 {
		args = append(args, fmt.Sprint("key", i))
	}
	args = append(args, "0")
	for i := range 40 {
		w := r.waiter(args...)
		key := fmt.Sprint("key", i)
		c.Do("RPUSH", key, "x")
		equal(t, answer(t, w), popped(key, "x"))
		w = r.waiter("BLMOVE", key, "to"+key, "LEFT", "LEFT", "0")
		c.Do("RPUSH", key, "y")
		equal(t, answer(t, w), "y")
		equal(t, show(c.Do("LPOP", "to"+key)), "y")
	}
	r.empty()
}

// TestChain has one push wake a client whose move wakes another, and so on.
func TestChain(t *testing.T) {
	for _, loops := range []int{1, 4} {
		r := newRig(t, loops, clock.Real)
		const n = 20
		var links []*testkit.Client
		for i := range n {
			links = append(links, r.waiter("BLMOVE", fmt.Sprint("k", i), fmt.Sprint("k", i+1), "LEFT", "RIGHT", "0"))
		}
		last := r.waiter("BLPOP", fmt.Sprint("k", n), "0")
		c := r.dial()
		equal(t, show(c.Do("RPUSH", "k0", "x")), "1")
		for _, w := range links {
			equal(t, answer(t, w), "x")
		}
		equal(t, answer(t, last), popped(fmt.Sprint("k", n), "x"))
		for i := range n + 1 {
			equal(t, show(c.Do("EXISTS", fmt.Sprint("k", i))), "0")
		}
		r.empty()
	}
}

// TestCircle has moves in a circle come to an end: who was served waits no more.
func TestCircle(t *testing.T) {
	r := newRig(t, 2, clock.Real)
	there := r.waiter("BLMOVE", "a", "b", "LEFT", "LEFT", "0")
	back := r.waiter("BLMOVE", "b", "a", "LEFT", "LEFT", "0")
	same := r.waiter("BRPOPLPUSH", "a", "a", "0")
	c := r.dial()
	c.Do("RPUSH", "a", "x")
	for _, w := range []*testkit.Client{there, back, same} {
		equal(t, answer(t, w), "x")
	}
	equal(t, show(c.Do("LRANGE", "a", "0", "-1")), "[x]")
	r.empty()
}

// TestDisconnected has nothing go to who has gone.
func TestDisconnected(t *testing.T) {
	r := newRig(t, 4, clock.Real)
	gone := r.waiter("BLPOP", "k", "l", "100")
	stays := r.waiter("BLPOP", "k", "0")
	gone.Close()
	r.blocked(1)
	c := r.dial()
	c.Do("RPUSH", "k", "x")
	equal(t, answer(t, stays), popped("k", "x"))
	equal(t, show(c.Do("RPUSH", "l", "y")), "1")
	equal(t, show(c.Do("LLEN", "l")), "1")
	r.empty()
}

// TestManyWaiters has ten thousand clients wait for one key, and as many elements
// find them.
func TestManyWaiters(t *testing.T) {
	n := 9000 // of both ends of each connection, in one process
	if testing.Short() {
		n = 1000
	}
	r := newRig(t, 4, clock.Real)
	waiters := make([]*testkit.Client, n)
	for i := range waiters {
		waiters[i] = r.dialDo("BLPOP", "k", "0")
	}
	r.blocked(int64(n))
	c := r.dial()
	for from := 0; from < n; from += 500 {
		args := []string{"RPUSH", "k"}
		for i := range 500 {
			args = append(args, strconv.Itoa(from+i))
		}
		c.MustDo(args...)
	}
	seen := map[string]bool{}
	for _, w := range waiters {
		seen[answer(t, w)] = true
	}
	if len(seen) != n {
		t.Errorf("%d different elements came to %d clients", len(seen), n)
	}
	r.empty()
}

// hunt is a test in which elements wander over four loops, each to be seen once.
type hunt struct {
	r    *rig
	keys []string

	mu     sync.Mutex
	seen   map[string]int // how often each was taken
	pushed int
}

// key is one of the keys by chance.
func (h *hunt) key(chance *rng.Source) string {
	return h.keys[chance.Uint64n(uint64(len(h.keys)))]
}

// request is one of the commands that wait.
func (h *hunt) request(chance *rng.Source) []string {
	a, b := h.key(chance), h.key(chance)
	switch chance.Uint64n(6) {
	case 0:
		return []string{"BLMOVE", a, b, "LEFT", "RIGHT", "0"}
	case 1:
		return []string{"BLMPOP", "0", "2", a, b, "LEFT", "COUNT", "2"}
	case 2:
		return []string{"BRPOP", a, "0"}
	case 3:
		return []string{"BLPOP", a, b, "0.001"}
	}
	return append(append([]string{"BLPOP"}, h.keys...), "0")
}

// consume takes elements until it is told to stop by one named so.
func (h *hunt) consume(c *testkit.Client, seed uint64) {
	for chance := rng.New(seed); ; {
		request := h.request(chance)
		reply, err := c.TryDo(request...)
		if err != nil {
			return // the test's end
		}
		if request[0] == "BLMOVE" || reply.Nil {
			continue
		}
		elements := reply.Elems[1:]
		if request[0] == "BLMPOP" {
			elements = elements[0].Elems
		}
		h.mu.Lock()
		for _, e := range elements {
			h.seen[e.Text]++
		}
		h.mu.Unlock()
	}
}

// overlooked reports whether somebody waits for a key that has elements.
func (h *hunt) overlooked() (yes bool) {
	h.r.within(func(tx *keyspace.Txn) {
		for _, key := range h.keys {
			tx.EachWaiter(keyspace.ReadyKey{Key: keyspace.KeyOf([]byte(key))}, func(*keyspace.Waiter) bool {
				yes = true
				return false
			})
		}
	})
	return yes
}

// drain takes what others leave.
func (h *hunt) drain(c *testkit.Client) {
	for request := append(append([]string{"BLPOP"}, h.keys...), "0"); ; {
		reply, err := c.TryDo(request...)
		if err != nil {
			return // the test's end
		}
		h.mu.Lock()
		h.seen[reply.Elems[1].Text]++
		h.mu.Unlock()
	}
}

// produce pushes n elements, some in transactions.
func (h *hunt) produce(c *testkit.Client, name string, n int, seed uint64) {
	chance, extra := rng.New(seed), 0
	for i := range n {
		push := []string{"RPUSH", h.key(chance), fmt.Sprint(name, i)}
		if chance.Uint64n(3) > 0 {
			c.Do(push...)
			continue
		}
		c.Pipeline([]string{"MULTI"}, []string{"SET", "text", "x"}, push, []string{"LPUSH", h.key(chance), "also:" + push[2]}, []string{"EXEC"})
		extra++
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pushed += n + extra
}

// TestNoWakeUpIsLost has producers and consumers on four loops, with keys in many
// shards. All that is pushed must be taken, and once only.
func TestNoWakeUpIsLost(t *testing.T) {
	r := newRig(t, 4, clock.Real)
	h := &hunt{r: r, seen: map[string]int{}}
	for i := range 12 {
		h.keys = append(h.keys, fmt.Sprint("key", i))
	}
	var consumers, producers sync.WaitGroup
	var clients []*testkit.Client
	for i := range 16 {
		c := r.dial()
		clients = append(clients, c)
		consumers.Go(func() { h.consume(c, uint64(i)) })
	}
	const rounds, each = 50, 30
	for round := range rounds {
		for i := range 4 {
			c := r.dial()
			producers.Go(func() { h.produce(c, fmt.Sprint("element:", round, ":", i, ":"), each, uint64(100*round+i)) })
		}
		producers.Wait()
		// Some may wait for keys that nothing comes to. But nobody may wait for what
		// is there.
		until(t, "everybody served", func() bool { return !h.overlooked() })
	}
	for range 2 {
		c := r.dial()
		clients = append(clients, c)
		consumers.Go(func() { h.drain(c) })
	}
	until(t, "all elements", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.seen) >= h.pushed
	})
	for _, c := range clients {
		c.Close()
	}
	consumers.Wait()
	h.check(t)
	r.empty()
}

// check looks that what was taken was taken once.
func (h *hunt) check(t *testing.T) {
	if len(h.seen) != h.pushed {
		t.Errorf("%d elements were taken, %d pushed", len(h.seen), h.pushed)
	}
	for e, times := range h.seen {
		if times != 1 {
			t.Errorf("%s was taken %d times", e, times)
		}
	}
}
