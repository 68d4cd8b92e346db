// Package server builds a server from its parts and owns its life: start, work
// that is due from time to time, and stop.
package server

import (
	"fmt"
	"runtime"
	"sync"

	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/command/catalog"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/feed"
	"sigrun/internal/keyspace"
	"sigrun/internal/netio"
)

// Options of a server.
type Options struct {
	Config *config.Store
	Clock  clock.Clock // nil means clock.Real
}

// Server is a running server.
type Server struct {
	opt    Options
	cfg    *config.Store
	ks     *keyspace.Keyspace
	log    *feed.Log
	engine *exec.Engine
	net    *netio.Server

	stop chan struct{}
	wg   sync.WaitGroup
}

// Start starts a server. It listens when Start returns.
func Start(o Options) (*Server, error) {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	s := &Server{opt: o, cfg: o.Config, log: feed.New(0), stop: make(chan struct{})}
	table, err := command.NewTable(catalog.Specs(), handlers())
	if err != nil {
		return nil, err
	}
	loops := int(s.cfg.Int(config.IOThreads))
	if s.cfg.IsDefault(config.IOThreads) {
		loops = runtime.GOMAXPROCS(0)
	}
	s.ks, err = keyspace.New(keyspace.Options{
		Databases: int(s.cfg.Int(config.Databases)),
		Shards:    max(16, 4*loops),
		Clock:     o.Clock,
	})
	if err != nil {
		return nil, err
	}
	s.engine = exec.NewEngine(exec.Options{
		Keyspace: s.ks, Table: table, Config: s.cfg, Log: s.log, Clock: o.Clock,
		Global: globalCommands(), Loops: loops + 1,
	})
	s.net, err = netio.New(netio.Options{Handler: s.engine, Loops: loops, NetLoops: 1, Clock: o.Clock})
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	s.net.Start()
	return s, nil
}

func (s *Server) listen() error {
	_, err := s.net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", s.cfg.Int(config.Port)), netio.ListenOptions{})
	return err
}

// Wait waits until the server has stopped.
func (s *Server) Wait() { <-s.stop }
