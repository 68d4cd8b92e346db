package main

import (
	"bufio"
	"net"
	"sync"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// answer replies OK to every command that comes over l, but for a pause before
// the reply numbered stallAt of all.
func answer(t *testing.T, l net.Listener, stallAt int, pause time.Duration) {
	var mu sync.Mutex // a server with one thread: a pause holds up everybody
	replies := 0
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			for in := bufio.NewReader(conn); ; {
				if _, err := testkit.ReadReply(in); err != nil { // a command is an array, too
					return
				}
				mu.Lock()
				if replies++; replies == stallAt {
					time.Sleep(pause)
				}
				mu.Unlock()
				if _, err := conn.Write([]byte("+OK\r\n")); err != nil {
					return
				}
			}
		}()
	}
}

// TestOpenLoopSeesStalls: a pause of 200 ms at 1,000 requests a second is late
// for 200 of them, not for the one per connection that happened to be waiting.
func TestOpenLoopSeesStalls(t *testing.T) {
	const rate, total, pause = 1000, 1000, 200 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	testkit.NoError(t, err)
	defer l.Close()
	go answer(t, l, total/2, pause)
	load := openLoop{conns: 4, rate: rate, sharing: true, kinds: []openKind{
		{args: []string{"SET", "k####"}, numbers: &counting{}, times: newTimes()},
	}}
	testkit.NoError(t, load.connect(l.Addr().String()))
	defer load.close()
	testkit.NoError(t, load.run(total, func() bool { return false }))
	times := load.kinds[0].times
	if n := times.TotalCount(); n != total {
		t.Errorf("%d replies were timed, want %d", n, total)
	}
	if longest := time.Duration(times.Max()) * time.Microsecond; longest < pause {
		t.Errorf("longest %v, want at least the pause of %v", longest, pause)
	}
	late := 0
	for _, bar := range times.Distribution() {
		if bar.From >= pause.Microseconds()/2 {
			late += int(bar.Count)
		}
	}
	if late < 80 {
		t.Errorf("%d replies were late by half the pause or more, want about 100", late)
	}
}

// TestClosedLoopCounts: every command sent is answered and counted, in whole
// pipelines.
func TestClosedLoopCounts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	testkit.NoError(t, err)
	defer l.Close()
	go answer(t, l, 0, 0)
	load := closedLoop{args: []string{"SET", "k####"}, conns: 3, pipeline: 16, total: 1000, numbers: random(10)}
	ready := 0
	n, took, err := load.run(l.Addr().String(), func() { ready++ })
	testkit.NoError(t, err)
	if n != 1008 || took <= 0 || ready != 1 {
		t.Errorf("%d replies in %v, ready %d times; want 1008 in a positive time, once", n, took, ready)
	}
}
