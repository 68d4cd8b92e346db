package clock

import (
	"slices"
	"sync"
	"time"
)

// AfterFunc has f called, in a goroutine of its own, once d has passed by clock
// c. The returned function keeps that from happening if it has not begun yet.
func AfterFunc(c Clock, d time.Duration, f func()) (stop func()) {
	if m, ok := c.(*Manual); ok {
		return m.afterFunc(d, f)
	}
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// alarms are what a Manual clock calls when it is moved.
type alarms struct {
	mu   sync.Mutex
	list []*alarm
}

type alarm struct {
	at int64 // by the monotonic clock
	f  func()
}

func (m *Manual) afterFunc(d time.Duration, f func()) (stop func()) {
	a := &alarm{m.Mono() + int64(d), f}
	m.alarms.mu.Lock()
	defer m.alarms.mu.Unlock()
	m.alarms.list = append(m.alarms.list, a)
	return func() {
		m.alarms.mu.Lock()
		defer m.alarms.mu.Unlock()
		m.alarms.list = slices.DeleteFunc(m.alarms.list, func(o *alarm) bool { return o == a })
	}
}

// ring starts what is due at now.
func (s *alarms) ring(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = slices.DeleteFunc(s.list, func(a *alarm) bool {
		if a.at > now {
			return false
		}
		go a.f()
		return true
	})
}
