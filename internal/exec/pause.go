package exec

import (
	"sync/atomic"

	"sigrun/internal/command"
)

// pause is what CLIENT PAUSE asked for.
type pause struct {
	until atomic.Int64 // Unix milliseconds
	all   atomic.Bool  // or only writes
}

// holds reports whether the command has to wait.
func (p *pause) holds(s *Session, spec *command.Spec, now int64) bool {
	if now >= p.until.Load() {
		return false
	}
	switch {
	case s.flags&Internal != 0:
		return false
	case p.all.Load():
		return true // CLIENT UNPAUSE too, as ever
	case spec.Name == "exec":
		return s.multi != nil && s.multi.writes
	}
	return spec.Any(command.Write | command.MayReplicate)
}

// Pause keeps clients waiting until the given time (Unix milliseconds): all
// their commands or only writes. A longer or stricter pause that rules already
// stays.
func (e *Engine) Pause(until int64, all bool) {
	if e.state.Load()&Paused != 0 {
		until = max(until, e.pause.until.Load())
		all = all || e.pause.all.Load()
	}
	e.pause.until.Store(until)
	e.pause.all.Store(all)
	e.SetState(Paused, true)
	e.SettleExpiry()
}

// Unpause ends a pause. The caller has entered all shards.
func (e *Engine) Unpause() {
	e.endPause()
	for _, w := range e.workers {
		if len(w.held) > 0 {
			w.loop.Post(func(w *Worker) { w.release() })
		}
	}
}

// PauseState is what is paused until when (Unix milliseconds); 0 if nothing is.
func (e *Engine) PauseState() (until int64, all bool) {
	if e.state.Load()&Paused == 0 {
		return 0, false
	}
	return e.pause.until.Load(), e.pause.all.Load()
}

// Paused is how many clients wait for the end of a pause. The caller has entered
// all shards.
func (e *Engine) Paused() (n int64) {
	for _, w := range e.workers {
		n += int64(len(w.held))
	}
	return n
}

// endPause ends a pause; the sessions that wait go on at the next cron of their
// loops.
func (e *Engine) endPause() {
	e.pause.until.Store(0)
	e.SetState(Paused, false)
	e.SettleExpiry()
}

// SetImporting follows the setting import-mode. The caller has entered all
// shards, or serves nobody yet.
func (e *Engine) SetImporting(on bool) {
	e.SetState(Importing, on)
	e.SettleExpiry()
}

// SettleExpiry has expired keys deleted, or kept, as the state wants.
func (e *Engine) SettleExpiry() {
	e.Keyspace.KeepExpired(e.state.Load()&(Paused|Importing) != 0)
}

// hold makes s wait with a command that begins at start, and all input after it.
func (w *Worker) hold(s *Session, start int) {
	s.rewind(start)
	s.flags |= Held
	s.Conn.Pause()
	w.held = append(w.held, s)
}

// rewind makes the input from start on unread again.
func (s *Session) rewind(start int) {
	s.at = start
	s.parser.Reset()
}

// release lets the sessions that wait go on.
func (w *Worker) release() {
	for _, s := range w.held {
		s.flags &^= Held
		if s.flags&Closing == 0 {
			s.Conn.Resume()
		}
	}
	w.held = w.held[:0]
}

// Suspend makes s wait for a reply that comes later: nothing more of its input
// is executed until the returned function, which any goroutine may call once, is
// called with the reply.
func (s *Session) Suspend() (answer func(reply string)) {
	mute := s.flags&(ReplyOff|ReplySkipping) != 0
	s.flags |= Held
	s.Conn.Pause()
	return func(reply string) {
		s.Conn.Post(func(*Worker) {
			if !mute {
				s.Conn.Write([]byte(reply))
			}
			s.flags &^= Held
			s.Conn.Resume()
		})
	}
}
