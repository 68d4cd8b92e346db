package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

const (
	memoryKeys = 1_000_000
	heapKeys   = 10_000_000
	settleFor  = 10 * time.Second
	settleStep = 300 * time.Millisecond
)

// shapes are the entries whose memory is measured. A number with a leading 1
// fills its width without leading zeros, so that it is stored as a number.
var shapes = map[string][]string{
	"16+16":     {"SET", "k###############", "v###############"},
	"16+16-ttl": {"SET", "k###############", "v###############", "EX", "100000"},
	"16+int":    {"SET", "k###############", "1#########"},
	"16+100":    {"SET", "k###############", "v" + strings.Repeat("#", 99)},
}

// fill writes n entries of a shape and returns how many it wrote.
func fill(s *server, shape string, n int64) (int64, error) {
	src := &pairs{}
	load := closedLoop{args: shapes[shape], conns: 1, pipeline: 500, total: n,
		numbers: func(int) numbers { return src }}
	wrote, _, err := load.run(s.addr, func() {})
	return wrote, err
}

// pairs goes through 0, 0, 1, 1, 2, 2, …: a key and its value hold one number.
type pairs struct{ n uint64 }

func (p *pairs) next() uint64 {
	p.n++
	return (p.n - 1) / 2
}

// bytesPerKey is the resident growth of a fresh server per key.
func bytesPerKey(shape string) func(r *rig) (outcome, error) {
	return func(r *rig) (outcome, error) {
		n := r.scaled(memoryKeys)
		return r.each(1, nil, func(s *server) (float64, error) {
			idle, err := settled(s)
			if err != nil {
				return 0, err
			}
			wrote, err := fill(s, shape, n)
			if err != nil {
				return 0, err
			}
			full, err := settled(s)
			return (full - idle) / float64(wrote), err
		})
	}
}

// settled waits until the resident size of s stands still and returns it.
func settled(s *server) (float64, error) {
	last := math.Inf(1)
	for deadline := time.Now().Add(settleFor); ; {
		time.Sleep(settleStep)
		now, err := resident(s.pid)
		if err != nil || math.Abs(now-last) < 64<<10 || time.Now().After(deadline) {
			return now, err
		}
		last = now
	}
}

func idleResident(r *rig) (outcome, error) {
	return r.each(1, nil, func(s *server) (float64, error) {
		size, err := settled(s)
		return size / 1e6, err
	})
}

func startToPong(r *rig) (outcome, error) {
	return r.each(r.opts.rounds, nil, func(s *server) (float64, error) {
		return s.toPong.Seconds() * 1000, nil
	})
}

// goHeap fills ours with 10 M keys and asks it what the Go runtime holds, and
// how much CPU the collector took.
func goHeap(r *rig) (outcome, error) {
	s, err := r.makers[ours].start()
	if err != nil {
		return outcome{}, err
	}
	defer s.stop()
	wrote, err := fill(s, "16+16", r.scaled(heapKeys))
	if err != nil {
		return outcome{}, err
	}
	heap, err1 := s.control.infoFloat("everything", "sigrun_go_heap_bytes")
	share, err2 := s.control.infoFloat("everything", "sigrun_gc_cpu_percent")
	size, err3 := resident(s.pid)
	each := size / float64(wrote)
	return outcome{peer: none, ours: heap / 1e6,
		note: fmt.Sprintf("GC %s %% of the CPU; %s resident bytes a key", number(share), number(each)),
		more: map[string]float64{"ours_gc_cpu_percent": share, "ours_resident_bytes_per_key": each},
	}, errors.Join(err1, err2, err3)
}
