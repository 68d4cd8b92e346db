//go:build linux && !portable

package netio

import (
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const defaultDriver = DriverEpoll

// Sizes of an epoll loop. A read offers readRoom bytes of the input arena; since the
// next read begins where the last one ended, the arena stays dense. When less than
// readRoom is left the turn runs with what there is.
const (
	eventsMax = 128
	arenaSize = 256 << 10
	readRoom  = 32 << 10
	// carryDirect is the size from which on carried input is read in place rather
	// than by way of the arena.
	carryDirect = 32 << 10
	// readMost bounds a read into a carry buffer, and writeMost a write: no thread
	// may stop for the collector while it copies. turnMost bounds what one
	// connection may send per turn.
	readMost  = 256 << 10
	writeMost = 256 << 10
	turnMost  = 1 << 20
	iovMax    = 64
)

// wakeKey names the eventfd among the events; listeners have keys below it, and
// connections their slot.
const wakeKey = -1

// epollLoop drives a Loop over epoll.
type epollLoop struct {
	l      *Loop
	epfd   int
	wakefd int
	tid    atomic.Int32 // 0 while the loop has no thread
	ran0   int64        // what the thread had run before it became the loop's

	events    [eventsMax]unix.EpollEvent
	in        []byte // input arena
	inAt      int    // used bytes of in
	iov       [iovMax]unix.Iovec
	guess     predictor
	moderator moderator
	turns     uint32    // since the clock was read
	cronAt    int64     // when Cron is due, by the clock's Mono,
	sleepTo   int64     // and until when the loop may sleep, if nothing happens
	bal       *balancer // of loop 0
	move      transfer
	leaving   bool     // has connections that must go to the loops in use
	accepts   acceptor // of loop 0
}

// predictor guesses whether events wait already, from how the last looks went.
// If they do, a raw system call that cannot sleep is the cheapest way to get them;
// if not, it is one call too many.
type predictor struct {
	score int8
	since uint8 // waits without a look
}

func (p *predictor) look() bool {
	if p.score >= 0 {
		return true
	}
	p.since++
	return p.since%32 == 0
}

func (p *predictor) saw(hit bool) {
	if hit {
		p.score = min(p.score+2, 8)
	} else {
		p.score = max(p.score-1, -4)
	}
}

func (s *Server) addEpollLoops(n int) error {
	for range n {
		l := newLoop(s, len(s.loops))
		e := &epollLoop{l: l, in: make([]byte, arenaSize)}
		if err := e.open(); err != nil {
			for _, e := range s.epolls {
				e.release()
			}
			return err
		}
		l.drv = e
		l.inbox.ring = e.wake
		s.epolls = append(s.epolls, e)
		s.loops = append(s.loops, l)
	}
	if n > 1 && !s.opts.Fixed {
		s.epolls[0].bal = newBalancer(s)
	}
	return nil
}

func (e *epollLoop) open() (err error) {
	if e.epfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("creating an epoll instance: %w", err)
	}
	if e.wakefd, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		_ = unix.Close(e.epfd)
		return fmt.Errorf("creating an eventfd: %w", err)
	}
	// Edge-triggered: it need not be read to be armed again.
	if err = e.ctl(unix.EPOLL_CTL_ADD, e.wakefd, unix.EPOLLIN|unix.EPOLLET, wakeKey, 0); err != nil {
		e.release()
		return fmt.Errorf("watching an eventfd: %w", err)
	}
	return nil
}

func (e *epollLoop) release() {
	_ = unix.Close(e.epfd)
	_ = unix.Close(e.wakefd)
}

// ctl changes what is watched. key and tag come back with each event.
func (e *epollLoop) ctl(op, fd int, events uint32, key, tag int32) error {
	ev := unix.EpollEvent{Events: events, Fd: key, Pad: tag}
	return unix.EpollCtl(e.epfd, op, fd, &ev)
}

var one = [8]byte{1}

func (e *epollLoop) wake() {
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, uintptr(e.wakefd), uintptr(unsafe.Pointer(&one)), 8)
}

// run is the loop. It owns its thread: nothing else runs there, so the thread is
// never handed over, and its scheduling statistics are the loop's.
func (e *epollLoop) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	askShortSlices()
	tid := int32(unix.Gettid())
	e.ran0 = threadTime(tid)
	e.tid.Store(tid)
	l := e.l
	for !l.stopped {
		n := e.wait()
		l.receive()
		e.collect(n)
		if ready := len(l.ready); ready > 0 {
			l.Requests = 0
			l.turn()
			e.moderator.turn(ready, l.Requests)
		} else {
			l.turn()
		}
		e.inAt = 0
		e.keepHouse()
	}
	e.shutdown()
}

// sliceNs is the least time that the scheduler can be asked to let a thread run at
// a stretch, in nanoseconds.
const sliceNs = 100_000

// askShortSlices asks for short turns on the processor, and the right that comes
// with them: to run at once after a sleep, although another thread of the server,
// which saves or frees or gets memory ready, is in the middle of a turn of several
// milliseconds. The share of the processor is the same. Linux before 6.12 has no
// ear for it.
func askShortSlices() {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil || attr.Policy != unix.SCHED_NORMAL {
		return
	}
	attr.Runtime = sliceNs
	_ = unix.SchedSetAttr(0, attr, 0)
}

// wait returns how many events there are, and sleeps for them if the loop has
// nothing else to do.
func (e *epollLoop) wait() int {
	l := e.l
	if len(l.again) > 0 || e.move.pending {
		return e.pollNow()
	}
	if e.guess.look() {
		n := e.pollNow()
		e.guess.saw(n > 0)
		if n > 0 {
			return n
		}
	}
	if e.moderator.pause() {
		if n := e.takeBreath(); n > 0 {
			return n
		}
	}
	timeout := e.untilCron()
	if timeout == 0 || !l.inbox.mayLieDown() {
		return e.pollNow()
	}
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(e.epfd),
		uintptr(unsafe.Pointer(&e.events)), eventsMax, uintptr(timeout), 0, 0)
	l.inbox.wakeUp()
	e.turns = clockEvery // it may have slept: look at the clock
	if errno != 0 {
		return 0
	}
	return int(n)
}

func (e *epollLoop) pollNow() int {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(e.epfd),
		uintptr(unsafe.Pointer(&e.events)), eventsMax, 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// clockEvery is after how many turns without sleep the clock is read.
const clockEvery = 16

// awake reports whether the loop has a Cron.
func (e *epollLoop) awake() bool {
	return e.l.Index == 0 || e.l.counts.conns.Load() > 0
}

// untilCron is the time that the loop may sleep in milliseconds, -1 for ever.
func (e *epollLoop) untilCron() int {
	if !e.awake() {
		return -1
	}
	left := e.sleepTo - e.l.srv.opts.Clock.Mono()
	if left <= 0 {
		return 0
	}
	return int(min((left+999_999)/1_000_000, 60_000))
}

// keepHouse does what is due between turns.
func (e *epollLoop) keepHouse() {
	if e.move.pending {
		e.carryOut()
	}
	if e.turns++; e.turns < clockEvery || !e.awake() {
		return
	}
	e.turns = 0
	now := e.l.srv.opts.Clock.Mono()
	if now < e.cronAt {
		return
	}
	e.cronAt = now + e.l.srv.cronNs.Load()
	e.l.epoch++
	e.moderator.epoch()
	retried := e.retryAccepts()
	e.l.rest = 0
	e.l.cron()
	if e.bal != nil {
		e.bal.tick(now)
	}
	if e.leaving {
		e.move = transfer{pending: true, all: true}
	}
	e.sleepTo = e.cronAt
	if !retried && !e.leaving {
		e.sleepTo = max(e.cronAt, now+e.l.rest)
	}
	e.l.turn()
}

// collect reads from all sockets that have events, running turns in between when
// the arena is full.
func (e *epollLoop) collect(n int) {
	l := e.l
	for i := range n {
		ev := &e.events[i]
		if ev.Fd < 0 {
			if ev.Fd != wakeKey {
				e.accept(ev.Fd)
			}
			continue
		}
		if int(ev.Fd) >= len(l.conns) {
			continue
		}
		c := l.conns[ev.Fd]
		if c == nil || int32(c.ID) != ev.Pad {
			continue // closed earlier in this round
		}
		if ev.Events&unix.EPOLLOUT != 0 {
			c.state |= isWritable
			l.touch(c)
		}
		if ev.Events&^unix.EPOLLOUT != 0 {
			e.input(c, ev.Events)
		}
	}
	if len(l.again) > 0 {
		l.gatherAgain()
	}
}

// input handles an event that tells of input or of the end of c.
func (e *epollLoop) input(c *Conn, events uint32) {
	if arenaSize-e.inAt < readRoom {
		e.l.turn()
		e.inAt = 0
	}
	switch {
	case c.is(isClosing | isReady | isAgain): // what it has comes before what it sends, or its end
	case !c.is(isPaused | isFlushing):
		e.read(c)
	case events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0:
		e.l.hungUp(c, socketError(int(c.fd)))
	case !c.is(isDeaf):
		c.state |= isDeaf
		e.poll(c)
	}
}

// socketError is why a socket hung up.
func socketError(fd int) error {
	if code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); err == nil && code != 0 {
		return unix.Errno(code)
	}
	return io.EOF
}

// read takes what c's socket has, into the arena or into c's carry buffer.
func (e *epollLoop) read(c *Conn) {
	l := e.l
	if c.seen != l.epoch {
		c.seen = l.epoch
		e.moderator.sent()
	}
	direct := c.want > 0 || len(c.carry)-c.carryAt >= carryDirect
	var room []byte
	if direct {
		need := readRoom
		if c.want > 0 {
			need = min(max(c.want-c.InputBytes(), 1), readRoom)
		}
		room = l.reserve(c, need)
		if c.want > c.InputBytes() {
			room = room[:min(len(room), c.want-c.InputBytes())]
		}
		room = room[:min(len(room), readMost)]
	} else {
		room = e.in[e.inAt : e.inAt+readRoom]
	}
	k, err := readRaw(int(c.fd), room)
	if k == 0 {
		if err != nil {
			l.hungUp(c, err)
		}
		return
	}
	l.counts.bytesIn.Store(l.counts.bytesIn.Load() + uint64(k))
	switch {
	case direct:
		c.received(k)
	case c.carry != nil:
		copy(l.reserve(c, k), room[:k])
		c.received(k)
	default:
		c.In = room[:k:k]
		e.inAt += k
		e.makeReady(c)
		return
	}
	if c.offer() {
		e.makeReady(c)
	}
}

func (e *epollLoop) makeReady(c *Conn) {
	c.state |= isReady
	e.l.ready = append(e.l.ready, c)
}

// readRaw reads without blocking. It returns 0, nil if there is nothing, and
// 0, io.EOF or the system's error at the end.
func readRaw(fd int, b []byte) (int, error) {
	for {
		// recvfrom(2) does the same as read(2) with less work on the way.
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
		switch {
		case errno == unix.EINTR:
		case errno == unix.EAGAIN:
			return 0, nil
		case errno != 0:
			return 0, errno
		case n == 0:
			return 0, io.EOF
		default:
			return int(n), nil
		}
	}
}

// poll implements driver: it tells epoll which events of c matter now.
func (e *epollLoop) poll(c *Conn) {
	if err := e.ctl(unix.EPOLL_CTL_MOD, int(c.fd), eventsOf(c), c.slot, int32(c.ID)); err != nil {
		c.Close(err)
	}
}

func eventsOf(c *Conn) uint32 {
	var events uint32
	if !c.is(isHalf) {
		events |= unix.EPOLLRDHUP
	}
	if !c.is(isDeaf) {
		events |= unix.EPOLLIN
	}
	if c.is(isWaiting) {
		events |= unix.EPOLLOUT
	}
	return events
}

// hangUp implements driver. After a farewell what the peer still sent is read away:
// closing a socket with unread input resets the connection, and the peer might never
// see the farewell.
func (e *epollLoop) hangUp(c *Conn) {
	if c.is(isFlushing) && c.failed == nil {
		_ = unix.Shutdown(int(c.fd), unix.SHUT_WR)
		for range 4 {
			if n, err := readRaw(int(c.fd), e.scratch()); n == 0 || err != nil {
				break
			}
		}
	}
	_ = unix.Close(int(c.fd)) // nothing is lost that was not lost before
}

// scratch is arena room that no view uses.
func (e *epollLoop) scratch() []byte { return e.in[min(e.inAt, arenaSize-4096):] }

// keepAlive implements driver.
func (e *epollLoop) keepAlive(c *Conn, interval time.Duration) error {
	return setKeepAlive(int(c.fd), interval)
}

// cpu implements driver.
func (e *epollLoop) cpu() time.Duration {
	tid := e.tid.Load()
	if tid == 0 {
		return 0
	}
	return time.Duration(threadTime(tid) - e.ran0)
}

// thread implements driver.
func (e *epollLoop) thread() int { return int(e.tid.Load()) }

// threadTime is how long a thread has run, in nanoseconds, by its CPU clock, which
// clock_gettime(2) numbers so.
func threadTime(tid int32) int64 {
	var ts unix.Timespec
	if unix.ClockGettime(^tid<<3|6, &ts) != nil {
		return 0
	}
	return ts.Nano()
}

// shutdown ends the loop: what can be sent is sent, then everything closes.
func (e *epollLoop) shutdown() {
	l := e.l
	e.tid.Store(0)
	if e.bal != nil {
		e.bal.close()
	}
	l.Conns(func(c *Conn) bool {
		c.Close(ErrServerClosed)
		return true
	})
	l.turn()
	l.inbox.retire(runtime.Gosched)
	e.release()
}

// localAddr asks for c's own address.
func localAddr(c *Conn) string {
	if sa, err := unix.Getsockname(int(c.fd)); err == nil {
		return addrPort(sa).String()
	}
	return ""
}
