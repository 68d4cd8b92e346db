package keyspace

import (
	"slices"
	"sync"
	"sync/atomic"
)

// nearDatabases is how many databases have tables from the start.
//
// There may be billions of databases, most of which nobody ever uses. So a table
// is found by its database's slot. The slot of one of the first nearDatabases is its
// number; each other one takes the next slot when it is first selected. A shard
// makes its table for a new slot when it first needs it, and keeps it apart
// (shard.fresh), for others may look into shard.tables without being in the shard;
// the next global transaction gives all shards their tables for all slots.
const nearDatabases = 64

// slots tells which slot a database has that is not near.
type slots struct {
	mu      sync.RWMutex
	of      map[int]int  // by number
	numbers []int        // by slot, without the near ones
	count   atomic.Int32 // of slots, with the near ones
}

// slot is the slot of database db. It takes one if there is none.
func (ks *Keyspace) slot(db int) int {
	if db < nearDatabases {
		return db
	}
	s := &ks.slots
	s.mu.RLock()
	i, ok := s.of[db]
	s.mu.RUnlock()
	if ok {
		return i
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := s.of[db]; ok {
		return i
	}
	if s.of == nil {
		s.of = map[int]int{}
	}
	i = nearDatabases + len(s.numbers)
	s.of[db] = i
	s.numbers = append(s.numbers, db)
	s.count.Add(1)
	return i
}

// Number is the number of the database in the given slot: what a Saver is told is
// the slot.
func (ks *Keyspace) Number(slot int) int {
	if slot < nearDatabases {
		return slot
	}
	s := &ks.slots
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.numbers[slot-nearDatabases]
}

// InUse are the numbers of the databases that may hold keys, in ascending order.
func (ks *Keyspace) InUse() []int {
	dbs := make([]int, ks.slots.count.Load())
	for i := range dbs {
		dbs[i] = ks.Number(i)
	}
	slices.Sort(dbs)
	return dbs
}

// freshTable is the shard's table for a slot for which not all shards have one yet.
func (sh *shard) freshTable(ks *Keyspace, slot int) *table {
	i := slot - len(sh.tables)
	for len(sh.fresh) <= i {
		sh.fresh = append(sh.fresh, ks.newTable())
	}
	return sh.fresh[i]
}

// settle gives all shards their tables for all slots; all shards are entered.
func (ks *Keyspace) settle() {
	n := int(ks.slots.count.Load())
	if n == ks.dbs {
		return
	}
	for _, sh := range ks.shards {
		sh.tables = append(sh.tables, sh.fresh...)
		for len(sh.tables) < n {
			sh.tables = append(sh.tables, ks.newTable())
		}
		sh.fresh = nil
	}
	ks.dbs = n
}
