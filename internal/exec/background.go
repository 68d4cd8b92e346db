package exec

import (
	"sigrun/internal/keyspace"
	"sigrun/internal/stats"
)

// NewBackground returns a worker without a loop, for work that is not a
// client's: what vanishes while it runs is logged and counted as with any other.
// It is for the time before the engine serves anybody.
func (e *Engine) NewBackground() *Worker {
	w := newWorker(e, -1)
	e.background = append(e.background, w)
	return w
}

// Do calls f with w's gate held and the time frozen. It is for workers without
// a loop.
func (w *Worker) Do(f func()) {
	w.gate.Enter()
	defer w.gate.Leave()
	w.begin(nil)
	f()
	w.serveLeft()
}

// Flush makes what w has logged as durable as it gets without a reply to wait
// for it.
func (w *Worker) Flush() {
	if d := w.engine.durability.Load(); d != nil {
		(*d).Flush(w.engine.Log.End())
	}
}

// Totals are the counts of all workers together.
type Totals struct {
	Keys     keyspace.Stats
	Commands []stats.Command // by Spec.ID
	Errors   map[string]uint64
	ErrorSum uint64
	Calls    uint64
}

// Totals adds up what all workers have counted. The caller has entered all
// shards.
func (e *Engine) Totals() Totals {
	t := Totals{Commands: make([]stats.Command, e.Table.Len()), Errors: map[string]uint64{}}
	e.eachWorker(func(w *Worker) {
		t.Keys.Hits += w.Tx.Stats.Hits
		t.Keys.Misses += w.Tx.Stats.Misses
		t.Keys.Expired += w.Tx.Stats.Expired
		t.Keys.Parts += w.Tx.Stats.Parts
		t.Keys.Evicted += w.Tx.Stats.Evicted
		for i := range w.Commands {
			t.Commands[i].Add(w.Commands[i])
		}
		w.Errors.AddTo(t.Errors)
		t.ErrorSum += w.Errors.Total
		t.Calls += w.Calls
	})
	return t
}

func (e *Engine) eachWorker(f func(w *Worker)) {
	for _, w := range e.workers {
		f(w)
	}
	for _, w := range e.background {
		f(w)
	}
}

// CallsOfLate is the number of commands executed, as of the last Cron of each
// loop. Any goroutine may ask.
func (e *Engine) CallsOfLate() (n uint64) {
	for i := range e.published {
		n += e.published[i].Load()
	}
	return n
}
