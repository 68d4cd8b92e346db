// Package clock is the only reader of time in the project. Everything else is
// given a Clock, so that tests can move it.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time. Implementations are safe for concurrent use.
type Clock interface {
	// Wall is the wall clock in microseconds since the Unix epoch. It may jump.
	Wall() int64
	// Mono is a monotonic clock in nanoseconds since some fixed instant.
	Mono() int64
}

// Real is the machine's clock.
var Real Clock = realClock{}

type realClock struct{}

var start = time.Now()

func (realClock) Wall() int64 { return time.Now().UnixMicro() }
func (realClock) Mono() int64 { return int64(time.Since(start)) }

// Manual is a clock that moves only when told to. Both its clocks move together.
type Manual struct {
	mu     sync.Mutex
	wall   int64
	mono   int64
	alarms alarms
}

// NewManual returns a clock that stands at wall microseconds since the epoch.
func NewManual(wall int64) *Manual { return &Manual{wall: wall, mono: 1} }

// Wall implements Clock.
func (m *Manual) Wall() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wall
}

// Mono implements Clock.
func (m *Manual) Mono() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mono
}

// Advance moves both clocks forward by d. A negative d moves only the wall clock.
func (m *Manual) Advance(d time.Duration) {
	m.alarms.ring(m.move(d))
}

func (m *Manual) move(d time.Duration) (mono int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wall += d.Microseconds()
	if d > 0 {
		m.mono += int64(d)
	}
	return m.mono
}

// Millis is c's wall clock in milliseconds since the Unix epoch.
func Millis(c Clock) int64 { return c.Wall() / 1000 }
