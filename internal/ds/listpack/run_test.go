package listpack

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestRuns writes entries in a run and reads over them.
func TestRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.OneOf(
			rapid.StringMatching(`-?[1-9][0-9]{0,18}`),
			rapid.StringN(0, 80, -1),
			rapid.Map(rapid.SampledFrom([]int{63, 64, 127, 128, 4095, 4096}), func(n int) string { return string(bytes.Repeat([]byte{'x'}, n)) }),
		)).Draw(t, "texts")
		want := AppendEmpty(nil)
		room := EmptySize
		for _, s := range texts {
			want = Append(want, []byte(s))
			room += Bound(len(s)) + IntBound
		}
		ints := rapid.SliceOfN(rapid.Int64(), len(texts), len(texts)).Draw(t, "ints")
		lp := AppendEmpty(make([]byte, 0, room))
		w := Write(lp)
		for _, s := range texts {
			w.Text([]byte(s))
		}
		lp = w.Close()
		if !bytes.Equal(lp, want) {
			t.Fatalf("%x, want %x", lp, want)
		}
		w = Write(lp)
		for _, n := range ints {
			w.Int(n)
			want = AppendInt(want, n)
		}
		if lp = w.Close(); !bytes.Equal(lp, want) || !Valid(lp, true) {
			t.Fatalf("%x, want %x", lp, want)
		}
		p := First(lp)
		for i := range 2 * len(texts) {
			if Skip(lp, First(lp), i) != p {
				t.Fatalf("entry %d at %d, want %d", i, Skip(lp, First(lp), i), p)
			}
			if e, next := GetNext(lp, p); e.IsInt {
				if n, after := GetInt(lp, p); n != e.Int || after != next {
					t.Fatalf("entry %d: %d, want %d", i, n, e.Int)
				}
			}
			p = Next(lp, p)
		}
	})
}
