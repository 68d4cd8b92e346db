package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"sigrun/internal/rng"
)

const (
	openConns = 8

	growKeys = 10_000_000
	growRate = 20_000 // SET/s

	saveKeys  = 2_000_000
	saveRate  = 20_000          // requests/s, every second one a write
	saveFor   = 3 * time.Second // of load without saves, and of saves at least; less on a small scale
	saveMax   = 5 * time.Minute
	lookEvery = 50 * time.Millisecond
)

// grow is the longest reply while an empty server fills at a fixed rate: tables
// that are moved at once, or an allocator that stops, show here.
func grow(r *rig) (outcome, error) {
	var p999, away [2]float64
	out, err := r.each(1, nil, func(s *server) (float64, error) {
		load := openLoop{conns: openConns, rate: growRate, sharing: r.sharing(), kinds: []openKind{
			{args: []string{"SET", "key:############", value64}, numbers: &counting{}, times: newTimes()},
		}}
		if err := load.connect(s.addr); err != nil {
			return 0, err
		}
		defer load.close()
		err := load.run(r.scaled(growKeys), func() bool { return false })
		times := load.kinds[0].times
		p999[whose(s)] = millis(times.ValueAtQuantile(99.9))
		away[whose(s)] = millis(load.away.Microseconds())
		return millis(times.Max()), err
	})
	out.note = fmt.Sprintf("p99.9 %s, %s ms; the generator itself was away for up to %s ms",
		number(p999[peer]), number(p999[ours]), number(max(away[peer], away[ours])))
	out.more = map[string]float64{"peer_p999_ms": p999[peer], "ours_p999_ms": p999[ours],
		"peer_generator_away_ms": away[peer], "ours_generator_away_ms": away[ours]}
	return out, err
}

// whose is the place of s in everything that exists once per server.
func whose(s *server) int {
	if s.name == "peer" {
		return peer
	}
	return ours
}

func millis(micros int64) float64 { return float64(micros) / 1000 }

// saver is a server with many keys under a mixed load at a fixed rate, made to
// save while that goes on.
type saver struct {
	r *rig
	s *server
}

func (v saver) fill() error {
	return fillKeys(v.s, "key:############", value64, v.r.scaled(saveKeys))
}

// load returns GETs and SETs in turns over all keys; only GETs are timed.
func (v saver) load() *openLoop {
	n := uint64(v.r.scaled(saveKeys))
	return &openLoop{conns: openConns, rate: saveRate, sharing: v.r.sharing(), kinds: []openKind{
		{args: []string{"GET", "key:############"}, numbers: &uniform{rng.New(seed), n}, times: newTimes()},
		{args: []string{"SET", "key:############", value64}, numbers: &uniform{rng.New(seed + 1), n}},
	}}
}

// under runs the load until done says so, and returns the p99 of GET in
// milliseconds.
func (v saver) under(done func() bool) (float64, error) {
	load := v.load()
	if err := load.connect(v.s.addr); err != nil {
		return 0, err
	}
	defer load.close()
	err := load.run(0, done)
	return millis(load.kinds[0].times.ValueAtQuantile(99)), err
}

// during starts BGSAVE and runs the load until it has ended, looking at the
// server now and then.
func (v saver) during(look func()) (p99 float64, err error) {
	if _, err := v.s.control.do("BGSAVE"); err != nil {
		return 0, err
	}
	var saveErr error
	ended := watchSave(v.s, look)
	p99, err = v.under(func() bool {
		select {
		case saveErr = <-ended:
			return true
		default:
			return false
		}
	})
	return p99, errors.Join(saveErr, err)
}

// watchSave looks at the save until it has ended, and then says how it did.
func watchSave(s *server, look func()) <-chan error {
	ended := make(chan error, 1)
	go func() {
		for begin := time.Now(); ; time.Sleep(lookEvery) {
			look()
			busy, err := s.control.info("persistence", "rdb_bgsave_in_progress")
			switch {
			case err == nil && busy == "0":
				err = saveStatus(s)
			case err == nil && time.Since(begin) > saveMax:
				err = fmt.Errorf("BGSAVE not finished after %v", saveMax)
			case err == nil:
				continue
			}
			ended <- err
			return
		}
	}()
	return ended
}

// saveStatus is an error if the last save was one.
func saveStatus(s *server) error {
	status, err := s.control.info("persistence", "rdb_last_bgsave_status")
	if err == nil && status != "ok" {
		err = fmt.Errorf("BGSAVE ended with %q", status)
	}
	return err
}

// saveLatency compares the p99 of GET during saves, in the least disturbed of
// them, with that before.
func saveLatency(r *rig) (outcome, error) {
	var before, during [2]float64
	out, err := r.each(1, nil, func(s *server) (float64, error) {
		v := saver{r, s}
		if err := v.fill(); err != nil {
			return 0, err
		}
		begin, enough := time.Now(), time.Duration(min(1, r.opts.scale*10)*float64(saveFor))
		idle, err := v.under(func() bool { return time.Since(begin) > enough })
		if err != nil {
			return 0, err
		}
		var saves []float64
		for begin := time.Now(); len(saves) == 0 || time.Since(begin) < enough; {
			p99, err := v.during(func() {})
			if err != nil {
				return 0, err
			}
			saves = append(saves, p99)
		}
		who := whose(s)
		before[who], during[who] = idle, slices.Min(saves)
		return during[who] / idle, nil
	})
	out.note = fmt.Sprintf("%s → %s ms, %s → %s ms", number(before[peer]), number(during[peer]),
		number(before[ours]), number(during[ours]))
	out.more = map[string]float64{"peer_idle_p99_ms": before[peer], "peer_save_p99_ms": during[peer],
		"ours_idle_p99_ms": before[ours], "ours_save_p99_ms": during[ours]}
	return out, err
}

// savePeak compares the most memory that the server and its children held during
// a save with what it held before.
func savePeak(r *rig) (outcome, error) {
	return r.each(1, nil, func(s *server) (float64, error) {
		v := saver{r, s}
		if err := v.fill(); err != nil {
			return 0, err
		}
		if _, err := settled(s); err != nil {
			return 0, err
		}
		before, err := footprint(s.pid)
		if err != nil {
			return 0, err
		}
		peak := before
		if _, err = v.during(func() {
			// It fails only when the server is gone, which the load notices, too.
			if now, err := footprint(s.pid); err == nil {
				peak = max(peak, now)
			}
		}); err != nil {
			return 0, err
		}
		file, err := os.Stat(s.dir + "/dump.rdb")
		if err == nil && file.Size() < v.r.scaled(saveKeys)*10 {
			err = fmt.Errorf("the saved file has only %d bytes", file.Size())
		}
		return peak / before, err
	})
}
