package stats

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"

	"sigrun/internal/keyspace"
	"sigrun/internal/offheap"
)

// Memory is what the server takes, in bytes.
type Memory struct {
	Data     int64 // blocks off the Go heap: keys, values, tables
	Tables   int64 // the part of Data that is tables
	Mapped   int64 // what the system provides for Data
	Live     int64 // Go objects that the last collection found in use
	Steady   int64 // about as much as Live, but the same as long as that changes little
	Heap     int64 // Go objects, garbage among them
	Runtime  int64 // what the system provides for Go, the heap and all else
	Resident int64 // what of the process lies in memory
	Peak     int64 // the largest Used
	Startup  int64 // Used when the server was empty
	GCShare  float64
	GCCycles uint64 // collections so far
}

// Used is what is in use, as used_memory counts it.
func (m Memory) Used() int64 { return m.Data + m.Steady }

// Provided is what the system provides for what is in use.
func (m Memory) Provided() int64 { return m.Mapped + m.Runtime }

// Meter measures memory. The data is counted exactly at any time; the Go heap,
// which holds connections and little else, and what the system says are as old
// as the last Sample. It is safe for concurrent use.
type Meter struct {
	ks       *keyspace.Keyspace
	resident func() int64
	live     atomic.Int64
	peak     atomic.Int64
	startup  atomic.Int64

	mu     sync.Mutex
	values []metrics.Sample
	last   Memory
}

// The places in Meter.values.
const (
	liveAt = iota
	heapAt
	totalAt
	releasedAt
	gcAt
	cpuAt
	cyclesAt
)

// NewMeter returns a meter of ks and this process. resident tells what of the
// process lies in memory.
func NewMeter(ks *keyspace.Keyspace, resident func() int64) *Meter {
	m := &Meter{ks: ks, resident: resident, values: []metrics.Sample{
		liveAt:     {Name: "/gc/heap/live:bytes"},
		heapAt:     {Name: "/memory/classes/heap/objects:bytes"},
		totalAt:    {Name: "/memory/classes/total:bytes"},
		releasedAt: {Name: "/memory/classes/heap/released:bytes"},
		gcAt:       {Name: "/cpu/classes/gc/total:cpu-seconds"},
		cpuAt:      {Name: "/cpu/classes/total:cpu-seconds"},
		cyclesAt:   {Name: "/gc/cycles/total:gc-cycles"},
	}}
	runtime.GC() // before the first one nobody knows what is in use
	m.Sample()
	m.startup.Store(m.Used())
	return m
}

// Used is what is in use, as used_memory counts it. It is cheap enough to be
// asked for each command.
func (m *Meter) Used() int64 { return m.ks.Used() + m.live.Load() }

// noise is by how much the Go heap may differ from what is told of it, in bytes: what
// is garbage and what is not depends on when it is collected. Without it keys would
// be evicted for some buffers that come and go.
const noise = 256 << 10

// Sample measures what is not counted as it changes.
func (m *Meter) Sample() {
	m.mu.Lock()
	defer m.mu.Unlock()
	metrics.Read(m.values)
	bytes := func(i int) int64 { return int64(m.values[i].Value.Uint64()) }
	m.last = Memory{
		Live:     bytes(liveAt),
		Heap:     bytes(heapAt),
		Runtime:  bytes(totalAt) - bytes(releasedAt),
		Resident: m.resident(),
		GCCycles: m.values[cyclesAt].Value.Uint64(),
	}
	if cpu := m.values[cpuAt].Value.Float64(); cpu > 0 {
		m.last.GCShare = m.values[gcAt].Value.Float64() / cpu
	}
	if steady := m.live.Load(); m.last.Live > steady+noise || m.last.Live < steady-noise {
		m.live.Store(m.last.Live)
	}
	m.last.Steady = m.live.Load()
	m.notePeak()
}

// notePeak raises the peak if it is passed.
func (m *Meter) notePeak() {
	for used := m.Used(); ; {
		peak := m.peak.Load()
		if used <= peak || m.peak.CompareAndSwap(peak, used) {
			return
		}
	}
}

// Read returns the present figures.
func (m *Meter) Read() Memory {
	m.notePeak()
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.last
	r.Data, r.Mapped = m.ks.Used(), m.ks.Mapped()
	r.Tables = m.ks.UsedFor(offheap.Tables)
	r.Peak, r.Startup = m.peak.Load(), m.startup.Load()
	if r.Resident == 0 {
		r.Resident = r.Provided()
	}
	return r
}

// ResetPeak makes the present use the peak.
func (m *Meter) ResetPeak() { m.peak.Store(m.Used()) }
