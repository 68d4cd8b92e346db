package stats

import (
	"maps"
	"slices"
	"sync"
)

// Delay is the longest time that an event took within a second.
type Delay struct {
	Time   int64 // Unix seconds
	Millis int64
}

// keptDelays is how many delays of an event are kept.
const keptDelays = 160

// Delays are those of one event.
type Delays struct {
	Recent []Delay // oldest first
	Max    int64   // milliseconds, of all that were ever noted,
	Sum    int64   // as is this
	Count  int64   // and how many those are
}

// LatencyMonitor remembers what took longer than somebody wanted to know of, by the
// name of the event. It is safe for concurrent use; the zero value is ready.
type LatencyMonitor struct {
	mu     sync.Mutex
	events map[string]*Delays
}

// Note notes that an event took millis at now, in Unix seconds.
func (m *LatencyMonitor) Note(event string, now, millis int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.events == nil {
		m.events = map[string]*Delays{}
	}
	d := m.events[event]
	if d == nil {
		d = &Delays{}
		m.events[event] = d
	}
	d.Max = max(d.Max, millis)
	d.Sum += millis
	d.Count++
	if n := len(d.Recent); n > 0 && d.Recent[n-1].Time == now {
		d.Recent[n-1].Millis = max(d.Recent[n-1].Millis, millis)
		return
	}
	if len(d.Recent) == keptDelays {
		copy(d.Recent, d.Recent[1:])
		d.Recent = d.Recent[:keptDelays-1]
	}
	d.Recent = append(d.Recent, Delay{now, millis})
}

// Events are the names of all events with delays, sorted.
func (m *LatencyMonitor) Events() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.events))
}

// Get is a copy of the delays of an event.
func (m *LatencyMonitor) Get(event string) (_ Delays, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.events[event]
	if d == nil {
		return Delays{}, false
	}
	c := *d
	c.Recent = slices.Clone(d.Recent)
	return c, true
}

// Reset forgets the delays of an event and reports whether there were any.
func (m *LatencyMonitor) Reset(event string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.events[event]
	delete(m.events, event)
	return ok
}
