package main

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	readBuffer  = 64 << 10
	loadTimeout = 15 * time.Minute // for a whole run: a server that hangs must not hang us
)

// closedLoop is load in which each connection sends a pipeline, waits for all of
// its replies, and sends the next one.
type closedLoop struct {
	args     []string // one command; runs of '#' are numbers
	conns    int
	pipeline int
	total    int64
	numbers  func(conn int) numbers
	noNils   bool // a nil reply is a mistake of the cell: the keys are there
}

// run sends load.total commands to addr, rounded up to whole pipelines, and
// returns how many were answered and how long that took. Ready is called when
// all connections stand and nothing was sent yet.
func (load closedLoop) run(addr string, ready func()) (int64, time.Duration, error) {
	conns := make([]net.Conn, load.conns)
	for i := range conns {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return 0, 0, err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(loadTimeout)); err != nil {
			return 0, 0, err
		}
		conns[i] = conn
	}
	ready()
	begin := time.Now()
	var left, answered atomic.Int64
	left.Store(load.total)
	errs := make([]error, load.conns)
	var all sync.WaitGroup
	for i, conn := range conns {
		all.Go(func() {
			n, err := load.drive(conn, load.numbers(i), &left)
			answered.Add(n)
			errs[i] = err
		})
	}
	all.Wait()
	took := time.Since(begin)
	for _, err := range errs {
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", load.args[0], err)
		}
	}
	return answered.Load(), took, nil
}

// drive runs one connection until the connections together have sent what was
// left, and returns the number of replies it got. The last pipeline is a whole one.
func (load closedLoop) drive(conn net.Conn, src numbers, left *atomic.Int64) (int64, error) {
	req := newRequest(load.args, load.pipeline)
	in := make([]byte, readBuffer)
	var replies replyCounter
	sent := int64(0)
	for left.Add(-int64(load.pipeline)) > -int64(load.pipeline) {
		req.fill(src)
		if _, err := conn.Write(req.bytes); err != nil {
			return 0, err
		}
		for sent += int64(load.pipeline); replies.replies < sent; {
			n, err := conn.Read(in)
			if err == nil {
				err = replies.add(in[:n])
			}
			if err != nil {
				return 0, err
			}
		}
	}
	if load.noNils && replies.nils > 0 {
		return 0, fmt.Errorf("%d of %d keys were missing", replies.nils, replies.replies)
	}
	return replies.replies, nil
}
