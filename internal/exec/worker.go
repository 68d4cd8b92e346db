package exec

import (
	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/keyspace"
	"sigrun/internal/netio"
	"sigrun/internal/resp"
	"sigrun/internal/stats"
)

// Worker executes commands for one loop. Its exported counts may be read by
// whoever has entered all shards.
type Worker struct {
	Tx      *keyspace.Txn
	W       resp.Writer
	Evictor *keyspace.Evictor
	counts

	engine *Engine
	index  int
	loop   *netio.Loop
	gate   *keyspace.Gate
	ctx    command.Ctx
	roster
	timing
	latencies
	lookahead
	ahead
	batch
	serving
	output
	now      int64          // Unix milliseconds
	moreKeys []keyspace.Key // of a command that was not hashed with the window
	dirty    int64          // changes not published yet
	silent   bool           // what it does is in the log already
	keyPos   []command.KeyPos
	effects  []byte // of the command or transaction that is running
}

// output is where the replies of the running session go.
type output struct {
	current *Session
	from    int // where current's output begins in W.Buf
	direct  int // bytes of the current reply that went elsewhere
	copies
}

// serving is what a worker needs to run commands of those who waited.
type serving struct {
	served   command.Ctx
	servedW  resp.Writer
	unserved []keyspace.ReadyKey // left by serve for serveRest
	awaiting []*Session          // that wait for something else than keys
	ticking  bool                // a Tick is under way, at whose end
	soon     []func(w *Worker)   // these are called
	answered bool                // a reply was written that may have to wait for the log
}

// batch is the requests of the window, and what they are made of.
type batch struct {
	window []request
	args   [][]byte
	lines  []byte // inline requests
	keys   []keyspace.Key
}

// counts is what a worker has done since the statistics were last reset.
type counts struct {
	Commands []stats.Command // by Spec.ID
	Errors   stats.Errors
	Calls    uint64
	NetIn    uint64 // bytes
	NetOut   uint64
}

// roster is the sessions of a worker.
type roster struct {
	sessions []*Session
	held     []*Session // waiting for the end of a pause
	turn     int        // index of the session that cron looked at last
	lookedAt int64      // when that was, in Unix milliseconds
	calls    uint64     // Worker.Calls at the last cron
	idle     int        // crons since the last one that found any new
}

// lookahead is what is known of the window before it is executed: where the keys
// may be, and for how many of them the record has been asked for.
type lookahead struct {
	places  []keyspace.Place // parallel to Worker.keys
	touched int              // places whose records are being loaded,
	deeper  int              // and those looked for in children too
	name    []byte           // of the command that was looked up last
	named   *command.Spec    // and what was found
}

// tickClock tells the wall clock by the monotonic one, which is cheaper to read,
// and looks at the real one now and then.
type tickClock struct {
	wall, mono int64 // microseconds, nanoseconds: both at the last look
}

// lookEvery is how often the wall clock is looked at, in nanoseconds.
const lookEvery = 20e6

// millis is the wall clock in milliseconds.
func (t *tickClock) millis(c clock.Clock) int64 {
	now := c.Mono()
	if now-t.mono >= lookEvery || now < t.mono || t.wall == 0 {
		t.mono, t.wall = now, c.Wall()
	}
	return (t.wall + (now-t.mono)/1000) / 1000
}

// timing is how long the commands of a window take.
type timing struct {
	clock    tickClock
	windows  uint32
	timed    int64 // nanoseconds of those that were timed
	brief    int   // how many were not
	allTimed bool  // every command is timed, as the slow log wants
	secret   secret
}

func newWorker(e *Engine, index int) *Worker {
	w := &Worker{engine: e, index: index, gate: e.Keyspace.NewGate(), Evictor: keyspace.NewEvictor()}
	w.Tx = e.Keyspace.NewTxn(w.gate, w)
	w.Commands = make([]stats.Command, e.Table.Len())
	w.latencies = newLatencies(e.Table.Len())
	w.track(e.Config.Bool(config.LatencyTracking), w.Commands)
	w.parts = partsOf(e.Table)
	w.ctx.Tx, w.ctx.W = w.Tx, &w.W
	w.W.Large = w.sendLarge
	return w
}

// Index is the index of the worker's loop.
func (w *Worker) Index() int { return w.index }

// Engine is what w belongs to.
func (w *Worker) Engine() *Engine { return w.engine }

// Loop is the loop that w executes for, once it has started.
func (w *Worker) Loop() *netio.Loop { return w.loop }

// Sessions are the worker's sessions.
func (w *Worker) Sessions() []*Session { return w.sessions }

// begin freezes the time for what follows.
func (w *Worker) begin(l *netio.Loop) {
	w.loop = l
	w.now = w.clock.millis(w.engine.Clock)
	w.Tx.SetNow(w.now)
	w.Settle()
}

// Settle takes over the settings that commands obey, as they are now: when a tick
// begins, and when a command has changed them in its midst.
func (w *Worker) Settle() {
	w.ctx.MaxBulk = w.engine.maxBulk()
	w.ctx.Dump = w.engine.dumpRules()
	w.ctx.Limits = w.engine.limits.Load()
}

// Vanished implements keyspace.Observer: the deletion of an expired or evicted
// key is an effect of its own, before that of the command that found it.
func (w *Worker) Vanished(t *keyspace.Txn, key []byte, why keyspace.Reason) {
	lazy := config.LazyFreeLazyExpire
	if why == keyspace.Evicted {
		lazy = config.LazyFreeLazyEviction
	}
	if w.logging() {
		word := del
		if w.engine.Config.Bool(lazy) {
			word = unlink
		}
		w.engine.Log.Append(t.DB(), resp.AppendCommand(nil, word, key))
	}
	if why == keyspace.Expired {
		w.ctx.Event(command.EventExpired, "expired", key)
	} else {
		w.ctx.Event(command.EventEvicted, "evicted", key)
	}
}

var del, unlink = []byte("DEL"), []byte("UNLINK")
