package netio

import (
	"testing"

	"sigrun/internal/rng"
)

// TestPolicy feeds series of samples and compares what is decided in each period.
func TestPolicy(t *testing.T) {
	type period struct {
		loops []sample
		idle  float64
		times int
	}
	busy := func(shares ...float64) (s []sample) {
		for _, b := range shares {
			s = append(s, sample{busy: b, work: b * 1e6})
		}
		return s
	}
	waiting := func(wait float64, shares ...float64) []sample {
		s := busy(shares...)
		for i := range s {
			s[i].wait = wait
		}
		return s
	}
	for _, tc := range []struct {
		name   string
		most   int
		series []period
		want   string
	}{
		{"idle", 4, []period{{busy(0.01), 4, 50}}, ""},
		{"busy, not saturated", 4, []period{{busy(0.85), 4, 50}}, ""},
		{"saturated for a moment", 4, []period{{busy(0.99), 4, 1}, {busy(0.5), 4, 5}, {busy(0.99), 4, 1}}, ""},
		{"saturated", 4, []period{{busy(0.99), 3, 2}}, "grow 0→1 "},
		{"saturated, only one allowed", 1, []period{{busy(0.99), 3, 9}}, ""},
		{"saturated, no CPU idle", 4, []period{{busy(0.99), 0.5, 50}}, ""},
		{"saturated, idle CPUs not known", 4, []period{{busy(0.99), -1, 2}}, "grow 0→1 "},
		{"saturated, but its thread waits", 4, []period{{waiting(0.2, 0.95), 4, 50}}, ""},
		{"an attempt that pays", 2, []period{{busy(0.99), 1, 2}, {busy(0.8, 0.8), 0.4, 40}}, "grow 0→1 "},
		{"an attempt that does not", 2, []period{{busy(0.99), 1, 2}, {busy(0.5, 0.5), 1, settle + trial}}, "grow 0→1 shrink 1→0 "},
		{"an attempt that crowds", 2, []period{{busy(0.99), 1, 2}, {waiting(0.4, 0.7, 0.7), 0, settle + crowdPeriod}}, "grow 0→1 shrink 1→0 "},
		{"no second attempt at once", 2, []period{
			{busy(0.99), 1, 2}, {busy(0.5, 0.5), 1, settle + trial}, {busy(0.99), 1, restMin - 1},
		}, "grow 0→1 shrink 1→0 "},
		{"a second attempt later", 2, []period{
			{busy(0.99), 1, 2}, {busy(0.5, 0.5), 1, settle + trial}, {busy(0.99), 1, restMin + 1},
		}, "grow 0→1 shrink 1→0 grow 0→1 "},
		{"a second attempt after a calm", 2, []period{
			{busy(0.99), 1, 2}, {busy(0.5, 0.5), 1, settle + trial}, {busy(0.99), 1, restMin + 1},
			{busy(0.5, 0.5), 1, settle + trial}, {busy(0.2), 1, settle + coldPeriods}, {busy(0.99), 1, hotPeriods},
		}, "grow 0→1 shrink 1→0 grow 0→1 shrink 1→0 grow 0→1 "},
		{"slack", 2, []period{{busy(0.28, 0.28), 1, coldPeriods}}, "shrink 1→0 "},
		{"slack for a moment", 2, []period{{busy(0.28, 0.28), 1, coldPeriods - 1}, {busy(0.5, 0.5), 1, 1}, {busy(0.28, 0.28), 1, 5}}, ""},
		{"crowded later", 2, []period{{busy(0.8, 0.8), 0, 5}, {waiting(0.3, 0.7, 0.7), 0, crowdPeriod}}, "shrink 1→0 "},
		{"one has it all", 2, []period{{busy(0.99, 0.1), 1, 2}}, "shift 0→1 "},
		{"the other has it all", 3, []period{{busy(0.3, 0.2, 0.99), 1, 2}}, "shift 2→1 "},
		{"all saturated", 4, []period{{busy(0.99, 0.95), 2, 2}}, "grow 0→2 "},
		{"fewer allowed", 1, []period{{busy(0.9, 0.9, 0.9), 2, 1}}, "shrink 2→0 "},
	} {
		var p policy
		got := ""
		for _, period := range tc.series {
			for range period.times {
				if d := p.next(period.loops, tc.most, period.idle); d.move != stay {
					got += d.String() + " "
				}
			}
		}
		if got != tc.want {
			t.Errorf("%s: decided %q, want %q", tc.name, got, tc.want)
		}
	}
}

// machine is a model of a saturating benchmark: clients and loops share CPUs.
type machine struct {
	cpus    float64
	clients float64 // threads of clients; each runs whenever it can
	client  float64 // client CPU per operation, in microseconds
	server  float64 // server CPU per operation with one loop
	dearer  float64 // factor of server with each further loop
	demand  float64 // operations per second that are asked for; 0 for as many as can be
}

// run returns the samples for n loops in use, the idle CPUs and the rate.
func (m machine) run(n int, noise *rng.Source) (s []sample, idle, rate float64) {
	cost := m.server
	for range n - 1 {
		cost *= m.dearer
	}
	rate = m.cpus * 1e6 / (cost + m.client)        // what the CPUs allow
	rate = min(rate, float64(n)*1e6/cost)          // what the loops allow
	rate = min(rate, m.clients*1e6/m.client)       // what the clients allow
	threads := float64(n) + m.clients              //
	wait := max(0, threads-m.cpus) / threads * 0.5 // half of the excess waits at any time
	if m.demand > 0 && m.demand < rate {
		rate, wait = m.demand, 0
	}
	for range n {
		jitter := 0.97 + 0.03*noise.Float64()
		s = append(s, sample{busy: jitter * rate * cost / 1e6 / float64(n), wait: wait, work: rate * 100 * jitter / float64(n)})
	}
	return s, m.cpus - rate*(cost+m.client)/1e6, rate
}

// TestPolicySettles runs the policy against the model and looks at where it settles.
func TestPolicySettles(t *testing.T) {
	for _, tc := range []struct {
		name     string
		m        machine
		most     int
		min, max float64 // mean number of loops in the last half
		moves    int     // at most so many changes in a minute
	}{
		{"light on two CPUs", machine{2, 1, 0.9, 0.8, 1.4, 0}, 2, 1, 1, 0},
		{"the client needs half of a CPU", machine{2, 1, 0.5, 1, 1.4, 0}, 2, 1, 1, 0},
		{"heavy on two CPUs", machine{2, 1, 3, 40, 1.05, 0}, 2, 1.95, 2, 1},
		{"light on many CPUs, many clients", machine{16, 8, 1, 1, 1.3, 0}, 8, 2.9, 4, 16},
		{"heavy on many CPUs", machine{16, 4, 1, 40, 1.02, 0}, 8, 7.9, 8, 7},
		{"nothing to do", machine{16, 4, 1, 40, 1.02, 100}, 8, 1, 1, 0},
		{"a loop and a half of work", machine{8, 2, 1, 30, 1.05, 50_000}, 8, 1.9, 2.1, 1},
		{"loops in each other's way", machine{8, 2, 1, 10, 2.1, 0}, 8, 1, 1.2, 24},
	} {
		seed := uint64(7)
		noise := rng.New(seed)
		var p policy
		loops, moves, sum := 1, 0, 0
		const periods = 600
		for i := range periods {
			s, idle, _ := tc.m.run(loops, noise)
			d := p.next(s, tc.most, idle)
			switch d.move {
			case grow:
				loops++
				moves++
			case shrink:
				loops--
				moves++
			}
			if i >= periods/2 {
				sum += loops
			}
		}
		mean := float64(sum) / (periods / 2)
		if mean < tc.min || mean > tc.max || moves > tc.moves {
			t.Errorf("%s (seed %d): %.2f loops after %d moves; want %.1f to %.1f, %d moves", tc.name, seed, mean, moves, tc.min, tc.max, tc.moves)
		}
	}
}
