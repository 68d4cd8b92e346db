package exec

import (
	"errors"
	"strings"

	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/keyspace"
	"sigrun/internal/stats"
)

// execute runs one request of the window: it finds out which command it is and
// whether it may run, and queues or calls it.
func (w *Worker) execute(r *request) {
	s := r.session
	argv := w.args[r.args : r.args+r.argc]
	start := len(w.W.Buf)
	s.Active = w.now
	spec, err := resolve(r.spec, argv)
	r.spec = nil // share looks at those that ran
	s.Last = spec
	w.secret, w.direct = 0, 0
	if s.flags != Authenticated || w.engine.state.Load() != 0 || err != nil || spec.Is(command.Protected) {
		if err = w.admit(s, spec, err); errors.Is(err, errHeld) {
			w.hold(s, int(r.start))
			return
		}
	}
	switch {
	case err != nil:
		w.reject(s, spec, err)
	case s.multi != nil && !spec.AtOnce:
		if s.flags&DirtyExec == 0 && !s.WatchChanged() { // it can still run
			s.multi.queue(spec, argv)
		}
		w.W.Raw("+QUEUED\r\n")
	default:
		r.spec = spec
		w.call(s, spec, argv, w.keysOf(r, spec, argv))
	}
	if s.flags&(ReplyOff|ReplySkip|ReplySkipping) != 0 {
		w.suppress(s, start)
	}
	w.logLarge(s, spec, argv, int(r.end-r.start), len(w.W.Buf)-start+w.direct)
}

// resolve finds the subcommand that argv names, if spec is a container, and
// checks the number of arguments.
func resolve(spec *command.Spec, argv [][]byte) (*command.Spec, error) {
	if spec == nil {
		return nil, unknownCommand(argv)
	}
	if len(spec.Sub) > 0 && len(argv) > 1 {
		sub := spec.LookupSub(argv[1])
		if sub == nil {
			return nil, command.ReplyError("ERR unknown subcommand '" + text(argv[1], 128) + "'. Try " + strings.ToUpper(spec.Name) + " HELP.")
		}
		spec = sub
	}
	if !spec.ArityOK(len(argv)) || spec.Run == nil {
		return spec, command.ReplyError("ERR wrong number of arguments for '" + spec.DisplayName() + "' command")
	}
	return spec, nil
}

// unknownCommand names the command and the beginning of its arguments.
func unknownCommand(argv [][]byte) error {
	if command.Is(argv[0], "post") || command.Is(argv[0], "host:") {
		return errCrossProtocol
	}
	var args strings.Builder
	for _, a := range argv[1:] {
		if args.Len() >= 128 {
			break
		}
		args.WriteString("'" + text(a, 128-args.Len()) + "' ")
	}
	return command.ReplyError("ERR unknown command '" + text(argv[0], 128) + "', with args beginning with: " + args.String())
}

// text is b as a string of at most n bytes, up to its first NUL.
func text(b []byte, n int) string {
	if len(b) > n {
		b = b[:n]
	}
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	return string(b)
}

// reject answers a command that does not run; a transaction that is being queued
// is lost.
func (w *Worker) reject(s *Session, spec *command.Spec, err error) {
	if err == errCrossProtocol {
		w.refuseHTTP(s)
		return
	}
	if spec != nil {
		w.Commands[spec.ID()].Rejected++
	}
	switch {
	case spec != nil && spec.Name == "exec":
		s.discard()
		err = command.ReplyError("EXECABORT Transaction discarded because of: " + strings.TrimPrefix(err.Error(), "ERR "))
	case s.multi != nil:
		s.flags |= DirtyExec
		*s.multi = transaction{} // it can't run any more
	}
	w.replyError(err)
}

// replyError writes and counts an error reply.
func (w *Worker) replyError(err error) {
	text := err.Error()
	w.Errors.Count(text)
	w.W.Error(text)
}

// call runs a command in a transaction of its own.
func (w *Worker) call(s *Session, spec *command.Spec, argv [][]byte, keys []keyspace.Key) {
	c := &w.ctx
	var began int64
	if !spec.Brief || w.allTimed || w.alone[spec.ID()] {
		began = w.engine.Clock.Mono()
		w.publish()
	} else {
		w.brief++
	}
	w.Tx.Select(s.DB)
	w.Tx.NoTouch = s.flags&NoTouch != 0
	w.Tx.SeeExpired = w.silent || s.flags&ImportSource != 0 && w.engine.state.Load()&Importing != 0
	c.Session = s
	c.Begin(spec, argv, w.logging())
	c.Keys = keys
	entered := w.enter(spec)
	w.runHandler(c, s)
	if w.Tx.Dirty > 0 {
		w.appendEffects(c, s)
	}
	if how := c.Blocked(); how != nil {
		w.block(s, how)
		began = 0 // it counts, and is logged if slow, when it runs again
	}
	if entered {
		w.serve()
		w.Tx.Leave()
	}
	w.serveRest()
	if began != 0 {
		w.account(s, spec, argv, w.engine.Clock.Mono()-began)
	}
}

// logging reports whether what commands do goes into the log.
func (w *Worker) logging() bool { return w.engine.Log.Enabled() && !w.silent }

// publish adds the worker's changes to those of the engine.
func (w *Worker) publish() {
	if w.dirty != 0 {
		w.engine.Dirty.Add(w.dirty)
		w.dirty = 0
	}
}

// PublishAll adds the changes of all workers to Dirty. The caller has entered all
// shards.
func (e *Engine) PublishAll() { e.eachWorker((*Worker).publish) }

// runHandler runs the command that c holds, one of s; its shards are entered.
// If it waits for something it counts as called when that has come.
func (w *Worker) runHandler(c *command.Ctx, s *Session) {
	w.Tx.Dirty = 0
	count := &w.Commands[c.Spec.ID()]
	err := c.Spec.Run(c)
	if c.Blocks() {
		return
	}
	count.Calls++
	s.Calls++
	w.Calls++
	if err == nil {
		return
	}
	count.Failed++
	if !errors.Is(err, command.ErrNoReply) {
		w.Errors.Count(err.Error())
		c.W.Error(err.Error())
	}
}

// keysOf are the keys of a request, hashed.
func (w *Worker) keysOf(r *request, spec *command.Spec, argv [][]byte) []keyspace.Key {
	if r.hashed && len(spec.Sub) == 0 && spec.Parent() == nil {
		return w.keys[r.keys : r.keys+r.keyc]
	}
	w.moreKeys = w.appendKeys(w.moreKeys[:0], spec, argv)
	return w.moreKeys
}

// enter enters the shards of the keys in w.ctx, or all. It reports whether there
// were any to enter.
func (w *Worker) enter(spec *command.Spec) bool {
	switch {
	case spec.Everywhere(w.ctx.Argv):
		w.Tx.EnterAll()
	case len(w.ctx.Keys) == 0:
		return false
	default:
		w.Tx.Enter(w.ctx.Keys)
	}
	return true
}

// appendEffects notes what the command of c, one of s, changed, and puts it into
// the log, inside its transaction.
func (w *Worker) appendEffects(c *command.Ctx, s *Session) {
	w.dirty += int64(w.Tx.Dirty)
	if !c.Logging() {
		return
	}
	w.effects = c.AppendEffects(w.effects[:0])
	if len(w.effects) > 0 {
		w.engine.Log.Append(w.Tx.DB(), w.effects)
		s.wrote = w.engine.Log.End()
		if c.Spec.Is(command.Write) && s.Conn != nil && s.worker == w {
			s.Conn.Promise() // who is served by another loop is answered on his own
		}
	}
}

// account notes how long a command took that was timed.
func (w *Worker) account(s *Session, spec *command.Spec, argv [][]byte, nanos int64) {
	w.timed += nanos
	w.Commands[spec.ID()].Nanos += uint64(nanos)
	w.record(spec.ID(), uint64(nanos))
	w.engine.Delayed(delayEvent(spec), nanos)
	micros := nanos / 1000
	limit := w.engine.Config.Int(config.CommandLogExecutionSlowerThan)
	if limit >= 0 && micros >= limit && !spec.Is(command.SkipCommandLog) && s.Conn != nil {
		w.log(stats.Slow, config.CommandLogSlowExecutionMaxLen, s, argv, micros)
	}
}

// logLarge logs requests and replies that are larger than the settings allow.
func (w *Worker) logLarge(s *Session, spec *command.Spec, argv [][]byte, request, reply int) {
	cfg := w.engine.Config
	if spec == nil || spec.Is(command.SkipCommandLog) {
		return
	}
	if limit := cfg.Int(config.CommandLogRequestLargerThan); limit >= 0 && int64(request) >= limit {
		w.log(stats.LargeRequest, config.CommandLogLargeRequestMaxLen, s, argv, int64(request))
	}
	if limit := cfg.Int(config.CommandLogReplyLargerThan); limit >= 0 && int64(reply) >= limit {
		w.log(stats.LargeReply, config.CommandLogLargeReplyMaxLen, s, argv, int64(reply))
	}
}

func (w *Worker) log(kind stats.LogKind, size config.ID, s *Session, argv [][]byte, value int64) {
	e := stats.Entry{Time: w.now / 1000, Value: value, Args: w.secret.cover(argv), Client: s.Conn.RemoteAddr(), Name: s.Name}
	w.engine.CommandLog.Add(kind, e, int(w.engine.Config.Int(size)))
}

// suppress takes back a reply that the client doesn't want (CLIENT REPLY).
func (w *Worker) suppress(s *Session, start int) {
	if s.flags&(ReplyOff|ReplySkipping) != 0 {
		w.W.Buf = w.W.Buf[:start]
	}
	s.flags &^= ReplySkipping
	if s.flags&ReplySkip != 0 {
		s.flags = s.flags&^ReplySkip | ReplySkipping
	}
}
