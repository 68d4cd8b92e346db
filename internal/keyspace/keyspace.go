// Package keyspace holds the data: databases of keys, divided into shards, and
// the only way to them, the Txn.
//
// A key's hash chooses its shard; a shard has a lock, a heap and one table per
// database. A Txn enters the shards of all keys that it names, in ascending
// order, and everything that it does is one atomic step to all others. Nobody
// outside this package knows that locks exist.
//
// Entering every shard at once (a script, FLUSHALL, the cut of a snapshot) takes
// no shard lock: everybody who enters shards holds a Gate meanwhile, one per
// event loop or background worker, and a global Txn takes all gates. A loop
// holds its gate for a batch of commands, so the gates cost it one uncontended
// lock per batch.
//
// Snapshots don't fork: see cut.go. Expiry and eviction: expire.go, evict.go.
//
// Invariants: (1) a record is read or changed only by a Txn that has entered
// its shard; (2) every record that is older than the current cut and about to
// change or vanish goes to the cut first; (3) whatever a Txn keeps of a key or a
// value it has copied, for arguments are views into a read buffer.
package keyspace

import (
	"errors"
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"

	"sigrun/internal/clock"
	"sigrun/internal/ds/dict"
	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// MaxShards is the largest number of shards.
const MaxShards = 256

// Options of a Keyspace.
type Options struct {
	Databases int         // at least 1
	Shards    int         // rounded up to a power of two; 0 means 16
	Clock     clock.Clock // nil means clock.Real
}

// Keyspace is all databases. Its methods may be called from any goroutine.
type Keyspace struct {
	space     *offheap.Space
	shards    []*shard
	shardBits uint
	databases int
	slots     slots
	dbs       int // slots for which all shards have tables; changes with all shards entered
	clock     clock.Clock
	gates     gates
	policy    policy
	cut       atomic.Pointer[Cut]
	epoch     atomic.Uint32 // its lowest bit is the epoch bit of records that the current cut needs no more
	trash     trash
	keepDead  atomic.Bool // expired keys are hidden, not deleted (a replica, or writes are paused)

	waitingKeys atomic.Int64 // for which somebody waits
	waitingGone atomic.Int64 // of them those with a Waiter that is Gone
	lazyFreed   atomic.Int64 // values left to the trash
}

// shard is a part of the keyspace. Its fields belong to whoever has entered it.
type shard struct {
	mu      sync.Mutex
	heap    *offheap.Heap
	tables  []*table // by slot, see databases.go
	fresh   []*table // behind them
	watched map[watchKey][]*watched
	waiting map[watchKey]*queue
	frozen  map[unsafe.Pointer]*frozen // values that are being saved, by their tables
	holder  atomic.Pointer[Txn]        // in builds with invariants: who has entered
	index   int                        // its place among the shards; never changes
	_       [8]byte
}

// table is one database's part in a shard.
type table struct {
	d    dict.Dict
	cut  *Cut // the current one, if the table is part of it
	home int  // the database that it served then
}

// Key is a key with its hash. Its bytes belong to the caller.
type Key struct {
	B    []byte
	Hash uint64
}

// KeyOf hashes b.
func KeyOf(b []byte) Key { return Key{b, dict.Hash(b)} }

// New returns an empty keyspace.
func New(o Options) (*Keyspace, error) {
	if o.Databases < 1 {
		return nil, errors.New("keyspace: no databases")
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Shards == 0 {
		o.Shards = 16
	}
	space, err := offheap.NewSpace(offheap.Options{})
	if err != nil {
		return nil, fmt.Errorf("keyspace: %w", err)
	}
	ks := &Keyspace{space: space, databases: o.Databases, dbs: min(o.Databases, nearDatabases), clock: o.Clock}
	ks.slots.count.Store(int32(ks.dbs))
	ks.shardBits = uint(bits.Len(uint(min(o.Shards, MaxShards) - 1)))
	for i := range 1 << ks.shardBits {
		sh := &shard{index: i, heap: offheap.NewHeap(space, uint16(i)), tables: make([]*table, ks.dbs)}
		for db := range sh.tables {
			sh.tables[db] = ks.newTable()
		}
		ks.shards = append(ks.shards, sh)
	}
	ks.policy.init(ks)
	ks.trash.init(ks)
	return ks, nil
}

func (ks *Keyspace) newTable() *table { return &table{d: dict.New(uint8(ks.shardBits))} }

// Close gives all memory back to the system. No Txn may be open.
func (ks *Keyspace) Close() error {
	ks.trash.close()
	return ks.space.Close()
}

// Databases is the number of databases.
func (ks *Keyspace) Databases() int { return ks.databases }

// Shards is the number of shards.
func (ks *Keyspace) Shards() int { return len(ks.shards) }

// KeepExpired makes Txns hide expired keys instead of deleting them, as a
// replica does.
func (ks *Keyspace) KeepExpired(on bool) { ks.keepDead.Store(on) }

// Used is the number of bytes that data takes, overhead of tables and blocks
// included.
func (ks *Keyspace) Used() (n int64) {
	for _, sh := range ks.shards {
		n += sh.heap.Used()
	}
	return n
}

// UsedFor is the part of Used that serves p.
func (ks *Keyspace) UsedFor(p offheap.Purpose) (n int64) {
	for _, sh := range ks.shards {
		n += sh.heap.UsedFor(p)
	}
	return n
}

// Mapped is the number of bytes that the system provides for data.
func (ks *Keyspace) Mapped() int64 { return ks.space.Mapped() }

// LazyFreed is how many values were left to be freed a little at a time, since the
// start.
func (ks *Keyspace) LazyFreed() int64 { return ks.lazyFreed.Load() }

// Relax is to be called some ten times a second: see offheap.Space.Relax.
func (ks *Keyspace) Relax() { ks.space.Relax() }

// Scavenge gives free memory back to the system, at most budget bytes.
func (ks *Keyspace) Scavenge(budget int64) int64 { return ks.space.Scavenge(budget) }

func (ks *Keyspace) shardOf(hash uint64) (int, *shard) {
	i := int(hash >> 1 >> (63 - ks.shardBits))
	return i, ks.shards[i]
}

// object is the value of record r in sh.
func (sh *shard) object(r offheap.Ref) value.Object {
	return value.Object{Heap: sh.heap, Rec: dict.At(sh.heap, r)}
}

// Check verifies the tables of all shards; the caller has entered all of them.
func (t *Txn) Check() error {
	invariant.Assert(t.all, "Check needs all shards")
	for i, sh := range t.ks.shards {
		for db, tb := range sh.tables {
			if err := tb.d.Check(sh.heap); err != nil {
				return fmt.Errorf("shard %d, database %d: %w", i, t.ks.Number(db), err)
			}
		}
	}
	return t.ks.space.Check()
}
