package netio

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"time"
)

// ListenOptions are the settings of one listener.
type ListenOptions struct {
	// Backlog is the length of the kernel's queue of connections that wait to be
	// accepted; by default 511. The system may cut it.
	Backlog int
	// KeepAlive is the probing interval of accepted TCP connections, as for
	// Conn.SetKeepAlive; 0 for none.
	KeepAlive time.Duration
	// Perm is the mode of a Unix socket; 0 leaves it to the umask. The socket has it
	// before the first client can connect.
	Perm uint32
	// Group is the group id that a Unix socket is given; nil leaves it.
	Group *int
	// Tag is the caller's, see Listener.Tag.
	Tag any
}

// Listener is a place where connections arrive.
type Listener struct {
	srv     *Server
	network string // tcp4, tcp6, unix or net
	addr    string
	opts    ListenOptions
	fd      int          // with the epoll driver, else -1
	ln      net.Listener // with the net driver, else nil
	stopped atomic.Bool
}

// Addr is where it listens: "127.0.0.1:6379" with the port that was really chosen,
// or a Unix socket's path.
func (ln *Listener) Addr() string { return ln.addr }

// Port is the TCP port, 0 for others.
func (ln *Listener) Port() int {
	if a, err := net.ResolveTCPAddr("tcp", ln.addr); ln.network != "unix" && err == nil {
		return a.Port
	}
	return 0
}

// Network is "tcp4", "tcp6", "unix", or "net" after Serve.
func (ln *Listener) Network() string { return ln.network }

// Tag is ListenOptions.Tag.
func (ln *Listener) Tag() any { return ln.opts.Tag }

// Close stops listening. Connections stay. A Unix socket's file is removed.
func (ln *Listener) Close() error {
	s := ln.srv
	s.mu.Lock()
	at := slices.Index(s.listeners, ln)
	if at < 0 {
		s.mu.Unlock()
		return net.ErrClosed
	}
	s.listeners = slices.Delete(s.listeners, at, at+1)
	s.mu.Unlock()
	ln.stop()
	return nil
}

// Listen opens a listener; connections are accepted once the server runs. network is
// "tcp4", "tcp6" (IPv6 only) or "unix". addr is "host:port", where an empty host
// means all addresses and port 0 any free one, or a path; a socket that lies at that
// path already is replaced. The error wraps the system's.
func (s *Server) Listen(network, addr string, o ListenOptions) (*Listener, error) {
	if o.Backlog <= 0 {
		o.Backlog = 511
	}
	ln := &Listener{srv: s, network: network, addr: addr, opts: o, fd: -1}
	err := errors.ErrUnsupported
	if network == "tcp4" || network == "tcp6" || network == "unix" {
		err = ln.open(s.opts.Driver)
	}
	if err == nil {
		err = s.addListener(ln)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s %s: %w", network, addr, err)
	}
	return ln, nil
}

// addListener takes ln over, or closes it if the server is closed.
func (s *Server) addListener(ln *Listener) error {
	s.mu.Lock()
	err := s.errIfClosed()
	if err == nil {
		s.listeners = append(s.listeners, ln)
		if s.started {
			ln.begin()
		}
	}
	s.mu.Unlock()
	if err != nil {
		ln.stop()
	}
	return err
}

// begin starts accepting. The server's mu is held.
func (ln *Listener) begin() {
	if ln.ln != nil {
		ln.srv.wg.Go(ln.acceptNet)
		return
	}
	ln.beginEpoll()
}

// stop ends listening for good.
func (ln *Listener) stop() {
	ln.stopped.Store(true)
	if ln.ln != nil {
		_ = ln.ln.Close() // there is nobody to tell, and nothing to be done
	} else {
		ln.stopEpoll()
	}
	if ln.network == "unix" {
		removeSocket(ln.addr)
	}
}
