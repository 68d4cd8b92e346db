package netio

import (
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Server owns loops and listeners.
type Server struct {
	handler Handler
	mover   Mover // nil if the handler has no say in moves
	opts    Options

	loops    []*Loop // first the ones that serve sockets, then those of Attach and Serve
	sockets  int     // how many serve sockets
	epolls   []*epollLoop
	nets     []*netLoop
	lastID   atomic.Uint64
	lastLoop atomic.Uint32 // the last connection's loop, in turn
	conns    atomic.Int64
	released atomic.Uint64 // all barriers up to here
	readable atomic.Uint64 // barriers up to here for output that promises nothing
	active   atomic.Int32  // loops that new connections may go to: the first ones
	maximum  atomic.Int32  // bound of active
	cronNs   atomic.Int64

	mu        sync.Mutex // guards what follows
	listeners []*Listener
	started   bool
	closed    bool
	done      chan struct{} // closed with the server
	wg        sync.WaitGroup
}

// New makes a server with its loops; nothing runs before Start.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	if o.Handler == nil {
		return nil, errors.New("netio: Options.Handler is required")
	}
	s := &Server{handler: o.Handler, opts: o, sockets: o.Loops, done: make(chan struct{})}
	s.mover, _ = o.Handler.(Mover)
	s.cronNs.Store(int64(o.CronEvery))
	s.maximum.Store(int32(o.ActiveMax))
	s.active.Store(1)
	if o.Fixed || o.Driver == DriverNet {
		s.active.Store(int32(o.ActiveMax))
	}
	virtual := o.Loops
	if o.Driver == DriverEpoll {
		virtual = o.NetLoops
		if err := s.addEpollLoops(o.Loops); err != nil {
			return nil, err
		}
	}
	for range virtual {
		l := newLoop(s, len(s.loops))
		s.nets = append(s.nets, newNetLoop(l))
		s.loops = append(s.loops, l)
	}
	return s, nil
}

// Loops returns all loops; their Index is their place in it. The slice is the
// server's and never changes.
func (s *Server) Loops() []*Loop { return s.loops }

// Active is the number of loops among which sockets are spread now.
func (s *Server) Active() int { return int(s.active.Load()) }

// SetCronEvery changes the period of Handler.Cron.
func (s *Server) SetCronEvery(d time.Duration) {
	s.cronNs.Store(int64(max(d, time.Millisecond)))
}

// NumConns is the number of open connections.
func (s *Server) NumConns() int { return int(s.conns.Load()) }

// Released is the position up to which barriers have been released.
func (s *Server) Released() uint64 { return s.released.Load() }

// Release lets go of all output held by barriers up to n. Any goroutine may call it;
// a smaller n than before changes nothing.
func (s *Server) Release(n uint64) { s.raise(&s.released, n) }

// ReleaseReads is Release for the output of connections that have not called
// Promise in the turn that it comes from.
func (s *Server) ReleaseReads(n uint64) { s.raise(&s.readable, n) }

func (s *Server) passed() passed { return passed{s.released.Load(), s.readable.Load()} }

// raise moves position at up to n and has loops look for what may leave now.
func (s *Server) raise(at *atomic.Uint64, n uint64) {
	for {
		old := at.Load()
		if old >= n {
			return
		}
		if at.CompareAndSwap(old, n) {
			break
		}
	}
	for _, l := range s.loops {
		if l.counts.held.Load() {
			l.postCall((*Loop).unhold)
		}
	}
}

// Start runs the loops.
func (s *Server) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started || s.closed {
		return
	}
	s.started = true
	for _, e := range s.epolls {
		s.wg.Go(e.run)
	}
	for _, n := range s.nets {
		s.wg.Go(n.run)
	}
	for _, ln := range s.listeners {
		ln.begin()
	}
}

// Close stops listening, closes every connection with ErrServerClosed, and returns
// when all goroutines of the server have ended. No handler may call it.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	listeners, started := s.listeners, s.started
	s.listeners = nil
	s.mu.Unlock()

	close(s.done)
	for _, ln := range listeners {
		ln.stop()
	}
	for _, l := range s.loops {
		l.postCall(func(l *Loop) { l.stopped = true })
	}
	if !started {
		for _, e := range s.epolls {
			e.release()
		}
	}
	s.wg.Wait()
	// Connections that were on their way to a loop when it ended close now; what
	// else is left is dropped.
	for _, l := range s.loops {
		for n := l.inbox.shut(); n != nil; n = n.recycle() {
			if n.call != nil {
				n.call(l)
			}
		}
		l.turn()
	}
	return nil
}

// errIfClosed must be called with mu held.
func (s *Server) errIfClosed() error {
	if s.closed {
		return ErrServerClosed
	}
	return nil
}

// newConn makes a connection that is not on a loop yet.
func (s *Server) newConn(ln *Listener, fd int) *Conn {
	s.conns.Add(1)
	return &Conn{ID: s.lastID.Add(1), lst: ln, fd: int32(fd), slot: -1, first: -1}
}

// choose picks the loop for a new connection among the loops from first on: the next
// one in turn if all are in use, else the one with the fewest.
func choose(loops []*Loop, turn *atomic.Uint32, fixed bool) *Loop {
	if fixed {
		return loops[int(turn.Add(1)-1)%len(loops)]
	}
	return slices.MinFunc(loops, func(a, b *Loop) int { return a.NumConns() - b.NumConns() })
}

// Attach serves nc, of any kind, on one of the loops for net.Conn. The server owns
// nc from now on.
func (s *Server) Attach(nc net.Conn) error {
	return s.attach(nc, nil)
}

// Serve accepts connections from ln in the background until ln or the server is
// closed. The server owns ln from now on.
func (s *Server) Serve(ln net.Listener) (*Listener, error) {
	lst := &Listener{srv: s, network: "net", addr: ln.Addr().String(), fd: -1, ln: ln}
	return lst, s.addListener(lst)
}

// acceptFailed reports why connections cannot be accepted.
func (s *Server) acceptFailed(err error) {
	if f := s.opts.AcceptFailed; f != nil {
		f(err)
	}
}
