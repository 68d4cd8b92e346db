package linear

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// client is one connection with the history of its calls.
type client struct {
	t       *testing.T
	id      int
	c       *testkit.Client
	chance  *rng.Source
	began   time.Time // of the history
	history []porcupine.Operation
	unique  int64 // the last value it set; no two clients set the same
}

// together runs work on n clients at once and returns the history of all.
func together(t *testing.T, s *testkit.Server, seed uint64, n int, work func(c *client)) []porcupine.Operation {
	t.Helper()
	began := time.Now()
	clients := make([]*client, n)
	for i := range clients {
		clients[i] = &client{t: t, id: i, c: testkit.Dial(t, s.Addr), chance: rng.New(seed*1000 + uint64(i)),
			began: began, unique: int64(i+1) * 1_000_000}
	}
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() { work(c) })
	}
	all.Wait()
	var history []porcupine.Operation
	for _, c := range clients {
		history = append(history, c.history...)
		c.c.Close()
	}
	return history
}

func (c *client) pick(n int) int { return int(c.chance.Uint64n(uint64(n))) }

func (c *client) nextValue() int64 {
	c.unique++
	return c.unique
}

// timed runs one command and returns its reply and when it was sent and answered,
// on the monotonic clock since the beginning of the history.
func (c *client) timed(args ...string) (reply testkit.Reply, sent, answered int64) {
	sent = int64(time.Since(c.began))
	reply, err := c.c.TryDo(args...)
	answered = int64(time.Since(c.began))
	if err != nil {
		c.t.Errorf("client %d: %v: %v", c.id, args, err)
	}
	return reply, sent, answered
}

func (c *client) book(input, output any, sent, answered int64) {
	c.history = append(c.history, porcupine.Operation{ClientId: c.id, Input: input, Output: output, Call: sent, Return: answered})
}

// --- calls on one key ----------------------------------------------------------

const (
	keyCount = 4
	maxTTL   = 20 // milliseconds
)

func keyName(i int) string { return fmt.Sprintf("key:%d", i) }

// keyCalls do n random calls, each on one of few keys.
func (c *client) keyCalls(n int) {
	for range n {
		in := call{op: op(c.pick(int(cas) + 1)), key: c.pick(keyCount), value: c.nextValue()}
		if in.op == setTTL || in.op == expire {
			in.ttl = int64(1 + c.pick(maxTTL))
		}
		if in.op == cas {
			c.conditional(in)
			continue
		}
		c.keyCall(in)
	}
}

// keyCall does in and books what it told.
func (c *client) keyCall(in call) reply {
	answer, sent, answered := c.timed(in.command()...)
	out := in.told(answer)
	c.bookKey(in, out, sent, answered)
	return out
}

func (c *client) bookKey(in call, out reply, sent, answered int64) {
	wall := c.began.UnixMicro()
	in.sent, in.answered = wall+sent/1000, wall+answered/1000
	c.book(in, out, sent, answered)
}

// conditional reads the key under WATCH and, if nobody came in between, sets it.
func (c *client) conditional(in call) {
	key := keyName(in.key)
	c.timed("WATCH", key)
	seen := c.keyCall(call{op: get, key: in.key})
	c.timed("MULTI")
	c.timed("SET", key, strconv.FormatInt(in.value, 10))
	if answer, sent, answered := c.timed("EXEC"); !answer.Nil {
		c.bookKey(in, seen, sent, answered)
	}
}

func (in call) command() []string {
	key, value := keyName(in.key), strconv.FormatInt(in.value, 10)
	ttl := strconv.FormatInt(in.ttl, 10)
	return [...][]string{
		set: {"SET", key, value}, setTTL: {"SET", key, value, "PX", ttl}, get: {"GET", key},
		incr: {"INCRBY", key, value}, del: {"DEL", key}, setNX: {"SET", key, value, "NX"},
		getDel: {"GETDEL", key}, expire: {"PEXPIRE", key, ttl},
	}[in.op]
}

// told is what answer says of the key as it was before.
func (in call) told(answer testkit.Reply) reply {
	switch in.op {
	case get, getDel:
		return reply{told: true, there: !answer.Nil, value: answer.Int(), exact: true}
	case incr: // values are positive, so a sum of no more than was added had nothing there
		before := answer.Int() - in.value
		return reply{told: true, there: before != 0, value: before, exact: true}
	case del, expire:
		return reply{told: true, there: answer.Int() == 1}
	case setNX:
		return reply{told: true, there: answer.Nil}
	}
	return reply{}
}

// --- calls on a group of keys ----------------------------------------------------

// groupCalls do n random calls, each on several keys as one.
func (c *client) groupCalls(n int) {
	kinds := []func(){c.readAll, c.setAll, c.transaction, c.transaction, c.transfer, c.single}
	for range n {
		kinds[c.pick(len(kinds))]()
	}
}

func (c *client) readAll() {
	var reads []action
	words := []string{"MGET"}
	for i := range groupKeys {
		reads = append(reads, action{kind: actGet, key: i})
		words = append(words, groupKey(i))
	}
	answer, sent, answered := c.timed(words...)
	c.book(reads, numbers(answer), sent, answered)
}

func (c *client) setAll() {
	var sets []action
	words := []string{"MSET"}
	for i := range groupKeys {
		sets = append(sets, action{kind: actSet, key: i, value: c.nextValue()})
		words = append(words, groupKey(i), strconv.FormatInt(c.unique, 10))
	}
	_, sent, answered := c.timed(words...)
	c.book(sets, make([]int64, groupKeys), sent, answered)
}

// random is an action on two different keys.
func (c *client) random() action {
	a := action{kind: actionKind(c.pick(int(actionKinds))), key: c.pick(groupKeys), value: c.nextValue()}
	a.other = (a.key + 1 + c.pick(groupKeys-1)) % groupKeys
	return a
}

func (c *client) single() {
	a := c.random()
	answer, sent, answered := c.timed(a.command()...)
	c.book([]action{a}, []int64{a.number(answer)}, sent, answered)
}

// transaction runs two to four random actions as one.
func (c *client) transaction() {
	var all []action
	for range 2 + c.pick(3) {
		all = append(all, c.random())
	}
	c.exec(nil, nil, all)
}

// transfer reads two keys under WATCH, and exchanges what they hold if nobody
// came in between.
func (c *client) transfer() {
	a := c.pick(groupKeys)
	b := (a + 1) % groupKeys
	c.timed("WATCH", groupKey(a), groupKey(b))
	answer, sent, answered := c.timed("MGET", groupKey(a), groupKey(b))
	reads := []action{{kind: actGet, key: a}, {kind: actGet, key: b}}
	seen := numbers(answer)
	if len(seen) != 2 {
		c.t.Errorf("MGET of two keys: %s", answer)
		return
	}
	c.book(reads, seen, sent, answered)
	c.exec(reads, seen, []action{{kind: actSet, key: a, value: seen[1] + 1}, {kind: actSet, key: b, value: seen[0] + 1}})
}

// exec runs a transaction and books it, unless it was refused. What was seen
// under WATCH belongs to what it does as one.
func (c *client) exec(watched []action, seen []int64, all []action) {
	c.timed("MULTI")
	for _, a := range all {
		c.timed(a.command()...)
	}
	answer, sent, answered := c.timed("EXEC")
	if answer.Nil {
		if watched == nil {
			c.t.Error("EXEC was refused without WATCH")
		}
		return
	}
	replies := append([]int64{}, seen...)
	for i, elem := range answer.Elems {
		replies = append(replies, all[i].number(elem))
	}
	c.book(append(append([]action{}, watched...), all...), replies, sent, answered)
}

// number is the reply to a as the model has it.
func (a action) number(answer testkit.Reply) int64 {
	switch a.kind {
	case actSet:
		return 0
	case actRename:
		if answer.IsOK() {
			return 1
		}
		return 0
	}
	return answer.Int()
}

func numbers(answer testkit.Reply) []int64 {
	var all []int64
	for _, elem := range answer.Elems {
		all = append(all, elem.Int())
	}
	return all
}
