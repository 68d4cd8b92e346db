package exec

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
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
	over    bool   // answered; belongs to who has entered the shards of keys
	stop    func() // the timer
}

// block makes s wait as the command that w.ctx holds asked for; the shards of
// its keys are entered.
func (w *Worker) block(s *Session, how *command.Block) {
	b := &blocked{Block: *how, session: s, spec: w.ctx.Spec, proto3: s.proto3}
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
		w.awaiting = append(w.awaiting, s)
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
	}
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
	s.Conn.Post(func(w *Worker) {
		if s.blocked != b {
			return
		}
		w.forgetAwaiting(s)
		s.blocked = nil
		s.flags &^= Held
		if s.flags&Closing != 0 {
			return
		}
		w.NetOut += uint64(len(reply))
		s.Conn.Write(reply)
		w.makeSafe(w.loop)
		s.Conn.Resume()
	})
}

func (w *Worker) forgetAwaiting(s *Session) {
	w.awaiting = slices.DeleteFunc(w.awaiting, func(o *Session) bool { return o == s })
}

// serve answers those who wait for keys that the transaction has changed, as far
// as it has entered their shards; the others are left for serveRest. What they do
// can make further keys ready.
func (w *Worker) serve() {
	db := w.Tx.DB()
	for k, ok := w.Tx.NextReady(); ok; k, ok = w.Tx.NextReady() {
		w.Tx.Select(k.DB)
		w.Tx.EachWaiter(k, func(b *keyspace.Waiter) bool {
			o := b.Owner.(*blocked)
			if !w.Tx.HoldsAll(o.keys) {
				w.unserved = append(w.unserved, o)
				return true
			}
			w.again(o)
			w.Tx.Select(k.DB)
			return true
		})
	}
	w.Tx.Select(db)
}

// serveRest answers those that serve could not, each in a transaction of its own.
func (w *Worker) serveRest() {
	for len(w.unserved) > 0 {
		b := w.unserved[0]
		w.unserved = w.unserved[1:]
		w.Tx.Enter(b.keys)
		if !b.over {
			w.again(b)
			w.serve()
		}
		w.Tx.Leave()
	}
	w.unserved = nil
}

// again runs the command of b again; the shards of its keys are entered.
func (w *Worker) again(b *blocked) {
	c := &w.served
	c.Tx, c.W = w.Tx, &w.servedW
	c.MaxBulk, c.Dump, c.Limits, c.Events = w.ctx.MaxBulk, w.ctx.Dump, w.ctx.Limits, w.ctx.Events
	c.Session = b.session
	w.servedW.Buf, w.servedW.Proto3 = nil, b.proto3
	w.Tx.Select(b.waiter.DB)
	began := w.engine.Clock.Mono()
	logging := w.engine.Log.Enabled()
	c.Begin(b.spec, b.argv, logging)
	c.Keys = b.keys
	before := w.Tx.Dirty
	w.Tx.Dirty = 0
	err := b.spec.Run(c)
	if c.Blocked() != nil {
		w.Tx.Dirty = before
		return
	}
	count := &w.Commands[b.spec.ID()]
	count.Calls++
	count.Nanos += uint64(w.engine.Clock.Mono() - began)
	w.Calls++
	if err != nil {
		count.Failed++
		if !errors.Is(err, command.ErrNoReply) {
			w.Errors.Count(err.Error())
			w.servedW.Error(err.Error())
		}
	}
	if w.Tx.Dirty > 0 {
		w.dirty += int64(w.Tx.Dirty)
		if logging {
			w.effects = c.AppendEffects(w.effects[:0])
			w.engine.Log.Append(w.Tx.DB(), w.effects)
			b.session.wrote = w.engine.Log.End()
		}
	}
	w.Tx.Dirty = before
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

// Recheck has all loops look whether those can go on who wait for something else
// than keys. Any goroutine may call it.
func (e *Engine) Recheck() {
	if e.Counts.Blocked.Load() == 0 {
		return
	}
	for _, w := range e.workers {
		if l := w.home.Load(); l != nil {
			l.Post(func(w *Worker) { w.recheck() })
		}
	}
}
