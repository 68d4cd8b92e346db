package linear

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
	"sigrun/test/variants"
)

var (
	seeds    = flag.Int("seeds", 20, "histories of each kind")
	seedFlag = flag.Uint64("seed", 0, "the first seed; 0 takes a new one")
)

const (
	clients    = 8
	keyOps     = 200 // of each client
	groupOps   = 60
	checkLimit = time.Minute // to explain one history
)

// spread makes the server use all its loops from the start.
var spread = variants.Edit{
	File: "internal/server/server.go",
	Old:  "Loops: loops, NetLoops: 1,",
	New:  "Loops: loops, Fixed: true, NetLoops: 1,",
}

// blindExec has EXEC go through whatever has happened to the watched keys.
var blindExec = variants.Edit{
	File: "internal/exec/multi.go",
	Old:  "changed := s.watch != nil && w.Tx.Changed(s.watch)",
	New:  "changed := s.watch != nil && w.Tx.Changed(s.watch) && false",
}

func start(t *testing.T, edits ...variants.Edit) *testkit.Server {
	variants.Use(t, edits...)
	s := testkit.StartSigrun(t, "--io-threads", "4")
	if info := s.Do("INFO", "everything").Text; !strings.Contains(info, "sigrun_loops_active:4\r\n") {
		t.Fatal("the server does not use four loops")
	}
	return s
}

// seedCount is -seeds, or 200 if the whole fault matrix is wanted.
func seedCount() int {
	if os.Getenv("SIGRUN_FAULTS") == "all" {
		return max(*seeds, 200)
	}
	return *seeds
}

func firstSeed(t *testing.T) uint64 {
	seed := *seedFlag
	if seed == 0 {
		seed = rng.NewRandom().Uint64n(1 << 40)
	}
	t.Logf("-seed %d", seed)
	return seed
}

// kind is a kind of history.
type kind struct {
	model porcupine.Model
	work  func(c *client)
	after func(c *client) // alone, when all others are done
}

var (
	keys = kind{model: keyModel, work: func(c *client) { c.keyCalls(keyOps) }, after: func(c *client) {
		// By now every time to live has passed, also by the slack of the model.
		time.Sleep(maxTTL*time.Millisecond + 2*clockSlack*time.Microsecond)
		for key := range keyCount {
			c.keyCall(call{op: get, key: key})
		}
	}}
	groups = kind{model: groupModel, work: func(c *client) { c.groupCalls(groupOps) }, after: func(c *client) { c.readAll() }}
)

// record makes one history on an empty server.
func (k kind) record(t *testing.T, s *testkit.Server, seed uint64) []porcupine.Operation {
	s.Do("FLUSHALL")
	began := time.Now()
	history := together(t, s, seed, clients, k.work)
	shift := int64(time.Since(began))
	for _, o := range together(t, s, seed, 1, k.after) {
		o.Call, o.Return = o.Call+shift, o.Return+shift
		history = append(history, o)
	}
	return history
}

// mustHold fails the test if a history cannot be explained, and leaves a page that
// shows it.
func (k kind) mustHold(t *testing.T, s *testkit.Server, seeds int) {
	first := firstSeed(t)
	for i := range seeds {
		seed := first + uint64(i)
		result, info := porcupine.CheckOperationsVerbose(k.model, k.record(t, s, seed), checkLimit)
		if result == porcupine.Ok {
			continue
		}
		page, err := os.CreateTemp("", "sigrun-linear-*.html")
		testkit.NoError(t, err)
		testkit.NoError(t, porcupine.Visualize(k.model, info, page))
		testkit.NoError(t, page.Close())
		t.Fatalf("seed %d: %s; drawn in %s", seed, result, page.Name())
	}
}

func TestKeys(t *testing.T)  { keys.mustHold(t, start(t, spread), seedCount()) }
func TestGroup(t *testing.T) { groups.mustHold(t, start(t, spread), seedCount()) }

// TestPeer shows that the models are right: the real server fits them.
func TestPeer(t *testing.T) {
	s := testkit.StartPeer(t)
	keys.mustHold(t, s, min(3, *seeds))
	groups.mustHold(t, s, min(3, *seeds))
}

// TestControlWatch: without the check of WATCH the histories cannot be explained.
func TestControlWatch(t *testing.T) {
	s := start(t, spread, blindExec)
	first := firstSeed(t)
	for i := range 100 {
		history := groups.record(t, s, first+uint64(i))
		if porcupine.CheckOperationsTimeout(groupModel, history, checkLimit) == porcupine.Illegal {
			return
		}
	}
	t.Error("a server whose EXEC ignores WATCH made 100 histories that can be explained")
}

// TestControlModel: the models know right from wrong.
func TestControlModel(t *testing.T) {
	at := func(client int, sent, answered int64, in call, out reply) porcupine.Operation {
		in.sent, in.answered = sent, answered
		return porcupine.Operation{ClientId: client, Input: in, Output: out, Call: sent * 1000, Return: answered * 1000}
	}
	gone, holds := reply{told: true, exact: true}, func(v int64) reply { return reply{told: true, there: true, value: v, exact: true} }
	const late = int64(2*clockSlack) + maxTTL*1000
	for name, c := range map[string]struct {
		want    porcupine.CheckResult
		history []porcupine.Operation
	}{
		"stale read": {porcupine.Illegal, []porcupine.Operation{
			at(0, 0, 10, call{op: set, value: 1}, reply{}), at(0, 20, 30, call{op: set, value: 2}, reply{}),
			at(1, 40, 50, call{op: get}, holds(1))}},
		"read beside the write": {porcupine.Ok, []porcupine.Operation{
			at(0, 0, 10, call{op: set, value: 1}, reply{}), at(0, 20, 50, call{op: set, value: 2}, reply{}),
			at(1, 30, 40, call{op: get}, holds(1))}},
		"lost increment": {porcupine.Illegal, []porcupine.Operation{
			at(0, 0, 30, call{op: incr, value: 5}, gone), at(1, 0, 30, call{op: incr, value: 7}, gone)}},
		"expired": {porcupine.Ok, []porcupine.Operation{
			at(0, 0, 10, call{op: setTTL, value: 1, ttl: 5}, reply{}), at(1, 20, late, call{op: get}, gone)}},
		"never expires": {porcupine.Illegal, []porcupine.Operation{
			at(0, 0, 10, call{op: setTTL, value: 1, ttl: 5}, reply{}), at(1, late, late+10, call{op: get}, holds(1))}},
		"expired and back": {porcupine.Illegal, []porcupine.Operation{
			at(0, 0, 10, call{op: setTTL, value: 1, ttl: 1}, reply{}), at(1, 20, 3000, call{op: get}, gone),
			at(2, 3010, 3020, call{op: get}, holds(1))}},
		"gone without a reason": {porcupine.Illegal, []porcupine.Operation{
			at(0, 0, 10, call{op: set, value: 1}, reply{}), at(1, 20, late, call{op: get}, gone)}},
		"write in spite of a change": {porcupine.Illegal, []porcupine.Operation{
			at(0, 0, 10, call{op: set, value: 1}, reply{}), at(1, 20, 30, call{op: set, value: 2}, reply{}),
			at(0, 40, 50, call{op: cas, value: 3}, holds(1))}},
	} {
		if got := porcupine.CheckOperationsTimeout(keyModel, c.history, checkLimit); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	half := []porcupine.Operation{
		{ClientId: 0, Input: []action{{kind: actSet, value: 1}, {kind: actSet, key: 1, value: 1}}, Output: []int64{0, 0}, Call: 0, Return: 50},
		{ClientId: 1, Input: []action{{kind: actGet}, {kind: actGet, key: 1}}, Output: []int64{1, 0}, Call: 10, Return: 20},
	}
	if porcupine.CheckOperations(groupModel, half) {
		t.Error("half a transaction was read, and explained")
	}
}
