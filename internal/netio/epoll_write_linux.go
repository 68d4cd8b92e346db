//go:build linux && !portable

package netio

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// flush implements driver. The usual case is one range of the arena and nothing
// older: it goes out by one write from where it lies.
func (e *epollLoop) flush(c *Conn) {
	l := e.l
	if l.holdBack(c) || c.out != nil || c.first < 0 || l.segs[c.first].next >= 0 {
		e.flushQueue(c)
		return
	}
	b := l.Out[l.segs[c.first].from:l.segs[c.first].to]
	k, full, err := writeRaw(int(c.fd), b)
	e.sent(k)
	if err != nil {
		c.Close(err)
		return
	}
	if k < len(b) {
		l.spill(c, k)
		e.waitOrGoOn(c, full)
	}
}

// send implements driver.
func (e *epollLoop) send(c *Conn, b []byte, end string) (done int) {
	for done < len(b) && done < turnMost {
		iovs, before := e.gather(c, writeMost)
		if iovs > iovMax-2 || before == writeMost {
			return done
		}
		piece := b[done:min(len(b), done+writeMost-before)]
		total := before + len(piece)
		e.iov[iovs].Base = unsafe.SliceData(piece)
		e.iov[iovs].SetLen(len(piece))
		if iovs++; done+len(piece) == len(b) {
			e.iov[iovs].Base = unsafe.StringData(end)
			e.iov[iovs].SetLen(len(end))
			iovs++
			total += len(end)
		}
		k, full, err := e.writev(c, iovs)
		if err != nil || full {
			return done // the flush at the turn's end will see it too
		}
		e.sent(k)
		e.advance(c, min(k, before))
		done += max(k-before, 0)
		if k < total {
			return done
		}
	}
	return done
}

// flushQueue sends the queue and then the arena ranges of c, as far as barriers and
// the socket let it.
func (e *epollLoop) flushQueue(c *Conn) {
	l := e.l
	if c.is(isWaiting) && !c.is(isWritable) {
		l.spill(c, 0)
		return
	}
	for budget := turnMost; budget > 0; {
		iovs, total := e.gather(c, budget)
		if total == 0 {
			break
		}
		k, full, err := e.writev(c, iovs)
		e.sent(k)
		if err != nil {
			c.Close(err)
			return
		}
		e.advance(c, k)
		if full || k < total {
			l.spill(c, 0)
			e.waitOrGoOn(c, true)
			return
		}
		budget -= k
	}
	l.spill(c, 0)
	e.waitOrGoOn(c, c.out != nil && c.out.sendable(l.srv.passed()) > 0)
}

// gather collects up to limit bytes that c may send now.
func (e *epollLoop) gather(c *Conn, limit int) (iovs, total int) {
	l := e.l
	limit = min(limit, writeMost)
	add := func(b []byte) bool {
		b = b[:min(len(b), limit-total)]
		e.iov[iovs].Base = unsafe.SliceData(b)
		e.iov[iovs].SetLen(len(b))
		iovs++
		total += len(b)
		return iovs < iovMax && total < limit
	}
	if c.out != nil && c.out.n > 0 {
		may := c.out.sendable(l.srv.passed())
		more := may > 0
		c.out.each(may, func(b []byte) bool {
			more = add(b)
			return more
		})
		if !more || total < c.out.n {
			return iovs, total
		}
	}
	for i := c.first; i >= 0; i = l.segs[i].next {
		if !add(l.Out[l.segs[i].from:l.segs[i].to]) {
			break
		}
	}
	return iovs, total
}

// advance drops k sent bytes of c's queue and arena ranges.
func (e *epollLoop) advance(c *Conn, k int) {
	if c.out != nil {
		q := min(k, c.out.n)
		c.out.consume(q)
		k -= q
	}
	l := e.l
	for c.first >= 0 && k > 0 {
		s := &l.segs[c.first]
		n := min(k, s.to-s.from)
		s.from += n
		k -= n
		if s.from < s.to {
			return
		}
		c.first = s.next
	}
}

// waitOrGoOn has epoll report when c's socket takes output again, or stops that.
func (e *epollLoop) waitOrGoOn(c *Conn, wait bool) {
	c.state &^= isWritable
	if wait == c.is(isWaiting) {
		return
	}
	c.state ^= isWaiting
	e.poll(c)
}

func (e *epollLoop) sent(k int) {
	out := &e.l.counts.bytesOut
	out.Store(out.Load() + uint64(k))
}

// writeRaw writes without blocking, in pieces of writeMost. full tells that the
// socket took less than it was offered.
func writeRaw(fd int, b []byte) (done int, full bool, err error) {
	for done < len(b) && done < turnMost {
		piece := b[done:min(len(b), done+writeMost)]
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(piece))), uintptr(len(piece)), unix.MSG_NOSIGNAL, 0, 0)
		switch {
		case errno == unix.EINTR:
			continue
		case errno == unix.EAGAIN:
			return done, true, nil
		case errno != 0:
			return done, false, errno
		}
		done += int(n)
		if int(n) < len(piece) {
			return done, true, nil
		}
	}
	return done, done < len(b), nil
}

// writev writes the first iovs entries of e.iov without blocking.
func (e *epollLoop) writev(c *Conn, iovs int) (n int, full bool, err error) {
	for {
		k, _, errno := unix.RawSyscall(unix.SYS_WRITEV, uintptr(c.fd), uintptr(unsafe.Pointer(&e.iov)), uintptr(iovs))
		switch {
		case errno == unix.EINTR:
		case errno == unix.EAGAIN:
			return 0, true, nil
		case errno != 0:
			return 0, false, errno
		default:
			return int(k), false, nil
		}
	}
}
