package exec

import (
	"bytes"
	"slices"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/netio"
	"sigrun/internal/resp"
)

// blocked is what a session waits for (BLPOP, WAIT, …). Its waiter, if it waits
// for keys, hangs in the shards of these. Whoever makes one of them ready runs
// the command again, in the same transaction if that has entered all the shards
// that are needed, else right after it, and sends the reply to the session's
// loop. There can be only one who does: see keyspace.Waiter.
type blocked struct {
	command.Block
	waiter  keyspace.Waiter
	session *Session
	spec    *command.Spec
	argv    [][]byte
	keys    []keyspace.Key // all of argv
	proto3  bool
	mute    bool   // the client doesn't want the reply (CLIENT REPLY)
	noTouch bool   // CLIENT NO-TOUCH
	called  bool   // it ended without its handler: to be counted,
	failed  string // with this error, if not empty
	over    bool   // answered; belongs to who has entered the shards of keys
	stop    func() // the timer
}

// block makes s wait as the command that w.ctx holds asked for; the shards of
// its keys are entered.
func (w *Worker) block(s *Session, how *command.Block) {
	b := &blocked{Block: *how, session: s, spec: w.ctx.Spec, proto3: s.proto3,
		mute: s.flags&(ReplyOff|ReplySkipping) != 0, noTouch: s.flags&NoTouch != 0}
	b.argv = make([][]byte, len(w.ctx.Argv))
	for i, a := range w.ctx.Argv {
		b.argv[i] = bytes.Clone(a)
	}
	b.keys = w.appendKeys(nil, b.spec, b.argv)
	if len(how.Keys) > 0 {
		b.waiter = keyspace.Waiter{DB: s.DB, Class: how.Class, Gone: how.Gone, Owner: b}
		for _, k := range how.Keys {
			b.waiter.Keys = append(b.waiter.Keys, keyspace.Key{B: bytes.Clone(k.B), Hash: k.Hash})
		}
		w.Tx.Await(&b.waiter)
	} else {
		w.await(s)
	}
	s.blocked = b
	s.flags |= Held
	s.Conn.Pause()
	w.engine.Counts.Blocked.Add(1)
	if b.Until != 0 {
		d := time.Duration(b.Until-w.now) * time.Millisecond
		if d/time.Millisecond != time.Duration(b.Until-w.now) {
			return // in some hundred years
		}
		w.engine.Counts.Timeouts.Add(1)
		b.stop = clock.AfterFunc(w.engine.Clock, d, func() {
			s.Conn.Post(func(w *Worker) { w.unblock(s, b, b.Timeout) })
		})
	}
}

// Blocked reports whether s waits for something.
func (s *Session) Blocked() bool { return s.blocked != nil && !s.blocked.over }

// Unblock ends the waiting of s, if it waits, with an error or as if its time
// were over, and reports whether it did. The caller has entered all shards.
func (s *Session) Unblock(t *keyspace.Txn, err error) bool {
	b := s.blocked
	if b == nil || b.over {
		return false
	}
	reply := b.Timeout
	if err != nil {
		reply = func(w *resp.Writer) { w.Error(err.Error()) }
		b.failed = err.Error()
	}
	b.called = true
	b.finish(t, encode(b.proto3, reply))
	return true
}

func encode(proto3 bool, reply func(w *resp.Writer)) []byte {
	w := resp.Writer{Proto3: proto3}
	reply(&w)
	return w.Buf
}

// unblock answers s, which lives on this loop and has no shard entered, unless
// somebody else did. A nil reply only ends the waiting.
func (w *Worker) unblock(s *Session, b *blocked, reply func(w *resp.Writer)) {
	if s.blocked != b {
		return
	}
	if len(b.keys) > 0 {
		w.Tx.Enter(b.keys)
		defer w.Tx.Leave()
	}
	if b.over {
		return
	}
	if reply == nil {
		b.end(w.Tx)
		s.blocked = nil
		return
	}
	b.called = true
	b.finish(w.Tx, encode(b.proto3, reply))
}

// end makes b wait no more; t has entered the shards of its keys.
func (b *blocked) end(t *keyspace.Txn) {
	b.over = true
	t.Forget(&b.waiter)
	counts := &b.session.worker.engine.Counts
	counts.Blocked.Add(-1)
	if b.stop != nil {
		b.stop()
		counts.Timeouts.Add(-1)
	}
}

// finish ends b's waiting with a reply, which the session's loop delivers.
func (b *blocked) finish(t *keyspace.Txn, reply []byte) {
	b.end(t)
	s := b.session
	answer := func(w *Worker) { w.answer(s, b, reply) }
	if w := s.worker; w.Tx == t && w.ticking {
		w.soon = append(w.soon, answer) // a message to oneself would come a turn later
		return
	}
	s.Conn.Post(answer)
}

// answer sends s, which lives on this loop, the reply that it waited for as b, and
// has it go on.
func (w *Worker) answer(s *Session, b *blocked, reply []byte) {
	if s.blocked != b {
		return
	}
	w.forgetAwaiting(s)
	s.blocked = nil
	s.flags &^= Held
	if b.called {
		w.Commands[b.spec.ID()].Calls++
		s.Calls++
		w.Calls++
	}
	if b.failed != "" {
		w.Commands[b.spec.ID()].Failed++
		w.Errors.Count(b.failed)
	}
	if s.flags&Closing != 0 {
		return
	}
	if !b.mute {
		w.NetOut += uint64(len(reply))
		s.usage.NetOut += uint64(len(reply))
		s.Conn.Promise()
		s.Conn.Write(reply)
		w.answered = true
	}
	s.Conn.Resume()
}

// await notes that s waits for something else than keys.
func (w *Worker) await(s *Session) {
	w.awaiting = append(w.awaiting, s)
	w.engine.awaiting.Add(1)
	// It may have come since the command looked, before Recheck could know of s.
	s.Conn.Post((*Worker).recheck)
}

func (w *Worker) forgetAwaiting(s *Session) {
	before := len(w.awaiting)
	w.awaiting = slices.DeleteFunc(w.awaiting, func(o *Session) bool { return o == s })
	w.engine.awaiting.Add(int64(len(w.awaiting) - before))
}

// Recheck has those asked who wait for something else than keys, because that may
// have come: else they are asked at the next cron of their loops. Any goroutine
// may call it; it never blocks.
func (e *Engine) Recheck(loops []*netio.Loop) {
	if e.awaiting.Load() == 0 {
		return
	}
	for _, l := range loops {
		l.Post((*Worker).recheck)
	}
}

// serve answers those who wait for keys that the transaction has changed, in the
// order in which they came. If the first of them needs shards that are not
// entered, the key is left for serveRest. What they do can make further keys
// ready.
func (w *Worker) serve() {
	if !w.Tx.HasReady() {
		return
	}
	db, dirty := w.Tx.DB(), w.Tx.Dirty
	w.Tx.SetNow(w.clock.millis(w.engine.Clock)) // what made them ready may have taken long
	for k, ok := w.Tx.NextReady(); ok; k, ok = w.Tx.NextReady() {
		w.Tx.Select(k.DB)
		w.Tx.EachWaiter(k, func(b *keyspace.Waiter) bool {
			o := b.Owner.(*blocked)
			if !w.Tx.HoldsAll(o.keys) {
				w.unserved = append(w.unserved, k)
				return false
			}
			w.again(o)
			w.Tx.Select(k.DB)
			return true
		})
	}
	w.Tx.Select(db)
	w.Tx.Dirty = dirty
}

// serveRest answers those that serve could not, each in a transaction of its own.
func (w *Worker) serveRest() {
	for len(w.unserved) > 0 {
		k := w.unserved[0]
		w.unserved = w.unserved[1:]
		for _, b := range w.waitersOf(k) {
			w.Tx.Enter(b.keys)
			w.Tx.Select(k.DB)
			if !b.over && w.Tx.Useful(&b.waiter, k) {
				w.again(b)
				w.serve()
			}
			w.Tx.Leave()
		}
	}
	w.unserved = nil
}

// serveLeft answers those who wait for keys that expired or were evicted.
func (w *Worker) serveLeft() {
	if w.Tx.HasReady() {
		w.Tx.EnterAll()
		w.serve()
		w.Tx.Leave()
	}
}

// waitersOf is who waits for k and could use what it holds now.
func (w *Worker) waitersOf(k keyspace.ReadyKey) (all []*blocked) {
	w.Tx.EnterOne(k.Hash)
	defer w.Tx.Leave()
	w.Tx.Select(k.DB)
	w.Tx.EachWaiter(k, func(b *keyspace.Waiter) bool {
		all = append(all, b.Owner.(*blocked))
		return true
	})
	return all
}

// again runs the command of b again; the shards of its keys are entered. The
// session may be another loop's: nothing of it is touched but what belongs to who
// has entered these shards.
func (w *Worker) again(b *blocked) {
	c := &w.served
	c.Tx, c.W = w.Tx, &w.servedW
	c.MaxBulk, c.Dump, c.Limits, c.Events = w.ctx.MaxBulk, w.ctx.Dump, w.ctx.Limits, w.ctx.Events
	c.Session, c.Again = b.session, true
	w.servedW.Buf, w.servedW.Proto3 = nil, b.proto3
	w.Tx.Select(b.waiter.DB)
	w.Tx.NoTouch, w.Tx.SeeExpired = b.noTouch, false
	began := w.engine.Clock.Mono()
	c.Begin(b.spec, b.argv, w.logging())
	c.Keys = b.keys
	w.runHandler(c, b.session)
	if c.Blocked() != nil {
		return
	}
	w.account(b.session, b.spec, b.argv, w.engine.Clock.Mono()-began)
	if w.Tx.Dirty > 0 {
		w.appendEffects(c, b.session)
	}
	b.finish(w.Tx, w.servedW.Buf)
}

// recheck asks those who wait for something else than keys.
func (w *Worker) recheck() {
	for _, s := range slices.Clone(w.awaiting) {
		b := s.blocked
		if b == nil || b.over || b.Done == nil {
			continue
		}
		out := resp.Writer{Proto3: b.proto3}
		if b.Done(&out) {
			b.finish(w.Tx, out.Buf)
		}
	}
}
