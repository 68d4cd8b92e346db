// Package server builds a server from its parts and owns its life: start, work
// that is due from time to time, and stop.
package server

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/command/catalog"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/feed"
	"sigrun/internal/keyspace"
	"sigrun/internal/logs"
	"sigrun/internal/netio"
	"sigrun/internal/persist"
	"sigrun/internal/stats"
	"sigrun/internal/vfs"
)

// Options of a server.
type Options struct {
	Config *config.Store
	Clock  clock.Clock // nil means clock.Real
	FS     vfs.FS      // nil means the machine's files
	// Logf writes a line of the server's log; nil drops it.
	Logf func(level aof.Level, format string, args ...any)
	// Logger is what settings about the log apply to; may be nil.
	Logger *logs.Logger
	// OwnProcess tells that the process is this server's alone: it may set how Go
	// collects garbage.
	OwnProcess bool
	// Title, unless empty, is the name of the program in the title of the process. The
	// title is written over the memory of its arguments and of its environment: those
	// of package os must have been copied.
	Title string
	// Driver is how sockets are served.
	Driver netio.Driver
	// Exit is called when the server can't go on: what was promised would not be
	// kept. It should end the server, or the process; nil does neither.
	Exit func(code int)
	// Loading, unless nil, is called with the server when it begins to load its data.
	Loading func(s *Server)
}

// Server is a running server.
type Server struct {
	Options
	ks      *keyspace.Keyspace
	log     *feed.Log
	table   *command.Table
	engine  *exec.Engine
	net     *netio.Server
	persist *persist.Manager
	host    *stats.Host
	evictor *evictor
	tcp     []*netio.Listener // changed by settings only

	keeperWorker *exec.Worker
	resting      atomic.Bool   // the keeper has less to do
	stirred      chan struct{} // wakes the resting keeper

	shutdowns shutdowns
	loaded    atomic.Bool // what was on disk at the start
	stopping  sync.Once
	stopped   chan struct{}
	quit      chan struct{} // ends the cron
	cronDone  chan struct{}
}

// Start starts a server: it listens, loads its data, and is ready when Start
// returns. Of an error the reason has been logged.
func Start(o Options) (*Server, error) {
	o.setDefaults()
	s := &Server{Options: o, log: feed.New(0), stirred: make(chan struct{}, 1), stopped: make(chan struct{}), quit: make(chan struct{}), cronDone: make(chan struct{})}
	if err := s.build(); err != nil {
		s.Logf(aof.Warning, "%v", err)
		return nil, err
	}
	if err := s.fitClients(); err != nil {
		s.release()
		return nil, err
	}
	s.engine.SetState(exec.Loading, true)
	if err := s.listen(); err != nil {
		s.release()
		return nil, err
	}
	_ = s.showTitle()
	s.net.Start()
	s.Logf(aof.Notice, "Server initialized")
	if s.Loading != nil {
		s.Loading(s)
	}
	if err := s.load(); err != nil {
		s.release()
		return nil, err
	}
	s.engine.SetState(exec.Loading, false)
	go s.cron()
	s.Logf(aof.Notice, "Ready to accept connections tcp")
	return s, nil
}

func (o *Options) setDefaults() {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.FS == nil {
		o.FS = vfs.OS("")
	}
	if o.Logf == nil {
		o.Logf = func(aof.Level, string, ...any) {}
	}
	if o.Exit == nil {
		o.Exit = func(int) {}
	}
}

// build makes the parts and joins them.
func (s *Server) build() (err error) {
	loops := s.loops()
	if s.OwnProcess {
		// Loops keep their threads; one more lets background work start at once.
		runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), loops+1))
	}
	if s.table, err = command.NewTable(catalog.Specs(), s.handlers()); err != nil {
		return err
	}
	if err := errors.Join(s.renameCommands(), s.refuseUsers()); err != nil {
		return err
	}
	s.ks, err = keyspace.New(keyspace.Options{
		Databases: int(s.Config.Int(config.Databases)),
		Shards:    max(8, 4*loops),
		Clock:     s.Clock,
	})
	if err != nil {
		return err
	}
	s.host = s.newHost()
	s.evictor = newEvictor(s, loops+1)
	s.engine = exec.NewEngine(exec.Options{
		Keyspace: s.ks, Table: s.table, Config: s.Config, Log: s.log, Clock: s.Clock, Host: s.host,
		Global: globalCommands(), Loops: loops + 1, DiskError: s.diskError, Evict: s.evictor.evict,
		Stir: s.stir, Logf: s.Logf,
	})
	s.keeperWorker = s.engine.NewBackground()
	s.evictor.configure()
	s.net, err = netio.New(netio.Options{Handler: s.engine, Driver: s.Driver, Loops: loops, NetLoops: 1, Clock: s.Clock})
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	s.persist = persist.New(persist.Options{
		Keyspace: s.ks, Config: s.Config, FS: s.FS, Log: s.log, Clock: s.Clock,
		Version: "9.1.2", PID: os.Getpid(), Dirty: &s.engine.Dirty, Settle: s.engine.PublishAll, Logf: s.Logf,
		Safe: s.net.Release, Durable: func() { s.engine.Recheck(s.net.Loops()) }, Fatal: func() { s.Exit(1) },
		Trouble: s.diskFailed, Alive: alive,
	})
	return nil
}

// loops is how many event loops the server may use.
func (s *Server) loops() int {
	if s.Config.IsDefault(config.IOThreads) {
		return runtime.GOMAXPROCS(0) // which minds the cgroup's CPU limit
	}
	return int(s.Config.Int(config.IOThreads))
}

// replaying calls f, in which r runs the commands of an append-only file.
func (s *Server) replaying(r *exec.Replayer, f func() error) error {
	s.ks.KeepExpired(true)
	defer s.engine.SettleExpiry()
	s.persist.Selected = func() { r.Select(0) }
	s.persist.Ahead = r.Ahead
	s.persist.Apply = func(argv [][]byte) error {
		if !r.Apply(argv) {
			return aof.UnknownCommandError("unknown command '" + string(argv[0]) + "'")
		}
		return nil
	}
	return f()
}

// reload is DEBUG RELOAD. Nobody else may see half of the data.
func (s *Server) reload(t *keyspace.Txn, noSave, noFlush bool) error {
	s.engine.SetState(exec.Loading, true)
	defer s.engine.SetState(exec.Loading, false)
	return s.persist.Reload(t, noSave, noFlush)
}

// reloadLog is DEBUG LOADAOF. The replayer's gate comes and goes outside t: it
// may have to wait for a global transaction, which waits for t's gate.
func (s *Server) reloadLog(t *keyspace.Txn) error {
	var r *exec.Replayer
	t.Outside(func() { r = s.engine.NewReplayer() })
	defer t.Outside(func() { r.Close() })
	return s.replaying(r, func() error { return s.persist.ReloadLog(t) })
}

// load loads the data from disk.
func (s *Server) load() error {
	r := s.engine.NewReplayer()
	defer r.Close()
	if err := s.replaying(r, s.persist.Open); err != nil {
		return err
	}
	s.engine.SetDurability(s.persist.AOF)
	s.loaded.Store(true)
	return s.hookConfig()
}

// Wait waits until the server has stopped.
func (s *Server) Wait() { <-s.stopped }

// release ends what build made, for a server that did not start.
func (s *Server) release() {
	_ = s.net.Close()
	_ = s.ks.Close()
}

// Close stops the server as SHUTDOWN NOSAVE does: what the append-only file was
// promised is written, no snapshot is saved.
func (s *Server) Close() error { return s.end(func() {}) }

// end stops everything, calls last and lets Wait return.
func (s *Server) end(last func()) (err error) {
	s.stopping.Do(func() {
		close(s.quit)
		<-s.cronDone
		err = errors.Join(s.net.Close(), s.persist.Close(), s.ks.Close())
		last()
		close(s.stopped)
	})
	return err
}
