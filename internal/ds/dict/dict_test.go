package dict

import (
	"fmt"
	"math"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/internal/rng"
)

func newHeap(t testing.TB) *offheap.Heap {
	t.Helper()
	s, err := offheap.NewSpace(offheap.Options{Reserve: 1 << 33})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return offheap.NewHeap(s, 1)
}

func newRecord(h *offheap.Heap, key, value string, expiry int64) offheap.Ref {
	s := Shape{Kind: KindRaw, Len: len(value), Expiry: expiry}
	r := h.Alloc(s.Size(len(key)), offheap.Records)
	copy(s.Write(h.Ptr(r), []byte(key)), value)
	return r
}

type want struct {
	value  string
	expiry int64
}

// model drives a Dict and a map with the same operations.
type model struct {
	t    testing.TB
	h    *offheap.Heap
	d    Dict
	want map[string]want
}

func (m *model) put(key, value string, expiry int64) {
	hash := Hash([]byte(key))
	var p Pos
	if m.d.Find(m.h, hash, []byte(key), &p) {
		old := p.Ref()
		had := At(m.h, old).HasExpiry()
		p.SetRef(newRecord(m.h, key, value, expiry))
		m.d.SetExpiry(m.h, &p, had, expiry)
		m.h.Free(old, offheap.Records)
	} else {
		m.d.Insert(m.h, hash, newRecord(m.h, key, value, expiry))
	}
	m.want[key] = want{value, expiry}
}

func (m *model) del(key string) {
	var p Pos
	ok := m.d.Find(m.h, Hash([]byte(key)), []byte(key), &p)
	if _, has := m.want[key]; has != ok {
		m.t.Fatalf("find %q: %v, want %v", key, ok, has)
	}
	if ok {
		r := p.Ref()
		m.d.Delete(m.h, &p)
		m.h.Free(r, offheap.Records)
		delete(m.want, key)
	}
}

func (m *model) check() {
	m.t.Helper()
	if err := m.d.Check(m.h); err != nil {
		m.t.Fatal(err)
	}
	if m.d.Len() != len(m.want) {
		m.t.Fatalf("len %d, want %d", m.d.Len(), len(m.want))
	}
	for k, w := range m.want {
		var p Pos
		if !m.d.Find(m.h, Hash([]byte(k)), []byte(k), &p) {
			m.t.Fatalf("%q is lost", k)
		}
		rec := At(m.h, p.Ref())
		if string(rec.Value()) != w.value || rec.HasExpiry() != (w.expiry >= 0) || rec.HasExpiry() && rec.Expiry() != w.expiry {
			m.t.Fatalf("%q: %q, want %v", k, rec.Value(), w)
		}
	}
}

func (m *model) expire(now int64) {
	for pos := uint64(0); ; {
		refs, next := m.d.Expired(m.h, pos, now, nil, nil)
		for _, r := range refs {
			k := string(At(m.h, r).Key())
			if w := m.want[k]; w.expiry < 0 || w.expiry > now {
				m.t.Fatalf("%q is not expired", k)
			}
			m.del(k)
		}
		if next == 0 {
			break
		}
		pos = next
	}
	for k, w := range m.want {
		if w.expiry >= 0 && w.expiry <= now {
			m.t.Fatalf("%q was not found expired", k)
		}
	}
}

func TestModel(t *testing.T) {
	const seed = 7
	r := rng.New(seed)
	m := &model{t: t, h: newHeap(t), want: map[string]want{}}
	m.d = New(4)
	for phase := range 12 {
		room := []uint64{5, 200, 5000, 50000}[phase%4]
		grow := uint64(80)
		if phase%3 == 2 {
			grow = 15
		}
		for range 20000 {
			k := fmt.Sprintf("key:%d", r.Uint64n(room))
			// All keys of the model belong to one shard of 16.
			if r.Uint64n(100) < grow {
				expiry := int64(-1)
				if r.Uint64n(3) == 0 {
					expiry = int64(r.Uint64n(1_000_000))
				}
				m.put(k, fmt.Sprint(r.Uint64n(1<<(r.Uint64n(60)+1))), expiry)
			} else {
				m.del(k)
			}
		}
		m.check()
		m.expire(int64(r.Uint64n(500_000)))
		m.check()
	}
	for k := range m.want {
		m.del(k)
	}
	if m.h.Used() != 0 {
		t.Fatalf("%d bytes are left", m.h.Used())
	}
}

// TestScan proves the guarantee: what is there all the time is visited, though
// the table grows and shrinks meanwhile.
func TestScan(t *testing.T) {
	const seed = 3
	r := rng.New(seed)
	for round := range 20 {
		m := &model{t: t, h: newHeap(t), want: map[string]want{}}
		for i := range 1000 {
			m.put(fmt.Sprintf("stay:%d", i), "v", -1)
		}
		others := int(r.Uint64n(20000))
		growing := round%2 == 0
		if !growing {
			for i := range others {
				m.put(fmt.Sprintf("other:%d", i), "v", -1)
			}
		}
		seen := map[string]bool{}
		done := 0
		for pos, calls := uint64(0), 0; calls == 0 || pos != 0; calls++ {
			var refs []offheap.Ref
			refs, pos = m.d.Scan(m.h, pos, nil)
			for _, ref := range refs {
				seen[string(At(m.h, ref).Key())] = true
			}
			for range r.Uint64n(400) {
				if done < others {
					if growing {
						m.put(fmt.Sprintf("other:%d", done), "v", -1)
					} else {
						m.del(fmt.Sprintf("other:%d", done))
					}
					done++
				}
			}
		}
		for i := range 1000 {
			if k := fmt.Sprintf("stay:%d", i); !seen[k] {
				t.Fatalf("seed %d round %d: %s was not visited", seed, round, k)
			}
		}
		m.check()
	}
}

func TestRecord(t *testing.T) {
	h := newHeap(t)
	for _, klen := range []int{0, 1, 127, 128, 20000} {
		for _, vlen := range []int{0, 5, 127, 128, 16384} {
			for _, expiry := range []int64{-1, 0, 1, math.MaxInt64} {
				key, value := string(make([]byte, klen)), string(make([]byte, vlen))
				r := newRecord(h, key, value, expiry)
				rec := At(h, r)
				rec.SetAccess(0xabcdef)
				rec.SetEpoch(1)
				if string(rec.Key()) != key || string(rec.Value()) != value || rec.Access() != 0xabcdef || rec.Epoch() != 1 ||
					rec.HasExpiry() != (expiry >= 0) || rec.HasExpiry() && rec.Expiry() != expiry || rec.Kind() != KindRaw {
					t.Fatalf("record of %d, %d, %d reads differently", klen, vlen, expiry)
				}
				rec.SetEpoch(0)
				if rec.Access() != 0xabcdef || rec.Epoch() != 0 {
					t.Fatal("epoch and access mix")
				}
			}
		}
	}
	for shift := range 64 {
		for _, n := range []int64{1 << shift, -1 << shift, 1<<shift - 1, -(1 << shift) - 1} {
			s := Shape{Kind: IntKind(n), Expiry: -1}
			r := h.Alloc(s.Size(3), offheap.Records)
			PutInt(s.Write(h.Ptr(r), []byte("abc")), n)
			if got := At(h, r).Int(); got != n || string(At(h, r).Key()) != "abc" {
				t.Fatalf("%d reads as %d", n, got)
			}
		}
	}
}

func TestMemoryPerKey(t *testing.T) {
	h := newHeap(t)
	var d Dict
	worst := 0.0
	for i := range 400_000 {
		k := fmt.Sprintf("k%015d", i)
		d.Insert(h, Hash([]byte(k)), newRecord(h, k, "v000000000000000", -1))
		if i > 50_000 && i%1000 == 0 {
			worst = max(worst, float64(h.UsedFor(offheap.Tables))/float64(d.Len()))
		}
	}
	t.Logf("tables: now %.2f, worst %.2f bytes per key; %+v", float64(h.UsedFor(offheap.Tables))/float64(d.Len()), worst, d.Stats(h))
	if worst > 10 {
		t.Errorf("the table takes up to %.2f bytes per key", worst)
	}
}

func BenchmarkFind(b *testing.B) {
	h := newHeap(b)
	var d Dict
	const n = 1 << 20
	keys := make([][]byte, n)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key:%012d", i)
		d.Insert(h, Hash(keys[i]), newRecord(h, string(keys[i]), "v000000000000000", -1))
	}
	r := rng.New(1)
	var p Pos
	b.ResetTimer()
	for range b.N {
		k := keys[r.Uint64()%n]
		if !d.Find(h, Hash(k), k, &p) {
			b.Fatal("lost")
		}
	}
}

func BenchmarkInsert(b *testing.B) {
	h := newHeap(b)
	var d Dict
	var k [16]byte
	copy(k[:], "key:000000000000")
	for i := range b.N {
		*(*[8]byte)(k[8:]) = [8]byte{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24)}
		s := Shape{Kind: KindRaw, Len: 16, Expiry: -1}
		r := h.Alloc(s.Size(16), offheap.Records)
		s.Write(h.Ptr(r), k[:])
		d.Insert(h, Hash(k[:]), r)
	}
}

// TestOverhead holds tables, with all that their blocks leave unused in spans, to
// so many bytes per record, for sixteen heaps in one space.
func TestOverhead(t *testing.T) {
	space, err := offheap.NewSpace(offheap.Options{Reserve: 1 << 33})
	if err != nil {
		t.Fatal(err)
	}
	defer space.Close()
	const shards, bits, most = 16, 4, 14
	var heaps [shards]*offheap.Heap
	var tables [shards]Dict
	for i := range heaps {
		heaps[i], tables[i] = offheap.NewHeap(space, uint16(i)), New(bits)
	}
	records := int64(0)
	for i := range 400_000 {
		key := fmt.Sprintf("key:%07d", i)
		hash := Hash([]byte(key))
		h := heaps[hash>>(64-bits)]
		r := newRecord(h, key, "value", -1)
		records += int64(h.Size(r))
		tables[hash>>(64-bits)].Insert(h, hash, r)
		if n := int64(i) + 1; n >= 200_000 && n%50_000 == 0 && space.InUse()-records > most*n {
			t.Errorf("%d records: %d bytes in all, of which %d are records", n, space.InUse(), records)
		}
	}
}
