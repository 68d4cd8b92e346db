package stats_test

import (
	"slices"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"

	"sigrun/internal/rng"
	"sigrun/internal/stats"
)

// TestHistogram compares answers with those of another implementation.
func TestHistogram(t *testing.T) {
	const seed = 7
	r := rng.New(seed)
	for round := range 30 {
		var h, other stats.Histogram
		want := hdrhistogram.New(1, 1e9, 2)
		for range 1 + r.Uint64n(2000) {
			nanos := r.Uint64n(2_000_000_000) >> r.Uint64n(32)
			n := 1 + r.Uint64n(3)
			to := &h
			if nanos%2 == 0 {
				to = &other
			}
			to.Record(nanos, n)
			if err := want.RecordValues(int64(min(max(nanos, 1), 1e9)), int64(n)); err != nil {
				t.Fatal(err)
			}
		}
		h.Add(&other)
		if h.Total() != uint64(want.TotalCount()) {
			t.Fatalf("seed %d, round %d: %d times, want %d", seed, round, h.Total(), want.TotalCount())
		}
		for _, p := range []float64{0.1, 1, 12.5, 50, 90, 99, 99.9, 100} {
			if got, want := h.Percentile(p), want.ValueAtQuantile(p); got != uint64(want) {
				t.Errorf("seed %d, round %d: %v %% take up to %d ns, want %d", seed, round, p, got, want)
			}
		}
		if got, want := h.Percentile(0), want.Min(); got != uint64(want) {
			t.Errorf("seed %d, round %d: the shortest is %d ns, want %d", seed, round, got, want)
		}
	}
}

// TestSteps has the figures of a real server.
func TestSteps(t *testing.T) {
	type step struct{ nanos, count uint64 }
	for _, c := range []struct {
		times []uint64
		want  []step
	}{
		{nil, nil},
		{[]uint64{2000, 3000, 13000}, []step{{2063, 1}, {4127, 2}, {16511, 3}}},
		{[]uint64{20_000}, []step{{33023, 1}}},
		{[]uint64{110_000_000, 800_000_000, 2_000_000_000}, []step{{135266303, 1}, {1073741823, 3}}},
	} {
		var h stats.Histogram
		for _, n := range c.times {
			h.Record(n, 1)
		}
		var got []step
		h.Steps(func(nanos, count uint64) { got = append(got, step{nanos, count}) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.times, got, c.want)
		}
	}
}

func TestLatencyMonitor(t *testing.T) {
	var m stats.LatencyMonitor
	for _, d := range []stats.Delay{{100, 5}, {100, 9}, {100, 7}, {101, 3}} {
		m.Note("command", d.Time, d.Millis)
	}
	m.Note("other", 100, 1)
	d, ok := m.Get("command")
	if want := []stats.Delay{{100, 9}, {101, 3}}; !ok || !slices.Equal(d.Recent, want) || d.Max != 9 || d.Sum != 24 || d.Count != 4 {
		t.Errorf("delays are %+v, recent ones wanted: %v", d, want)
	}
	for i := range int64(1000) {
		m.Note("command", 200+i, i)
	}
	if d, _ = m.Get("command"); len(d.Recent) != 160 || d.Recent[159].Millis != 999 || d.Recent[0].Millis != 840 {
		t.Errorf("%d delays are kept, the last %v", len(d.Recent), d.Recent[len(d.Recent)-1])
	}
	if got := m.Events(); !slices.Equal(got, []string{"command", "other"}) {
		t.Errorf("events are %v", got)
	}
	if !m.Reset("command") || m.Reset("command") || len(m.Events()) != 1 {
		t.Error("an event is not forgotten, or twice")
	}
}
