package keyspace

import (
	"math"
	"sync"

	"sigrun/internal/clock"
	"sigrun/internal/ds/dict"
	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Flush empties database db, or all for a negative db, and returns how many
// keys there were. If async, the memory is freed later, a little at a time, by
// a worker of the keyspace. t has entered all shards.
func (t *Txn) Flush(db int, async bool) (removed int) {
	invariant.Assert(t.all, "a flush needs all shards")
	for i := range t.ks.dbs {
		if db >= 0 && t.ks.Number(i) != db {
			continue
		}
		t.changedAll(i, i)
		for _, sh := range t.ks.shards {
			tb := sh.tables[i]
			n := tb.d.Len()
			if n == 0 {
				continue
			}
			removed += n
			sh.tables[i] = t.ks.newTable()
			if async {
				t.ks.trash.add(discarded{sh: sh, tb: tb})
				continue
			}
			t.ks.drain(sh, tb, 0, math.MaxInt)
			sh.heap.Trim()
		}
	}
	t.Dirty += removed
	return removed
}

// Swap exchanges databases a and b. t has entered all shards.
func (t *Txn) Swap(a, b int) {
	invariant.Assert(t.all, "a swap needs all shards")
	if a == b {
		return
	}
	a, b = t.ks.slot(a), t.ks.slot(b)
	t.ks.settle()
	t.changedAll(a, b)
	for _, sh := range t.ks.shards {
		sh.tables[a], sh.tables[b] = sh.tables[b], sh.tables[a]
	}
	t.Dirty++
}

// drain frees about n records, from position pos on, of a table that no database
// holds any more, handing those that the cut needs to it, and returns the
// position behind them; 0 when the table is empty. The caller has entered sh.
func (ks *Keyspace) drain(sh *shard, tb *table, pos uint64, n int) uint64 {
	var room [64]offheap.Ref
	c := ks.cut.Load()
	for {
		var refs []offheap.Ref
		refs, pos = tb.d.Drain(sh.heap, pos, room[:0])
		for _, r := range refs {
			o := sh.object(r)
			if c != nil && tb.cut == c { // not if it was discarded before the cut
				c.take(sh, tb, o)
			}
			sh.discard(o)
			sh.heap.Free(r, offheap.Records)
		}
		if pos == 0 {
			tb.d.Clear(sh.heap)
			return 0
		}
		if n -= len(refs) + 1; n < 0 {
			return pos
		}
	}
}

// discarded is what waits to be freed: a table, or a value that no record holds.
type discarded struct {
	sh   *shard
	tb   *table // nil for a value
	kind dict.Kind
	word uint64
}

// trash frees discarded tables and values in slices, each holding its shard for as long as
// a few commands take.
type trash struct {
	ks   *Keyspace
	gate *Gate
	mu   sync.Mutex
	wake *sync.Cond
	list []discarded
	stop bool
	done chan struct{}
}

const trashSlice = 256 // records or blocks

func (tr *trash) init(ks *Keyspace) {
	tr.ks, tr.gate = ks, ks.NewGate()
	tr.wake = sync.NewCond(&tr.mu)
	tr.done = make(chan struct{})
	go tr.run()
}

func (tr *trash) add(d discarded) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.list = append(tr.list, d)
	tr.wake.Signal()
}

func (tr *trash) close() {
	tr.mu.Lock()
	tr.stop = true
	tr.wake.Signal()
	tr.mu.Unlock()
	<-tr.done
}

func (tr *trash) run() {
	defer close(tr.done)
	for {
		tr.mu.Lock()
		for len(tr.list) == 0 && !tr.stop {
			tr.wake.Wait()
		}
		if tr.stop {
			tr.mu.Unlock()
			return
		}
		d := tr.list[0]
		tr.mu.Unlock()
		tr.free(d)
		tr.mu.Lock()
		tr.list = tr.list[1:]
		tr.mu.Unlock()
	}
}

func (tr *trash) free(d discarded) {
	pos, stop := uint64(0), false
	for done := false; !done && !stop; {
		tr.gate.Enter()
		d.sh.mu.Lock()
		if d.tb != nil {
			pos = tr.ks.drain(d.sh, d.tb, pos, trashSlice)
			done = pos == 0
		} else {
			d.word, done = value.FreeSome(d.sh.heap, d.kind, d.word, trashSlice)
		}
		if done && d.tb != nil {
			d.sh.heap.Trim()
		}
		d.sh.mu.Unlock()
		tr.gate.Leave()
		clock.Yield()
		tr.mu.Lock()
		stop = tr.stop
		tr.mu.Unlock()
	}
}

// PendingFrees is the number of tables and values that wait to be freed.
func (ks *Keyspace) PendingFrees() int {
	ks.trash.mu.Lock()
	defer ks.trash.mu.Unlock()
	return len(ks.trash.list)
}
