package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"sigrun/internal/testkit"
)

const handOvers = 40_000 // there and back

// player is a client that waits for an element and passes it on.
type player struct {
	conn    net.Conn
	pass    []byte // LPUSH to the other one's list, and BLPOP of its own
	in      []byte
	replies replyCounter
}

func newPlayer(addr, own, other string) (*player, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	pass := testkit.AppendCommand(testkit.AppendCommand(nil, "LPUSH", other, "x"), "BLPOP", own, "0")
	return &player{conn: conn, pass: pass, in: make([]byte, readBuffer)}, conn.SetDeadline(time.Now().Add(loadTimeout))
}

// await reads until the server has answered n requests in all.
func (p *player) await(n int64) error {
	for p.replies.replies < n {
		read, err := p.conn.Read(p.in)
		if err == nil {
			err = p.replies.add(p.in[:read])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rally has two clients pass an element to and fro n times, and returns the median
// of the times for one way, in microseconds, and the 99th percentile. Who passes it
// on waits for it with the same write, and so always waits before it comes back.
func rally(addr string, n int64) (median, p99 float64, err error) {
	a, err := newPlayer(addr, "a", "b")
	if err != nil {
		return 0, 0, err
	}
	defer a.conn.Close()
	b, err := newPlayer(addr, "b", "a")
	if err != nil {
		return 0, 0, err
	}
	defer b.conn.Close()
	if _, err := b.conn.Write(testkit.AppendCommand(nil, "BLPOP", "b", "0")); err != nil {
		return 0, 0, err
	}
	times := newTimes()
	for i := range n {
		begin := time.Now()
		_, err1 := a.conn.Write(a.pass)
		err2 := b.await(2*i + 1)
		_, err3 := b.conn.Write(b.pass)
		err4 := a.await(2*i + 2)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return 0, 0, err
		}
		if err := times.RecordValue(max(1, time.Since(begin).Nanoseconds()/100)); err != nil { // in tenths of a microsecond
			return 0, 0, err
		}
	}
	return float64(times.ValueAtQuantile(50)) / 20, float64(times.ValueAtQuantile(99)) / 20, nil
}

// handOver measures how long an element takes from the one who pushes it to the
// one who waits for it, with a server that may use all cores. Ours may have two
// loops; the peer is as it comes, for one that has I/O threads keeps a core busy
// looking for work.
func handOver(r *rig) (outcome, error) {
	if err := pinSelf(r.all); err != nil {
		return outcome{}, err
	}
	defer pinSelf(r.client)
	var best, tails [2]float64
	err := inTurns(r.opts.rounds, func(who int) error {
		m := *r.makers[who]
		m.cores = r.all
		var settings []string
		if who == ours {
			settings = []string{"--io-threads", "2"}
		}
		s, err := m.start(settings...)
		if err != nil {
			return err
		}
		defer s.stop()
		median, p99, err := rally(s.addr, r.scaled(handOvers))
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if best[who] == 0 || median < best[who] {
			best[who], tails[who] = median, p99
		}
		return nil
	})
	return outcome{peer: best[peer], ours: best[ours], note: fmt.Sprintf("p99 %s, %s µs", number(tails[peer]), number(tails[ours])),
		more: map[string]float64{"peer_p99_us": tails[peer], "ours_p99_us": tails[ours]}}, err
}
