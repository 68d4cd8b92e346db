package linear

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
	"sigrun/test/variants"
)

const (
	crashClients = 6
	crashSteps   = 25 // calls of each client between two crashes
	crashes      = 2  // in a history
	maxLife      = 30 * time.Millisecond
	manyCrashes  = 500 // seeds, if the whole fault matrix is wanted
)

// noFlush lets replies leave before what they tell of has been written.
var noFlush = variants.Edit{
	File: "internal/aof/writer.go",
	Old:  "func (w *Writer) Flush(upTo uint64) bool {\n",
	New:  "func (w *Writer) Flush(upTo uint64) bool {\n\tif upTo > 0 {\n\t\tw.kick.commit()\n\t\treturn true\n\t}\n",
}

// crashHistory is a history in which the server dies and comes back.
type crashHistory struct {
	began time.Time
	mu    sync.Mutex
	all   []porcupine.Operation
}

func (h *crashHistory) now() int64 { return int64(time.Since(h.began)) }

func startCrashing(t *testing.T, edits ...variants.Edit) *testkit.Server {
	if len(edits) > 0 {
		variants.Use(t, edits...)
	}
	return testkit.StartSigrun(t, "--io-threads", "4", "--appendonly", "yes", "--appendfsync", "always")
}

// recordCrashes makes one history on an empty server.
func recordCrashes(t *testing.T, s *testkit.Server, seed uint64) []porcupine.Operation {
	s.Do("FLUSHALL")
	h := &crashHistory{began: time.Now()}
	chance := rng.New(seed)
	for life := range crashes + 1 {
		var all sync.WaitGroup
		var killed atomic.Int64 // when the server was gone
		dead := make(chan struct{})
		for i := range crashClients {
			own := rng.New(chance.Uint64())
			c := testkit.Dial(t, s.Addr)
			all.Go(func() { h.client(c, i, own, int64(life*crashClients+i+1)*1_000_000, &killed, dead) })
		}
		if life < crashes {
			time.Sleep(time.Duration(chance.Uint64n(uint64(maxLife))))
			s.Kill9()
			killed.Store(h.now())
		}
		close(dead)
		all.Wait()
		if life < crashes {
			s.Restart()
		}
	}
	return h.all
}

// client calls until the server is gone. What it has not been told then is booked
// as unknown, and as over when the server was gone.
func (h *crashHistory) client(c *testkit.Client, id int, chance *rng.Source, unique int64, killed *atomic.Int64, dead chan struct{}) {
	defer c.Close()
	for range crashSteps {
		calls := 1
		if chance.Uint64n(4) == 0 {
			calls = 2 + int(chance.Uint64n(2))
		}
		var steps []crashStep
		for range calls {
			kinds := len(crashKinds)
			if calls > 1 {
				kinds-- // the last one blocks
			}
			unique++
			steps = append(steps, crashStep{int(chance.Uint64n(uint64(kinds))), int(chance.Uint64n(crashKeys)), unique})
		}
		o := porcupine.Operation{ClientId: id, Input: steps, Call: h.now()}
		output, err := callSteps(c, steps)
		o.Output, o.Return = output, h.now()
		if err != nil {
			<-dead
			o.Output, o.Return = lostReply, killed.Load()
			if o.Call >= o.Return {
				return // there was nobody to do it
			}
		}
		h.mu.Lock()
		h.all = append(h.all, o)
		h.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// callSteps sends the steps, more than one as a transaction, and returns their
// replies.
func callSteps(c *testkit.Client, steps []crashStep) (string, error) {
	var out []byte
	if len(steps) == 1 {
		out = testkit.AppendCommand(nil, steps[0].command()...)
	} else {
		out = testkit.AppendCommand(nil, "MULTI")
		for _, a := range steps {
			out = testkit.AppendCommand(out, a.command()...)
		}
		out = testkit.AppendCommand(out, "EXEC")
	}
	if err := c.SendRaw(out); err != nil {
		return "", err
	}
	if len(steps) > 1 {
		for range len(steps) + 1 {
			if _, err := c.Receive(); err != nil {
				return "", err
			}
		}
	}
	reply, err := c.Receive()
	if err != nil || len(steps) == 1 {
		return plain(reply), err
	}
	var all []string
	for _, elem := range reply.Elems {
		all = append(all, plain(elem))
	}
	return strings.Join(all, ";"), nil
}

// plain is a reply as the model has it.
func plain(r testkit.Reply) string {
	if r.Nil {
		return "-"
	}
	if r.Text == "" && len(r.Elems) > 0 {
		var all []string
		for _, elem := range r.Elems {
			all = append(all, elem.Text)
		}
		return strings.Join(all, ",")
	}
	return r.Text
}

// TestCrashes is L1 with kills inside of the histories, with appendfsync always.
func TestCrashes(t *testing.T) {
	s, n := startCrashing(t), *seeds
	if os.Getenv("SIGRUN_FAULTS") == "all" {
		n = max(n, manyCrashes)
	}
	first := firstSeed(t)
	for i := range n {
		seed := first + uint64(i)
		history := recordCrashes(t, s, seed)
		if result := porcupine.CheckOperationsTimeout(crashModel, history, checkLimit); result != porcupine.Ok {
			t.Fatalf("seed %d: %s; the history is in %s", seed, result, keepHistory(t, history))
		}
	}
}

// keepHistory writes a history to a file, in the order of its calls, and returns
// its name.
func keepHistory(t *testing.T, history []porcupine.Operation) string {
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	f, err := os.CreateTemp("", "sigrun-linear-*.txt")
	testkit.NoError(t, err)
	_, err = fmt.Fprintf(f, "cannot be explained from %v on\n", time.Duration(unexplained(history)))
	testkit.NoError(t, err)
	for _, o := range history {
		_, err := fmt.Fprintf(f, "%v to %v, client %d: %s\n", time.Duration(o.Call), time.Duration(o.Return), o.ClientId,
			crashModel.DescribeOperation(o.Input, o.Output))
		testkit.NoError(t, err)
	}
	testkit.NoError(t, f.Close())
	return f.Name()
}

// unexplained is the earliest time at which what clients had been told by then can
// not be explained any more.
func unexplained(history []porcupine.Operation) int64 {
	var times []int64
	for _, o := range history {
		times = append(times, o.Return)
	}
	slices.Sort(times)
	i, _ := slices.BinarySearchFunc(times, true, func(now int64, _ bool) int {
		var known []porcupine.Operation
		for _, o := range history {
			if o.Call <= now && o.Return > now {
				o.Output, o.Return = lostReply, now
			}
			if o.Call <= now {
				known = append(known, o)
			}
		}
		if porcupine.CheckOperationsTimeout(crashModel, known, checkLimit) == porcupine.Illegal {
			return 0
		}
		return -1
	})
	return times[min(i, len(times)-1)]
}

// TestControlCrashes: a server that answers before it has written is found out.
func TestControlCrashes(t *testing.T) {
	s := startCrashing(t, noFlush)
	first := firstSeed(t)
	for i := range 100 {
		history := recordCrashes(t, s, first+uint64(i))
		if porcupine.CheckOperationsTimeout(crashModel, history, checkLimit) == porcupine.Illegal {
			return
		}
	}
	t.Error("a server that answers before it has written made 100 histories that can be explained")
}
