package netio

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"sigrun/internal/clock"
)

// Sizes of the net driver, in bytes. A reader starts with a small buffer, which most
// idle connections never outgrow.
const (
	netReadStart = 2 << 10
	netReadMost  = 32 << 10
	// netHoard is how much input a paused connection may pile up before its reader
	// stops. Up to there the end of the connection is noticed at once.
	netHoard = 64 << 10
	// lingerBytes and lingerTime bound what is read after a farewell.
	lingerBytes = 1 << 20
	lingerTime  = 500 * time.Millisecond
	// netBacklog is how much output a writer may be behind before the handler hears
	// of a backlog: a little is always on its way.
	netBacklog = 16 << 10
)

// netLoop drives a Loop without a thread of its own: whoever has something for it
// enters it, does it, and leaves.
type netLoop struct {
	l    *Loop
	mu   sync.Mutex    // held while the loop runs
	bell chan struct{} // wakes run; capacity 1
	ran  atomic.Int64  // nanoseconds between enter and leave
	in   int64         // Mono of the last enter
}

func newNetLoop(l *Loop) *netLoop {
	n := &netLoop{l: l, bell: make(chan struct{}, 1)}
	l.drv = n
	l.inbox.ring = n.ring
	return n
}

func (n *netLoop) ring() {
	select {
	case n.bell <- struct{}{}:
	default:
	}
}

func (n *netLoop) enter() {
	n.mu.Lock()
	n.in = n.l.srv.opts.Clock.Mono()
}

// leave ends a turn. Connections that asked for another Tick get it, once; if they
// ask again the loop's own goroutine goes on, so that nobody is kept here for ever.
func (n *netLoop) leave() {
	l := n.l
	l.turn()
	if len(l.again) > 0 {
		l.gatherAgain()
		l.turn()
		if len(l.again) > 0 {
			n.ring()
		}
	}
	n.ran.Add(l.srv.opts.Clock.Mono() - n.in)
	n.mu.Unlock()
}

// run serves the inbox and Cron.
func (n *netLoop) run() {
	l := n.l
	period := time.Duration(l.srv.cronNs.Load())
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		due := false
		if l.inbox.mayLieDown() {
			ticks := ticker.C
			if l.Index > 0 && l.NumConns() == 0 {
				ticks = nil // the first connection rings the bell
			}
			select {
			case <-n.bell:
			case <-ticks:
				due = true
			}
			l.inbox.wakeUp()
		}
		n.enter()
		l.receive()
		if l.stopped {
			n.shutdown()
			return
		}
		if due && (l.Index == 0 || l.NumConns() > 0) {
			l.epoch++
			l.cron()
		}
		n.leave()
		if now := time.Duration(l.srv.cronNs.Load()); now != period {
			period = now
			ticker.Reset(period)
		}
	}
}

func (n *netLoop) shutdown() {
	n.l.Conns(func(c *Conn) bool {
		c.Close(ErrServerClosed)
		return true
	})
	n.leave()
	n.l.inbox.retire(runtime.Gosched)
}

// cpu implements driver.
func (n *netLoop) cpu() time.Duration { return time.Duration(n.ran.Load()) }

// thread implements driver.
func (n *netLoop) thread() int { return 0 }

// netLink is the net driver's part of a Conn: its goroutines and what they share.
type netLink struct {
	c  *Conn
	n  *netLoop
	nc net.Conn

	resumed *sync.Cond // of n.mu: the reader may go on, or must end

	mu     sync.Mutex // guards what follows
	work   *sync.Cond // of mu: the writer has work, or c is gone
	queue  outq       // waits for the writer
	gone   bool       // hung up
	bye    bool       // hang up gracefully: what is queued was sent
	unsent atomic.Int64
}

// attach serves nc.
func (s *Server) attach(nc net.Conn, ln *Listener) error {
	s.mu.Lock()
	err := s.errIfClosed()
	if err == nil && !s.started {
		err = errors.New("netio: the server has not been started")
	}
	if err != nil {
		s.mu.Unlock()
		_ = nc.Close() // the first error matters
		return err
	}
	s.wg.Add(2)
	s.mu.Unlock()

	loops := s.loops[len(s.loops)-len(s.nets):]
	if s.opts.Driver == DriverNet {
		loops = loops[:s.active.Load()]
	}
	c := s.newConn(ln, -1)
	l := choose(loops, &s.lastLoop, true)
	n := l.drv.(*netLoop)
	k := &netLink{c: c, n: n, nc: nc, resumed: sync.NewCond(&n.mu)}
	k.work = sync.NewCond(&k.mu)
	c.net = k
	if a, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		c.remote = a.AddrPort()
	}
	c.loop.Store(l)

	n.enter()
	l.insert(c)
	if l.NumConns() == 1 {
		n.ring() // it has a Cron from now on
	}
	l.srv.handler.Open(c)
	if l.stopped {
		c.Close(ErrServerClosed)
	}
	n.leave()
	go k.read()
	go k.write()
	return nil
}

// read is the goroutine that takes input in.
func (k *netLink) read() {
	defer k.n.l.srv.wg.Done()
	buf := make([]byte, netReadStart)
	for {
		got, err := k.nc.Read(buf)
		k.n.enter()
		goOn := k.input(buf[:got], err)
		k.n.leave()
		if !goOn || !k.mayRead() {
			k.linger(buf, err)
			return
		}
		if got == len(buf) && got < netReadMost {
			buf = make([]byte, 2*got)
		}
	}
}

// linger reads what the peer still sends after a farewell, for a short time: closing
// a socket with unread input resets the connection, and the farewell might be lost.
func (k *netLink) linger(buf []byte, err error) {
	k.mu.Lock()
	for !k.gone {
		k.work.Wait()
	}
	bye := k.bye
	k.mu.Unlock()
	for got := 0; bye && err == nil && got < lingerBytes; {
		var n int
		n, err = k.nc.Read(buf)
		got += n
	}
	_ = k.nc.Close() // unblocks the writer, if it is not at its end
}

// input hands b to the handler. It reports whether to read on.
func (k *netLink) input(b []byte, err error) bool {
	c, l := k.c, k.n.l
	if c.is(isClosing) {
		return false
	}
	if len(b) > 0 && !c.is(isFlushing) {
		l.counts.bytesIn.Add(uint64(len(b)))
		c.seen = l.epoch
		ready := true
		switch {
		case c.carry == nil && c.want == 0 && !c.is(isPaused):
			c.In = b
		default:
			for rest := b; len(rest) > 0; {
				got := copy(l.reserve(c, len(rest)), rest)
				c.received(got)
				rest = rest[got:]
			}
			ready = c.offer()
		}
		if ready {
			c.state |= isReady
			l.ready = append(l.ready, c)
			l.turn()
		}
	}
	for err != nil && c.is(isAgain) && !c.is(isClosing) { // what it has comes before its end
		l.gatherAgain()
		l.turn()
	}
	if err != nil && !c.is(isClosing) {
		l.hungUp(c, causeOf(err))
		return false
	}
	return !c.is(isClosing)
}

// causeOf reduces the errors of readers and writers to what matters.
func causeOf(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
		return io.EOF
	}
	return err
}

// mayRead waits while c is paused and has hoarded enough. It reports false when c is
// closed.
func (k *netLink) mayRead() bool {
	k.n.mu.Lock()
	defer k.n.mu.Unlock()
	c := k.c
	for c.is(isPaused) && !c.is(isClosing) && c.InputBytes() >= netHoard {
		c.state |= isDeaf
		k.resumed.Wait()
	}
	return !c.is(isClosing)
}

// write is the goroutine that sends output, and closes the connection in the end.
func (k *netLink) write() {
	defer k.n.l.srv.wg.Done()
	var batch outq
	for {
		k.mu.Lock()
		for k.queue.n == 0 && !k.gone {
			k.work.Wait()
		}
		batch, k.queue = k.queue, batch
		gone, bye := k.gone, k.bye
		k.mu.Unlock()
		if gone && !bye {
			break
		}
		err := k.send(&batch)
		if err != nil || gone {
			k.n.enter()
			k.c.Close(causeOf(err))
			k.n.leave()
			break
		}
	}
	batch.reset()
	k.farewell()
}

// send writes all of q, and tells the loop when nothing is unsent any more.
func (k *netLink) send(q *outq) (err error) {
	for q.n > 0 && err == nil {
		q.each(q.n, func(b []byte) bool {
			var sent int
			sent, err = k.nc.Write(b)
			q.consume(sent)
			k.unsent.Add(-int64(sent))
			k.n.l.counts.bytesOut.Add(uint64(sent))
			return false
		})
	}
	if err != nil || k.unsent.Load() > 0 {
		return err
	}
	k.n.enter()
	if c := k.c; !c.is(isClosing) && c.Pending() == 0 && c.is(isBacklogged|isFlushing) {
		k.n.l.flushed(c)
	}
	k.n.leave()
	return nil
}

// farewell tells the peer that nothing more comes. The reader closes the transport.
func (k *netLink) farewell() {
	if !k.bye {
		return // closed already
	}
	if half, ok := k.nc.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		_ = k.nc.Close() // there are no halves
		return
	}
	_ = k.nc.SetReadDeadline(time.UnixMicro(clock.Real.Wall()).Add(lingerTime))
}

// send implements driver: a writer of its own sends for each connection.
func (n *netLoop) send(*Conn, []byte, string) int { return 0 }

// flush implements driver: what may be sent goes to the writer.
func (n *netLoop) flush(c *Conn) {
	l, k := n.l, c.net
	l.holdBack(c)
	may := 0
	if c.out != nil {
		may = c.out.sendable(l.srv.passed())
		if may < c.out.n {
			l.spill(c, 0) // stays behind what is held
		}
	}
	if may == 0 && c.first < 0 {
		return
	}
	k.mu.Lock()
	before := k.queue.n
	if may > 0 {
		c.out.each(may, func(b []byte) bool {
			k.queue.append(b)
			return true
		})
		c.out.consume(may)
	}
	for i := c.first; i >= 0; i = l.segs[i].next {
		if b := l.Out[l.segs[i].from:l.segs[i].to]; len(b) >= adoptMin {
			k.queue.adopt(b)
			l.outGone = true
		} else {
			k.queue.append(b)
		}
	}
	c.first = -1
	k.unsent.Add(int64(k.queue.n - before))
	k.mu.Unlock()
	k.work.Broadcast()
}

// poll implements driver.
func (n *netLoop) poll(c *Conn) { c.net.resumed.Broadcast() }

// hangUp implements driver.
func (n *netLoop) hangUp(c *Conn) {
	k := c.net
	k.mu.Lock()
	k.gone = true
	k.bye = c.is(isFlushing) && k.unsent.Load() == 0
	bye := k.bye
	k.mu.Unlock()
	k.work.Broadcast()
	k.resumed.Broadcast()
	if bye {
		return // writer and reader close it
	}
	nc := k.nc
	if t, ok := nc.(*tls.Conn); ok {
		nc = t.NetConn() // nothing is to be said, so nothing to be waited for
	}
	_ = nc.Close() // unblocks both goroutines
}

// keepAlive implements driver.
func (n *netLoop) keepAlive(c *Conn, interval time.Duration) error {
	nc := c.net.nc
	if t, ok := nc.(*tls.Conn); ok {
		nc = t.NetConn()
	}
	t, ok := nc.(*net.TCPConn)
	if !ok {
		return nil
	}
	idle := max(interval, time.Second)
	return t.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: interval > 0, Idle: idle, Interval: max(idle/3, time.Second), Count: 3,
	})
}

// acceptNet accepts from a net.Listener until it is closed.
func (ln *Listener) acceptNet() {
	s := ln.srv
	for {
		nc, err := ln.ln.Accept()
		if err == nil {
			_ = s.attach(nc, ln) // fails only when the server closes
			continue
		}
		if ln.stopped.Load() || errors.Is(err, net.ErrClosed) {
			return
		}
		s.acceptFailed(err)
		pause := time.NewTimer(100 * time.Millisecond)
		select {
		case <-pause.C:
		case <-s.done:
			pause.Stop()
			return
		}
	}
}
