//go:build linux && !portable

package netio

import (
	"maps"
	"os"

	"golang.org/x/sys/unix"
)

// acceptMost bounds the connections taken from one listener per turn.
const acceptMost = 64

// acceptor is the listeners that loop 0 watches, by the key of their events.
type acceptor map[int32]*watched

// watched is a listener that loop 0 watches.
type watched struct {
	*Listener
	key    int32
	halted bool // not polled for a while: descriptors or memory ran out
}

// beginEpoll has loop 0 watch ln. Any goroutine may call it.
func (ln *Listener) beginEpoll() {
	e := ln.srv.epolls[0]
	e.l.postCall(func(*Loop) {
		if ln.stopped.Load() {
			return
		}
		if e.accepts == nil {
			e.accepts = acceptor{}
		}
		w := &watched{Listener: ln, key: wakeKey - 1}
		for e.accepts[w.key] != nil {
			w.key--
		}
		e.accepts[w.key] = w
		e.watch(w, unix.EPOLL_CTL_ADD, unix.EPOLLIN)
	})
}

// stopEpoll closes ln's socket. Nobody can connect any more when it returns; the
// descriptor goes when loop 0 cannot be using it.
func (ln *Listener) stopEpoll() {
	if ln.fd < 0 {
		return
	}
	_ = unix.Shutdown(ln.fd, unix.SHUT_RDWR)
	e := ln.srv.epolls[0]
	e.l.postCall(func(*Loop) {
		maps.DeleteFunc(e.accepts, func(_ int32, w *watched) bool { return w.Listener == ln })
		_ = unix.Close(ln.fd)
	})
}

func (e *epollLoop) watch(w *watched, op int, events uint32) {
	if err := e.ctl(op, w.fd, events, w.key, 0); err != nil {
		w.srv.acceptFailed(os.NewSyscallError("epoll_ctl", err))
	}
}

// accept takes in the connections that wait at the listener named key. It stops for
// a while when there is no room for more; nothing that happens to one connection
// keeps it from the next.
func (e *epollLoop) accept(key int32) {
	w := e.accepts[key]
	if w == nil || w.halted || w.stopped.Load() {
		return
	}
	for range acceptMost {
		fd, sa, err := unix.Accept4(w.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch {
		case err == nil:
			e.welcome(w.Listener, fd, sa)
		case err == unix.EAGAIN || w.stopped.Load():
			return
		case peerGaveUp(err):
		default:
			w.halted = true
			e.watch(w, unix.EPOLL_CTL_MOD, 0)
			w.srv.acceptFailed(os.NewSyscallError("accept4", err))
			return
		}
	}
}

// peerGaveUp tells the errors of accept4 that concern only the one connection.
func peerGaveUp(err error) bool {
	switch err {
	case unix.EINTR, unix.ECONNABORTED, unix.EPROTO, unix.EPERM, unix.ENETDOWN, unix.ENOPROTOOPT,
		unix.EHOSTDOWN, unix.ENONET, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.ETIMEDOUT, unix.ECONNRESET:
		return true
	}
	return false
}

// retryAccepts watches listeners again that had to stop, and reports whether there
// were any.
func (e *epollLoop) retryAccepts() (any bool) {
	for _, w := range e.accepts {
		if w.halted {
			any, w.halted = true, false
			e.watch(w, unix.EPOLL_CTL_MOD, unix.EPOLLIN)
		}
	}
	return any
}

// welcome gives a new connection to a loop.
func (e *epollLoop) welcome(ln *Listener, fd int, sa unix.Sockaddr) {
	s := ln.srv
	c := s.newConn(ln, fd)
	c.remote = addrPort(sa)
	to := choose(s.loops[:s.active.Load()], &s.lastLoop, s.opts.Fixed)
	c.loop.Store(to)
	if to == e.l {
		e.adopt(c, nil)
		return
	}
	to.postCall(func(l *Loop) { l.drv.(*epollLoop).adopt(c, nil) })
}

// adopt takes c in, as a new connection or from another loop.
func (e *epollLoop) adopt(c *Conn, from *Loop) {
	l := e.l
	l.insert(c)
	c.seen = l.epoch
	err := ErrServerClosed
	if !l.stopped {
		err = e.ctl(unix.EPOLL_CTL_ADD, int(c.fd), eventsOf(c), c.slot, int32(c.ID))
	}
	if from == nil {
		l.srv.handler.Open(c)
	} else {
		l.srv.handler.Moved(c, from)
		l.deliver(c)
	}
	if err != nil {
		c.Close(err)
	}
}
