package keyspace

import (
	"sync/atomic"

	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
)

// Policy says which keys may be evicted and which goes first.
type Policy uint8

// The policies of maxmemory-policy.
const (
	NoEviction Policy = iota
	VolatileLRU
	VolatileLFU
	VolatileRandom
	VolatileTTL
	AllKeysLRU
	AllKeysLFU
	AllKeysRandom
)

func (p Policy) lfu() bool      { return p == VolatileLFU || p == AllKeysLFU }
func (p Policy) random() bool   { return p == VolatileRandom || p == AllKeysRandom }
func (p Policy) volatile() bool { return p >= VolatileLRU && p <= VolatileTTL }

// policy is how keys age and are chosen for eviction; changed at any time.
type policy struct {
	kind      atomic.Uint32
	samples   atomic.Int32
	logFactor atomic.Int32
	decay     atomic.Int32 // minutes
}

func (p *policy) init(*Keyspace) {
	p.samples.Store(5)
	p.logFactor.Store(10)
	p.decay.Store(1)
}

// SetPolicy changes how keys are chosen for eviction: samples as
// maxmemory-samples, logFactor and decay (minutes) as lfu-log-factor and
// lfu-decay-time.
func (ks *Keyspace) SetPolicy(p Policy, samples, logFactor, decay int) {
	ks.policy.kind.Store(uint32(p))
	ks.policy.samples.Store(int32(samples))
	ks.policy.logFactor.Store(int32(logFactor))
	ks.policy.decay.Store(int32(decay))
}

// Policy is the current policy.
func (ks *Keyspace) Policy() Policy { return Policy(ks.policy.kind.Load()) }

const (
	accessMask = 1<<24 - 1
	lfuInitial = 5 // of a new key, so that it isn't evicted at once
)

// accessClock is the policy's view of one moment: what the 24 access bits of a
// record mean and become. Under an LRU policy they are the clock in seconds at
// the last access; under LFU 16 bits of minutes when the counter last decayed
// and 8 bits of a logarithmic counter (antirez's Morris counter).
type accessClock struct {
	lru     uint32
	minutes uint32
	lfu     bool
	factor  uint32
	decay   uint32
	random  uint64
}

func (a *accessClock) set(ms int64, p *policy) {
	a.lru = uint32(ms/1000) & accessMask
	if a.lfu = Policy(p.kind.Load()).lfu(); a.lfu {
		a.minutes = uint32(ms/60000) & 0xffff
		a.factor, a.decay = uint32(p.logFactor.Load()), uint32(p.decay.Load())
	}
	if a.random == 0 {
		a.random = dict.Hash([]byte("access")) | 1
	}
}

// touch notes an access to r.
func (a *accessClock) touch(r dict.Rec) {
	v := a.lru
	if a.lfu {
		v = a.minutes<<8 | a.increment(a.decayed(r.Access()))
	}
	if r.Access() != v {
		r.SetAccess(v)
	}
}

// fresh is the access value of a new record.
func (a *accessClock) fresh() uint32 {
	if a.lfu {
		return a.minutes<<8 | lfuInitial
	}
	return a.lru
}

// decayed is the counter in v, less one for each decay period since it last decayed.
func (a *accessClock) decayed(v uint32) uint32 {
	counter := v & 0xff
	if a.decay == 0 {
		return counter
	}
	periods := (a.minutes - v>>8) & 0xffff / a.decay
	return counter - min(periods, counter)
}

// increment raises the counter with a probability that falls as it grows.
func (a *accessClock) increment(counter uint32) uint32 {
	if counter == 255 {
		return 255
	}
	a.random ^= a.random << 13
	a.random ^= a.random >> 7
	a.random ^= a.random << 17
	base := max(counter, lfuInitial) - lfuInitial
	if float64(a.random>>11)/(1<<53)*float64(base*a.factor+1) < 1 {
		counter++
	}
	return counter
}

// idle is how many seconds ago r was last accessed, under an LRU policy.
func (a *accessClock) idle(r dict.Rec) uint32 { return (a.lru - r.Access()) & accessMask }

// AccessReader tells what the access bits of records mean at one moment. It may
// be used by several goroutines at once.
type AccessReader struct {
	clock accessClock
	kind  Policy
}

// AccessReader returns one for t's time and the current policy.
func (t *Txn) AccessReader() AccessReader { return AccessReader{t.access, t.ks.Policy()} }

// Idle is how many seconds ago r was accessed; ok is false unless an LRU policy
// rules.
func (a *AccessReader) Idle(r dict.Rec) (seconds int64, ok bool) {
	return int64(a.clock.idle(r)), a.kind == VolatileLRU || a.kind == AllKeysLRU
}

// Frequency is the decayed counter of r; ok is false unless an LFU policy rules.
func (a *AccessReader) Frequency(r dict.Rec) (counter uint8, ok bool) {
	if !a.clock.lfu {
		return 0, false
	}
	return uint8(a.clock.decayed(r.Access())), true
}

// IdleSeconds is how long ago r was accessed, under an LRU policy.
func (t *Txn) IdleSeconds(r dict.Rec) int64 { return int64(t.access.idle(r)) }

// Frequency is the decayed counter of r, under an LFU policy.
func (t *Txn) Frequency(r dict.Rec) uint8 { return uint8(t.access.decayed(r.Access())) }

// SetIdle makes k seem to have been accessed that many seconds ago, if an LRU policy rules.
func (t *Txn) SetIdle(k Key, seconds int64) {
	var l loc
	if t.find(k, &l) && !t.access.lfu {
		l.object().Rec.SetAccess((t.access.lru - uint32(min(seconds, accessMask))) & accessMask)
	}
}

// SetFrequency sets the counter of k, if an LFU policy rules.
func (t *Txn) SetFrequency(k Key, counter uint8) {
	var l loc
	if t.find(k, &l) && t.access.lfu {
		l.object().Rec.SetAccess(t.access.minutes<<8 | uint32(counter))
	}
}

// poolSize is how many good candidates an Evictor remembers from earlier samples.
const poolSize = 16

type candidate struct {
	score uint64 // the higher, the sooner it goes
	db    int
	hash  uint64
	key   []byte
}

// Evictor chooses keys to evict: it samples some keys of each database, keeps
// the best candidates of all samples so far, and takes the best of them.
type Evictor struct {
	pool   []candidate // by ascending score
	random *rng.Source
	refs   []offheap.Ref
	nextDB int
	quiet  []uint8  // samples for which a database that had nothing to give is left out
	spare  [][]byte // of candidates that are gone, for new ones
}

// quietSamples is for how many samples a database is left out that had no key
// that may go: most have none, and to look costs as much as to evict.
const quietSamples = 64

// NewEvictor returns an evictor for one owner.
func NewEvictor() *Evictor { return &Evictor{random: rng.NewRandom()} }

// Evict deletes one key as the policy says and returns its size in bytes; 0 if
// there is none that may go. The owner of t holds its gate and has no shard
// entered.
func (e *Evictor) Evict(t *Txn) int64 {
	p := t.ks.Policy()
	here := t.db
	defer func() { t.db = here }()
	for range 100 {
		if !e.sample(t, p) {
			clear(e.quiet)
			if !e.sample(t, p) {
				return 0
			}
		}
		for n := len(e.pool); n > 0; n-- {
			c := e.pool[n-1]
			e.pool = e.pool[:n-1]
			size := e.take(t, p, c)
			e.spare = append(e.spare, c.key)
			if size > 0 {
				return size
			}
			if p.random() {
				break
			}
		}
	}
	return 0
}

// take evicts candidate c if it is still there.
func (e *Evictor) take(t *Txn, p Policy, c candidate) int64 {
	t.db = c.db
	t.EnterOne(c.hash)
	defer t.Leave()
	k := Key{c.key, c.hash}
	var l loc
	if !t.find(k, &l) || p.volatile() && !l.object().Rec.HasExpiry() {
		return 0
	}
	before := l.sh.heap.Used()
	later := int64(0) // what will be freed, but not now
	if o := l.object(); lazily(o) {
		later = int64(o.Class().Outside(o))
	}
	t.vanish(&l, k, Evicted)
	return before - l.sh.heap.Used() + later
}

// sample looks at some keys of each database and reports whether there were any.
func (e *Evictor) sample(t *Txn, p Policy) (any bool) {
	if p.random() {
		e.pool = e.pool[:0]
	}
	ks := t.ks
	if len(e.quiet) < ks.dbs {
		e.quiet = make([]uint8, ks.dbs)
	}
	want := int(ks.policy.samples.Load())
	if p.random() {
		want = 1
	}
	for range ks.dbs {
		t.db = e.nextDB
		e.nextDB = (e.nextDB + 1) % ks.dbs
		if e.quiet[t.db] > 0 {
			e.quiet[t.db]--
			continue
		}
		start := int(e.random.Uint64n(uint64(len(ks.shards))))
		got := 0
		for i := 0; i < len(ks.shards) && got == 0; i++ {
			got = e.sampleShard(t, p, (start+i)%len(ks.shards), want)
		}
		if got == 0 {
			e.quiet[t.db] = quietSamples
		}
		any = any || got > 0
		if any && p.random() {
			break
		}
	}
	return any
}

// sampleShard offers some keys of one shard to the pool and returns how many.
func (e *Evictor) sampleShard(t *Txn, p Policy, shard, want int) (got int) {
	sh := t.ks.shards[shard]
	d := &sh.tables[t.db].d
	t.enterShard(sh)
	defer t.Leave()
	if d.Len() == 0 || p.volatile() && d.Expires() == 0 {
		return 0
	}
	pos := e.random.Uint64()
	for buckets := 0; got < want && buckets < 64+d.Len(); buckets++ {
		if p.volatile() && !d.Volatile(sh.heap, pos) {
			pos = e.random.Uint64()
			continue
		}
		e.refs, pos = d.Scan(sh.heap, pos, e.refs[:0])
		e.shuffle()
		for _, r := range e.refs {
			rec := dict.At(sh.heap, r)
			if got == want {
				break
			}
			if p.volatile() && !rec.HasExpiry() {
				continue
			}
			got++
			e.offer(t, p, rec)
		}
	}
	return got
}

func (e *Evictor) shuffle() {
	for i := len(e.refs) - 1; i > 0; i-- {
		j := int(e.random.Uint64n(uint64(i + 1)))
		e.refs[i], e.refs[j] = e.refs[j], e.refs[i]
	}
}

// offer puts r into the pool if it is a better candidate than the worst there.
func (e *Evictor) offer(t *Txn, p Policy, r dict.Rec) {
	score := t.score(p, r)
	if len(e.pool) == poolSize {
		if score <= e.pool[0].score {
			return
		}
		e.spare = append(e.spare, e.pool[0].key)
		e.pool = append(e.pool[:0], e.pool[1:]...)
	}
	hash := dict.Hash(r.Key())
	for _, c := range e.pool {
		if c.hash == hash && c.db == t.db {
			return
		}
	}
	c := candidate{score: score, db: t.db, hash: hash, key: append(e.room(), r.Key()...)}
	i := len(e.pool)
	e.pool = append(e.pool, c)
	for ; i > 0 && e.pool[i-1].score > score; i-- {
		e.pool[i] = e.pool[i-1]
	}
	e.pool[i] = c
}

// room is space for the key of a candidate.
func (e *Evictor) room() []byte {
	n := len(e.spare)
	if n == 0 {
		return nil
	}
	b := e.spare[n-1]
	e.spare = e.spare[:n-1]
	if cap(b) > maxSpare {
		return nil
	}
	return b[:0]
}

// maxSpare is the longest key whose space is used again.
const maxSpare = 1 << 10

// score says how soon r should go.
func (t *Txn) score(p Policy, r dict.Rec) uint64 {
	switch {
	case p.lfu():
		return uint64(255 - t.Frequency(r))
	case p == VolatileTTL:
		return 1<<63 - uint64(r.Expiry())
	case p.random():
		return 0
	}
	return uint64(t.access.idle(r))
}
