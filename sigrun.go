// Package sigrun runs a Sigrun server inside a Go program, for tests and for
// programs that bring their database along. It is the real server: the engine,
// commands, settings and files of the program sigrun, with or without a network.
//
//	s, err := sigrun.Start(sigrun.Options{})
//	…
//	defer s.Close()
//	client := redis.NewClient(&redis.Options{Dialer: s.Dial})
//
// A server without [Options.Addr] and [Options.UnixSocket] has no socket: its
// clients come through [Server.Dial], which any Go client can use that takes a
// function to connect. A server without [Options.Dir] touches no file. Any number
// of servers can run in one process; they share nothing.
package sigrun

import (
	"context"
	"fmt"
	"net"
	"strings"

	"sigrun/internal/server"
)

// Server is a running server. Its methods may be called by any goroutine.
type Server struct {
	inner *server.Server
	addr  string
}

// Start starts a server. It is ready when Start returns. The error says which
// setting, file or address was at fault; then nothing is left running.
func Start(o Options) (*Server, error) {
	so, err := o.forServer()
	if err != nil {
		return nil, fmt.Errorf("sigrun: %w", err)
	}
	s, started := &Server{}, make(chan struct{})
	defer close(started)
	so.Exit = func(int) { go s.giveUp(started) } // the log has said why
	if s.inner, err = server.Start(so); err != nil {
		return nil, fmt.Errorf("sigrun: starting: %w", err)
	}
	if err := s.listen(o); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("sigrun: %w", err)
	}
	return s, nil
}

// giveUp ends a server that can't go on, once it has started.
func (s *Server) giveUp(started <-chan struct{}) {
	if <-started; s.inner != nil {
		_ = s.Close()
	}
}

func (s *Server) listen(o Options) (err error) {
	if o.Addr != "" {
		network := "tcp4"
		if host, _, _ := net.SplitHostPort(o.Addr); strings.Contains(host, ":") {
			network = "tcp6"
		}
		if s.addr, err = s.inner.ListenAt(network, o.Addr); err != nil {
			return err
		}
	}
	if o.UnixSocket != "" {
		_, err = s.inner.ListenAt("unix", o.UnixSocket)
	}
	return err
}

// Addr is where the server listens for TCP connections, with the port that was
// really taken: "127.0.0.1:40123". It is empty without [Options.Addr].
func (s *Server) Addr() string { return s.addr }

// Dial connects to the server inside the process, without any socket. It has the
// form that go-redis wants of a Dialer, and ignores network and addr. The server
// takes the client for one on its own machine.
func (s *Server) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ours, theirs := net.Pipe()
	if err := s.inner.Attach(theirs); err != nil {
		_ = ours.Close()
		return nil, fmt.Errorf("sigrun: connecting: %w", err)
	}
	return ours, nil
}

// Wait returns when the server has ended: by Close, or because a client sent
// SHUTDOWN.
func (s *Server) Wait() { s.inner.Wait() }

// Close ends the server and all its connections. What the append-only file was
// promised is written; no snapshot is saved: a client may send SAVE before. When
// Close returns no goroutine and no memory of the server is left. Later calls do
// nothing.
func (s *Server) Close() error {
	if err := s.inner.Close(); err != nil {
		return fmt.Errorf("sigrun: closing: %w", err)
	}
	s.inner.Wait()
	return nil
}
