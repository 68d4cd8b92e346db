package server

import (
	"time"

	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/keyspace"
)

// keeper does what is due from time to time, on a goroutine of its own: it
// deletes expired keys, goes on with evictions that commands left, measures
// memory and rates, gives memory back, and has persist look after its files.
//
// Its times are those of the machine, but for what keys are told of time.
type keeper struct {
	s       *Server
	worker  *exec.Worker
	sweeper keyspace.Sweeper
	sampled int64 // monotonic nanoseconds
	gaveOff int64
	gc      gcTuner
	calls   uint64 // commands executed before the last round
	idle    int    // rounds since the last one in which there was something to do
}

// The periods of what is not done in each round.
const (
	samplePeriod   = 100 * time.Millisecond
	scavengePeriod = time.Second
)

// A server that nobody uses has a round each restPeriod only, after so many rounds
// without anything to do that all rates have come down to zero.
const (
	restPeriod = time.Second
	restAfter  = 20
)

// cron runs the keeper until the server stops.
func (s *Server) cron() {
	defer close(s.cronDone)
	k := &keeper{s: s, worker: s.keeperWorker}
	var hz int64
	period := restPeriod
	ticker := clock.NewTicker(period)
	defer ticker.Stop()
	for {
		if now := k.hz(); now != hz {
			hz = now
			s.net.SetCronEvery(time.Second / time.Duration(hz))
		}
		if now := k.period(); now != period {
			period = now
			ticker.Reset(period)
		}
		select {
		case <-s.quit:
			return
		case <-s.evictor.kick:
			k.evict()
		case <-s.stirred:
			k.round()
		case <-ticker.C:
			k.round()
		}
	}
}

func (k *keeper) hz() int64 { return max(k.s.Config.Int(config.Hz), 1) }

// period is the time until the next round.
func (k *keeper) period() time.Duration {
	rests := k.rests()
	k.s.resting.Store(rests)
	if rests {
		return restPeriod
	}
	return time.Second / time.Duration(k.hz())
}

// rests reports whether the next round may come later than usual. It is to be asked
// once after each round.
func (k *keeper) rests() bool {
	s := k.s
	calls := s.engine.CallsOfLate()
	busy := calls != k.calls || k.sweeper.Volatile() || s.ks.PendingFrees() > 0 || !s.persist.Quiet() ||
		s.engine.State()&^exec.MemoryLimit != 0 || s.host.Knobs.NoCron.Load()
	k.calls = calls
	if k.idle++; busy {
		k.idle = 0
	}
	return k.idle > restAfter
}

// stir implements exec.Options.Stir: a resting keeper goes on.
func (s *Server) stir() {
	if !s.resting.CompareAndSwap(true, false) {
		return
	}
	select {
	case s.stirred <- struct{}{}:
	default: // it is about to
	}
}

// round is what is done hz times a second, unless nobody uses the server.
func (k *keeper) round() {
	s := k.s
	if s.host.Knobs.NoCron.Load() {
		return
	}
	s.shutdownAsAsked()
	s.persist.Cron()
	s.engine.SetState(exec.DiskError, s.persist.AOF.Err() != nil || s.persist.SaveBroken())
	k.expire()
	k.worker.Do(k.worker.Tx.Tidy)
	now := clock.Real.Mono()
	if now-k.sampled >= int64(samplePeriod)*9/10 {
		k.sampled = now
		s.ks.Relax()
		k.sample(now)
	}
	if now-k.gaveOff >= int64(scavengePeriod) {
		k.gaveOff = now
		k.scavenge()
	}
}

// sample measures memory and rates.
func (k *keeper) sample(now int64) {
	h := k.s.host
	h.Meter.Sample()
	var in, out, turns uint64
	busy := int64(0)
	for _, l := range k.s.net.Loops() {
		i, o := l.Traffic()
		n, _, _ := l.Work()
		in, out, turns = in+i, out+o, turns+n
		busy += l.BusyNanos()
	}
	calls := k.s.engine.CallsOfLate()
	if k.s.OwnProcess {
		m := h.Meter.Read()
		k.gc.tune(m.Live)
		k.gc.giveBack(m, now)
		k.gc.settle(m, calls, now)
	}
	h.Rates.Calls.Add(int64(calls), now)
	h.Rates.NetIn.Add(int64(in), now)
	h.Rates.NetOut.Add(int64(out), now)
	h.Rates.Turns.Add(int64(turns), now)
	h.Rates.Busy.Add(busy, now)
	k.s.evictor.watch()
}

// sliceNanos is how long the keeper works before it lets a command that needs
// all shards pass.
const sliceNanos = int64(500 * time.Microsecond)

// expirePercent is the share of one CPU that the search for expired keys may
// take: 25 % and two more for each step of active-expire-effort above the first.
func expirePercent(effort int64) int64 { return 25 + 2*(effort-1) }

// expire deletes expired keys, in slices, until there are no more or its share
// of the round's time is up.
func (k *keeper) expire() {
	s := k.s
	if s.host.Knobs.NoActiveExpire.Load() || s.engine.State()&(exec.Paused|exec.Importing|exec.Loading) != 0 {
		return
	}
	began := clock.Real.Mono()
	budget := int64(time.Second) / k.hz() * expirePercent(s.Config.Int(config.ActiveExpireEffort)) / 100
	done, now, vanished := false, began, false
	for !done && now-began < budget {
		until := now + sliceNanos
		vanished = k.do(func() {
			done = k.sweeper.Sweep(k.worker.Tx, func() bool {
				now = clock.Real.Mono()
				return now < until
			})
		}) || vanished
		now = clock.Real.Mono()
	}
	if vanished { // keys, or fields of hashes
		k.worker.Flush()
	}
	s.host.Cycle.ExpireMicros.Add((now - began) / 1000)
	s.engine.Delayed("expire-cycle", now-began)
	if !done {
		s.host.Cycle.ExpireCapped.Add(1)
	}
}

// evict goes on with what a command had no time for.
func (k *keeper) evict() {
	vanished := false
	for more := true; more; {
		vanished = k.do(func() { more = k.s.evictor.slice(k.worker) }) || vanished
	}
	if vanished {
		k.worker.Flush()
	}
}

// do has the worker do f, and reports whether keys vanished by it. The counts that
// tell belong to who has entered all shards too, who may set them to zero.
func (k *keeper) do(f func()) (vanished bool) {
	k.worker.Do(func() {
		before := k.worker.Tx.Stats
		f()
		vanished = k.worker.Tx.Stats != before
	})
	return vanished
}

// The part of its memory that the server keeps although nothing lies in it, for
// what comes next: an eighth and as much as is given back at once.
const (
	keptPart      = 8
	scavengeBytes = 64 << 20
)

// scavenge gives memory back to the system that has become free.
func (k *keeper) scavenge() {
	ks := k.s.ks
	if free := ks.Mapped() - ks.Used(); free < ks.Mapped()/keptPart+scavengeBytes/2 {
		return
	}
	if given := ks.Scavenge(scavengeBytes); given > 0 {
		k.s.host.Cycle.ScavengedBytes.Add(given)
		k.s.Logf(aof.Debug, "%d bytes of free memory given back to the system", given)
	}
}
