package clock

import "time"

// Pacing is about the machine, not about the time that a Clock tells: a test
// that moves its clock still waits as long as it takes.

// NewTicker returns a ticker of the machine's time. Its owner stops it.
func NewTicker(d time.Duration) *time.Ticker { return time.NewTicker(d) }

// Sleep lets d of the machine's time pass.
func Sleep(d time.Duration) { time.Sleep(d) }
