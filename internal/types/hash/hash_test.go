package hash

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/internal/value"
)

var usual = &value.Limits{HashEntries: 512, HashValue: 64}

// newHeap returns a heap that must be empty in the end.
func newHeap(t testing.TB) *offheap.Heap {
	s, err := offheap.NewSpace(offheap.Options{Reserve: 1 << 33})
	if err != nil {
		t.Fatal(err)
	}
	h := offheap.NewHeap(s, 1)
	t.Cleanup(func() {
		if n := h.Used(); n != 0 {
			t.Errorf("%d bytes were not freed", n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// withObject calls f with a record that holds h.
func withObject(h *Hash, f func(o value.Object)) {
	r, v := dict.NewRecord(h.Heap, offheap.Records, dict.Shape{Kind: h.Kind, Expiry: -1}, []byte("key"))
	dict.PutWord(v, h.Word)
	f(value.Object{Heap: h.Heap, Rec: dict.At(h.Heap, r)})
	h.Heap.Free(r, offheap.Records)
}

// field is a field of a model.
type field struct {
	value  string
	expiry int64 // NoExpiry, or a time
}

// model drives a hash and a map with the same operations.
type model struct {
	t      rapid.TB
	h      Hash
	limits *value.Limits
	want   map[string]field // dead ones included
	packed bool             // the form that it must have
	now    int64
}

func newModel(t rapid.TB, heap *offheap.Heap, l *value.Limits) *model {
	m := &model{t: t, h: New(heap), limits: l, want: map[string]field{}, packed: true}
	m.pass(1000)
	return m
}

func (m *model) dead(name string) bool {
	f, ok := m.want[name]
	return ok && f.expiry >= 0 && f.expiry < m.now
}

func (m *model) alive(name string) bool {
	_, ok := m.want[name]
	return ok && !m.dead(name)
}

func (m *model) set(name, text string, expiry int64) {
	want, old := Added, m.want[name]
	switch {
	case m.dead(name):
		want = Revived
	case m.alive(name):
		want = Updated
	}
	keep := expiry
	if expiry == KeepExpiry {
		keep = NoExpiry
		if want == Updated {
			keep = old.expiry
		}
	}
	if got := m.h.Set(m.limits, []byte(name), []byte(text), expiry); got != want {
		m.t.Fatalf("setting %q: outcome %d, want %d", name, got, want)
	}
	m.want[name] = field{text, keep}
	if expiry >= 0 || len(m.want) > m.limits.HashEntries || len(name) > m.limits.HashValue || len(text) > m.limits.HashValue {
		m.packed = false
	}
}

func (m *model) remove(name string) {
	want := m.alive(name)
	if got := m.h.Remove([]byte(name)); got != want {
		m.t.Fatalf("removing %q: %v, want %v", name, got, want)
	}
	if want {
		delete(m.want, name)
	}
}

func (m *model) discard(name string) {
	_, want := m.want[name]
	if got := m.h.Discard([]byte(name)); got != want {
		m.t.Fatalf("discarding %q: %v, want %v", name, got, want)
	}
	delete(m.want, name)
}

func (m *model) setExpiry(name string, ms int64) {
	f, there := m.want[name]
	if !m.alive(name) || !there {
		return
	}
	m.h.SetExpiry([]byte(name), ms)
	m.want[name] = field{f.value, ms}
	if ms >= 0 {
		m.packed = false
	}
}

// pass lets time pass.
func (m *model) pass(ms int64) {
	m.now += ms
	m.h.now = m.now
}

// expire takes out up to n dead fields.
func (m *model) expire(n int) {
	if !m.h.Timed() {
		return
	}
	gone := 0
	withObject(&m.h, func(o value.Object) {
		kind, left := expire(o, m.now, n, func(b []byte) {
			if !m.dead(string(b)) {
				m.t.Fatalf("%q went, but is not dead", b)
			}
			delete(m.want, string(b))
			gone++
		})
		m.h.Kind = kind
		if left != len(m.want) {
			m.t.Fatalf("%d fields are left, want %d", left, len(m.want))
		}
	})
	if gone < n {
		for name := range m.want {
			if m.dead(name) {
				m.t.Fatalf("%q should have gone", name)
			}
		}
	}
}

// check compares the hash with the model.
func (m *model) check() {
	m.t.Helper()
	h := &m.h
	got, live := map[string]string{}, map[string]string{}
	h.Each(func(name, v Value) bool {
		got[string(listpack.AppendText(nil, name))] = string(listpack.AppendText(nil, v))
		return true
	})
	due, timed := int64(never), false
	for name, f := range m.want {
		if f.expiry >= 0 {
			due, timed = min(due, f.expiry), true
		}
		if m.alive(name) {
			live[name] = f.value
		}
		v, ok := h.Get([]byte(name))
		if ok != m.alive(name) || ok && string(listpack.AppendText(nil, v)) != f.value {
			m.t.Fatalf("%q holds %.50q, %v; want %.50q", name, listpack.AppendText(nil, v), ok, f.value)
		}
		if ms, ok := h.Expiry([]byte(name)); ok && ms != f.expiry {
			m.t.Fatalf("%q expires at %d, want %d", name, ms, f.expiry)
		}
	}
	switch {
	case !maps.Equal(got, live):
		m.t.Fatalf("fields %.300v, want %.300v", got, live)
	case h.Len() != len(m.want):
		m.t.Fatalf("%d fields, want %d", h.Len(), len(m.want))
	case h.packed() != m.packed || h.Timed() != timed:
		m.t.Fatalf("kind %d, want packed %v, timed %v", h.Kind, m.packed, timed)
	case h.Due() > due:
		m.t.Fatalf("due at %d, want %d or earlier", h.Due(), due)
	}
	m.checkBytes()
}

// checkBytes compares what the hash says of its memory with the heap's own count.
func (m *model) checkBytes() {
	if !m.h.packed() {
		if err := m.h.table().Dict().Check(m.h.Heap); err != nil {
			m.t.Fatal(err)
		}
	}
	used := int(m.h.Heap.Used())
	withObject(&m.h, func(o value.Object) {
		if got := outside(o); got != used {
			m.t.Fatalf("%d bytes outside, want %d", got, used)
		}
	})
}

func nameGenerator() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-5, 60), strconv.Itoa),
		rapid.SampledFrom([]string{"", "a", "-0", "01", "9223372036854775808", strings.Repeat("n", 64), strings.Repeat("n", 65)}),
		rapid.Map(rapid.IntRange(0, 60), func(n int) string { return "field" + strconv.Itoa(n) }),
	)
}

func textGenerator() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Map(rapid.Int64(), func(n int64) string { return strconv.FormatInt(n, 10) }),
		rapid.Map(rapid.IntRange(0, 70), func(n int) string { return strings.Repeat("v", n) }),
		rapid.SampledFrom([]string{"", "x", strings.Repeat("w", 300), strings.Repeat("y", value.MaxInline), strings.Repeat("z", value.MaxInline+1), strings.Repeat("z", 9000)}),
	)
}

func TestModel(t *testing.T) {
	heap := newHeap(t)
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom([]*value.Limits{usual, {HashEntries: 8, HashValue: 64}, {HashEntries: 1 << 20, HashValue: 1 << 20}, {}}).Draw(t, "limits")
		m := newModel(t, heap, l)
		defer func() { m.h.Free() }()
		name := func(t *rapid.T) string { return nameGenerator().Draw(t, "name") }
		times := rapid.Map(rapid.Int64Range(-20, 200), func(ms int64) int64 { return max(m.now+ms, 0) })
		t.Repeat(map[string]func(*rapid.T){
			"set":      func(t *rapid.T) { m.set(name(t), textGenerator().Draw(t, "text"), NoExpiry) },
			"set more": func(t *rapid.T) { m.set(name(t), "short", NoExpiry) },
			"set kept": func(t *rapid.T) { m.set(name(t), textGenerator().Draw(t, "text"), KeepExpiry) },
			"set timed": func(t *rapid.T) {
				if !m.packed || rapid.IntRange(0, 9).Draw(t, "chance") == 9 {
					m.set(name(t), textGenerator().Draw(t, "text"), times.Draw(t, "at"))
				}
			},
			"expire": func(t *rapid.T) {
				if !m.packed || rapid.IntRange(0, 9).Draw(t, "chance") == 9 {
					m.setExpiry(name(t), times.Draw(t, "at"))
				}
			},
			"persist": func(t *rapid.T) { m.setExpiry(name(t), NoExpiry) },
			"remove":  func(t *rapid.T) { m.remove(name(t)) },
			"discard": func(t *rapid.T) { m.discard(name(t)) },
			"pass":    func(t *rapid.T) { m.pass(rapid.Int64Range(0, 50).Draw(t, "ms")) },
			"sweep":   func(t *rapid.T) { m.expire(rapid.SampledFrom([]int{1, 3, 1000}).Draw(t, "n")) },
			"":        func(*rapid.T) { m.check() },
		})
	})
}

// TestLarge fills a table with many fields of all sizes, some of which expire, and
// takes it down in several ways.
func TestLarge(t *testing.T) {
	heap := newHeap(t)
	r := rng.New(3)
	m := newModel(t, heap, usual)
	for i := range 20_000 {
		expiry := NoExpiry
		if i%3 == 0 {
			expiry = m.now + int64(r.Uint64n(1000))
		}
		m.set(fmt.Sprintf("field:%d", r.Uint64n(15_000)), strings.Repeat("v", int(r.Uint64n(40))*int(1+r.Uint64n(2)*150)), expiry)
	}
	for range 10 {
		m.pass(100)
		m.expire(1 << 30)
		for range 500 {
			m.remove(fmt.Sprintf("field:%d", r.Uint64n(15_000)))
		}
		if err := m.h.table().Dict().Check(heap); err != nil {
			t.Fatal(err)
		}
	}
	m.h.Free()
}

// TestFreeSome frees a large hash in steps, each of which must be short.
func TestFreeSome(t *testing.T) {
	heap := newHeap(t)
	h := New(heap)
	const fields = 30_000
	for i := range fields {
		h.Set(usual, fmt.Appendf(nil, "field:%d", i), []byte(strings.Repeat("v", i%30*200)), NoExpiry)
	}
	steps, word, done := 0, h.Word, false
	for ; !done; steps++ {
		word, done = value.FreeSome(heap, h.Kind, word, 256)
	}
	if steps < fields/1000 {
		t.Errorf("freed in %d steps", steps)
	}
}

// TestRandomIsFair draws from all forms, with and without dead fields.
func TestRandomIsFair(t *testing.T) {
	for _, n := range []int{1, 7, 500, 900} {
		heap := newHeap(t)
		h := New(heap)
		for i := range n {
			h.Set(usual, []byte(strconv.Itoa(i)), []byte("v"), NoExpiry)
		}
		src := rng.New(uint64(n))
		count := func(draw func(visit func(name Value))) map[string]int {
			all := map[string]int{}
			draw(func(name Value) { all[string(listpack.AppendText(nil, name))]++ })
			return all
		}
		const mean = 400
		ways := map[string]map[string]int{
			"draw": count(func(visit func(Value)) {
				h.Draw(src, n*mean, func(name, _ Value) bool { visit(name); return true })
			}),
			"sample": count(func(visit func(Value)) {
				for range 2 * mean {
					h.Sample(src, (n+1)/2, func(name, _ Value) { visit(name) })
				}
			}),
			"few": count(func(visit func(Value)) {
				for range mean * 10 {
					h.Sample(src, max(n/10, 1), func(name, _ Value) { visit(name) })
				}
			}),
		}
		for way, all := range ways {
			for name, c := range all {
				want := mean
				switch {
				case way == "sample":
					want = 2 * mean * ((n + 1) / 2) / n
				case way == "few":
					want = mean * 10 * max(n/10, 1) / n
				}
				if d := float64(c - want); d*d > 36*float64(want) {
					t.Errorf("%d fields, %s: %s came %d times, not about %d", n, way, name, c, want)
				}
			}
			if len(all) != n {
				t.Errorf("%d of %d fields came by %s", len(all), n, way)
			}
		}
		h.Free()
	}
}

// TestSampleIsDistinct wants samples without repetition and without dead fields.
func TestSampleIsDistinct(t *testing.T) {
	heap := newHeap(t)
	h := New(heap)
	for i := range 2000 {
		h.Set(usual, []byte(strconv.Itoa(i)), []byte("v"), []int64{NoExpiry, 10}[i%2])
	}
	h.now = 11
	src := rng.New(1)
	for _, n := range []int{0, 1, 2, 100, 999, 1000, 1500, 5000} {
		seen := map[string]bool{}
		h.Sample(src, n, func(name, _ Value) {
			if i, _ := strconv.Atoi(string(name.Bytes)); i%2 != 0 || seen[string(name.Bytes)] {
				t.Errorf("of %d: %s is dead or was there before", n, name.Bytes)
			}
			seen[string(name.Bytes)] = true
		})
		if len(seen) != min(n, 1000) {
			t.Errorf("%d fields of %d", len(seen), n)
		}
	}
	h.Free()
}

// TestScanSeesAll scans while fields come and go.
func TestScanSeesAll(t *testing.T) {
	heap := newHeap(t)
	h := New(heap)
	for i := range 3000 {
		h.Set(usual, fmt.Appendf(nil, "stay:%d", i), []byte("v"), NoExpiry)
	}
	seen := map[string]bool{}
	cursor, calls := uint64(0), 0
	for calls == 0 || cursor != 0 {
		var room [64]offheap.Ref
		step := h.Scan(cursor, 7, room[:0])
		step.Each(func(name, _ Value) bool {
			seen[string(name.Bytes)] = true
			return true
		})
		cursor = step.Next
		for i := range 20 {
			name := fmt.Appendf(nil, "guest:%d", calls%200*20+i)
			if calls < 200 {
				h.Set(usual, name, []byte("v"), NoExpiry)
			} else {
				h.Remove(name)
			}
		}
		if calls++; calls > 10_000 {
			t.Fatal("the scan doesn't end")
		}
	}
	if n := len(slices.DeleteFunc(slices.Collect(maps.Keys(seen)), func(s string) bool { return s[0] != 's' })); n != 3000 {
		t.Errorf("%d fields of 3000", n)
	}
	h.Free()
}
