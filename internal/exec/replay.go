package exec

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
)

// Replayer runs commands that were accepted before: those of an append-only
// file. No gate is asked and nobody gets the replies.
type Replayer struct {
	w *Worker
	s *Session
}

// NewReplayer returns a Replayer for the engine's data. Its owner calls Close.
func (e *Engine) NewReplayer() *Replayer {
	w := newWorker(e, -1)
	w.silent, w.ctx.Nested, w.ctx.Replayed = true, true, true
	return &Replayer{w: w, s: &Session{worker: w, flags: Authenticated | Internal, user: "default"}}
}

// Close ends the use of r.
func (r *Replayer) Close() { r.w.engine.Keyspace.DropGate(r.w.gate) }

// Select makes the commands that follow apply to database db.
func (r *Replayer) Select(db int) { r.s.DB = db }

// frames are the commands of a log that change nothing by themselves.
var frames = map[string]bool{"select": true, "multi": true, "exec": true, "discard": true}

// Ahead starts loading what a command that will be applied soon looks at, if the
// first argument is a key in the present database.
func (r *Replayer) Ahead(argv [][]byte) {
	if len(argv) < 2 {
		return
	}
	hash := keyspace.KeyOf(argv[1]).Hash
	r.w.gate.Enter()
	r.w.engine.Keyspace.Touch(r.s.DB, hash)
	r.w.gate.Leave()
}

// Apply runs a command and reports whether it is known. What it replies, errors
// included, is dropped. The arguments may be used again afterwards.
func (r *Replayer) Apply(argv [][]byte) (known bool) {
	spec, err := resolve(r.w.engine.Table.Lookup(argv[0]), argv)
	if spec == nil || err != nil && len(spec.Sub) == 0 && spec.ArityOK(len(argv)) {
		return false
	}
	if err != nil {
		return true // a line that the server itself would have refused
	}
	if !spec.Any(command.Write|command.MayReplicate) && !frames[spec.Name] {
		return true // it changes no data, and may want a connection
	}
	w := r.w
	w.gate.Enter()
	w.now = w.engine.Clock.Wall() / 1000
	w.Tx.SetNow(w.now)
	w.ctx.MaxBulk = w.engine.maxBulk()
	w.ctx.Limits = w.engine.limits.Load()
	w.W.Buf = w.W.Buf[:0]
	w.moreKeys = w.appendKeys(w.moreKeys[:0], spec, argv)
	w.call(r.s, spec, argv, w.moreKeys)
	w.publish()
	w.gate.Leave()
	return true
}
