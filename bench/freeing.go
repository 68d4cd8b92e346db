package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"sigrun/internal/rng"
)

const (
	freeFields = 10_000_000
	freeRate   = 1000 // GET/s of other clients
	freeQuiet  = 300 * time.Millisecond
	freeMax    = 3 * time.Minute
)

// freeings are the ways in which a large value goes.
var freeings = map[string]string{
	"del": "DEL hash", "unlink": "UNLINK hash", "expire": "PEXPIRE hash 1", "overwrite": "SET hash x",
}

// freeing is the longest reply of other clients while a hash of 10 M fields goes.
func freeing(way string) func(r *rig) (outcome, error) {
	return func(r *rig) (outcome, error) {
		var p99, took, away [2]float64
		out, err := r.each(1, nil, func(s *server) (float64, error) {
			if err := fillWith(s, "HSET hash field:############ value:%%%%%%%%%%", r.scaled(freeFields)); err != nil {
				return 0, err
			}
			if err := fillKeys(s, "key:############", value64, 1000); err != nil {
				return 0, err
			}
			load := openLoop{conns: openConns, rate: freeRate, sharing: r.sharing(), kinds: []openKind{
				{args: []string{"GET", "key:############"}, numbers: &uniform{rng.New(seed), 1000}, times: newTimes()},
			}}
			if err := load.connect(s.addr); err != nil {
				return 0, err
			}
			defer load.close()
			gone := make(chan error, 1)
			go func() {
				seconds, err := free(s, way)
				took[whose(s)] = seconds
				gone <- err
			}()
			var freeErr error
			err := load.run(0, func() bool {
				select {
				case freeErr = <-gone:
					return true
				default:
					return false
				}
			})
			times := load.kinds[0].times
			away[whose(s)] = millis(load.away.Microseconds())
			p99[whose(s)] = millis(times.ValueAtQuantile(99))
			return millis(times.Max()), errors.Join(err, freeErr)
		})
		out.note = fmt.Sprintf("p99 %s, %s ms; all was free after %.1f, %.1f s; the generator itself was away for up to %s, %s ms",
			number(p99[peer]), number(p99[ours]), took[peer], took[ours], number(away[peer]), number(away[ours]))
		out.more = map[string]float64{"peer_p99_ms": p99[peer], "ours_p99_ms": p99[ours],
			"peer_generator_away_ms": away[peer], "ours_generator_away_ms": away[ours],
			"peer_seconds_to_free": took[peer], "ours_seconds_to_free": took[ours]}
		return out, err
	}
}

// free removes the hash in one of the ways, and returns how many seconds passed
// until the server had given back all of it.
func free(s *server, way string) (float64, error) {
	time.Sleep(freeQuiet)
	begin := time.Now()
	if _, err := s.control.do(strings.Fields(freeings[way])...); err != nil {
		return 0, err
	}
	for {
		// TYPE or EXISTS would find that it has expired, before the server does.
		size, err1 := s.control.do("DBSIZE")
		left, err2 := s.control.info("memory", "lazyfree_pending_objects")
		if err := errors.Join(err1, err2); err != nil {
			return 0, err
		}
		want := int64(1000)
		if way == "overwrite" {
			want++
		}
		took := time.Since(begin)
		if size.Int() == want && left == "0" {
			time.Sleep(freeQuiet)
			return took.Seconds(), nil
		}
		if took > freeMax {
			return 0, fmt.Errorf("%s: not gone after %v", way, freeMax)
		}
		time.Sleep(lookEvery)
	}
}
