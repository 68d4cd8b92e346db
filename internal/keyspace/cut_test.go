package keyspace

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/rng"
	"sigrun/internal/value"
)

// TestCutIsForgotten: what a cut held is not kept until the next one, though its
// owner may still ask for its counts.
func TestCutIsForgotten(t *testing.T) {
	f := newFixture(t)
	k := KeyOf([]byte("k"))
	f.EnterAll()
	f.Set(k, []byte("v"), NoExpiry)
	c := f.StartCut(&rawSaver{}, &rawSaver{})
	f.Set(k, []byte("w"), NoExpiry)
	f.Leave()
	f.gate.Leave()
	err := c.Walk(func([]byte) error { return nil })
	f.gate.Enter()
	if err != nil || c.Saved() != 1 || c.Total() != 1 {
		t.Fatalf("saved %d of %d: %v", c.Saved(), c.Total(), err)
	}
	if c.tables != nil || c.handed != nil || c.frozen != nil || c.taken != nil || c.spare != nil {
		t.Error("the cut keeps what it held")
	}
	for _, sh := range f.ks.shards {
		if sh.heap.Guard != nil || sh.heap.Saving != nil {
			t.Error("a heap still calls the cut")
		}
		for _, tb := range sh.tables {
			if tb.cut != nil {
				t.Error("a table still belongs to the cut")
			}
		}
	}
}

var errFull = errors.New("full")

// TestCut takes cuts while writers set, edit, delete, rename, flush and swap on
// several goroutines, and compares what was saved with a copy made at the cut.
func TestCut(t *testing.T) { cutsUnder(t, newFixture(t), mutate) }

// cutsUnder takes cuts of f while writers mutate, and returns how many elements of
// large values the walker and the writers saved. Some cuts are given up halfway.
func cutsUnder(t *testing.T, f *fixture, mutate func(tx *Txn, r *rng.Source, n int)) (walked, handed int64) {
	const writers, rounds = 3, 12
	f.gate.Leave()
	defer f.gate.Enter()
	var stop atomic.Bool
	var wg sync.WaitGroup
	for w := range writers {
		g := f.ks.NewGate()
		tx := f.ks.NewTxn(g, nil)
		wg.Go(func() {
			r := rng.New(uint64(w))
			for n := 0; !stop.Load(); n++ {
				g.Enter()
				mutate(tx, r, n)
				g.Leave()
			}
		})
	}
	defer wg.Wait()
	defer stop.Store(true)
	for round := range rounds {
		time.Sleep(5 * time.Millisecond)
		apart := round%2 == 1
		walker, writer := &rawSaver{apart: apart}, &rawSaver{apart: apart}
		want, c := f.cut(walker, writer)
		got := &rawReader{t: t, apart: apart, values: newContent()}
		pieces, most := 0, 1<<30
		if round%4 >= 2 {
			most = 20
		}
		err := c.Walk(func(p []byte) error {
			if pieces++; pieces > most {
				return errFull
			}
			got.read(p)
			return nil
		})
		walked += walker.elements.Load()
		handed += writer.elements.Load()
		if pieces > most {
			if !errors.Is(err, errFull) {
				t.Fatalf("round %d: given up with %v", round, err)
			}
			continue
		}
		if err != nil || c.Saved() != c.Total() || got.open != "" {
			t.Fatalf("round %d: saved %d of %d, %q is not complete: %v", round, c.Saved(), c.Total(), got.open, err)
		}
		for db := range want {
			if !maps.Equal(want[db], got.values[db]) {
				t.Fatalf("round %d: database %d: %s", round, db, difference(want[db], got.values[db]))
			}
		}
	}
	return walked, handed
}

// difference is the first key that two databases differ in.
func difference(want, got map[string]string) string {
	for k, v := range want {
		if g, ok := got[k]; !ok || g != v {
			return fmt.Sprintf("%s is %.60q (%d bytes, %v), want %.60q (%d)", k, g, len(g), ok, v, len(v))
		}
	}
	return fmt.Sprintf("%d keys were saved, want %d", len(got), len(want))
}

// content is the canonical value of each key, by database.
type content []map[string]string

func newContent() content { return content{{}, {}, {}, {}} }

// cut makes a cut, and returns what there is at it.
func (f *fixture) cut(walker, writer Saver) (content, *Cut) {
	f.gate.Enter()
	defer f.gate.Leave()
	f.EnterAll()
	defer f.Leave()
	want := newContent()
	for db := range want {
		f.Select(db)
		f.eachRaw(func(o value.Object) { want[db][string(o.Rec.Key())] = canonical(o) })
	}
	return want, f.StartCut(walker, writer)
}

// eachRaw visits all records of the database, expired or not.
func (f *fixture) eachRaw(visit func(o value.Object)) {
	for c, first := uint64(0), true; first || c != 0; first = false {
		c = f.Scan(c, 1, visit)
	}
}

// flushOrSwap does one of them, once in odds, and reports whether it did.
func flushOrSwap(tx *Txn, r *rng.Source, odds uint64) bool {
	if r.Uint64n(odds) != 0 {
		return false
	}
	tx.EnterAll()
	defer tx.Leave()
	if r.Uint64n(2) == 0 {
		tx.Flush(int(r.Uint64n(4)), r.Uint64n(2) == 0)
	} else {
		tx.Swap(int(r.Uint64n(4)), int(r.Uint64n(4)))
	}
	return true
}

func mutate(tx *Txn, r *rng.Source, n int) {
	tx.Select(int(r.Uint64n(4)))
	k := KeyOf(fmt.Appendf(nil, "key:%d", r.Uint64n(3000)))
	o := KeyOf(fmt.Appendf(nil, "key:%d", r.Uint64n(3000)))
	if flushOrSwap(tx, r, 3000) {
		return
	}
	tx.Enter([]Key{k, o})
	defer tx.Leave()
	switch r.Uint64n(8) {
	case 0:
		tx.Delete(k)
	case 1:
		if tx.Exists(k) {
			tx.Rename(k, o)
		}
	case 2:
		size := 100
		if r.Uint64n(8) == 0 {
			size = 3 * value.MaxInline // outside its record: renames make it a stray
		}
		v := tx.Edit(k, int(r.Uint64n(uint64(size))))
		for i := range v {
			v[i]++
		}
	case 3:
		tx.SetExpiry(k, tx.Now()+100_000)
	case 4:
		if v, ok := tx.Lookup(k); ok {
			tx.AddInt(k, v, int64(n))
		}
	default:
		tx.Set(k, fmt.Appendf(nil, "%d", n), NoExpiry)
	}
}
