package stats

import "sync/atomic"

// rateSamples is over how many samples a rate is averaged.
const rateSamples = 16

// Rate is how fast a count grows, averaged over its last samples. One goroutine
// adds samples; any may ask.
type Rate struct {
	seen    bool
	last    int64 // the count, at
	lastAt  int64 // monotonic nanoseconds
	samples [rateSamples]float64
	next    int
	mean    atomic.Int64 // thousandths per second
}

// Add tells what the count is at a moment of the monotonic clock.
func (r *Rate) Add(count, now int64) {
	if r.seen && now > r.lastAt {
		grown := max(count-r.last, 0) // a count may have been reset
		r.samples[r.next] = float64(grown) * 1e9 / float64(now-r.lastAt)
		r.next = (r.next + 1) % rateSamples
		sum := 0.0
		for _, s := range r.samples {
			sum += s
		}
		r.mean.Store(int64(sum / rateSamples * 1000))
	}
	r.seen, r.last, r.lastAt = true, count, now
}

// PerSecond is the rate.
func (r *Rate) PerSecond() float64 { return float64(r.mean.Load()) / 1000 }

// Rates are the rates that INFO tells.
type Rates struct {
	Calls, NetIn, NetOut Rate
	Turns, Busy          Rate // of all event loops: turns, and nanoseconds on a CPU
}
