//go:build linux && !portable

package netio

import "testing"

// busyTurns are turns of a loop that runs dry although many clients pipeline.
func busyTurns(m *moderator, ready, requests int) {
	for range pauseTurns {
		m.turn(ready, requests)
	}
}

func TestModeratorPauses(t *testing.T) {
	for _, c := range []struct {
		name                           string
		turns, ready, requests, active int
		want                           bool
	}{
		{"pipelines of many clients", pauseTurns, 2, 32, 50, true},
		{"a loop that mostly sleeps", pauseTurns - 1, 2, 32, 50, false},
		{"single requests", pauseTurns, 2, 2, 50, false},
		{"few clients", pauseTurns, 2, 32, pauseActive - 1, false},
		{"long turns", pauseTurns, pauseReady + 1, 16 * (pauseReady + 1), 50, false},
	} {
		var m moderator
		for range c.active {
			m.sent()
		}
		m.epoch()
		for range c.turns {
			m.turn(c.ready, c.requests)
		}
		if got := m.pause(); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// TestModeratorBacksOff: pauses that don't pay become rare, and come back when
// one pays.
func TestModeratorBacksOff(t *testing.T) {
	m := moderator{active: 20}
	pauses := func(rounds, gathered int) (n int) {
		for range rounds {
			busyTurns(&m, 1, 16)
			if m.pause() {
				n++
				m.gathered(gathered)
			}
		}
		return n
	}
	for _, useless := range []int{0, 2, 11} {
		m = moderator{active: 20}
		if n := pauses(1000, useless); n > 12 {
			t.Errorf("%d pauses in 1000 rounds after which %d were ready", n, useless)
		}
	}
	if n := pauses(penaltyMost+1, 5); n == 0 {
		t.Error("no pause is tried again")
	}
	if n := pauses(100, 5); n != 100 {
		t.Errorf("%d pauses in 100 rounds that pay", n)
	}
}
