package keyspace

import (
	"fmt"
	"testing"

	"sigrun/internal/rng"
)

// TestWatchers compares many watchers of a few keys with a model.
func TestWatchers(t *testing.T) {
	f := newFixture(t)
	r := rng.New(1)
	f.EnterAll()
	defer f.Leave()
	keys := make([]Key, 24)
	for i := range keys {
		keys[i] = KeyOf(fmt.Appendf(nil, "key %d", i))
	}
	watchers := make([]Watcher, 12)
	model := make([]map[int]bool, len(watchers)) // what each watches
	touched := make([]bool, len(watchers))
	for i := range model {
		model[i] = map[int]bool{}
	}
	for step := range 20_000 {
		n, k := int(r.Uint64n(uint64(len(watchers)))), int(r.Uint64n(uint64(len(keys))))
		switch r.Uint64n(20) {
		case 0:
			f.Unwatch(&watchers[n])
			clear(model[n])
			touched[n] = false
		case 1:
			f.Set(keys[k], []byte("v"), NoExpiry)
			for i := range model {
				touched[i] = touched[i] || model[i][k]
			}
		default:
			f.Watch(&watchers[n], keys[k])
			model[n][k] = true
		}
		watched := map[int]bool{}
		for i := range model {
			if got := f.Changed(&watchers[i]); got != touched[i] {
				t.Fatalf("step %d: watcher %d: changed is %v", step, i, got)
			}
			if watchers[i].Len() != len(model[i]) {
				t.Fatalf("step %d: watcher %d watches %d keys, not %d", step, i, watchers[i].Len(), len(model[i]))
			}
			for k := range model[i] {
				watched[k] = true
			}
		}
		if f.WatchedKeys() != len(watched) {
			t.Fatalf("step %d: %d keys are watched, not %d", step, f.WatchedKeys(), len(watched))
		}
	}
}

// TestWatchMany has one client watch more keys, and one key watched by more
// clients, than what is quadratic would be done with within a test's time.
func TestWatchMany(t *testing.T) {
	const many = 300_000
	f := newFixture(t)
	f.EnterAll()
	defer f.Leave()
	var w Watcher
	for i := range many {
		f.Watch(&w, KeyOf(fmt.Appendf(nil, "%d", i)))
	}
	f.Unwatch(&w)
	watchers := make([]Watcher, many)
	for i := range watchers {
		f.Watch(&watchers[i], KeyOf([]byte("k")))
	}
	for i := range watchers {
		f.Unwatch(&watchers[i])
	}
	if n := f.WatchedKeys(); n != 0 {
		t.Errorf("%d keys are still watched", n)
	}
}

// TestWatchElsewhere lets a watched key change while its watcher is busy in
// another shard: the race detector looks on.
func TestWatchElsewhere(t *testing.T) {
	f := newFixture(t)
	gone, other := KeyOf([]byte("gone")), KeyOf([]byte("other"))
	for i := 0; ; i++ {
		other = KeyOf(fmt.Appendf(nil, "other %d", i))
		a, _ := f.ks.shardOf(gone.Hash)
		if b, _ := f.ks.shardOf(other.Hash); a != b {
			break
		}
	}
	f.EnterOne(gone.Hash)
	f.Set(gone, []byte("v"), f.Now()-1)
	var w Watcher
	f.Watch(&w, gone)
	f.Leave()

	done := make(chan struct{})
	go func() {
		defer close(done)
		g := f.ks.NewGate()
		g.Enter()
		defer g.Leave()
		tx := f.ks.NewTxn(g, nil)
		tx.EnterOne(gone.Hash)
		defer tx.Leave()
		if tx.Exists(gone) {
			t.Error("an expired key is there")
		}
	}()
	f.EnterOne(other.Hash)
	f.Watch(&w, other)
	f.Leave()
	<-done
	f.Enter([]Key{gone, other})
	if f.Changed(&w) {
		t.Error("a key that was dead before has changed")
	}
	f.Unwatch(&w)
	f.Leave()
}
