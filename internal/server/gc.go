package server

import (
	"runtime"
	"runtime/debug"

	"sigrun/internal/stats"
)

// The Go heap holds connections and control state only. It may grow to its
// double before it is collected, and by gcBallast in any case: a server with few
// clients is not to collect its few megabytes all the time.
const (
	gcPercent = 100
	gcBallast = 4 << 20
	gcMost    = 1600 // percent
)

// gcTuner sets how often Go collects garbage. It is for a process that belongs
// to one server.
type gcTuner struct {
	live   int64
	gaveAt int64 // when memory was given back last, in nanoseconds
	left   int64 // bytes that Go held then
	settler
}

// tune takes the bytes of live objects. To change the setting stops the world
// for a moment, so small changes are passed over.
func (g *gcTuner) tune(live int64) {
	if live <= 0 || live > g.live*3/4 && live < g.live*5/4 {
		return
	}
	g.live = live
	debug.SetGCPercent(int(min(max(gcPercent, gcPercent*gcBallast/live), gcMost)))
}

// Memory that Go holds without need goes back to the system when there may be
// this much of it, in bytes, but not more often than this, in nanoseconds: it
// means a collection.
const (
	giveBackFrom  = 32 << 20
	giveBackEvery = 5e9
	giveBackAgain = 30e9 // if there was little to give the last time
)

// giveBack gives memory back to the system that a burst has left, such as the
// buffers of huge requests and replies.
func (g *gcTuner) giveBack(m stats.Memory, now int64) {
	wait := int64(giveBackEvery)
	if m.Runtime < g.left+giveBackFrom/2 {
		wait = giveBackAgain
	}
	if m.Runtime < giveBackFrom || now-g.gaveAt < wait {
		return
	}
	debug.FreeOSMemory()
	g.gaveAt, g.left = now, m.Runtime
}

// settler has garbage collected in time when little happens: what a huge request
// held counts as memory in use until the next collection, and that may be minutes
// away.
type settler struct {
	calls    uint64 // commands executed at the last look
	cycles   uint64 // collections,
	cycledAt int64  // and when a new one was seen first, in nanoseconds
	asked    bool   // that one was ours
	tries    int    // ours that left more than the floor
	floor    int64  // bytes that are alive for good, as far as is known
}

// A collection is asked for if at least settleBytes may have died since the last one,
// settleAfter nanoseconds ago, while no more than settleCalls commands ran between
// two looks. What is still alive after settleTries of them, each after twice as
// long, is so for good: pools and loops let go of their memory a bit later.
const (
	settleBytes = 512 << 10
	settleAfter = int64(200e6)
	settleCalls = 100
	settleTries = 4
	settleEmpty = 1 << 20 // more than is alive in an empty server; a first look may come late
)

// settle is to be called some ten times a second, with the commands executed so
// far and the time in nanoseconds.
func (s *settler) settle(m stats.Memory, calls uint64, now int64) {
	busy := calls-s.calls > settleCalls
	s.calls = calls
	if s.cycles == 0 {
		s.floor = min(m.Live, settleEmpty)
	}
	if m.GCCycles != s.cycles {
		s.cycles, s.cycledAt = m.GCCycles, now
		if s.asked {
			s.tries++
		}
		if m.Live < s.floor+settleBytes || s.tries == settleTries {
			s.floor, s.tries = m.Live, 0
		}
		s.asked = false
	}
	if busy || s.asked || m.Live < s.floor+settleBytes || now-s.cycledAt < settleAfter<<s.tries {
		return
	}
	s.asked = true
	runtime.GC()
}
