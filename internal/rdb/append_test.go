package rdb

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/lzf"
)

// TestStringBytes compares with what a real server's DUMP holds.
func TestStringBytes(t *testing.T) {
	var c lzf.Compressor
	for _, s := range []struct{ text, packed string }{
		{"", "00"},
		{"ab", "026162"},
		{"0", "c000"},
		{"-0", "022d30"},
		{"007", "03303037"},
		{"+1", "022b31"},
		{"1.5", "03312e35"},
		{"12", "c00c"},
		{"-12", "c0f4"},
		{"127", "c07f"},
		{"128", "c18000"},
		{"-128", "c080"},
		{"-129", "c17fff"},
		{"32767", "c1ff7f"},
		{"32768", "c200800000"},
		{"-32768", "c10080"},
		{"-32769", "c2ff7fffff"},
		{"2147483647", "c2ffffff7f"},
		{"2147483648", "0a32313437343833363438"},
		{"-2147483648", "c200000080"},
		{"-2147483649", "0b2d32313437343833363439"},
		{"9223372036854775807", "1339323233333732303336383534373735383037"},
		{strings.Repeat("a", 20), "14" + strings.Repeat("61", 20)},
		{strings.Repeat("a", 21), "c30615016161e00a00"},
		{strings.Repeat("a", 64), "c3094040016161e03300016161"},
		{strings.Repeat("abc", 100), "c30e412c0361626361e0ff02e11507016263"},
	} {
		if got := hex.EncodeToString(AppendString(nil, []byte(s.text), &c)); got != s.packed {
			t.Errorf("%.30q: got %s, want %s", s.text, got, s.packed)
		}
	}
}

// TestLongCompressed covers lengths whose short forms differ in size, so that
// the guessed place of the compressed length is wrong.
func TestLongCompressed(t *testing.T) {
	var c lzf.Compressor
	for _, n := range []int{60, 70, 100, 16380, 16390, 20000, 2 << 20} {
		want := bytes.Repeat([]byte("z"), n)
		packed := AppendString([]byte("head"), want, &c)
		if len(packed) > n/20+40 {
			t.Errorf("%d bytes take %d", n, len(packed))
		}
		got, err := NewBytesReader(packed[4:]).String()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
	}
}

func TestLen(t *testing.T) {
	for _, c := range []struct {
		n      uint64
		packed string
	}{
		{0, "00"}, {63, "3f"}, {64, "4040"}, {16383, "7fff"}, {16384, "8000004000"},
		{math.MaxUint32, "80ffffffff"}, {math.MaxUint32 + 1, "810000000100000000"},
		{math.MaxUint64, "81ffffffffffffffff"},
	} {
		packed := AppendLen(nil, c.n)
		if got := hex.EncodeToString(packed); got != c.packed {
			t.Errorf("%d: got %s, want %s", c.n, got, c.packed)
		}
		if got, err := NewBytesReader(packed).Len(); err != nil || got != c.n {
			t.Errorf("%s: got %d, %v", c.packed, got, err)
		}
	}
}

// TestStringForms reads every form that a string may have in three ways.
func TestStringForms(t *testing.T) {
	var c lzf.Compressor
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 0, 100),
			rapid.Map(rapid.StringMatching(`-?[0-9]{1,20}`), func(s string) []byte { return []byte(s) }),
			rapid.Map(rapid.IntRange(0, 3<<17), func(n int) []byte { return bytes.Repeat([]byte("ab"), n) }),
		).Draw(t, "string")
		compressor := &c
		if rapid.Bool().Draw(t, "plain") {
			compressor = nil
		}
		packed := append(AppendString(nil, want, compressor), "tail"...)
		for name, r := range map[string]*Reader{
			"memory": NewBytesReader(packed), "stream": NewReader(oneByOne{bytes.NewReader(packed)}),
		} {
			checkString(t, name, r, want, rapid.IntRange(0, 2).Draw(t, "way"))
			if rest, err := r.Bytes(4); err != nil || string(rest) != "tail" {
				t.Fatalf("%s: behind the string: %q, %v", name, rest, err)
			}
		}
	})
}

func checkString(t *rapid.T, name string, r *Reader, want []byte, way int) {
	var got []byte
	var err error
	switch way {
	case 0:
		got, err = r.String()
	case 1:
		if got, err = r.AppendString([]byte("x")); err == nil {
			got = got[1:]
		}
	case 2:
		if err = r.SkipString(); err == nil {
			got = want
		}
	}
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s, way %d: got %q, %v, want %q", name, way, got, err, want)
	}
}

// oneByOne gives large reads in one piece and small ones byte by byte.
type oneByOne struct{ r *bytes.Reader }

func (o oneByOne) Read(p []byte) (int, error) {
	if o.r.Len() < 1000 {
		p = p[:1]
	}
	return o.r.Read(p)
}

func TestIntString(t *testing.T) {
	for _, v := range []int64{0, -1, 127, -128, 128, 32767, -32769, math.MaxInt32, math.MinInt32, math.MaxInt32 + 1, math.MaxInt64, math.MinInt64} {
		p, n, isInt, err := NewBytesReader(AppendIntString(nil, v)).StringOrInt()
		small := v == int64(int32(v))
		if err != nil || isInt != small || small && n != v {
			t.Errorf("%d: got %q, %d, %v, %v", v, p, n, isInt, err)
		}
	}
}

func TestDoubles(t *testing.T) {
	for _, f := range []float64{0, math.Copysign(0, -1), 1.5, math.Inf(1), math.Inf(-1), math.MaxFloat64} {
		if got, err := NewBytesReader(AppendBinaryDouble(nil, f)).BinaryDouble(); err != nil || got != f {
			t.Errorf("%v: got %v, %v", f, got, err)
		}
	}
	for packed, want := range map[string]float64{"\x031.5": 1.5, "\xfe": math.Inf(1), "\xff": math.Inf(-1), "\x05-1e10": -1e10} {
		if got, err := NewBytesReader([]byte(packed)).Double(); err != nil || got != want {
			t.Errorf("%q: got %v, %v", packed, got, err)
		}
	}
	if got, err := NewBytesReader([]byte("\xfd")).Double(); err != nil || !math.IsNaN(got) {
		t.Errorf("NaN: got %v, %v", got, err)
	}
	if _, err := NewBytesReader([]byte("\x03abc")).Double(); err == nil {
		t.Error("abc is no double")
	}
}
