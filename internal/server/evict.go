package server

import (
	"math"
	"sync/atomic"

	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/keyspace"
)

// evictor keeps memory below maxmemory: before a command runs, and on the
// keeper's goroutine when a command had no time to finish it.
type evictor struct {
	s     *Server
	limit atomic.Int64  // maxmemory in bytes; 0 for none
	turn  atomic.Uint32 // changes with the settings, and makes all looks void
	looks []look        // by worker
	kick  chan struct{} // wakes the keeper
}

// look is what a worker found when it looked at the memory in use. While there
// is much room it looks only now and then, for the sum over all shards costs as
// much as a short command.
type look struct {
	turn uint32
	next uint64 // Worker.Calls at which to look again
	_    [48]byte
}

// With more room than a part of the limit, and at least roomBytes, a worker
// looks again after as many commands.
const (
	roomPart  = 64
	roomBytes = 1 << 20
	roomCalls = 32
)

func newEvictor(s *Server, workers int) *evictor {
	return &evictor{s: s, looks: make([]look, workers), kick: make(chan struct{}, 1)}
}

// configure takes over the settings. The caller has entered all shards, or
// nobody is served yet.
func (v *evictor) configure() {
	cfg := v.s.Config
	limit := int64(min(cfg.Uint(config.MaxMemory), math.MaxInt64))
	v.s.ks.SetPolicy(policyOf(cfg.Int(config.MaxMemoryPolicy)), int(cfg.Int(config.MaxMemorySamples)),
		int(cfg.Int(config.LFULogFactor)), int(cfg.Int(config.LFUDecayTime)))
	changed := v.limit.Swap(limit) != limit
	v.turn.Add(1)
	v.s.engine.SetState(exec.MemoryLimit, limit > 0)
	if used := v.s.host.Meter.Used(); limit > 0 && used > limit {
		if changed {
			v.s.Logf(aof.Warning, "WARNING: the new maxmemory value set via CONFIG SET (%d) is smaller than the current memory usage (%d). "+
				"This will result in key eviction and/or the inability to accept new write commands depending on the maxmemory-policy.", limit, used)
		}
		v.wake()
	}
}

// policyOf is the keyspace's policy for a value of maxmemory-policy.
func policyOf(setting int64) keyspace.Policy {
	if setting == config.EvictNothing {
		return keyspace.NoEviction
	}
	return keyspace.VolatileLRU + keyspace.Policy(setting-config.EvictVolatileLRU)
}

func (v *evictor) wake() {
	select {
	case v.kick <- struct{}{}:
	default:
	}
}

// evict implements exec.Options.Evict.
func (v *evictor) evict(w *exec.Worker) bool {
	l := &v.looks[w.Index()]
	if l.turn == v.turn.Load() && w.Calls < l.next {
		return true
	}
	limit := v.limit.Load()
	if limit == 0 || v.s.engine.State()&(exec.Paused|exec.Importing) != 0 {
		return true
	}
	room := limit - v.s.host.Meter.Used()
	if room >= 0 {
		l.turn, l.next = v.turn.Load(), w.Calls
		if room > max(limit/roomPart, roomBytes) {
			l.next += roomCalls
		}
		v.within()
		return true
	}
	v.beyond()
	switch v.free(w, limit, v.tenacity()) {
	case freedEnough:
		v.within()
	case freedNothing:
		// Memory that is being freed in the background will do soon.
		return v.s.ks.PendingFrees() > 0
	case outOfTime:
		v.wake()
	}
	return true
}

// slice evicts for as long as a command would and reports whether there is more
// to do.
func (v *evictor) slice(w *exec.Worker) (more bool) {
	limit := v.limit.Load()
	if limit == 0 || v.s.engine.State()&(exec.Paused|exec.Importing|exec.Loading) != 0 || v.s.host.Meter.Used() <= limit {
		return false
	}
	return v.free(w, limit, sliceNanos) == outOfTime
}

// outcome is how an attempt to free memory ended.
type outcome uint8

const (
	freedEnough outcome = iota
	freedNothing
	outOfTime
)

// keysPerLook is how many keys are evicted between looks at the clock.
const keysPerLook = 16

// free evicts keys until less than limit is in use, for at most nanos.
func (v *evictor) free(w *exec.Worker, limit, nanos int64) outcome {
	if v.s.ks.Policy() == keyspace.NoEviction {
		return freedNothing
	}
	began := clock.Real.Mono()
	defer func() { v.s.engine.Delayed("eviction-cycle", clock.Real.Mono()-began) }()
	over := v.s.host.Meter.Used() - limit
	for n := 1; over > 0; n++ {
		freed := w.Evictor.Evict(w.Tx)
		if freed == 0 {
			return freedNothing
		}
		over -= freed
		if n%keysPerLook == 0 {
			over = v.s.host.Meter.Used() - limit // others may be evicting too
			if over > 0 && clock.Real.Mono()-began > nanos {
				return outOfTime
			}
		}
	}
	return freedEnough
}

// tenacity is how many nanoseconds a command may spend on evictions: up to 500
// microseconds as maxmemory-eviction-tenacity goes to 10, then 15 % more with
// each step, and no end at 100.
func (v *evictor) tenacity() int64 {
	switch t := v.s.Config.Int(config.MaxMemoryEvictionTenacity); {
	case t <= 10:
		return 50_000 * t
	case t < 100:
		return int64(500_000 * math.Pow(1.15, float64(t-10)))
	}
	return math.MaxInt64
}

// beyond and within note since when, and until when, memory is over its limit.
func (v *evictor) beyond() {
	v.s.host.Cycle.EvictionSince.CompareAndSwap(0, v.s.Clock.Mono())
}

func (v *evictor) within() {
	since := &v.s.host.Cycle.EvictionSince
	if from := since.Load(); from != 0 && since.CompareAndSwap(from, 0) {
		v.s.host.Cycle.EvictionNanos.Add(max(v.s.Clock.Mono()-from, 0))
	}
}

// watch is called some times a second: when nobody sends commands it has to be
// noticed that memory is within its limit again, or that it is not.
func (v *evictor) watch() {
	switch limit := v.limit.Load(); {
	case limit == 0 || v.s.host.Meter.Used() <= limit:
		v.within()
	case v.s.ks.Policy() != keyspace.NoEviction:
		v.wake()
	}
}
