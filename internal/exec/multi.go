package exec

import (
	"sigrun/internal/command"
	"sigrun/internal/feed"
	"sigrun/internal/keyspace"
)

// transaction is what MULTI gathers.
type transaction struct {
	commands []queuedCommand
	bytes    int  // of arguments
	denyOOM  bool // one of the commands needs memory
	writes   bool // one of the commands may write
	global   bool // one of the commands needs all shards
}

type queuedCommand struct {
	spec *command.Spec
	argv [][]byte // copies
}

// queue copies a command line into the transaction.
func (t *transaction) queue(spec *command.Spec, argv [][]byte) {
	size := 0
	for _, a := range argv {
		size += len(a)
	}
	buf := make([]byte, 0, size)
	args := make([][]byte, len(argv))
	for i, a := range argv {
		from := len(buf)
		buf = append(buf, a...)
		args[i] = buf[from:len(buf):len(buf)]
	}
	t.commands = append(t.commands, queuedCommand{spec, args})
	t.bytes += size
	t.denyOOM = t.denyOOM || spec.Is(command.DenyOOM)
	t.writes = t.writes || spec.Any(command.Write|command.MayReplicate)
	t.global = t.global || spec.Everywhere(argv)
}

// Handlers are the commands that need the executor itself.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"multi":   runMulti,
		"exec":    runExec,
		"discard": runDiscard,
		"watch":   runWatch,
		"unwatch": runUnwatch,
	}
}

func runMulti(c *command.Ctx) error {
	s := Of(c)
	if s.multi != nil {
		return command.ReplyError("ERR MULTI calls can not be nested")
	}
	s.multi, s.once = &transaction{}, true
	s.flags |= InMulti
	c.W.OK()
	return nil
}

func runDiscard(c *command.Ctx) error {
	s := Of(c)
	if s.multi == nil {
		return command.ReplyError("ERR DISCARD without MULTI")
	}
	s.discard()
	c.W.OK()
	return nil
}

// discard forgets the transaction and all watched keys.
func (s *Session) discard() {
	s.multi = nil
	s.flags &^= InMulti | DirtyExec
	s.unwatch()
}

func (s *Session) unwatch() {
	if s.watch == nil {
		return
	}
	w := s.worker
	if s.watch.Len() > 0 {
		w.engine.Counts.Watching.Add(-1)
		w.Tx.Enter(s.watch.Keys(nil))
		w.Tx.Unwatch(s.watch)
		w.Tx.Leave()
	}
	s.watch = nil
}

// runWatch runs inside the shards of its keys.
func runWatch(c *command.Ctx) error {
	s := Of(c)
	if s.multi != nil {
		return command.ReplyError("ERR WATCH inside MULTI is not allowed")
	}
	if s.watch == nil {
		s.watch, s.once = &keyspace.Watcher{}, true
		s.worker.engine.Counts.Watching.Add(1)
	}
	for _, k := range c.Keys {
		c.Tx.Watch(s.watch, k)
	}
	c.W.OK()
	return nil
}

func runUnwatch(c *command.Ctx) error {
	Of(c).unwatch()
	c.W.OK()
	return nil
}

// runExec runs the transaction of its session as one: it enters the shards of
// all keys that its commands name and of all watched keys, checks the watched
// ones, and runs the commands.
func runExec(c *command.Ctx) error {
	s := Of(c)
	w := s.worker
	t := s.multi
	if t == nil {
		return command.ReplyError("ERR EXEC without MULTI")
	}
	if s.flags&DirtyExec != 0 {
		s.discard()
		return command.ErrExecAbort
	}
	keys := w.transactionKeys(s, t)
	switch {
	case t.global:
		w.Tx.EnterAll()
	default:
		w.Tx.Enter(keys)
	}
	changed := s.watch != nil && w.Tx.Changed(s.watch)
	w.unwatchEntered(s)
	if changed {
		w.endExec(s)
		c.W.NullArray()
		return nil
	}
	w.runQueued(s, t)
	w.serve()
	w.endExec(s)
	return nil
}

// transactionKeys are the keys of all commands and all watched keys.
func (w *Worker) transactionKeys(s *Session, t *transaction) (keys []keyspace.Key) {
	for i := range t.commands {
		keys = w.appendKeys(keys, t.commands[i].spec, t.commands[i].argv)
	}
	if s.watch != nil {
		keys = s.watch.Keys(keys)
	}
	return keys
}

// unwatchEntered forgets all watched keys; their shards are entered.
func (w *Worker) unwatchEntered(s *Session) {
	if s.watch == nil {
		return
	}
	if s.watch.Len() > 0 {
		w.engine.Counts.Watching.Add(-1)
	}
	w.Tx.Unwatch(s.watch)
	s.watch = nil
}

// endExec ends the transaction; its shards are entered.
func (w *Worker) endExec(s *Session) {
	w.Tx.Leave()
	s.multi = nil
	s.flags &^= InMulti | DirtyExec
	w.Tx.Dirty = 0
	w.ctx.NoEffect()
}

// runQueued runs the commands and logs their effects as one unit.
func (w *Worker) runQueued(s *Session, t *transaction) {
	c := &w.ctx
	logging := w.logging()
	var unit unit
	w.W.Array(len(t.commands))
	began := w.engine.Clock.Mono()
	defer func(before bool) { c.Nested = before }(c.Nested)
	c.Nested = true
	for i := range t.commands {
		q := &t.commands[i]
		w.Tx.Select(s.DB)
		w.secret = 0
		c.Begin(q.spec, q.argv, logging)
		c.Keys = w.appendKeys(w.moreKeys[:0], q.spec, q.argv)
		w.moreKeys = c.Keys
		closing, end := s.flags&Closing != 0, len(w.W.Buf)
		w.runHandler(c, s)
		if closing { // it killed itself before: nobody hears what follows
			w.W.Buf = w.W.Buf[:end]
		}
		if w.Tx.Dirty > 0 {
			w.dirty += int64(w.Tx.Dirty)
			if logging {
				unit.add(c, w.Tx.DB())
			}
		}
		now := w.engine.Clock.Mono()
		w.account(s, q.spec, q.argv, now-began)
		began = now
	}
	if unit.count > 0 {
		w.engine.Log.Append(unit.db, unit.bytes())
		s.wrote = w.engine.Log.End()
		s.Conn.Promise()
	}
}

// unit is the effects of a transaction as they go into the log.
type unit struct {
	buf     []byte
	count   int // effects
	db      int // of the first one, which is selected before and after the unit
	current int
}

// add adds the effects of the command that c holds.
func (u *unit) add(c *command.Ctx, db int) {
	if u.count == 0 {
		u.buf = append(u.buf[:0], feed.Multi...) // there may be one of a command that logged nothing
		u.db, u.current = db, db
	}
	before := len(u.buf)
	if db != u.current {
		u.buf = feed.AppendSelect(u.buf, db)
	}
	start := len(u.buf)
	u.buf = c.AppendEffects(u.buf)
	if len(u.buf) == start {
		u.buf = u.buf[:before]
		return
	}
	u.current = db
	u.count += max(1, c.Effects())
}

// bytes is the unit: without MULTI and EXEC if it is one command.
func (u *unit) bytes() []byte {
	if u.current != u.db {
		u.buf = feed.AppendSelect(u.buf, u.db)
		u.count++
	}
	if u.count == 1 {
		return u.buf[len(feed.Multi):]
	}
	return append(u.buf, feed.Exec...)
}
