package netio

import (
	"net/netip"
	"sync/atomic"
	"time"
	"unsafe"
)

// State bits of a Conn.
const (
	isPaused     = 1 << iota // the handler wants no input
	isAgain                  // in Loop.again: has input that wants another Tick
	isReady                  // in Loop.ready
	isDirty                  // in Loop.dirty
	isHeld                   // in Loop.held
	isFlushing               // closes once its output is gone
	isClosing                // in Loop.closing or gone
	isBacklogged             // Backlog was called, Drained is due
	isWaiting                // waits for the socket to take more output
	isWritable               // the socket may take more output
	isDeaf                   // input is not polled
	isHalf                   // the peer has ended its half
	inCarry                  // In is a view of carry, not of the arena
	isAcking                 // this turn's output makes a promise
)

// Conn is a connection. Its methods and fields belong to the goroutine that runs
// its loop, except for ID, User's initial value, Loop, Post and the addresses.
type Conn struct {
	// In is the unconsumed input: a view that dies with the turn. It is empty
	// outside of Handler.Tick.
	In []byte
	// User is the handler's.
	User any
	// ID is unique in the process's life of the Server and never 0.
	ID uint64

	loop   atomic.Pointer[Loop]
	mail   stack
	carry  []byte // input kept between turns, from carryAt on
	out    *outq  // nil when there is nothing but arena output
	net    *netLink
	lst    *Listener
	remote netip.AddrPort
	failed error // why it closes

	want     int    // bytes that In must have before the next Tick; once flushing: unsent bytes when last looked at
	carryAt  int    // consumed bytes at the front of carry
	outStart uint64 // queue position at which this turn's output begins
	fd       int32  // -1 with the net driver
	slot     int32  // index in Loop.conns; -1 while on no loop
	first    int32  // first and last segment of this turn's arena output,
	last     int32  // valid if first >= 0
	seen     uint32 // Loop.epoch of the last input
	state    uint16
}

func (c *Conn) is(bits uint16) bool { return c.state&bits != 0 }

// Loop returns the loop on which c lives. Any goroutine may ask; unless it is that
// loop's own the answer may be out of date at once.
func (c *Conn) Loop() *Loop { return c.loop.Load() }

// Fd is c's file descriptor, or -1 with the net driver. It stays c's.
func (c *Conn) Fd() int { return int(c.fd) }

// Listener is where c was accepted, nil for Server.Attach and Server.Serve.
func (c *Conn) Listener() *Listener { return c.lst }

// Discard consumes the first n bytes of In.
func (c *Conn) Discard(n int) { c.In = c.In[n:] }

// Promise tells that this turn's output of c says that something was done: a barrier
// holds it back until it is released for good, also when others need not wait any
// more (Server.ReleaseReads).
func (c *Conn) Promise() {
	if !c.is(isAcking) {
		c.state |= isAcking
		l := c.Loop()
		l.promising = append(l.promising, c)
	}
}

// Closing reports that c takes no more part: it is closed, or will be as soon as
// its output is gone.
func (c *Conn) Closing() bool { return c.is(isClosing | isFlushing) }

// Pending is the number of output bytes that were neither sent nor lie in this
// turn's arena.
func (c *Conn) Pending() int {
	n := 0
	if c.out != nil {
		n = c.out.n
	}
	if c.net != nil {
		n += int(c.net.unsent.Load())
	}
	return n
}

// InputBytes is the number of input bytes that were kept from earlier turns.
func (c *Conn) InputBytes() int { return len(c.carry) - c.carryAt }

// Memory is about how many bytes c occupies, its buffers included.
func (c *Conn) Memory() int {
	n := int(unsafe.Sizeof(*c)) + min(cap(c.carry), max(len(c.carry), carrySlack))
	if c.out != nil {
		n += c.out.size()
	}
	if c.net != nil {
		n += int(c.net.unsent.Load())
	}
	return n
}

// Write queues a copy of b behind all output that c has. It may be called whenever
// c's loop runs the handler. It is sent when the turn ends.
func (c *Conn) Write(b []byte) {
	if len(b) == 0 || c.is(isClosing) {
		return
	}
	l := c.Loop()
	l.touch(c)
	l.spill(c, 0)
	l.queueOf(c).append(b)
}

// Post has Handler.Message called with m on the loop where c then lives, after
// everything posted to c before, however often c moves meanwhile. Any goroutine may
// call it. It reports false, and drops m, if c is closed; m is dropped too if c
// closes before it is delivered.
func (c *Conn) Post(m any) bool {
	n := letters.Get().(*letter)
	n.msg = m
	taken, first := c.mail.push(n)
	if taken && first {
		c.Loop().postMail(c)
	}
	return taken
}

// Pause stops input: no Tick is called for c until Resume. The end of the
// connection is still noticed, and closes it.
func (c *Conn) Pause() { c.state |= isPaused }

// Paused reports whether c is paused.
func (c *Conn) Paused() bool { return c.is(isPaused) }

// Resume ends Pause. If c has unconsumed input Tick is called for it in the next
// turn even if no more arrives, paused or not.
func (c *Conn) Resume() {
	if c.is(isClosing) {
		return
	}
	c.state &^= isPaused
	l := c.Loop()
	if !c.is(isAgain) {
		c.state |= isAgain
		l.again = append(l.again, c)
	}
	if c.is(isDeaf) && !c.is(isFlushing) {
		c.state &^= isDeaf
		l.drv.poll(c)
	}
}

// Want says that In must have n bytes in all, from the first unconsumed one, before
// Tick is of any use. It holds until then or until it is called again; 0 takes it
// back. Memory grows with what really arrives.
func (c *Conn) Want(n int) {
	if !c.is(isFlushing) {
		c.want = n
	}
}

// CloseAfterFlush closes c as soon as all its output has been sent, with a nil
// error. Until then it may still be written to, but Tick is not called any more. A
// peer that takes nothing for some 10 s is cut off with ErrStale.
func (c *Conn) CloseAfterFlush() {
	if c.is(isClosing) {
		return
	}
	c.state |= isFlushing
	c.want = 0
	c.Loop().touch(c)
}

// Close closes c at the end of the turn and drops what is unsent. err is passed to
// Handler.Closed; the first error wins.
func (c *Conn) Close(err error) {
	if c.is(isClosing) {
		return
	}
	c.state |= isClosing
	c.failed = err
	l := c.Loop()
	l.closing = append(l.closing, c)
}

// Remote is the peer's address; not valid for Unix sockets and in-memory connections.
func (c *Conn) Remote() netip.AddrPort { return c.remote }

// RemoteAddr is the peer's address as CLIENT LIST shows it: "127.0.0.1:4711",
// "[::1]:4711", or "[/path:0]:0" for a Unix socket.
func (c *Conn) RemoteAddr() string {
	switch {
	case c.remote.IsValid():
		return c.remote.String()
	case c.lst != nil && c.lst.network == "unix":
		return "[" + c.lst.addr + ":0]:0"
	case c.net != nil:
		return c.net.nc.RemoteAddr().String()
	}
	return ""
}

// LocalAddr is our end's address in the form of RemoteAddr.
func (c *Conn) LocalAddr() string {
	switch {
	case c.lst != nil && c.lst.network == "unix":
		return "[" + c.lst.addr + ":0]:0"
	case c.net != nil:
		return c.net.nc.LocalAddr().String()
	}
	return localAddr(c)
}

// Unix reports whether c came in through a Unix socket.
func (c *Conn) Unix() bool { return c.lst != nil && c.lst.network == "unix" }

// SetKeepAlive has the kernel probe a silent peer after interval (whole seconds)
// and give it up after about twice that; 0 turns probing off. It does nothing for
// connections that are not TCP.
func (c *Conn) SetKeepAlive(interval time.Duration) error {
	if c.Unix() {
		return nil
	}
	return c.Loop().drv.keepAlive(c, interval)
}
