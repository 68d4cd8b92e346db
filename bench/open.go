package main

import (
	"fmt"
	"net"
	"runtime"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// openLoop is load at a fixed rate: request i is due at i/rate after the start,
// whether or not earlier ones were answered, and its latency counts from then.
//
// One thread drives all connections without ever sleeping: a generator that
// sleeps measures the timers of the machine, too. With a core of its own it is
// late by a few microseconds at most; on a shared core it gives way whenever
// nothing is due.
type openLoop struct {
	kinds   []openKind // request i is of kind i modulo their number
	conns   int
	rate    float64 // requests a second, of all kinds together
	sharing bool    // the server runs on the same cores

	lines []*openLine
	in    []byte
	away  time.Duration // the longest that the machine took the core from the generator
}

// openKind is one kind of request with the latencies of its replies.
type openKind struct {
	args    []string // the command; runs of '#' are numbers
	numbers numbers
	times   *hdrhistogram.Histogram // microseconds; nil if nobody wants them

	req *request
}

// openLine is one connection of an open loop.
type openLine struct {
	conn    net.Conn
	fd      int
	out     []byte    // due, but not taken by the socket yet
	waiting []pending // sent, oldest first
	replies replyCounter
	taken   int64 // replies that were matched with waiting
}

// pending is a request whose reply is to come.
type pending struct {
	due  time.Duration // after the start of the loop
	kind int
}

// newTimes returns a histogram from 1 µs to 10 minutes, true to 0.1 %.
func newTimes() *hdrhistogram.Histogram { return hdrhistogram.New(1, 600_000_000, 3) }

// connect opens the connections. The caller closes them with close.
func (g *openLoop) connect(addr string) error {
	g.in = make([]byte, readBuffer)
	for i := range g.kinds {
		g.kinds[i].req = newRequest(g.kinds[i].args, 1)
	}
	for range g.conns {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		line := &openLine{conn: conn}
		g.lines = append(g.lines, line)
		raw, err := conn.(syscall.Conn).SyscallConn()
		if err != nil {
			return err
		}
		if err := raw.Control(func(fd uintptr) { line.fd = int(fd) }); err != nil {
			return err
		}
	}
	return nil
}

func (g *openLoop) close() {
	for _, line := range g.lines {
		line.conn.Close()
	}
}

// run sends total requests, or for ever if total is 0, until done says so, which
// it is asked every few milliseconds, and returns when all were answered.
func (g *openLoop) run(total int64, done func() bool) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const askEvery = 5 * time.Millisecond
	gap := float64(time.Second) / g.rate
	begin := time.Now()
	sent, open, ask := int64(0), true, askEvery
	for last := time.Duration(0); ; {
		now := time.Since(begin)
		g.away = max(g.away, now-last)
		last = now
		if open && now >= ask {
			ask = now + askEvery
			open = !done()
		}
		idle := true
		for open && time.Duration(float64(sent)*gap) <= now {
			g.issue(sent, time.Duration(float64(sent)*gap))
			sent++
			idle = false
			open = sent != total
		}
		left := 0
		for _, line := range g.lines {
			moved, err := g.move(line, begin)
			if err != nil {
				return err
			}
			idle = idle && !moved
			left += len(line.waiting)
		}
		if !open && left == 0 {
			return nil
		}
		if now > loadTimeout && left > 0 && !open {
			return fmt.Errorf("%d requests were never answered", left)
		}
		if idle && g.sharing {
			giveWay()
		}
	}
}

// issue queues request i, which was due at that time.
func (g *openLoop) issue(i int64, due time.Duration) {
	kind := int(i % int64(len(g.kinds)))
	k := &g.kinds[kind]
	k.req.fill(k.numbers)
	line := g.lines[int(i/int64(len(g.kinds)))%len(g.lines)]
	line.out = append(line.out, k.req.bytes...)
	line.waiting = append(line.waiting, pending{due, kind})
}

// move writes and reads what line's socket takes and holds, and reports whether
// that was anything.
func (g *openLoop) move(line *openLine, begin time.Time) (bool, error) {
	if len(line.waiting) == 0 {
		return false, nil
	}
	written := 0
	if len(line.out) > 0 {
		n, err := tryWrite(line.fd, line.out)
		if err != nil {
			return false, err
		}
		written = n
		line.out = line.out[:copy(line.out, line.out[n:])]
	}
	n, err := tryRead(line.fd, g.in)
	if err != nil {
		return false, err
	}
	if n == 0 {
		return written > 0, nil
	}
	if err := line.replies.add(g.in[:n]); err != nil {
		return false, err
	}
	return true, g.record(line, time.Since(begin))
}

// record books the replies that came at now.
func (g *openLoop) record(line *openLine, now time.Duration) error {
	n := int(line.replies.replies - line.taken)
	for _, p := range line.waiting[:n] {
		times := g.kinds[p.kind].times
		if times == nil {
			continue
		}
		if err := times.RecordValue(max(1, (now - p.due).Microseconds())); err != nil {
			return err
		}
	}
	line.taken = line.replies.replies
	line.waiting = line.waiting[:copy(line.waiting, line.waiting[n:])]
	return nil
}
