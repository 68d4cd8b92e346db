package keyspace

import (
	"math/bits"

	"sigrun/internal/ds/dict"
	"sigrun/internal/invariant"
	"sigrun/internal/rng"
	"sigrun/internal/value"
)

// Reason says why a key vanished without a command that deleted it.
type Reason uint8

// Reasons.
const (
	Expired Reason = iota
	Evicted
)

// Observer hears of keys that vanish while a Txn is open, so that their
// deletion gets into the log as an effect of its own, before that of the
// command. The key is a view that dies when the call returns.
type Observer interface {
	Vanished(t *Txn, key []byte, why Reason)
	// PartsVanished tells that parts of the value of key (fields of a hash) have
	// expired, and with the last of them the key itself if gone.
	PartsVanished(t *Txn, key []byte, parts [][]byte, gone bool)
}

// Stats are counts that a Txn keeps; they belong to its owner. Parts counts fields
// of hashes that expired.
type Stats struct {
	Hits, Misses, Expired, Evicted, Parts uint64
}

// Txn is the way to keys. Its owner (a loop or a worker) opens it again and
// again: Enter, some operations, Leave. It is not safe for concurrent use.
type Txn struct {
	// Dirty counts the changes since the owner last set it to 0, but for keys
	// that vanished.
	Dirty int
	// NoTouch keeps reads from changing access times (CLIENT NO-TOUCH).
	NoTouch bool
	// SeeExpired makes expired keys be there that KeepExpired keeps.
	SeeExpired bool
	// Stats of this Txn's owner.
	Stats Stats

	ks       *Keyspace
	gate     *Gate
	observer Observer
	db       int   // slot of the selected database
	now      int64 // Unix milliseconds, frozen by the owner
	all      bool
	open     bool
	one      int // the only shard entered, or -1
	set      [MaxShards / 64]uint64
	access   accessClock
	ready    []ReadyKey // see NextReady,
	served   int        // which took the first of them
	buf      []byte     // scratch
	random   *rng.Source
}

// NewTxn returns a Txn for the owner of gate. The observer may be nil.
func (ks *Keyspace) NewTxn(gate *Gate, observer Observer) *Txn {
	t := &Txn{ks: ks, gate: gate, observer: observer, one: -1, random: rng.NewRandom()}
	t.SetNow(ks.clock.Wall() / 1000)
	return t
}

// Keyspace is what t works on.
func (t *Txn) Keyspace() *Keyspace { return t.ks }

// Rand is chance for whoever works with t.
func (t *Txn) Rand() *rng.Source { return t.random }

// SetNow freezes t's time at ms Unix milliseconds until the next call.
func (t *Txn) SetNow(ms int64) {
	t.now = ms
	t.access.set(ms, &t.ks.policy)
}

// Now is the frozen time in Unix milliseconds.
func (t *Txn) Now() int64 { return t.now }

// Select makes t work on database db.
func (t *Txn) Select(db int) {
	if db >= nearDatabases {
		t.selectFar(db)
		return
	}
	t.db = db
}

func (t *Txn) selectFar(db int) {
	t.db = t.ks.slot(db)
	if t.all {
		t.ks.settle()
	}
}

// DB is the database that t works on.
func (t *Txn) DB() int { return t.ks.Number(t.db) }

// EnterOne enters the shard of the key with the given hash. The owner holds its gate.
func (t *Txn) EnterOne(hash uint64) {
	i, sh := t.ks.shardOf(hash)
	sh.mu.Lock()
	t.one, t.open = i, true
	t.hold(sh)
}

// TryEnterOne is EnterOne unless somebody else is in the shard.
func (t *Txn) TryEnterOne(hash uint64) bool {
	i, sh := t.ks.shardOf(hash)
	if !sh.mu.TryLock() {
		return false
	}
	t.one, t.open = i, true
	t.hold(sh)
	return true
}

// enterShard is EnterOne for who goes from shard to shard; that one has it written
// out, as it is on the way of nearly every command.
func (t *Txn) enterShard(sh *shard) {
	sh.mu.Lock()
	t.one, t.open = sh.index, true
	t.hold(sh)
}

// Enter enters the shards of all keys. The owner holds its gate.
func (t *Txn) Enter(keys []Key) {
	if len(keys) == 1 {
		t.EnterOne(keys[0].Hash)
		return
	}
	for _, k := range keys {
		i, _ := t.ks.shardOf(k.Hash)
		t.set[i/64] |= 1 << (i % 64)
	}
	for w, word := range t.set {
		for ; word != 0; word &= word - 1 {
			sh := t.ks.shards[w*64+bits.TrailingZeros64(word)]
			sh.mu.Lock()
			t.hold(sh)
		}
	}
	t.open = true
}

// EnterAll enters every shard. The owner holds its gate; others may run between
// the call and its effect, so nothing seen before in the same batch still holds.
func (t *Txn) EnterAll() {
	t.gate.Leave()
	t.ks.gates.takeAll()
	t.ks.settle()
	t.all, t.open = true, true
	if invariant.Enabled {
		for _, sh := range t.ks.shards {
			t.hold(sh)
		}
	}
}

// Outside calls f, which may take long, without t's gate, so that global
// transactions, even those that f itself opens, can run meanwhile. The owner
// holds its gate and has no shard entered.
func (t *Txn) Outside(f func()) {
	invariant.Assert(!t.open, "a transaction is open")
	t.gate.Leave()
	defer t.gate.Enter()
	f()
}

// All reports whether t has entered every shard.
func (t *Txn) All() bool { return t.all }

// Leave leaves the shards that t has entered.
func (t *Txn) Leave() {
	switch {
	case t.one >= 0:
		sh := t.ks.shards[t.one]
		t.drop(sh)
		sh.mu.Unlock()
		t.one = -1
	case t.all:
		if invariant.Enabled {
			for _, sh := range t.ks.shards {
				t.drop(sh)
			}
		}
		t.all = false
		t.ks.gates.giveAll()
		t.gate.Enter()
	default:
		for w, word := range t.set {
			for ; word != 0; word &= word - 1 {
				sh := t.ks.shards[w*64+bits.TrailingZeros64(word)]
				t.drop(sh)
				sh.mu.Unlock()
			}
			t.set[w] = 0
		}
	}
	t.open = false
}

// hold and drop note who is in a shard; the race detector doesn't see memory
// outside the Go heap, so builds with invariants check each access instead.
func (t *Txn) hold(sh *shard) {
	if invariant.Enabled {
		invariant.Assert(sh.holder.CompareAndSwap(nil, t), "two transactions in one shard")
	}
}

func (t *Txn) drop(sh *shard) {
	if invariant.Enabled {
		invariant.Assert(sh.holder.CompareAndSwap(t, nil), "a shard left by who is not in it")
	}
}

// loc is where a record is.
type loc struct {
	sh  *shard
	tb  *table
	pos dict.Pos
}

func (l *loc) object() value.Object { return l.sh.object(l.pos.Ref()) }

// home is the shard and table of a key.
func (t *Txn) home(k Key) (*shard, *table) {
	_, sh := t.ks.shardOf(k.Hash)
	if invariant.Enabled {
		invariant.Assert(sh.holder.Load() == t, "a key used without entering its shard")
	}
	if t.db < len(sh.tables) {
		return sh, sh.tables[t.db]
	}
	return sh, sh.freshTable(t.ks, t.db)
}

// find looks for k and fills l: its shard and table in any case, its place if it
// is there. A key that has expired is not there, and gone for good unless this
// server keeps such keys.
func (t *Txn) find(k Key, l *loc) bool {
	sh, tb := t.home(k)
	l.sh, l.tb = sh, tb
	if !tb.d.Find(sh.heap, k.Hash, k.B, &l.pos) {
		return false
	}
	if rec := dict.At(sh.heap, l.pos.Ref()); rec.HasExpiry() && rec.Expiry() < t.now {
		if t.ks.keepDead.Load() {
			return t.SeeExpired
		}
		t.vanish(l, k, Expired)
		return false
	}
	return true
}

// Hides reports whether o has expired and is not there for t.
func (t *Txn) Hides(o value.Object) bool {
	return o.Rec.HasExpiry() && o.Rec.Expiry() < t.now && !(t.SeeExpired && t.ks.keepDead.Load())
}

// bury deletes the expired record of k that find has kept and hidden, for a new
// one takes its place.
func (t *Txn) bury(l *loc, k Key) {
	if t.ks.keepDead.Load() && !t.SeeExpired && l.tb.d.Find(l.sh.heap, k.Hash, k.B, &l.pos) {
		t.vanish(l, k, Expired)
	}
}

// vanish deletes the record at l, which no command asked to delete.
func (t *Txn) vanish(l *loc, k Key, why Reason) {
	dirty := t.Dirty
	t.remove(l, k)
	t.Dirty = dirty
	if why == Expired {
		t.Stats.Expired++
	} else {
		t.Stats.Evicted++
	}
	if t.observer != nil {
		t.observer.Vanished(t, k.B, why)
	}
}

// Read looks k up as a reading command does: it counts a hit or a miss and
// notes the access.
func (t *Txn) Read(k Key) (o value.Object, ok bool) {
	var l loc
	if !t.find(k, &l) {
		t.Stats.Misses++
		return o, false
	}
	t.Stats.Hits++
	o = l.object()
	if !t.NoTouch {
		t.access.touch(o.Rec)
	}
	return o, true
}

// Peek looks k up without noting the access; it counts a hit or a miss.
func (t *Txn) Peek(k Key) (o value.Object, ok bool) {
	var l loc
	if !t.find(k, &l) {
		t.Stats.Misses++
		return o, false
	}
	t.Stats.Hits++
	return l.object(), true
}

// Stored looks k up without noting the access and without counting. It finds
// also a key that has expired and is not deleted yet.
func (t *Txn) Stored(k Key) (o value.Object, ok bool) {
	var pos dict.Pos
	sh, tb := t.home(k)
	if !tb.d.Find(sh.heap, k.Hash, k.B, &pos) {
		return o, false
	}
	return sh.object(pos.Ref()), true
}

// Lookup looks k up as a writing command does: it notes the access and counts
// nothing.
func (t *Txn) Lookup(k Key) (o value.Object, ok bool) {
	var l loc
	if !t.find(k, &l) {
		return o, false
	}
	o = l.object()
	if !t.NoTouch {
		t.access.touch(o.Rec)
	}
	return o, true
}

// Exists reports whether k is there, and changes nothing but what expired.
func (t *Txn) Exists(k Key) bool {
	var l loc
	return t.find(k, &l)
}
