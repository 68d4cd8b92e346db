package intset

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// block is a set that lies in a larger slice, as in a block of memory.
func block(s []byte, room int) []byte {
	b := make([]byte, len(s)+room)
	for i := range b {
		b[i] = 0xdb
	}
	copy(b, s)
	return b
}

func check(t rapid.TB, s []byte, want map[int64]bool) {
	t.Helper()
	if err := Check(s); err != nil {
		t.Fatal(err)
	}
	all := slices.Sorted(maps.Keys(want))
	if Len(s) != len(all) || Bytes(s) != len(s) {
		t.Fatalf("len %d and %d bytes, want %d and %d", Len(s), Bytes(s), len(all), len(s))
	}
	for i, v := range all {
		if At(s, i) != v {
			t.Fatalf("at %d: %d, want %d", i, At(s, i), v)
		}
		if j, ok := Find(s, v); !ok || j != i {
			t.Fatalf("find %d: %d %v, want %d", v, j, ok, i)
		}
	}
}

func TestRead(t *testing.T) {
	for _, step := range []int64{1, 1000, 1 << 40} {
		s := AppendEmpty(nil)
		for i := range int64(100) {
			s, _ = Add(s, (i-50)*step)
		}
		var dst [64]int64
		for i := range 101 {
			n := Read(s, i, dst[:])
			if n != min(len(dst), 100-i) {
				t.Fatalf("%d integers from %d on", n, i)
			}
			for j, v := range dst[:n] {
				if v != At(s, i+j) {
					t.Fatalf("integer %d is %d, want %d", i+j, v, At(s, i+j))
				}
			}
		}
	}
}

func TestModel(t *testing.T) {
	edges := []int64{0, 1, -1, 32767, 32768, -32768, -32769, math.MaxInt32, math.MaxInt32 + 1, math.MinInt32,
		math.MinInt32 - 1, math.MaxInt64, math.MinInt64}
	value := rapid.OneOf(rapid.SampledFrom(edges), rapid.Int64Range(-20, 20), rapid.Int64Range(-40000, 40000), rapid.Int64())
	rapid.Check(t, func(t *rapid.T) {
		s, want := AppendEmpty(nil), map[int64]bool{}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				v := value.Draw(t, "value")
				size := BytesWith(s, v)
				var added bool
				if s, added = Add(block(s, rapid.IntRange(0, 12).Draw(t, "room")), v); added == want[v] {
					t.Fatalf("add %d: %v", v, added)
				}
				if added && len(s) != size {
					t.Fatalf("%d bytes, not %d as said", len(s), size)
				}
				want[v] = true
			},
			"remove": func(t *rapid.T) {
				v := value.Draw(t, "value")
				if len(want) > 0 && rapid.Bool().Draw(t, "there") {
					v = At(s, rapid.IntRange(0, len(want)-1).Draw(t, "index"))
				}
				var removed bool
				if s, removed = Remove(block(s, 8), v); removed != want[v] {
					t.Fatalf("remove %d: %v", v, removed)
				}
				delete(want, v)
			},
			"": func(t *rapid.T) { check(t, s, want) },
		})
	})
}

func TestAddInPlace(t *testing.T) {
	b := make([]byte, 0, 64)
	s := AppendEmpty(b)
	if n := testing.AllocsPerRun(10, func() {
		s = AppendEmpty(b)
		for v := range int64(7) {
			s, _ = Add(s, v<<40)
		}
	}); n != 0 || &s[0] != &b[:1][0] {
		t.Errorf("%v allocations", n)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte{2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0})
	f.Add([]byte{2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 0})
	f.Add([]byte{8, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Add(binary.LittleEndian.AppendUint64([]byte{8, 0, 0, 0, 1, 0, 0, 0}, 1<<63))
	f.Fuzz(func(t *testing.T, b []byte) {
		if Check(b) != nil {
			return
		}
		want := map[int64]bool{}
		for i := range Len(b) {
			want[At(b, i)] = true
		}
		check(t, b, want)
		s, _ := Add(block(b, 3), 7)
		want[7] = true
		check(t, s, want)
	})
}
