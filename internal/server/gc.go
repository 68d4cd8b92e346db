package server

import "runtime/debug"

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
type gcTuner struct{ live int64 }

// tune takes the bytes of live objects. To change the setting stops the world
// for a moment, so small changes are passed over.
func (g *gcTuner) tune(live int64) {
	if live <= 0 || live > g.live*3/4 && live < g.live*5/4 {
		return
	}
	g.live = live
	debug.SetGCPercent(int(min(max(gcPercent, gcPercent*gcBallast/live), gcMost)))
}
