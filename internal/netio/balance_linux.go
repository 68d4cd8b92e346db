//go:build linux && !portable

package netio

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"
)

// sampleNs is the period of load samples in nanoseconds.
const sampleNs = 100_000_000

// balancer runs the policy on loop 0.
type balancer struct {
	s       *Server
	policy  policy
	at      int64 // when the last samples were taken
	last    []reading
	samples []sample
	idle    int64   // idle time of all CPUs in ticks, at the last sample; -1 unknown
	spare   float64 // idle CPUs on average over the last periods; -1 unknown
	sched   []int   // descriptors of the loops' scheduling statistics
	stat    int     // descriptor of the system's; -1 without
	buf     [1024]byte
}

// reading is a loop's counters at one time.
type reading struct {
	ran, waited int64 // nanoseconds
	bytes       uint64
}

func newBalancer(s *Server) *balancer {
	return &balancer{s: s, stat: -1, idle: -1, spare: -1}
}

// tick takes samples if it is time and acts on them. It runs on loop 0.
func (b *balancer) tick(now int64) {
	span := now - b.at
	if span < sampleNs {
		return
	}
	b.at = now
	if b.last == nil && !b.open() {
		return
	}
	b.samples = b.samples[:0]
	active := int(b.s.active.Load())
	for i, e := range b.s.epolls {
		r := b.read(i, e)
		was := b.last[i]
		b.last[i] = r
		if i < active {
			b.samples = append(b.samples, sample{
				busy: float64(r.ran-was.ran) / float64(span),
				wait: float64(r.waited-was.waited) / float64(span),
				work: float64(r.bytes-was.bytes) / float64(span) * 1e9,
			})
		}
	}
	idle := b.idleCPUs(span)
	if span < 30*sampleNs { // else the counters cover a time that says nothing
		b.act(b.policy.next(b.samples, int(b.s.maximum.Load()), idle))
	}
}

// open opens the statistics. They are kept open: a read is one system call.
func (b *balancer) open() bool {
	for _, e := range b.s.epolls {
		if e.tid.Load() == 0 {
			return false // not running yet
		}
	}
	for _, e := range b.s.epolls {
		path := fmt.Sprintf("/proc/self/task/%d/schedstat", e.tid.Load())
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			fd = -1 // the thread's CPU clock must do
		}
		b.sched = append(b.sched, fd)
	}
	if fd, err := unix.Open("/proc/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0); err == nil {
		b.stat = fd
	}
	b.last = make([]reading, len(b.s.epolls))
	return true
}

func (b *balancer) close() {
	for _, fd := range append(b.sched, b.stat) {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

func (b *balancer) read(i int, e *epollLoop) reading {
	in, out := e.l.Traffic()
	r := reading{bytes: in + out}
	n, err := 0, error(nil)
	if b.sched[i] >= 0 {
		n, err = unix.Pread(b.sched[i], b.buf[:], 0)
	}
	if n <= 0 || err != nil {
		r.ran = int64(e.cpu())
		return r
	}
	ran, rest := number(b.buf[:n])
	waited, _ := number(rest)
	return reading{ran, waited, r.bytes}
}

// number parses the decimal number that b begins with, after spaces.
func number(b []byte) (n int64, rest []byte) {
	b = bytes.TrimLeft(b, " ")
	for len(b) > 0 && '0' <= b[0] && b[0] <= '9' {
		n = 10*n + int64(b[0]-'0')
		b = b[1:]
	}
	return n, b
}

// idleCPUs is how many CPUs were idle lately, or -1. The system counts in ticks of
// which a period has few, so periods are averaged.
func (b *balancer) idleCPUs(span int64) float64 {
	if b.stat < 0 {
		return -1
	}
	n, err := unix.Pread(b.stat, b.buf[:], 0)
	if n <= 0 || err != nil {
		return -1
	}
	// cpu user nice system idle iowait …
	rest := bytes.TrimPrefix(b.buf[:n], []byte("cpu "))
	var idle int64
	for range 4 {
		idle, rest = number(rest)
	}
	was := b.idle
	b.idle = idle
	if was < 0 {
		return -1
	}
	const tick = 10_000_000 // USER_HZ is 100 everywhere
	now := float64((idle-was)*tick) / float64(span)
	if b.spare < 0 {
		b.spare = now
	}
	b.spare = (b.spare + now) / 2
	return b.spare
}

// act carries out a decision.
func (b *balancer) act(d decision) {
	s := b.s
	switch d.move {
	case grow:
		s.active.Store(int32(d.to) + 1)
		s.transfer(d.from, d.to)
	case shift:
		s.transfer(d.from, d.to)
	case shrink:
		s.active.Store(int32(d.from))
		s.epolls[d.from].l.postCall(func(l *Loop) {
			l.drv.(*epollLoop).move = transfer{pending: true, all: true}
		})
	}
}

// transfer asks loop from to give half of its connections to loop to.
func (s *Server) transfer(from, to int) {
	target := s.loops[to]
	s.loops[from].postCall(func(l *Loop) {
		l.drv.(*epollLoop).move = transfer{pending: true, to: target}
	})
}

// transfer is a move of connections that a loop has been asked for.
type transfer struct {
	pending bool
	all     bool  // every connection, to the loops in use; else half of them
	to      *Loop // unless all
}

// carryOut moves connections at the end of a turn, when none of them is in use.
func (e *epollLoop) carryOut() {
	t := e.move
	e.move = transfer{}
	l := e.l
	if l.srv.isClosing() || t.all && l.Index < l.srv.Active() {
		e.leaving = false
		return
	}
	turn := [2]int{} // idle connections and those in use are halved each for itself
	for _, c := range l.conns {
		if c == nil {
			continue
		}
		to := t.to
		if t.all {
			to = choose(l.srv.loops[:l.srv.active.Load()], &l.srv.lastLoop, l.srv.opts.Fixed)
		} else {
			kind := 0
			if l.epoch-c.seen <= 1 {
				kind = 1
			}
			turn[kind]++
			if turn[kind]%2 != 0 {
				continue
			}
		}
		if to != l {
			e.give(c, to)
		}
	}
	e.leaving = t.all && l.NumConns() > 0 && l.Index >= l.srv.Active()
}

// give sends c to another loop, unless it is in a state in which it cannot go.
func (e *epollLoop) give(c *Conn, to *Loop) {
	l := e.l
	if c.is(isClosing|isFlushing|isHeld|isAgain|isDirty) || !l.srv.mayMove(c, to) {
		return
	}
	l.remove(c)
	if err := e.ctl(unix.EPOLL_CTL_DEL, int(c.fd), 0, 0, 0); err != nil {
		l.insert(c)
		c.Close(err)
		return
	}
	c.loop.Store(to)
	to.postCall(func(now *Loop) { now.drv.(*epollLoop).adopt(c, l) })
}

func (s *Server) mayMove(c *Conn, to *Loop) bool {
	return s.mover == nil || s.mover.Moving(c, to)
}

func (s *Server) isClosing() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}
