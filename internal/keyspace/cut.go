package keyspace

import (
	"sync"
	"sync/atomic"

	"sigrun/internal/clock"
	"sigrun/internal/ds/dict"
	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Saver turns records into bytes; its methods but Parts run inside a shard and must
// be quick. They may be called concurrently for different shards.
type Saver interface {
	// Select appends what says that the following records belong to database db.
	Select(dst []byte, db int) []byte
	// Record appends a record.
	Record(dst []byte, o value.Object) []byte
	// Contiguous reports whether a value's bytes must not be interrupted by other
	// records.
	Contiguous() bool
	// Ends is what comes before and behind the elements or parts of a record whose
	// value is saved a little at a time, and the RDB type that Elements is to be
	// told. n is the number of elements; negative for a value.Saving.
	Ends(o value.Object, n int) (head, tail []byte, typ byte)
	// Elements appends elements refs, in h, of the value of key, of class e and type
	// typ.
	Elements(dst, key []byte, e *value.Elements, h *offheap.Heap, refs []offheap.Ref, typ byte) []byte
	// Take copies about n bytes of the parts of s, the value of key, and reports
	// whether that was the rest; Parts, which needs no shard, appends them.
	Take(s value.Saving, key []byte, h *offheap.Heap, n int) (done bool)
	Parts(dst []byte, s value.Saving, key []byte) []byte
}

// Cut is a point in time at which the keyspace is being read while it goes on
// changing.
//
// Each record carries one epoch bit. Making a cut flips the keyspace's own bit
// with all shards entered: from then on a record whose bit differs is older
// than the cut and not saved yet. The walker saves such records in the order of
// their hashes and flips their bit; whoever is about to change or delete one
// saves it first, into a buffer of its shard that the walker picks up. New
// records are born with the new bit. When the walk is over all bits agree again,
// so there is one cut at a time; and as the bit travels with the record, tables
// may grow, shrink, be swapped or be discarded meanwhile.
type Cut struct {
	ks      *Keyspace
	bit     uint8
	walker  Saver
	writers Saver
	tables  [][]*table // by database, then shard, as they were at the cut
	handed  []handed   // by shard
	taken   [][]byte   // the walker's: what was handed over and is to be emitted
	spare   [][]byte   // the walker's: empty blocks for writers
	slices  int        // the walker's: how many it has saved
	refs    []offheap.Ref
	broken  atomic.Bool
	saved   atomic.Int64 // records saved so far
	sizes   [][2]int     // by database: records, and those with an expiry
	total   int64
	gate    *Gate

	mu     sync.Mutex
	frozen []*frozen // values to be saved a little at a time
}

// handed is what writers saved in a shard since the walker was there: blocks, each
// of which begins with a Select. Nothing is copied when they become many.
type handed struct {
	full  [][]byte
	buf   []byte
	db    int
	count int64
}

const (
	handedBlock = 64 << 10 // bytes from which on a block is full
	spareBlocks = 16       // how many empty ones the walker keeps
)

// walkSlice bounds what the walker does while it holds a shard: that many
// records or bytes, some ten microseconds.
const (
	walkRecords = 64
	walkBytes   = 32 << 10
)

// Cutting reports whether there is a cut.
func (ks *Keyspace) Cutting() bool { return ks.cut.Load() != nil }

// StartCut makes a cut. t has entered all shards and there is no other cut. The
// caller must Walk it. The walker saves with walker, who changes or deletes a
// record with writers.
func (t *Txn) StartCut(walker, writers Saver) *Cut {
	invariant.Assert(t.all, "a cut needs all shards")
	invariant.Assert(!t.ks.Cutting(), "one cut at a time")
	ks := t.ks
	c := &Cut{ks: ks, walker: walker, writers: writers, handed: make([]handed, len(ks.shards)), gate: &Gate{}}
	c.bit = uint8(ks.epoch.Add(1) & 1)
	for db := range ks.dbs {
		column := make([]*table, len(ks.shards))
		var size [2]int
		for i, sh := range ks.shards {
			column[i] = sh.tables[db]
			column[i].cut, column[i].home = c, db
			size[0] += column[i].d.Len()
			size[1] += column[i].d.Expires()
		}
		c.total += int64(size[0])
		c.tables = append(c.tables, column)
		c.sizes = append(c.sizes, size)
	}
	for i := range c.handed {
		c.handed[i].db = -1
		ks.shards[i].heap.Guard = c.guard(ks.shards[i])
		ks.shards[i].heap.Saving = ks.shards[i].saving
	}
	// The walker's gate joins those that t has taken, and is given back with them.
	c.gate.mu.Lock()
	ks.gates.all = append(ks.gates.all, c.gate)
	ks.cut.Store(c)
	return c
}

// Total is the number of records at the cut.
func (c *Cut) Total() int64 { return c.total }

// Saved is the number of records saved so far.
func (c *Cut) Saved() int64 { return c.saved.Load() }

// Databases is the number of databases.
func (c *Cut) Databases() int { return len(c.sizes) }

// Len is the number of records of database db at the cut and how many of them
// had an expiry.
func (c *Cut) Len(db int) (n, expires int) { return c.sizes[db][0], c.sizes[db][1] }

// Abort makes the rest of the walk save nothing.
func (c *Cut) Abort() { c.broken.Store(true) }

// preserve saves the record before it changes, if the cut still needs it.
func (t *Txn) preserve(sh *shard, tb *table, rec dict.Rec) {
	if c := t.ks.cut.Load(); c != nil {
		c.take(sh, tb, value.Object{Heap: sh.heap, Rec: rec})
	}
}

// take saves o into the shard's buffer unless the cut has it already.
func (c *Cut) take(sh *shard, tb *table, o value.Object) {
	if o.Rec.Epoch() == c.bit {
		return
	}
	o.Rec.SetEpoch(c.bit)
	if c.broken.Load() {
		return
	}
	if c.freeze(sh, tb.home, o) {
		return
	}
	h := &c.handed[sh.index]
	if len(h.buf) >= handedBlock {
		h.full, h.buf, h.db = append(h.full, h.buf), nil, -1
	}
	if h.db != tb.home {
		h.buf = c.writers.Select(h.buf, tb.home)
		h.db = tb.home
	}
	h.buf = c.writers.Record(h.buf, o)
	h.count++
}

// Walk saves all records of the cut and ends it. emit gets the saved bytes, in
// pieces that each begin with a Select; they are valid until it returns. After
// an error of emit, or Abort, the walk goes on without saving, for the bits must
// agree in the end, and the error is returned. It must run in a goroutine of its
// own, for it takes time.
func (c *Cut) Walk(emit func(p []byte) error) (err error) {
	put := func(p []byte) {
		if err != nil || len(p) == 0 || c.broken.Load() {
			return
		}
		if err = emit(p); err != nil {
			c.Abort()
		}
	}
	var own []byte
	for db, column := range c.tables {
		for i, tb := range column {
			for pos, first := uint64(0), true; first || pos != 0; first = false {
				own, pos = c.slice(db, i, tb, pos, own[:0])
				put(own)
				c.emitTaken(put)
				c.saveFrozen(put)
				clock.Yield()
				if c.due() {
					c.collectAll(put)
				}
			}
		}
	}
	c.finish(put)
	return err
}

// slice saves some records of a table from pos on into own, and takes what writers
// saved meanwhile in that shard.
func (c *Cut) slice(db, i int, tb *table, pos uint64, own []byte) (_ []byte, next uint64) {
	sh := c.ks.shards[i]
	c.gate.Enter()
	sh.mu.Lock()
	defer func() {
		sh.mu.Unlock()
		c.gate.Leave()
	}()
	var room [64]offheap.Ref
	start := len(own)
	broken := c.broken.Load()
	for n := 0; ; {
		var refs []offheap.Ref
		refs, pos = tb.d.Scan(sh.heap, pos, room[:0])
		for _, r := range refs {
			o := sh.object(r)
			if o.Rec.Epoch() == c.bit {
				continue
			}
			o.Rec.SetEpoch(c.bit)
			if broken || c.freeze(sh, db, o) {
				continue
			}
			if len(own) == start {
				own = c.walker.Select(own, db)
			}
			own = c.walker.Record(own, o)
			c.saved.Add(1)
		}
		n += len(refs) + 1
		if pos == 0 || n >= walkRecords || len(own) >= walkBytes {
			break
		}
	}
	c.collect(i)
	return own, pos
}

// collect takes what writers handed over in shard i, and gives them an empty block
// in exchange. The caller has entered the shard.
func (c *Cut) collect(i int) {
	h := &c.handed[i]
	if len(h.buf) == 0 {
		return
	}
	c.taken = append(append(c.taken, h.full...), h.buf)
	c.saved.Add(h.count)
	*h = handed{db: -1}
	if n := len(c.spare) - 1; n >= 0 {
		h.buf, c.spare = c.spare[n], c.spare[:n]
	}
}

// emitTaken emits what collect has taken.
func (c *Cut) emitTaken(put func([]byte)) {
	for i, b := range c.taken {
		put(b)
		c.taken[i] = nil
		if len(c.spare) < spareBlocks && cap(b) <= 2*handedBlock {
			c.spare = append(c.spare, b[:0])
		}
	}
	c.taken = c.taken[:0]
}

// collectEvery is how many slices the walker saves before it looks for what was
// handed over in all shards, lest it piles up in those that are not its turn.
const collectEvery = 16

// due counts slices and reports whether it is time for collectAll.
func (c *Cut) due() bool {
	c.slices++
	return c.slices%collectEvery == 0
}

// collectAll emits what writers handed over in any shard. No value is half saved,
// unless the walker's bytes need not be contiguous.
func (c *Cut) collectAll(put func([]byte)) {
	for i, sh := range c.ks.shards {
		c.gate.Enter()
		sh.mu.Lock()
		c.collect(i)
		sh.mu.Unlock()
		c.gate.Leave()
		c.emitTaken(put)
	}
}

// finish ends the cut with everything standing still for a moment, and emits
// what writers handed over until then. By then no value is old enough to freeze.
// Nothing of the keyspace knows the cut afterwards, and the cut no table: it may
// be kept for its counts.
func (c *Cut) finish(put func([]byte)) {
	c.saveFrozen(put)
	c.ks.gates.takeAll()
	c.ks.cut.Store(nil)
	for i, sh := range c.ks.shards {
		c.collect(i)
		sh.heap.Guard, sh.heap.Saving = nil, nil
	}
	for _, column := range c.tables {
		for _, tb := range column {
			tb.cut = nil
		}
	}
	c.ks.gates.remove(c.gate)
	c.gate.Leave()
	c.ks.gates.giveAll()
	c.emitTaken(put)
	c.tables, c.handed, c.frozen, c.taken, c.spare = nil, nil, nil, nil, nil
}
