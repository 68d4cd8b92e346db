package server

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"sigrun/internal/aof"
	"sigrun/internal/config"
	"sigrun/internal/netio"
	"sigrun/internal/vfs"
)

// listen opens all listeners that the settings ask for.
func (s *Server) listen() error {
	if err := s.listenTCP(); err != nil {
		s.Logf(aof.Warning, "Failed listening on port %d (tcp), aborting.", s.Config.Int(config.Port))
		return err
	}
	path := s.Config.String(config.UnixSocket)
	if path == "" {
		return nil
	}
	o := s.listenOptions()
	o.Perm = uint32(s.Config.Int(config.UnixSocketPerm))
	if _, err := s.net.Listen("unix", path, o); err != nil {
		s.Logf(aof.Warning, "Failed opening Unix socket: bind: %s", vfs.Reason(err))
		return err
	}
	return nil
}

func (s *Server) listenOptions() netio.ListenOptions {
	return netio.ListenOptions{
		Backlog:   int(s.Config.Int(config.TCPBacklog)),
		KeepAlive: time.Duration(s.Config.Int(config.TCPKeepAlive)) * time.Second,
	}
}

// listenTCP listens on all addresses of the setting bind. An address with a
// leading minus may be missing on this machine. After an error it listens on
// none.
func (s *Server) listenTCP() error {
	port := s.Config.Int(config.Port)
	if port == 0 {
		return nil
	}
	for _, addr := range s.Config.Addresses(config.Bind) {
		name, optional := strings.CutPrefix(addr, "-")
		network, host := networkOf(name)
		ln, err := s.net.Listen(network, net.JoinHostPort(host, strconv.FormatInt(port, 10)), s.listenOptions())
		switch {
		case err == nil:
			s.tcp = append(s.tcp, ln)
		case !optional:
			s.Logf(aof.Warning, "Warning: Could not create server TCP listening socket %s:%d: bind: %s", name, port, vfs.Reason(err))
			s.unlistenTCP()
			return err
		}
	}
	return nil
}

// networkOf is what an address of the setting bind means to netio.
func networkOf(name string) (network, host string) {
	switch {
	case name == "*":
		return "tcp4", ""
	case name == "::*":
		return "tcp6", ""
	case strings.Contains(name, ":"):
		return "tcp6", name
	}
	return "tcp4", name
}

func (s *Server) unlistenTCP() {
	for _, ln := range s.tcp {
		_ = ln.Close() // fails only if the server has closed it already
	}
	s.tcp = nil
}

// The answers to a change of port or bind that the system doesn't allow.
var (
	errPort = errors.New("Unable to listen on this port. Check server logs.")
	errBind = errors.New("Failed to bind to specified addresses.")
)

// relisten moves to another port or to other addresses. If that fails the
// settings will be taken back, and the same is done for them.
func (s *Server) relisten(refusal error) func() error {
	return func() error {
		s.unlistenTCP()
		if s.listenTCP() != nil {
			return refusal
		}
		return nil
	}
}
