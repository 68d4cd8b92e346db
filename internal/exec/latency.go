package exec

import (
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/stats"
)

// latencies are how long the commands of a worker took, by Spec.ID.
//
// Of quick commands only some are timed (see Worker.run), and these stand for the
// others: how many there were in all is what stats.Command counts, less those that
// ran while nothing was tracked.
type latencies struct {
	times  []*stats.Histogram // nil where nothing was timed
	alone  []bool             // the next one is timed by itself, for none was yet
	missed []uint64           // calls before tracking was switched on
	off    []uint64           // all calls when it was switched off; nil while it is on
}

func newLatencies(commands int) latencies {
	l := latencies{times: make([]*stats.Histogram, commands), alone: make([]bool, commands)}
	l.missed, l.off = make([]uint64, commands), make([]uint64, commands)
	return l
}

// record counts a call that took nanos.
func (l *latencies) record(id int, nanos uint64) {
	if l.off != nil {
		return
	}
	h := l.times[id]
	if h == nil {
		h = new(stats.Histogram)
		l.times[id], l.alone[id] = h, false
	}
	h.Record(nanos, 1)
}

// track switches tracking on or off. calls are those so far.
func (l *latencies) track(on bool, calls []stats.Command) {
	if on == (l.off == nil) {
		return
	}
	for id := range calls {
		l.alone[id] = on && l.times[id] == nil
		if on {
			l.missed[id] += calls[id].Calls - l.off[id]
		}
	}
	if on {
		l.off = nil
		return
	}
	l.off = make([]uint64, len(calls))
	for id := range calls {
		l.off[id] = calls[id].Calls
	}
}

// reset forgets everything, when the calls are counted from zero again.
func (l *latencies) reset() {
	clear(l.times)
	clear(l.missed)
	clear(l.off)
	for id := range l.alone {
		l.alone[id] = l.off == nil
	}
}

// tracked is how many of so many calls ran while times were tracked.
func (l *latencies) tracked(id int, calls uint64) uint64 {
	if l.off != nil {
		calls = l.off[id]
	}
	return calls - l.missed[id]
}

// SettleTracking follows the setting latency-tracking. The caller has entered all
// shards, or serves nobody yet.
func (e *Engine) SettleTracking() {
	on := e.Config.Bool(config.LatencyTracking)
	e.eachWorker(func(w *Worker) { w.track(on, w.Commands) })
}

// Latency is how long the calls of a command took, given its Spec.ID: the times of
// some of them, and how many there were. It is nil if none is known. The caller has
// entered all shards.
func (e *Engine) Latency(id int) (h *stats.Histogram, calls uint64) {
	e.eachWorker(func(w *Worker) {
		o := w.times[id]
		if o == nil {
			return
		}
		if h == nil {
			h = new(stats.Histogram)
		}
		h.Add(o)
		calls += w.tracked(id, w.Commands[id].Calls)
	})
	return h, calls
}

// Delayed notes that an event took nanos, if that is as long as the setting
// latency-monitor-threshold says. Any goroutine may call it.
func (e *Engine) Delayed(event string, nanos int64) {
	limit := e.Config.Int(config.LatencyMonitorThreshold)
	if millis := nanos / 1e6; limit > 0 && millis >= limit {
		e.Host.Delays.Note(event, e.Clock.Wall()/1e6, millis)
	}
}

// delayEvent is as what a command's delays are noted.
func delayEvent(spec *command.Spec) string {
	if spec.Is(command.Fast) {
		return "fast-command"
	}
	return "command"
}
