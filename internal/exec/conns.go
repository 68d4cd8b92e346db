package exec

import (
	"io"
	"net/netip"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/logs"
	"sigrun/internal/netio"
)

// Open implements netio.Handler.
func (e *Engine) Open(c *netio.Conn) {
	w := e.worker(c.Loop())
	w.gate.Enter()
	defer w.gate.Leave()
	w.begin(c.Loop())
	s := &Session{Conn: c, ID: c.ID, Created: w.now, Active: w.now, worker: w, laddr: c.LocalAddr()}
	c.User = s
	w.adopt(s)
	if e.logs(config.LevelVerbose) {
		e.Logf(logs.Verbose, "%s", accepted(c))
	}
	n := e.Counts.Clients.Add(1)
	if refusal := e.refuse(s, n); refusal != "" {
		e.Counts.Clients.Add(-1)
		e.Counts.Rejected.Add(1)
		s.flags |= Closing | refused
		c.Write([]byte(refusal))
		c.CloseAfterFlush()
		return
	}
	e.Counts.Accepted.Add(1)
	w.login(s)
	_ = c.SetKeepAlive(seconds(e.Config.Int(config.TCPKeepAlive))) // a client that is gone will be noticed by other means
	s.measure()
}

// logs reports whether lines of a level, one of config's, are logged at all.
func (e *Engine) logs(level int64) bool { return e.Config.Int(config.LogLevel) <= level }

func accepted(c *netio.Conn) string {
	if c.Unix() {
		return "Accepted connection to " + c.Listener().Addr()
	}
	return "Accepted " + c.RemoteAddr()
}

// refuse is what a connection that may not come in is told; n is how many there
// would be with it.
func (e *Engine) refuse(s *Session, n int64) string {
	if n > e.Config.Int(config.MaxClients) {
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

// forget takes s off the roster and reports whether it was held.
func (w *Worker) forget(s *Session) (held bool) {
	last := len(w.sessions) - 1
	moved := w.sessions[last]
	w.sessions[s.slot], moved.slot = moved, s.slot
	w.sessions[last] = nil
	w.sessions = w.sessions[:last]
	for i, h := range w.held {
		if h == s {
			w.held = append(w.held[:i], w.held[i+1:]...)
			return true
		}
	}
	return false
}

// Moved implements netio.Handler. Nobody sees the session on neither worker, or on
// both.
func (e *Engine) Moved(c *netio.Conn, from *netio.Loop) {
	s := c.User.(*Session)
	w := e.worker(c.Loop())
	w.gate.Enter()
	w.begin(c.Loop())
	w.Tx.EnterAll()
	held := e.worker(from).forget(s)
	e.worker(from).publish() // a loop without connections has no Cron
	w.adopt(s)
	if held {
		w.held = append(w.held, s)
	}
	if b := s.blocked; b != nil && b.Done != nil {
		e.worker(from).forgetAwaiting(s)
		w.await(s)
	}
	w.Tx.Leave()
	w.gate.Leave()
}

// Closed implements netio.Handler.
func (e *Engine) Closed(c *netio.Conn, err error) {
	s := c.User.(*Session)
	w := s.worker
	w.gate.Enter()
	defer w.gate.Leave()
	w.begin(c.Loop())
	if err != nil && s.flags&Closing == 0 && e.logs(config.LevelVerbose) {
		e.logEnd(w, s, err)
	}
	s.flags |= Closing
	s.discard()
	if s.blocked != nil {
		w.unblock(s, s.blocked, nil)
		w.forgetAwaiting(s)
	}
	w.forget(s)
	w.publish() // a loop without connections has no Cron
	s.releaseMemory()
	if s.flags&refused == 0 {
		e.Counts.Clients.Add(-1)
	}
}

// logEnd logs that a connection ended without our doing.
func (e *Engine) logEnd(w *Worker, s *Session, err error) {
	if err == io.EOF {
		e.Logf(logs.Verbose, "Client closed connection %s", w.forLog(s))
	} else {
		e.Logf(logs.Verbose, "Reading from client: %v", err)
	}
}

// Backlog implements netio.Handler.
func (e *Engine) Backlog(c *netio.Conn) {
	s := c.User.(*Session)
	w := s.worker
	w.gate.Enter()
	defer w.gate.Leave()
	w.begin(c.Loop())
	s.limits.backlog = true
	s.measure()
	w.checkOutput(s)
	w.relieve()
}

// Drained implements netio.Handler.
func (e *Engine) Drained(c *netio.Conn) {
	s := c.User.(*Session)
	s.worker.gate.Enter()
	defer s.worker.gate.Leave()
	s.limits = outputState{}
	s.measure()
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
	w.lookAround()
	w.relieve()
	if len(w.awaiting) > 0 {
		w.recheck()
	}
	w.serveLeft()
}

// lookAround looks at so many sessions that each has its turn once a second; at
// all of them if they are few.
func (w *Worker) lookAround() {
	n := len(w.sessions)
	since := min(max(w.now-w.lookedAt, 0), 1000)
	w.lookedAt = w.now
	for range min(n, max(n*int(since)/1000, 10)) {
		w.turn = (w.turn + 1) % len(w.sessions)
		w.look(w.sessions[w.turn])
	}
}

// A loop without commands has a cron once in restPeriod only, after so many crons
// that everything that is averaged over some of them has come to rest. A loop with
// more sessions than restSessions would have too many to look at at once.
const (
	restPeriod   = time.Second
	restAfter    = 20
	restSessions = 1000
)

// rests reports whether nothing is due on this loop for a while that would not wake
// it. It is for cron.
func (w *Worker) rests() bool {
	w.idle++
	if w.Calls != w.calls {
		w.calls, w.idle = w.Calls, 0
	}
	return w.idle >= restAfter && len(w.sessions) <= restSessions && len(w.held)+len(w.awaiting) == 0 &&
		w.engine.state.Load()&(Paused|Stopping|Loading) == 0
}
