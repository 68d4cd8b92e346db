package stats

import (
	"sync/atomic"

	"sigrun/internal/rng"
)

// Host is what is known of a server beside its data and its clients: who it
// is, what it takes of the machine, and what its periodic work has done.
type Host struct {
	RunID      string // 40 hexadecimal digits
	Executable string // absolute name
	PID        int
	Started    int64 // Unix milliseconds
	Machine    Machine
	Meter      *Meter
	Rates      Rates
	Cycle      Cycle
	Knobs      Knobs
	Delays     LatencyMonitor

	replID atomic.Pointer[string]
}

// ReplID is the replication id: 40 hexadecimal digits that name the history of
// the data.
func (h *Host) ReplID() string {
	if id := h.replID.Load(); id != nil {
		return *id
	}
	h.replID.CompareAndSwap(nil, newID())
	return *h.replID.Load()
}

// ChangeReplID begins another history.
func (h *Host) ChangeReplID() { h.replID.Store(newID()) }

func newID() *string {
	id := rng.Hex(40)
	return &id
}

// Machine answers questions about the system and about the process as the
// system sees it. What the system doesn't tell is 0.
type Machine struct {
	OS          string        // name, release and architecture
	TotalMemory int64         // bytes
	RSS         func() int64  // bytes of the process that lie in memory
	CPU         func() Usages // time that the process has run

	// Thread is how long a thread has run, in microseconds, and whether that is
	// known. Nil where the system tells nothing of threads.
	Thread func(id int) (system, user int64, ok bool)
}

// Usages are times on CPUs in microseconds.
type Usages struct {
	System, User                 int64
	ChildrenSystem, ChildrenUser int64
}

// Cycle counts what the periodic work did. It is safe for concurrent use.
type Cycle struct {
	ExpireMicros   atomic.Int64 // spent on looking for expired keys
	ExpireCapped   atomic.Int64 // times that the search ended because its time was up
	StalePerMille  atomic.Int64 // of the keys with an expiry, those found expired, averaged
	EvictionNanos  atomic.Int64 // spent over the limit of memory, before now
	EvictionSince  atomic.Int64 // monotonic nanoseconds since when memory is over its limit; 0 if it isn't
	EvictedClients atomic.Int64
	LazyFreed      atomic.Int64 // objects freed in the background
	ScavengedBytes atomic.Int64 // given back to the system
}

// Reset sets the counts to zero that CONFIG RESETSTAT does.
func (c *Cycle) Reset() {
	for _, n := range []*atomic.Int64{&c.ExpireMicros, &c.ExpireCapped, &c.StalePerMille, &c.EvictionNanos, &c.EvictedClients, &c.LazyFreed} {
		n.Store(0)
	}
}

// Knobs are what DEBUG turns.
type Knobs struct {
	NoActiveExpire atomic.Bool // expired keys stay until somebody asks for them
	NoCron         atomic.Bool // no periodic work at all
	NoChecksum     atomic.Bool // RDB files and payloads are read without checking their sums
}
