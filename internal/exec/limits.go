package exec

import (
	"errors"
	"slices"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/logs"
)

// outputState is how long a session's output has been over its soft limit.
type outputState struct {
	softSince int64 // Unix milliseconds, 0 when it is not
	backlog   bool
}

// Reasons why the server closes a connection by itself.
var (
	errOutputLimit = errors.New("output buffer limit reached")
	errQueryLimit  = errors.New("query buffer limit reached")
	errIdle        = errors.New("idle for too long")
	errEvicted     = errors.New("evicted for the memory that it took")
)

// The most that a client which has not authenticated may have, in bytes: of
// unsent output, whatever the limits of its class are, and of input.
const (
	unauthenticatedOutput = 64 << 10
	unauthenticatedInput  = 1 << 20
)

// checkOutput closes a session that has too much unsent output, or a bit less
// for too long.
func (w *Worker) checkOutput(s *Session) {
	if s.flags&Closing != 0 {
		return
	}
	pending := uint64(s.Conn.Pending())
	limit := w.engine.Config.OutputLimit(config.NormalClient)
	if !s.Admitted() && (limit.Hard == 0 || limit.Hard > unauthenticatedOutput) {
		limit.Hard = unauthenticatedOutput
	}
	if limit.Soft == 0 || pending < limit.Soft {
		s.limits.softSince = 0
	} else if s.limits.softSince == 0 {
		s.limits.softSince = w.now
	}
	tooMuch := limit.Hard > 0 && pending >= limit.Hard
	tooLong := s.limits.softSince != 0 && w.now-s.limits.softSince > int64(limit.SoftSeconds)*1000
	if !tooMuch && !tooLong {
		return
	}
	w.engine.Counts.OutLimit.Add(1)
	w.engine.Logf(logs.Warning, "Client %s closed for overcoming of output buffer limits.", w.forLog(s))
	s.abort(errOutputLimit)
}

// checkInput closes a session that has sent too much that was not executed: an
// unfinished request of which unread bytes are here, or a transaction. It
// reports whether all is well.
func (w *Worker) checkInput(s *Session, unread int) bool {
	queued := 0
	if s.multi != nil {
		queued = s.multi.bytes
	}
	limit := w.inputLimit(s)
	if unread+queued > limit {
		w.engine.Counts.InLimit.Add(1)
		w.engine.Logf(logs.Warning, "Closing client that reached max query buffer length: %s", w.forLog(s))
		s.abort(errQueryLimit)
		return false
	}
	if unread+queued > aLot {
		s.measure()
		w.relieve()
	}
	return s.flags&Closing == 0
}

// aLot is how much input, in bytes, is worth a look before the next cron.
const aLot = 64 << 10

// patience is how many bytes of input s should have before it is looked at again,
// when its unfinished request needs want of them and unread are here: no more
// than it may have, so that whoever sends too much is stopped on the way.
func (w *Worker) patience(s *Session, unread, want int) int {
	if want <= aLot {
		return want
	}
	want = min(want, w.inputLimit(s)+1)
	if w.engine.clientLimit() > 0 {
		want = min(want, unread+aLot)
	}
	return want
}

// inputLimit is the most unexecuted input that s may have, in bytes.
func (w *Worker) inputLimit(s *Session) int {
	limit := int(w.engine.Config.Int(config.ClientQueryBufferLimit))
	if !s.Admitted() {
		limit = min(limit, unauthenticatedInput)
	}
	return limit
}

// errCrossProtocol tells that the client speaks HTTP: somebody makes a browser on
// a trusted machine send commands in the body of a request.
var errCrossProtocol = errors.New("a request of another protocol")

// attackLogEvery is the least time between two log lines about such requests.
const attackLogEvery = 60e6 // microseconds

// refuseHTTP closes s without a reply.
func (w *Worker) refuseHTTP(s *Session) {
	e := w.engine
	now, last := e.Clock.Wall(), e.attacked.Load()
	if (now-last > attackLogEvery || now < last) && e.attacked.CompareAndSwap(last, now) {
		e.Logf(logs.Warning, "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Valkey. "+
			"This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Valkey instance. "+
			"Connection from %s aborted.", s.Conn.RemoteAddr())
	}
	s.abort(errCrossProtocol)
}

// abort closes s and drops its output.
func (s *Session) abort(why error) {
	s.flags |= Closing
	s.Conn.Close(why)
}

// leastClientLimit is the least limit of maxmemory-clients, in bytes.
const leastClientLimit = 128 << 10

// clientLimit is the most that all clients together may take, in bytes; 0 if
// there is no limit.
func (e *Engine) clientLimit() int64 {
	n := e.Config.Int(config.MaxMemoryClients)
	if n < 0 {
		n = int64(float64(e.Config.Uint(config.MaxMemory)) * float64(-n) / 100)
	}
	if n <= 0 {
		return 0
	}
	return max(n, leastClientLimit)
}

// relieve closes the clients that take the most memory, one after the other,
// until those that are left keep to maxmemory-clients. The worker's transaction
// is closed.
func (w *Worker) relieve() {
	e := w.engine
	limit := e.clientLimit()
	if limit == 0 || e.clientMemory.Load() <= limit {
		return
	}
	w.Tx.EnterAll()
	defer w.Tx.Leave()
	var all []*Session
	e.Sessions(func(s *Session) {
		if !s.Is(NoEvict) {
			all = append(all, s)
		}
	})
	slices.SortFunc(all, func(a, b *Session) int { return b.usage.Memory - a.usage.Memory })
	for _, s := range all {
		if e.clientMemory.Load() <= limit {
			return
		}
		e.Host.Cycle.EvictedClients.Add(1)
		e.Logf(logs.Notice, "Evicting client: %s", w.forLog(s))
		s.releaseMemory()
		s.end(errEvicted)
	}
}

// look closes s if it has been idle for too long or stays over its soft limit,
// and measures it.
func (w *Worker) look(s *Session) {
	if s.flags&Closing != 0 {
		return
	}
	if s.limits.backlog {
		w.checkOutput(s)
	}
	idle := w.engine.Config.Int(config.Timeout) * 1000
	if idle > 0 && w.now-s.Active > idle && s.flags&(Held|Closing) == 0 {
		w.engine.Logf(logs.Verbose, "Closing idle client")
		s.abort(errIdle)
		return
	}
	s.measure()
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
