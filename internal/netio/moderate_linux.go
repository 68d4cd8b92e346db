//go:build linux && !portable

package netio

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// moderator decides when a loop lets input gather before it looks for more.
//
// A loop that is quicker than its clients runs out of input every few requests.
// Each time it goes to sleep and is woken again, which costs it and the client as
// much as some dozens of commands. If many clients send pipelines and few of them
// are ready at a time, a pause of some microseconds instead has several ready at
// once, and holds none of them up: their turn comes when the others' is over. It is
// what network cards do and call interrupt moderation. Measured with 50 clients and
// pipelines of 16: 9 % less processor time per command, 5 % more commands a second,
// a median reply 10 µs later, and the slowest percent of them earlier.
//
// A pause that few clients used, or most of them (who then waited for it), did not
// pay; the next ones are left out, twice as many after each such.
type moderator struct {
	turns   int // with input since the loop last slept or paused
	ready   int // connections that had input in the last one
	bulk    int // requests that they brought
	active  int // connections that sent something in the last epoch,
	counted int // and in this one so far
	skip    int // pauses to leave out
	penalty int // and how many the next time
}

const (
	pauseNs     = 20_000 // to which the system adds up to 50 µs as it likes
	pauseTurns  = 3      // a loop that sleeps after fewer turns is not busy
	pauseReady  = 4      // if more are ready, turns are long enough
	pauseBulk   = 8      // requests per connection that make a pipeline
	pauseActive = 16     // with fewer clients each one waits for the loop
	penaltyMost = 255
)

// sent counts a connection's first input in an epoch.
func (m *moderator) sent() { m.counted++ }

// epoch begins a new epoch.
func (m *moderator) epoch() { m.active, m.counted = m.counted, 0 }

// turn notes a turn of so many connections and their requests.
func (m *moderator) turn(ready, requests int) {
	m.turns++
	m.ready, m.bulk = ready, requests
}

// pause reports whether to let input gather, now that there is none.
func (m *moderator) pause() bool {
	busy := m.turns >= pauseTurns
	m.turns = 0
	if !busy || m.active < pauseActive || m.ready > pauseReady || m.bulk < pauseBulk*m.ready {
		return false
	}
	if m.skip > 0 {
		m.skip--
		return false
	}
	return true
}

// gathered notes how many connections had input after a pause.
func (m *moderator) gathered(n int) {
	if n >= 3 && 2*n <= m.active {
		m.penalty = 0
	} else {
		m.penalty = min(2*m.penalty+1, penaltyMost)
	}
	m.skip = m.penalty
}

// takeBreath pauses and returns how many events there are then.
func (e *epollLoop) takeBreath() int {
	ts := unix.NsecToTimespec(pauseNs)
	// Raw: short enough not to tell the scheduler. A signal may end it early.
	_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0)
	n := e.pollNow()
	e.moderator.gathered(n)
	return n
}
