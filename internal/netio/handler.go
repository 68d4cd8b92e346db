package netio

import (
	"errors"
	"runtime"
	"time"

	"sigrun/internal/clock"
)

// Handler is what loops drive. For one Loop its methods are never called
// concurrently; for two loops they are. They must not block.
type Handler interface {
	// Open announces a new connection, on its loop. It may Write to it and close it.
	Open(c *Conn)
	// Tick hands over all connections of a turn that have input in Conn.In.
	// The handler consumes with Conn.Discard and answers with Loop.Queue or
	// Conn.Write. The slice is the loop's and dies with the call.
	Tick(l *Loop, ready []*Conn)
	// Backlog is called after the writes of a turn in which c had output, if some
	// of it could not be sent. It may close c; it must not write to it.
	Backlog(c *Conn)
	// Drained follows Backlog once nothing of c's output is unsent any more.
	Drained(c *Conn)
	// Moved tells that c left from and lives on c.Loop() now, whose goroutine
	// makes this call.
	Moved(c *Conn, from *Loop)
	// Closed tells that c is gone. err is nil after Conn.CloseAfterFlush, io.EOF
	// when the peer closed, else the cause.
	Closed(c *Conn, err error)
	// Cron is called about every Options.CronEvery on each loop that is awake:
	// loop 0 and all that own connections.
	Cron(l *Loop)
	// Message delivers what was given to Loop.Post or Conn.Post.
	Message(l *Loop, m any)
}

// Mover may be implemented by a Handler that wants a say in moves.
type Mover interface {
	// Moving is called on c's loop before c moves to another one, with nothing of
	// c unsent by barrier. If it returns false c stays.
	Moving(c *Conn, to *Loop) bool
}

// Driver selects how sockets are served.
type Driver uint8

const (
	DriverAuto  Driver = iota // epoll where it exists, else net
	DriverEpoll               // event loops over epoll; Linux only
	DriverNet                 // goroutines over net.Conn
)

// Options configure New. Only Handler is required.
type Options struct {
	Handler Handler
	Driver  Driver
	// Loops is the number of loops that serve sockets, by default one per CPU.
	Loops int
	// NetLoops is the number of loops that serve Attach and Serve beside the epoll
	// driver, by default 1. The net driver has no such: there Loops serve all.
	NetLoops int
	// ActiveMax bounds the number of loops among which connections are spread as
	// load demands; by default Loops.
	ActiveMax int
	// Fixed spreads connections over all loops in turn, whatever the load.
	Fixed bool
	// CronEvery is the period of Handler.Cron, by default 100 ms.
	CronEvery time.Duration
	// Clock is clock.Real by default. It paces Cron; it never decides about I/O.
	Clock clock.Clock
	// AcceptFailed, if set, hears why connections could not be accepted, on the
	// accepting goroutine and at most about ten times a second per listener.
	AcceptFailed func(err error)
}

// Errors that Handler.Closed and this package's functions report.
var (
	ErrServerClosed = errors.New("netio: server closed")
	ErrNoEpoll      = errors.New("netio: this build has no epoll driver")
	ErrStale        = errors.New("netio: the peer does not take its last output")
)

func (o Options) withDefaults() Options {
	if o.Loops <= 0 {
		o.Loops = runtime.GOMAXPROCS(0)
	}
	if o.NetLoops <= 0 {
		o.NetLoops = 1
	}
	if o.ActiveMax <= 0 || o.ActiveMax > o.Loops {
		o.ActiveMax = o.Loops
	}
	if o.CronEvery <= 0 {
		o.CronEvery = 100 * time.Millisecond
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Driver == DriverAuto {
		o.Driver = defaultDriver
	}
	return o
}
