package keyspace

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/rng"
	"sigrun/internal/value"
)

type fixture struct {
	*Txn
	t     testing.TB
	ks    *Keyspace
	gate  *Gate
	clock *clock.Manual
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	c := clock.NewManual(1_000_000_000_000_000)
	ks, err := New(Options{Databases: 4, Shards: 8, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	g := ks.NewGate()
	f := &fixture{t: t, ks: ks, gate: g, clock: c, Txn: ks.NewTxn(g, nil)}
	g.Enter()
	t.Cleanup(func() {
		if t.Failed() {
			return // maybe with shards entered
		}
		f.EnterAll()
		if err := f.Check(); err != nil {
			t.Error(err)
		}
		f.Flush(-1, false)
		f.Leave()
		g.Leave()
		for ks.PendingFrees() > 0 {
			runtime.Gosched()
		}
		g.Enter()
		f.EnterAll()
		if n := ks.Used(); n != 0 {
			t.Errorf("%d bytes are left", n)
		}
		f.Leave()
		if err := ks.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fixture) get(k Key) (string, bool) {
	o, ok := f.Read(k)
	if !ok {
		return "", false
	}
	return string(o.AppendString(nil)), true
}

func (f *fixture) advance(d time.Duration) {
	f.clock.Advance(d)
	f.SetNow(f.clock.Wall() / 1000)
}

type modelEntry struct {
	value  string
	expiry int64
}

// TestModel compares random operations on strings with a map per database.
func TestModel(t *testing.T) {
	const seed = 11
	r := rng.New(seed)
	f := newFixture(t)
	want := [4]map[string]modelEntry{{}, {}, {}, {}}
	randomValue := func() string {
		switch r.Uint64n(6) {
		case 0:
			return strconv.FormatInt(int64(r.Uint64())>>r.Uint64n(64), 10)
		case 1:
			return string(bytes.Repeat([]byte{byte(r.Uint64())}, int(r.Uint64n(20000))))
		default:
			return string(bytes.Repeat([]byte{'a' + byte(r.Uint64n(26))}, int(r.Uint64n(200))))
		}
	}
	expiry := func() int64 {
		if r.Uint64n(3) == 0 {
			return f.Now() + int64(r.Uint64n(5000))
		}
		return NoExpiry
	}
	for step := range 200_000 {
		db := int(r.Uint64n(4))
		f.Select(db)
		m := want[db]
		name := fmt.Sprintf("key:%d", r.Uint64n(800))
		k := KeyOf([]byte(name))
		other := KeyOf(fmt.Appendf(nil, "key:%d", r.Uint64n(800)))
		f.Enter([]Key{k, other})
		if e, ok := m[name]; ok && e.expiry >= 0 && e.expiry < f.Now() {
			delete(m, name)
		}
		old, had := m[name]
		switch op := r.Uint64n(12); op {
		case 0, 1, 2, 3:
			v, x := randomValue(), expiry()
			f.Set(k, []byte(v), x)
			m[name] = modelEntry{v, x}
		case 4:
			v := randomValue()
			f.Set(k, []byte(v), KeepTTL)
			if !had {
				old.expiry = NoExpiry
			}
			m[name] = modelEntry{v, old.expiry}
		case 5:
			if f.Delete(k) != had {
				t.Fatalf("step %d: delete of %s", step, name)
			}
			delete(m, name)
		case 6:
			x := expiry()
			if f.SetExpiry(k, x) != had {
				t.Fatalf("step %d: expiry of %s", step, name)
			}
			if had {
				m[name] = modelEntry{old.value, x}
			}
		case 7:
			n := int(r.Uint64n(300))
			if r.Uint64n(20) == 0 {
				n = int(r.Uint64n(12000))
			}
			v := f.Edit(k, n)
			wantBytes := make([]byte, n)
			copy(wantBytes, old.value)
			if !bytes.Equal(v, wantBytes) {
				t.Fatalf("step %d: edit of %s to %d", step, name, n)
			}
			for i := range v {
				v[i] ^= 0x55
				wantBytes[i] ^= 0x55
			}
			if !had {
				old.expiry = NoExpiry
			}
			m[name] = modelEntry{string(wantBytes), old.expiry}
		case 8:
			if had && string(other.B) != name {
				f.Rename(k, other)
				delete(m, name)
				m[string(other.B)] = old
			}
		case 9:
			if had {
				to := int(r.Uint64n(4))
				if to != db {
					f.CopyTo(k, to, other)
					want[to][string(other.B)] = old
				}
			}
		case 10:
			f.SetInt(k, int64(step), NoExpiry)
			m[name] = modelEntry{strconv.Itoa(step), NoExpiry}
		case 11:
			if r.Uint64n(50) == 0 {
				f.advance(time.Duration(r.Uint64n(1000)) * time.Millisecond)
			}
		}
		if e, ok := m[name]; ok && e.expiry >= 0 && e.expiry < f.Now() {
			delete(m, name)
		}
		e, has := m[name]
		if got, ok := f.get(k); ok != has || got != e.value {
			t.Fatalf("seed %d step %d: %s is %.40q %v, want %.40q %v", seed, step, name, got, ok, e.value, has)
		}
		f.Leave()
	}
	f.EnterAll()
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	for db := range 4 {
		f.Select(db)
		n := 0
		f.Each(func(o value.Object) {
			if f.Hides(o) {
				return // expired, but nobody has looked since
			}
			e := want[db][string(o.Rec.Key())]
			if e.value != string(o.AppendString(nil)) || e.expiry != expiryOf(o.Rec) {
				t.Fatalf("database %d, key %s differs", db, o.Rec.Key())
			}
			n++
		})
		for name, e := range want[db] {
			if e.expiry >= 0 && e.expiry < f.Now() {
				delete(want[db], name)
			}
		}
		if n != len(want[db]) {
			t.Fatalf("database %d holds %d keys, want %d", db, n, len(want[db]))
		}
	}
	f.Leave()
}

func TestScanVisitsAll(t *testing.T) {
	f := newFixture(t)
	for i := range 5000 {
		k := KeyOf(fmt.Appendf(nil, "%d", i))
		f.EnterOne(k.Hash)
		f.Set(k, []byte("v"), NoExpiry)
		f.Leave()
	}
	f.EnterAll()
	defer f.Leave()
	seen := map[string]int{}
	calls := 0
	for c := uint64(0); calls == 0 || c != 0; calls++ {
		if c >= 1<<53 {
			t.Fatalf("cursor %d does not fit a double", c)
		}
		c = f.Scan(c, 10, func(o value.Object) { seen[string(o.Rec.Key())]++ })
	}
	if len(seen) != 5000 || calls > 600 {
		t.Fatalf("visited %d keys in %d calls", len(seen), calls)
	}
}

func TestSweep(t *testing.T) {
	f := newFixture(t)
	for i := range 20000 {
		k := KeyOf(fmt.Appendf(nil, "%d", i))
		f.Select(i % 3)
		f.EnterOne(k.Hash)
		f.Set(k, []byte("v"), f.Now()+int64(i))
		f.Leave()
	}
	f.advance(10 * time.Second)
	var s Sweeper
	for range 2 { // a segment whose keys went may have been passed already
		for !s.Sweep(f.Txn, func() bool { return true }) {
		}
	}
	f.EnterAll()
	defer f.Leave()
	left := 0
	for db := range 4 {
		f.Select(db)
		left += f.Len()
	}
	if left != 10000 || f.Stats.Expired != 10000 {
		t.Fatalf("%d keys are left, %d expired", left, f.Stats.Expired)
	}
}

func TestWatch(t *testing.T) {
	f := newFixture(t)
	a, b := KeyOf([]byte("a")), KeyOf([]byte("b"))
	f.Enter([]Key{a, b})
	defer f.Leave()
	f.Set(a, []byte("1"), f.Now()+10)
	steps := []struct {
		name string
		do   func()
		want bool
	}{
		{"nothing", func() {}, false},
		{"another key", func() { f.Set(b, []byte("1"), NoExpiry) }, false},
		{"set", func() { f.Set(a, []byte("1"), f.Now()+10) }, true},
		{"expiry", func() { f.SetExpiry(a, f.Now()+5) }, true},
		{"time passes", func() { f.advance(time.Second) }, true},
		{"dead already", func() { f.advance(time.Second) }, false},
	}
	for _, s := range steps {
		var w Watcher
		f.Watch(&w, a)
		s.do()
		if got := f.Changed(&w); got != s.want {
			t.Errorf("%s: changed is %v", s.name, got)
		}
		f.Unwatch(&w)
	}
	if n := f.WatchedKeys(); n != 0 {
		t.Errorf("%d keys are still watched", n)
	}
}

func TestEvict(t *testing.T) {
	for _, p := range []Policy{VolatileLRU, VolatileLFU, VolatileRandom, VolatileTTL, AllKeysLRU, AllKeysLFU, AllKeysRandom} {
		f := newFixture(t)
		f.ks.SetPolicy(p, 10, 10, 1)
		f.advance(0)
		for i := range 2000 {
			k := KeyOf(fmt.Appendf(nil, "%d", i))
			x := NoExpiry
			if i%2 == 0 {
				x = f.Now() + 1_000_000_000 - int64(i)*1000
			}
			f.EnterOne(k.Hash)
			f.Set(k, []byte("v"), x)
			f.Leave()
			if i%100 == 0 {
				f.advance(time.Second)
			}
		}
		e := NewEvictor()
		for range 500 {
			if e.Evict(f.Txn) == 0 {
				t.Fatalf("policy %d: nothing to evict", p)
			}
		}
		f.EnterAll()
		old, volatile := 0, f.Volatile()
		f.Each(func(o value.Object) {
			if i, _ := strconv.Atoi(string(o.Rec.Key())); i < 500 {
				old++
			}
		})
		if f.Len() != 1500 || p.volatile() && volatile != 500 {
			t.Errorf("policy %d: %d keys are left, %d volatile", p, f.Len(), volatile)
		}
		if (p == AllKeysLRU && old > 150) || (p == VolatileTTL && old < 240) {
			t.Errorf("policy %d: %d of the 500 oldest are left", p, old)
		}
		f.Leave()
	}
}

// TestWatchOverSwap: to a watcher a key past its expiry is none, whichever database
// it comes from.
func TestWatchOverSwap(t *testing.T) {
	const none, alive, dead = 0, 1, 2
	for _, c := range []struct {
		before, after int // what the key is in the watched database and in the other
		changed       bool
	}{
		{none, none, false}, {none, dead, false}, {dead, none, false}, {dead, dead, false},
		{none, alive, true}, {dead, alive, true}, {alive, none, true}, {alive, dead, true}, {alive, alive, true},
	} {
		f := newFixture(t)
		k := KeyOf([]byte("k"))
		f.ks.KeepExpired(true)
		var w Watcher
		f.EnterAll()
		for db, what := range []int{c.before, c.after} {
			f.Select(db)
			switch what {
			case alive:
				f.Set(k, []byte("v"), NoExpiry)
			case dead:
				f.Set(k, []byte("v"), f.Now()-1000)
			}
		}
		f.Select(0)
		f.Watch(&w, k)
		f.Swap(0, 1)
		if got := f.Changed(&w); got != c.changed {
			t.Errorf("%d becomes %d: changed %v, want %v", c.before, c.after, got, c.changed)
		}
		f.Unwatch(&w)
		f.Leave()
	}
}
