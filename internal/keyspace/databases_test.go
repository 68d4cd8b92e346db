package keyspace

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"sigrun/internal/clock"
)

// billions of databases are allowed, and cost what is used of them.
func newBillions(t *testing.T) (*Keyspace, *Txn) {
	t.Helper()
	ks, err := New(Options{Databases: 1<<31 - 1, Shards: 8, Clock: clock.NewManual(1e15)})
	if err != nil {
		t.Fatal(err)
	}
	g := ks.NewGate()
	g.Enter()
	t.Cleanup(func() {
		g.Leave()
		if err := ks.Close(); err != nil {
			t.Error(err)
		}
	})
	return ks, ks.NewTxn(g, nil)
}

func TestManyDatabases(t *testing.T) {
	ks, tx := newBillions(t)
	dbs := []int{0, nearDatabases - 1, 1<<31 - 2, nearDatabases, 1_000_000}
	k := KeyOf([]byte("k"))
	for _, db := range dbs {
		tx.Select(db)
		if tx.DB() != db {
			t.Fatalf("database %d selected, not %d", tx.DB(), db)
		}
		tx.EnterOne(k.Hash)
		tx.Set(k, fmt.Appendf(nil, "%d", db), NoExpiry)
		tx.Leave()
	}
	value := func(db int) string {
		tx.Select(db)
		tx.EnterOne(k.Hash)
		defer tx.Leave()
		o, ok := tx.Read(k)
		if !ok {
			return ""
		}
		return string(o.AppendString(nil))
	}
	for _, db := range dbs {
		if got := value(db); got != fmt.Sprint(db) {
			t.Errorf("database %d has %q", db, got)
		}
	}
	tx.EnterAll()
	if err := tx.Check(); err != nil {
		t.Error(err)
	}
	with := 0
	for _, db := range ks.InUse() {
		tx.Select(db)
		if n := tx.Len(); n > 0 {
			with++
		}
	}
	if with != len(dbs) || !slices.IsSorted(ks.InUse()) {
		t.Errorf("%d databases have keys, not %d", with, len(dbs))
	}
	tx.Swap(1_000_000, 2_000_000) // the latter is new
	tx.Flush(1<<31-2, false)
	tx.Flush(3_000_000, false) // was never used
	tx.Select(4_000_000)       // is new while all shards are entered
	if n := tx.Len(); n != 0 {
		t.Errorf("a new database has %d keys", n)
	}
	tx.Leave()
	for db, want := range map[int]string{1_000_000: "", 2_000_000: "1000000", 1<<31 - 2: "", nearDatabases: fmt.Sprint(nearDatabases)} {
		if got := value(db); got != want {
			t.Errorf("database %d has %q, not %q", db, got, want)
		}
	}
	tx.EnterAll()
	tx.Flush(-1, false)
	if n := ks.Used(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
	tx.Leave()
}

// TestFarWatch watches keys of databases whose slot is not their number.
func TestFarWatch(t *testing.T) {
	_, tx := newBillions(t)
	k := KeyOf([]byte("k"))
	steps := []struct {
		name string
		do   func()
		want bool
	}{
		{"set", func() { tx.Set(k, []byte("v"), NoExpiry) }, true},
		{"set elsewhere", func() { tx.Select(600); tx.Set(k, []byte("v"), NoExpiry) }, false},
		{"swapped", func() { tx.Swap(500, 600) }, true},
		{"others swapped", func() { tx.Swap(nearDatabases, nearDatabases+1) }, false},
		{"flushed", func() { tx.Flush(500, false) }, true},
	}
	tx.EnterAll()
	defer tx.Leave()
	for _, s := range steps {
		var w Watcher
		tx.Select(500)
		tx.Watch(&w, k)
		s.do()
		if got := tx.Changed(&w); got != s.want {
			t.Errorf("%s: changed is %v", s.name, got)
		}
		tx.Unwatch(&w)
	}
	tx.Flush(-1, false)
}

// TestNewDatabases has several select new databases, touch near ones and enter
// all shards at the same time: the race detector looks on.
func TestNewDatabases(t *testing.T) {
	ks, tx := newBillions(t)
	const each = 200
	var all sync.WaitGroup
	for n := range 3 {
		all.Go(func() {
			g := ks.NewGate()
			defer ks.DropGate(g)
			g.Enter()
			defer g.Leave()
			tx := ks.NewTxn(g, nil)
			for i := range each {
				k := KeyOf(fmt.Appendf(nil, "%d", i))
				ks.Touch(n, k.Hash)
				tx.Select(1000 + i*(1+n))
				tx.EnterOne(k.Hash)
				tx.Set(k, []byte("v"), NoExpiry)
				tx.Leave()
				if i%32 == 0 {
					tx.EnterAll()
					tx.Leave()
				}
			}
		})
	}
	tx.gate.Leave()
	all.Wait()
	tx.gate.Enter()
	tx.EnterAll()
	defer tx.Leave()
	keys, want := 0, map[int]bool{}
	for n := range 3 {
		for i := range each {
			want[i*(1+n)<<20|i] = true
		}
	}
	for _, db := range ks.InUse() {
		tx.Select(db)
		keys += tx.Len()
	}
	if keys != len(want) {
		t.Errorf("%d keys, not %d", keys, len(want))
	}
	tx.Flush(-1, false)
}
