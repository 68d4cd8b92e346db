package lzf

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// reference holds strings and their compressed form as a real server writes it.
var reference = []struct{ plain, packed string }{
	{strings.Repeat("a", 21), "016161e00a00"},
	{strings.Repeat("a", 63), "016161e03200016161"},
	{strings.Repeat("a", 64), "016161e03300016161"},
	{strings.Repeat("abc", 100), "0361626361e0ff02e11507016263"},
}

func TestReferenceBytes(t *testing.T) {
	var c Compressor
	for _, r := range reference {
		got, ok := c.Append(nil, []byte(r.plain), len(r.plain)-4)
		if !ok || hex.EncodeToString(got) != r.packed {
			t.Errorf("%d bytes of %.3s: got %x, want %s", len(r.plain), r.plain, got, r.packed)
		}
	}
}

// repetitive draws strings that compress: pieces of a small alphabet, repeated.
func repetitive(t *rapid.T) []byte {
	var out []byte
	for range rapid.IntRange(0, 40).Draw(t, "pieces") {
		piece := rapid.SliceOfN(rapid.ByteRange('a', 'd'), 1, 12).Draw(t, "piece")
		out = append(out, bytes.Repeat(piece, rapid.IntRange(1, 90).Draw(t, "times"))...)
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	var c Compressor
	rapid.Check(t, func(t *rapid.T) {
		src := repetitive(t)
		maxLen := rapid.IntRange(0, len(src)+10).Draw(t, "maxLen")
		packed, ok := c.Append([]byte("head"), src, maxLen)
		if string(packed[:4]) != "head" || len(packed)-4 > max(maxLen, 0) || (!ok && len(packed) != 4) {
			t.Fatalf("got %d bytes, ok %v, with room for %d", len(packed)-4, ok, maxLen)
		}
		if !ok {
			return
		}
		plain, err := Append([]byte("x"), packed[4:], len(src))
		if err != nil || !bytes.Equal(plain[1:], src) || plain[0] != 'x' {
			t.Fatalf("round trip of %q through %x: %q, %v", src, packed[4:], plain, err)
		}
	})
}

// TestStaleTable proves that what earlier strings left in the table changes
// nothing, also where base wraps around.
func TestStaleTable(t *testing.T) {
	var used Compressor
	rapid.Check(t, func(t *rapid.T) {
		src := repetitive(t)
		var fresh Compressor
		want, wantOK := fresh.Append(nil, src, len(src))
		if rapid.Bool().Draw(t, "wrap") {
			used.base = ^uint32(0) - uint32(rapid.IntRange(0, 2*len(src)).Draw(t, "left"))
			clear(used.table[:])
		}
		got, ok := used.Append(nil, src, len(src))
		if ok != wantOK || !bytes.Equal(got, want) {
			t.Fatalf("used table: %x %v, fresh table: %x %v", got, ok, want, wantOK)
		}
	})
}

func TestDamaged(t *testing.T) {
	for _, c := range []struct {
		name, packed string
		n            int
	}{
		{"literals cut off", "0361", 4},
		{"repeat without distance", "006120", 4},
		{"long repeat without length", "0061e0", 4},
		{"long repeat without distance", "0061e000", 10},
		{"back beyond the start", "00612001", 4},
		{"shorter than promised", "0061", 2},
		{"longer than promised", "026162", 2},
		{"control byte left over", "02616263", 2},
		{"huge promise", "0061", 1 << 60},
		{"negative promise", "0061", -1},
	} {
		packed, err := hex.DecodeString(c.packed)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := Append([]byte("keep"), packed, c.n); err != ErrCorrupt || string(out) != "keep" {
			t.Errorf("%s: got %q, %v", c.name, out, err)
		}
	}
	if out, err := Append(nil, nil, 0); err != nil || len(out) != 0 {
		t.Errorf("nothing: got %q, %v", out, err)
	}
}

func TestAllocs(t *testing.T) {
	var c Compressor
	src := bytes.Repeat([]byte("hello world, "), 20)
	packed := make([]byte, 0, 512)
	plain := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() {
		packed, _ = c.Append(packed[:0], src, len(src)-4)
		plain, _ = Append(plain[:0], packed, len(src))
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func FuzzAppend(f *testing.F) {
	for _, r := range reference {
		packed, _ := hex.DecodeString(r.packed)
		f.Add(packed, len(r.plain))
	}
	f.Fuzz(func(t *testing.T, packed []byte, n int) {
		out, err := Append(nil, packed, n)
		if err == nil && len(out) != n {
			t.Fatalf("got %d bytes, want %d", len(out), n)
		}
		if len(out) > MaxRatio*len(packed) {
			t.Fatalf("%d bytes from %d", len(out), len(packed))
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	var c Compressor
	src := bytes.Repeat([]byte(`{"id":12345,"name":"somebody","tags":["a","bb","ccc"]},`), 20)
	out := make([]byte, 0, len(src))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		out, _ = c.Append(out[:0], src, len(src)-4)
	}
}

func BenchmarkDecompress(b *testing.B) {
	var c Compressor
	src := bytes.Repeat([]byte(`{"id":12345,"name":"somebody","tags":["a","bb","ccc"]},`), 20)
	packed, _ := c.Append(nil, src, len(src))
	out := make([]byte, 0, len(src))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		out, _ = Append(out[:0], packed, len(src))
	}
}
