package exec

import (
	"sync/atomic"

	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/feed"
	"sigrun/internal/keyspace"
	"sigrun/internal/logs"
	"sigrun/internal/netio"
	"sigrun/internal/rdb"
	"sigrun/internal/stats"
	"sigrun/internal/value"
)

// State bits of the engine: while none is set, no gate but authentication and
// transactions can refuse a command.
const (
	Loading     uint32 = 1 << iota // the data set is being loaded
	MemoryLimit                    // maxmemory is set
	DiskError                      // writing to disk failed; see Options.DiskError
	Paused                         // CLIENT PAUSE
	Importing                      // import-mode: nothing expires, nothing is evicted
	Stopping                       // the server is shutting down: nothing runs any more
)

// Durability makes effects durable before replies leave; *aof.Writer is one.
type Durability interface {
	// Flush sees to it that the bytes of the log before upTo are safe and
	// reports whether they are; if not, replies must be held until they are.
	Flush(upTo uint64) bool
	// Safe is the offset before which all bytes are safe.
	Safe() uint64
}

// Options of an Engine.
type Options struct {
	Keyspace *keyspace.Keyspace
	Table    *command.Table
	Config   *config.Store
	Log      *feed.Log
	Clock    clock.Clock
	// Global names commands that run in a transaction over all shards.
	Global []string
	// Evict makes room before a command that needs memory; it reports whether
	// there is enough. The worker's transaction is closed.
	Evict func(w *Worker) bool
	// DiskError is asked for the reply to a write while the state has DiskError.
	DiskError func() error
	// Loops is the number of loops.
	Loops int
	// Stir, unless nil, is called at the cron of a loop that has executed commands
	// since the one before.
	Stir func()
	// Logf writes a line of the server's log; nil drops it.
	Logf func(level logs.Level, format string, args ...any)
	// Host is what commands about the server tell and change.
	Host *stats.Host
}

// Engine is what all workers share. It is the Handler of the network.
type Engine struct {
	Options
	CommandLog stats.CommandLog
	Counts     Counts
	Dirty      atomic.Int64 // changes since the last save

	state      atomic.Uint32
	durability atomic.Pointer[Durability]
	limits     atomic.Pointer[value.Limits]
	workers    []*Worker
	background []*Worker       // without a loop
	published  []atomic.Uint64 // Worker.Calls for CallsOfLate, by loop
	pause      pause
	damaged    func(*rdb.Error)

	attacked     atomic.Int64 // when a client was last taken for an attacker, Unix microseconds
	clientMemory atomic.Int64 // bytes that clients take, as measured last
	awaiting     atomic.Int64 // sessions that wait for something else than keys
}

// Counts are counts of the whole engine that change rarely.
type Counts struct {
	Accepted atomic.Int64 // connections since the start
	Clients  atomic.Int64 // open now
	Rejected atomic.Int64 // refused because of maxclients
	OutLimit atomic.Int64 // closed for their output buffers
	InLimit  atomic.Int64 // closed for their query buffers
	Watching atomic.Int64 // clients that watch keys
	Blocked  atomic.Int64 // clients that wait for something
	Timeouts atomic.Int64 // of them not for ever
	AuthFail atomic.Int64
}

var _ netio.Handler = (*Engine)(nil)

// NewEngine returns an engine without connections.
func NewEngine(o Options) *Engine {
	if o.Logf == nil {
		o.Logf = func(logs.Level, string, ...any) {}
	}
	if o.Host == nil {
		o.Host = &stats.Host{}
	}
	e := &Engine{Options: o, published: make([]atomic.Uint64, o.Loops)}
	for _, name := range o.Global {
		if s := o.Table.Find([]byte(name)); s != nil {
			s.Global = true
		}
	}
	e.SettleLimits()
	e.damaged = e.logDamage
	for i := range o.Loops {
		e.workers = append(e.workers, newWorker(e, i))
	}
	return e
}

// SetState sets or clears bits of the state.
func (e *Engine) SetState(bits uint32, on bool) {
	if on {
		e.state.Or(bits)
	} else {
		e.state.And(^bits)
	}
}

// SettleLimits follows the settings about the forms of values.
func (e *Engine) SettleLimits() { e.limits.Store(e.Config.Limits()) }

// State is the current state.
func (e *Engine) State() uint32 { return e.state.Load() }

// Stop keeps all clients waiting, from this moment on; Resume ends that. The
// caller has entered all shards.
func (e *Engine) Stop() { e.SetState(Stopping, true) }

// Resume lets clients go on after Stop, at the next cron of their loops.
func (e *Engine) Resume() { e.SetState(Stopping, false) }

// SetDurability makes d responsible for effects from now on; nil for nobody.
func (e *Engine) SetDurability(d Durability) {
	if d == nil {
		e.durability.Store(nil)
		return
	}
	e.durability.Store(&d)
}

// Workers are all workers, by the index of their loop. To look into another
// worker than one's own one must have entered all shards.
func (e *Engine) Workers() []*Worker { return e.workers }

func (e *Engine) worker(l *netio.Loop) *Worker { return e.workers[l.Index] }

// Message implements netio.Handler: a func(*Worker) is called with the worker's
// gate held.
func (e *Engine) Message(l *netio.Loop, m any) {
	w := e.worker(l)
	f, ok := m.(func(w *Worker))
	if !ok {
		return
	}
	w.gate.Enter()
	w.begin(l)
	f(w)
	w.gate.Leave()
	if w.answered {
		w.answered = false
		w.makeSafe(l)
	}
}

// Cron implements netio.Handler.
func (e *Engine) Cron(l *netio.Loop) {
	w := e.worker(l)
	w.gate.Enter()
	w.begin(l)
	w.cron()
	w.publish() // save points count the last quick commands, too
	e.published[w.index].Store(w.Calls)
	rests := w.rests()
	w.gate.Leave()
	if rests {
		l.Rest(restPeriod)
	}
	if w.idle == 0 && e.Stir != nil {
		e.Stir()
	}
}

// Sessions calls f for each open session, by worker. The caller has entered all
// shards.
func (e *Engine) Sessions(f func(s *Session)) {
	for _, w := range e.workers {
		for _, s := range w.sessions {
			if !s.Is(Closing) {
				f(s)
			}
		}
	}
}

// ResetStats sets the counts to zero that CONFIG RESETSTAT does. The caller has
// entered all shards.
func (e *Engine) ResetStats() {
	e.eachWorker(func(w *Worker) {
		clear(w.Commands)
		w.latencies.reset()
		w.Errors.Reset()
		w.Tx.Stats = keyspace.Stats{}
		w.Calls = 0
	})
	for _, n := range []*atomic.Int64{&e.Counts.Accepted, &e.Counts.Rejected, &e.Counts.OutLimit, &e.Counts.InLimit, &e.Counts.AuthFail} {
		n.Store(0)
	}
}
