package bitmap

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// bitsOf is the model: one element a bit.
func bitsOf(b []byte) (m []bool) {
	for i := range len(b) * 8 {
		m = append(m, b[i/8]>>(7-i%8)&1 == 1)
	}
	return m
}

// drawBytes draws bytes with long runs of equal ones.
func drawBytes(t *rapid.T, name string) (b []byte) {
	for range rapid.IntRange(0, 4).Draw(t, name) {
		c := rapid.SampledFrom([]byte{0, 0xff, 0, 0xff, 0x80, 1, 0x7f, 0xfe, 0x55}).Draw(t, "byte")
		b = append(b, bytes.Repeat([]byte{c}, rapid.SampledFrom([]int{0, 1, 5, 31, 70, 256, 300}).Draw(t, "times"))...)
	}
	return b
}

func TestModel(t *testing.T) { withoutAVX2(rapid.MakeCheck(testModel))(t) }

func testModel(t *rapid.T) {
	b := append(drawBytes(t, "runs"), rapid.Byte().Draw(t, "last"))
	m := bitsOf(b)
	i := rapid.IntRange(0, len(m)-1).Draw(t, "i")
	if got := Get(b, uint64(i)); got != m[i] {
		t.Fatalf("Get(%d) = %v", i, got)
	}
	m[i] = !m[i]
	Put(b, uint64(i), m[i])
	if !slices.Equal(bitsOf(b), m) {
		t.Fatalf("Put(%d)", i)
	}
	first := rapid.IntRange(0, len(m)-1).Draw(t, "first")
	last := rapid.IntRange(first, len(m)-1).Draw(t, "last")
	checkRange(t, b, m, first, last)
}

func checkRange(t *rapid.T, b []byte, m []bool, first, last int) {
	ones, index := 0, map[bool]int64{false: -1, true: -1}
	for i := last; i >= first; i-- {
		if m[i] {
			ones++
		}
		index[m[i]] = int64(i)
	}
	if got := CountRange(b, int64(first), int64(last)); got != ones {
		t.Fatalf("CountRange(%d, %d) = %d, want %d", first, last, got, ones)
	}
	for on, want := range index {
		if got := Index(b, on, int64(first), int64(last)); got != want {
			t.Fatalf("Index(%v, %d, %d) = %d, want %d", on, first, last, got, want)
		}
	}
}

func TestOperations(t *testing.T) {
	for name, op := range map[string]struct {
		run  func(dst, a, b []byte)
		want func(a, b byte) byte
	}{
		"And": {And, func(a, b byte) byte { return a & b }},
		"Or":  {Or, func(a, b byte) byte { return a | b }},
		"Xor": {Xor, func(a, b byte) byte { return a ^ b }},
	} {
		t.Run(name, withoutAVX2(rapid.MakeCheck(func(t *rapid.T) {
			a, b := drawBytes(t, "a"), drawBytes(t, "b")
			size := max(len(a), len(b)) + rapid.IntRange(0, 20).Draw(t, "more")
			want := make([]byte, size)
			padA, padB := append(slices.Clone(a), want[len(a):]...), append(slices.Clone(b), want[len(b):]...)
			for i := range want {
				want[i] = op.want(padA[i], padB[i])
			}
			dst := bytes.Repeat([]byte{0xa5}, size)
			if op.run(dst, a, b); !bytes.Equal(dst, want) {
				t.Fatalf("%x, want %x", dst, want)
			}
			if op.run(padA, padA, b); !bytes.Equal(padA, want) {
				t.Fatalf("in place: %x, want %x", padA, want)
			}
		})))
	}
}

func TestNot(t *testing.T) {
	withoutAVX2(rapid.MakeCheck(func(t *rapid.T) {
		a := drawBytes(t, "a")
		dst := make([]byte, len(a))
		Not(dst, a)
		Xor(dst, dst, a)
		if Count(dst) != 8*len(a) {
			t.Fatalf("%x", dst)
		}
	}))(t)
}

func drawField(t *rapid.T) Field {
	f := Field{Signed: rapid.Bool().Draw(t, "signed")}
	most := 63
	if f.Signed {
		most = 64
	}
	f.Bits = uint8(rapid.IntRange(1, most).Draw(t, "bits"))
	return f
}

// TestField stores numbers and reads them back, and wants the bits around them
// untouched.
func TestField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawField(t)
		b := rapid.SliceOfN(rapid.Byte(), 8, 30).Draw(t, "bytes")
		i := rapid.IntRange(0, len(b)*8-int(f.Bits)).Draw(t, "at")
		lo, hi := f.Bounds()
		v := rapid.Int64Range(lo, hi).Draw(t, "v")
		want := bitsOf(b)
		for j := range int(f.Bits) {
			want[i+j] = v>>(int(f.Bits)-1-j)&1 == 1
		}
		f.Store(b, uint64(i), v)
		if !slices.Equal(bitsOf(b), want) {
			t.Fatalf("%+v at %d: %x", f, i, b)
		}
		if got := f.Load(b, uint64(i)); got != v {
			t.Fatalf("%+v at %d: %d, want %d", f, i, got, v)
		}
		padded := append(append([]byte{}, b...), make([]byte, 20)...)
		for j := range uint64(len(b)*8 + 70) {
			if got, want := f.Load(b, j), f.Load(padded, j); got != want {
				t.Fatalf("%+v at %d: %d, want %d", f, j, got, want)
			}
		}
	})
}

// TestArithmetic compares with integers of any size.
func TestArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawField(t)
		how := rapid.SampledFrom([]Overflow{Wrap, Saturate, Fail}).Draw(t, "how")
		lo, hi := f.Bounds()
		v, by := rapid.Int64Range(lo, hi).Draw(t, "v"), rapid.Int64().Draw(t, "by")
		got, ok := f.Add(v, by, how)
		f.check(t, new(big.Int).Add(big.NewInt(v), big.NewInt(by)), how, got, ok)

		got, ok = f.Fit(by, how)
		exact := big.NewInt(by)
		if !f.Signed || by < min(lo, hi-math.MaxInt64) {
			exact.SetUint64(uint64(by))
		}
		f.check(t, exact, how, got, ok)
	})
}

// check wants got and ok to be what exact becomes.
func (f Field) check(t *rapid.T, exact *big.Int, how Overflow, got int64, ok bool) {
	lo, hi := f.Bounds()
	want, wantOK := exact.Int64(), true
	low, high := exact.Cmp(big.NewInt(lo)) < 0, exact.Cmp(big.NewInt(hi)) > 0
	switch {
	case !low && !high:
	case how == Fail:
		wantOK = false
	case how == Saturate && low:
		want = lo
	case how == Saturate:
		want = hi
	default:
		period := new(big.Int).Lsh(big.NewInt(1), uint(f.Bits))
		rest := new(big.Int).Mod(new(big.Int).Sub(exact, big.NewInt(lo)), period)
		want = rest.Add(rest, big.NewInt(lo)).Int64()
	}
	if ok != wantOK || ok && got != want {
		t.Fatalf("%+v, %v, way %d: %d %v, want %d %v", f, exact, how, got, ok, want, wantOK)
	}
}

func BenchmarkBits(b *testing.B) {
	x, y := make([]byte, 1<<16), make([]byte, 1<<16)
	for name, run := range map[string]func(){
		"Count": func() { Count(x) },
		"Index": func() { Index(x, true, 0, 1<<19-1) },
		"And":   func() { And(x, x, y) },
		"Or":    func() { Or(x, x, y) },
		"Xor":   func() { Xor(x, x, y) },
		"Not":   func() { Not(x, x) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(1 << 16)
			for b.Loop() {
				run()
			}
		})
	}
}
