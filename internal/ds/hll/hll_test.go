package hll

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// add adds the elements first to last-1 to an editor and to a model.
func add(t testing.TB, e *Editor, s *Set, first, last int) {
	t.Helper()
	for i := first; i < last; i++ {
		elem := fmt.Appendf(nil, "element:%d", i)
		index, rank := place(elem)
		want := rank > s[index]
		s[index] = max(s[index], rank)
		changed, err := e.Add(elem)
		if err != nil || changed != want {
			t.Fatalf("element %d: %v %v, want %v", i, changed, err, want)
		}
	}
}

// registers unpacks b by its definition.
func registers(t testing.TB, b []byte) (s Set) {
	t.Helper()
	if err := Check(b); err != nil {
		t.Fatal(err)
	}
	if !IsDense(b) {
		i := 0
		for p := HeaderSize; p < len(b); p++ {
			n, rank := int(b[p]&63)+1, uint8(0)
			switch b[p] >> 6 {
			case 1:
				n = (n-1)<<8 + int(b[p+1]) + 1
				p++
			case 2, 3:
				n, rank = int(b[p]&3)+1, b[p]>>2&31+1
			}
			for range n {
				s[i] = rank
				i++
			}
		}
		return s
	}
	for i := range s {
		for bit := range 6 {
			at := i*6 + bit
			s[i] |= b[HeaderSize+at/8] >> (at % 8) & 1 << bit
		}
	}
	return s
}

// TestGrow fills a value from its first element until it is dense.
func TestGrow(t *testing.T) {
	var s Set
	e := Editor{Limit: 3000}
	e.Reset()
	for n := 0; n < 20000; n += n/10 + 1 {
		add(t, &e, &s, n, n+n/10+1)
		if got := registers(t, e.Bytes()); got != s {
			t.Fatalf("after %d elements the registers are wrong", n)
		}
		if !IsDense(e.Bytes()) && len(e.Bytes()) > e.Limit {
			t.Fatalf("%d bytes are too long for a sparse value", len(e.Bytes()))
		}
		got, err := Count(e.Bytes())
		if err != nil || got != s.Count() {
			t.Fatalf("%d elements are %d, want %d: %v", n, got, s.Count(), err)
		}
		if want := float64(n + n/10 + 1); math.Abs(float64(got)-want) > want/25+1 {
			t.Errorf("%v elements count as %d", want, got)
		}
	}
	if !IsDense(e.Bytes()) {
		t.Error("20000 elements are sparse")
	}
}

// TestSkip looks for each register in runs of all kinds: what skip finds must be a
// run, not far before the register's own, but two runs before it.
func TestSkip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := Editor{b: make([]byte, HeaderSize), from: HeaderSize}
		e.b = append(e.b, rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0x83, 0xff, 0x55}), 0, 64).Draw(t, "runs")...)
		var starts, firsts []int // of all whole runs
		total := 0
		for p := HeaderSize; p < len(e.b); {
			n, size := runAt(e.b, p)
			if size == 0 {
				break
			}
			starts, firsts = append(starts, p), append(firsts, total)
			total += n
			p += size
		}
		for i, first := range firsts {
			p, pFirst := e.skip(first)
			at := slices.Index(starts, p)
			if at < 0 || firsts[at] != pFirst || at > 0 && at+2 > i || starts[i]-p > 17 {
				t.Fatalf("register %d at %d: got %d at %d, run %d of %v", first, starts[i], pFirst, p, at, starts)
			}
		}
	})
}

// TestDense compares the fast ways of dense values with their definition.
func TestDense(t *testing.T) { withoutAVX2(testDense)(t) }

func testDense(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var s, both Set
		ranks := rapid.SliceOfN(rapid.Uint8Range(0, registerMax), 1, 100).Draw(rt, "ranks")
		other := rapid.SliceOfN(rapid.Uint8Range(0, registerMax), 1, 100).Draw(rt, "other")
		for i := range s {
			s[i] = ranks[i%len(ranks)]
			both[i] = max(s[i], other[i%len(other)])
		}
		b := s.AppendDense(nil, AppendEmpty(nil))
		if registers(t, b) != s {
			rt.Fatal("packing")
		}
		var sum Set
		for i := range sum {
			sum[i] = other[i%len(other)]
		}
		if err := sum.Merge(b); err != nil || sum != both {
			rt.Fatal("merging", err)
		}
		for i, rank := range other {
			at := i * 163 % Registers
			if raise(b[HeaderSize:], at, rank) != (rank > s[at]) {
				rt.Fatal("raising", at)
			}
			s[at] = max(s[at], rank)
		}
		if registers(t, b) != s {
			rt.Fatal("raised")
		}
		n, err := Count(b)
		if err != nil || n != s.Count() {
			rt.Fatal("count", n, s.Count())
		}
	})
}

// TestUnite compares the union of dense values with that of their registers.
func TestUnite(t *testing.T) { withoutAVX2(testUnite)(t) }

func testUnite(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var want Set
		values := make([][]byte, 3)
		for k := range values {
			var s Set
			ranks := rapid.SliceOfN(rapid.Uint8Range(0, registerMax), 1, 100).Draw(rt, "ranks")
			for i := range s {
				s[i] = ranks[i%len(ranks)]
				want[i] = max(want[i], s[i])
			}
			values[k] = s.AppendDense(nil, AppendEmpty(nil))
		}
		a, b := slices.Clone(values[1]), slices.Clone(values[2])
		Unite(values[0], values[1], values[2])
		if registers(t, values[0]) != want {
			rt.Fatal("the union has other registers")
		}
		if _, fresh := Card(values[0]); fresh || !bytes.Equal(a, values[1]) || !bytes.Equal(b, values[2]) {
			rt.Fatal("the estimate is not stale, or a source has changed")
		}
	})
}

// TestAddSet wants the bytes that come out when each register is raised by itself,
// from the beginning.
func TestAddSet(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.SampledFrom([]int{0, 50, 3000, 20000}).Draw(rt, "limit")
		one, all := Editor{Limit: limit}, Editor{Limit: limit}
		one.Reset()
		all.Reset()
		for range 3 {
			var s Set
			start := rapid.IntRange(0, Registers-1).Draw(rt, "start")
			for _, rank := range rapid.SliceOfN(rapid.Uint8Range(0, 4), 0, 300).Draw(rt, "ranks") {
				s[start] = rank
				start = (start + 1) % Registers
			}
			if rapid.IntRange(0, 20).Draw(rt, "high") == 0 {
				s[start] = 40
			}
			for i, rank := range s {
				one.from, one.first = HeaderSize, 0
				if _, err := one.raise(i, rank); rank > 0 && err != nil {
					rt.Fatal(err)
				}
			}
			Invalidate(one.b)
			if err := all.AddSet(&s); err != nil {
				rt.Fatal(err)
			}
			if !bytes.Equal(one.Bytes(), all.Bytes()) {
				rt.Fatalf("%x\nwant\n%x", all.Bytes(), one.Bytes())
			}
			registers(t, all.Bytes())
		}
	})
}

func TestCard(t *testing.T) {
	b := AppendEmpty(nil)
	if n, ok := Card(b); n != 0 || !ok {
		t.Error("an empty value counts", n, ok)
	}
	SetCard(b, 12345)
	if n, ok := Card(b); n != 12345 || !ok {
		t.Error(n, ok)
	}
	Invalidate(b)
	if _, ok := Card(b); ok {
		t.Error("a stale estimate counts")
	}
}

// FuzzHostile does everything with values that may be damaged.
func FuzzHostile(f *testing.F) {
	var s Set
	e := Editor{Limit: 3000}
	for _, n := range []int{0, 3, 500, 5000} {
		e.Reset()
		s = Set{}
		add(f, &e, &s, 0, n)
		f.Add(slices.Clone(e.Bytes()), []byte("x"))
	}
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x7f\xff\x7f"), []byte("a"))
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\xff\x7f"), []byte("b"))
	f.Fuzz(func(t *testing.T, b, elem []byte) {
		if !Valid(b) {
			return
		}
		sound := Check(b) == nil
		_, err := Count(b)
		if (err == nil) != sound {
			t.Errorf("count: %v", err)
		}
		var s Set
		if err := s.Merge(b); (err == nil) != sound {
			t.Errorf("merge: %v", err)
		}
		e := Editor{Limit: 3000}
		e.Load(b)
		if _, err := e.Add(elem); sound && (err != nil || Check(e.Bytes()) != nil) {
			t.Errorf("add: %v, then %v", err, Check(e.Bytes()))
		}
		AppendRuns(nil, b)
		e.Load(b)
		if err := e.ToDense(); (err == nil) != sound {
			t.Errorf("to dense: %v", err)
		}
	})
}

func BenchmarkHLL(b *testing.B) {
	var s Set
	e := Editor{Limit: 3000}
	e.Reset()
	add(b, &e, &s, 0, 1500)
	sparse := slices.Clone(e.Bytes())
	add(b, &e, &s, 1500, 20000)
	dense := slices.Clone(e.Bytes())
	other := slices.Clone(dense)
	elem := []byte("element:7")
	for name, run := range map[string]func(){
		"AddSparse":   func() { e.Load(sparse); _, _ = e.Add(elem) },
		"AddDense":    func() { DenseAdd(dense, elem) },
		"CountSparse": func() { _, _ = Count(sparse) },
		"CountDense":  func() { _, _ = Count(dense) },
		"CountSet":    func() { s.Count() },
		"MergeDense":  func() { _ = s.Merge(dense) },
		"Unite":       func() { Unite(dense, other, other) },
		"MergeSparse": func() { _ = s.Merge(sparse) },
		"Pack":        func() { dense = s.AppendDense(dense[:0], sparse) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				run()
			}
		})
	}
}
