package exec

import (
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/netio"
)

// outputState is how long a session's output has been over its soft limit.
type outputState struct {
	softSince int64 // Unix milliseconds, 0 when it is not
	backlog   bool
}

// Reasons why the server closes a connection, as Closed logs them.
var (
	ErrOutputLimit = errors.New("output buffer limit reached")
	ErrQueryLimit  = errors.New("query buffer limit reached")
	ErrIdle        = errors.New("idle for too long")
)

// unauthenticatedOutput is the most unsent output, in bytes, that a client which
// has not authenticated may have.
const unauthenticatedOutput = 64 << 10

// Open implements netio.Handler.
func (e *Engine) Open(c *netio.Conn) {
	w := e.worker(c.Loop())
	w.gate.Enter()
	defer w.gate.Leave()
	w.begin(c.Loop())
	s := &Session{Conn: c, ID: c.ID, Created: w.now, Active: w.now, worker: w}
	c.User = s
	e.Counts.Accepted.Add(1)
	e.Counts.Clients.Add(1)
	w.adopt(s)
	if refusal := e.refuse(s); refusal != "" {
		s.flags |= Closing
		e.Counts.Rejected.Add(1)
		c.Write([]byte(refusal))
		c.CloseAfterFlush()
		return
	}
	w.login(s)
	_ = c.SetKeepAlive(seconds(e.Config.Int(config.TCPKeepAlive)))
}

// refuse is what a connection that may not come in is told.
func (e *Engine) refuse(s *Session) string {
	if e.Counts.Clients.Load() > e.Config.Int(config.MaxClients) {
		return "-ERR max number of clients reached\r\n"
	}
	if e.Config.Bool(config.ProtectedMode) && e.Config.String(config.RequirePass) == "" && !s.Local() {
		return protectedText
	}
	return ""
}

const protectedText = "-DENIED Running in protected mode because protected mode is enabled and no password is set for the default user. " +
	"In this mode connections are only accepted from the loopback interface. " +
	"If you want to connect from external computers, you may adopt one of the following solutions: " +
	"1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting from the same host the server is running, " +
	"however MAKE SURE it's not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. " +
	"2) Alternatively you can just disable the protected mode by editing the configuration file, and setting the protected mode option to 'no', and then restarting the server. " +
	"3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. " +
	"4) Set up an authentication password for the default user. " +
	"NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n"

// Local reports whether the client is on this machine.
func (s *Session) Local() bool {
	if s.Conn.Unix() {
		return true
	}
	a := s.Conn.Remote()
	return !a.IsValid() || a.Addr().Unmap().IsLoopback() || a.Addr() == netip.Addr{}
}

// login makes s what it is without AUTH: the default user if that needs no
// password.
func (w *Worker) login(s *Session) {
	s.user = "default"
	s.Set(Authenticated, w.engine.Config.String(config.RequirePass) == "")
}

func (w *Worker) adopt(s *Session) {
	s.worker, s.slot = w, len(w.sessions)
	w.sessions = append(w.sessions, s)
}

func (w *Worker) forget(s *Session) {
	last := len(w.sessions) - 1
	moved := w.sessions[last]
	w.sessions[s.slot], moved.slot = moved, s.slot
	w.sessions[last] = nil
	w.sessions = w.sessions[:last]
	for i, h := range w.held {
		if h == s {
			w.held = append(w.held[:i], w.held[i+1:]...)
			break
		}
	}
}

// Moved implements netio.Handler.
func (e *Engine) Moved(c *netio.Conn, from *netio.Loop) {
	s := c.User.(*Session)
	old, w := e.worker(from), e.worker(c.Loop())
	old.gate.Enter()
	old.forget(s)
	old.gate.Leave()
	w.gate.Enter()
	w.adopt(s)
	w.gate.Leave()
}

// Closed implements netio.Handler.
func (e *Engine) Closed(c *netio.Conn, err error) {
	s := c.User.(*Session)
	w := s.worker
	w.gate.Enter()
	defer w.gate.Leave()
	w.begin(c.Loop())
	s.flags |= Closing
	s.discard()
	w.forget(s)
	e.Counts.Clients.Add(-1)
}

// Backlog implements netio.Handler.
func (e *Engine) Backlog(c *netio.Conn) {
	s := c.User.(*Session)
	s.worker.gate.Enter()
	defer s.worker.gate.Leave()
	s.limits.backlog = true
	s.measure()
	e.checkOutput(s)
}

// Drained implements netio.Handler.
func (e *Engine) Drained(c *netio.Conn) {
	s := c.User.(*Session)
	s.worker.gate.Enter()
	defer s.worker.gate.Leave()
	s.limits = outputState{}
	s.measure()
}

// checkOutput closes a session that has too much unsent output, or a bit less
// for too long.
func (e *Engine) checkOutput(s *Session) {
	pending := s.Conn.Pending()
	if s.flags&Authenticated == 0 && pending > unauthenticatedOutput {
		e.overLimit(s, &e.Counts.OutLimit, ErrOutputLimit)
		return
	}
	limit := e.Config.OutputLimit(config.NormalClient)
	now := e.Clock.Wall() / 1000
	switch {
	case limit.Hard > 0 && uint64(pending) >= limit.Hard:
		e.overLimit(s, &e.Counts.OutLimit, ErrOutputLimit)
	case limit.Soft > 0 && uint64(pending) >= limit.Soft:
		if s.limits.softSince == 0 {
			s.limits.softSince = now
		} else if now-s.limits.softSince > int64(limit.SoftSeconds)*1000 {
			e.overLimit(s, &e.Counts.OutLimit, ErrOutputLimit)
		}
	default:
		s.limits.softSince = 0
	}
}

// overLimit closes s and drops its output.
func (e *Engine) overLimit(s *Session, count *atomic.Int64, why error) {
	count.Add(1)
	s.flags |= Closing
	s.Conn.Close(why)
}

// cron does what is due on this loop ten times a second: it ends pauses and
// looks at some of the sessions.
func (w *Worker) cron() {
	e := w.engine
	state := e.state.Load()
	if state&Paused != 0 && w.now >= e.pause.until.Load() {
		e.endPause()
		state = e.state.Load()
	}
	if state&(Paused|Stopping) == 0 && len(w.held) > 0 {
		w.release()
	}
	// Each session has its turn once a second, all of them if they are few.
	for range min(len(w.sessions), max(len(w.sessions)/10, 10)) {
		w.turn = (w.turn + 1) % len(w.sessions)
		w.look(w.sessions[w.turn])
	}
}

// look closes s if it has been idle for too long or stays over its soft limit,
// and measures it.
func (w *Worker) look(s *Session) {
	if s.flags&Closing != 0 {
		return
	}
	if s.limits.backlog {
		w.engine.checkOutput(s)
	}
	idle := w.engine.Config.Int(config.Timeout) * 1000
	if idle > 0 && w.now-s.Active > idle && s.flags&Held == 0 {
		s.flags |= Closing
		s.Conn.Close(ErrIdle)
		return
	}
	s.measure()
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
