package num

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"sigrun/internal/rng"
)

// TestLongDouble holds what a real server on x86 makes of SET k a, INCRBYFLOAT k b.
func TestLongDouble(t *testing.T) {
	const refused, over = "refused", "over"
	tests := []struct{ a, b, want string }{
		{"0.1", "0.2", "0.3"},
		{"3", "1.1", "4.1"},
		{"5.0e3", "200", "5200"},
		{"10.5", "0.1", "10.6"},
		{"4.35", "0.01", "4.36"},
		{"1.005", "0.005", "1.01"},
		{"100.1", "-100", "0.1"},
		{"0.1", "-0.3", "-0.2"},
		{"1", "-1", "0"},
		{"-0", "-0", "0"},
		{"0", "1e-17", "0.00000000000000001"},
		{"0", "1e-18", "0"},
		{"0", "-1e-18", "0"},
		{"0", "5e-18", "0"},
		{"0", "5.0000001e-18", "0.00000000000000001"},
		{"0", "1.5e-17", "0.00000000000000002"},
		{"0", "2.5e-17", "0.00000000000000002"},
		{"-1e-17", "1e-18", "-0.00000000000000001"},
		{"0.99999999999999999", "0.00000000000000001", "1"},
		{"0.999999999999999999", "0", "1"},
		{"9.999999999999999999", "0", "10"},
		{"3.1415926535897932384626433", "0", "3.14159265358979324"},
		{"2.7182818284590452353602874", "1e-17", "2.71828182845904525"},
		{"9223372036854775807", "1", "9223372036854775808"},
		{"-9223372036854775808", "-1", "-9223372036854775809"},
		{"18446744073709551615", "1", "18446744073709551616"},
		{"18446744073709551616", "1", "18446744073709551616"},
		{"18446744073709551616", "3", "18446744073709551620"},
		{"36893488147419103232", "-1", "36893488147419103232"},
		{"1e17", "0.01", "100000000000000000.0078125"},
		{"123456789012345678.125", "0.1", "123456789012345678.2265625"},
		{"1234567890123456789.123", "1e-3", "1234567890123456789.125"},
		{"1e19", "0.5", "10000000000000000000"},
		{"1e25", "1", "10000000000000000000000000"},
		{"1e400", "-1e400", "0"},
		{"1e4932", "-1e4931", "8999999999999999999..., 4932 digits"},
		{"1.18973149535723176503e4932", "0", "1189731495357231765..., 4933 digits"},
		{"1.18973149535723176509e4932", "0", refused},
		{"1e5000000000000000000000", "0", refused},
		{"1e4932", "1e4932", over},
		{"0x1p16383", "0x1p16383", over},
		{"3.6452e-4951", "0", "0"},
		{"1.8226e-4951", "0", "0"},
		{"1.8225e-4951", "0", refused},
		{"0x1.8p1", "0x10", "19"},
		{"0x.8", "-0X1.", "-0.5"},
		{"0xffffffffffffffff", "0x0.8", "18446744073709551616"},
		{"0x1ffffffffffffffff", "0", "36893488147419103232"},
		{"0x1p-16446", "0", refused},
		{"inf", "1", over},
		{"-Infinity", "inf", over},
		{"nan", "1", refused},
		{"0x", "1", refused},
		{"0x.", "1", refused},
		{"0x1p", "1", refused},
		{"0xg", "1", refused},
		{" 1", "1", refused},
		{"1 ", "1", refused},
		{"1\x00", "1", refused},
		{"", "1", refused},
		{"1e", "1", refused},
		{strings.Repeat("0", 5118) + "5", "1", "6"},
		{strings.Repeat("0", 5119) + "5", "1", refused},
	}
	for _, tt := range tests {
		got := refused
		x, ok := ParseLongDouble([]byte(tt.a))
		y, ok2 := ParseLongDouble([]byte(tt.b))
		if sum := x.Add(y); ok && ok2 && !sum.Finite() {
			got = over
		} else if ok && ok2 {
			got = string(AppendLongDouble(nil, sum))
		}
		if len(got) > 40 {
			got = fmt.Sprintf("%.19s..., %d digits", got, len(got))
		}
		if got != tt.want {
			t.Errorf("%.40q + %q: got %s, want %s", tt.a, tt.b, got, tt.want)
		}
	}
}

// bigOf is x as a big.Float with the same precision.
func bigOf(x LongDouble) *big.Float {
	f := new(big.Float).SetPrec(64).SetUint64(x.frac)
	f.SetMantExp(f, int(x.exp))
	if x.neg {
		f.Neg(f)
	}
	return f
}

// drawLong draws a number; most exponents are near 0.
func drawLong(b []byte) LongDouble {
	frac := binary.LittleEndian.Uint64(b) | 1<<63
	frac = frac >> (b[8] & 63) << (b[8] & 63) // fewer bits: more ties
	exp := int(int8(b[9])) - 64
	if b[10] < 4 {
		exp = int(int16(binary.LittleEndian.Uint16(b[8:]))) / 3
	}
	return roundLong(b[10]&1 == 1, frac, 0, exp-64, false)
}

// checkLong compares sum and text with big.Float, whose results are exact and then rounded.
func checkLong(t *testing.T, x, y LongDouble) {
	t.Helper()
	sum := x.Add(y)
	want := new(big.Float).SetPrec(64).Add(bigOf(x), bigOf(y))
	if bigOf(sum).Cmp(want) != 0 {
		t.Errorf("%v + %v: got %v, want %v", bigOf(x), bigOf(y), bigOf(sum), want)
	}
	text := strings.TrimRight(strings.TrimRight(want.Text('f', 17), "0"), ".")
	if !strings.Contains(want.Text('f', 17), ".") || text == "" || text == "-" {
		t.Fatalf("bad reference %q", text)
	}
	if text == "-0" {
		text = "0"
	}
	got := AppendLongDouble(nil, sum)
	if string(got) != text {
		t.Errorf("%v: got %s, want %s", want, got, text)
	}
	for _, s := range []string{string(got), want.Text('e', 25), hexText(sum)} {
		back, ok := ParseLongDouble([]byte(s))
		ref, _, err := big.ParseFloat(s, 0, 20000, big.ToNearestEven)
		if err != nil || !ok || bigOf(back).Cmp(ref.SetPrec(64)) != 0 {
			t.Errorf("%q reads as %v, %v; want %v", s, bigOf(back), ok, ref)
		}
	}
}

// hexText is x as a hexadecimal number with some digits behind the point.
func hexText(x LongDouble) string {
	sign := ""
	if x.neg {
		sign = "-"
	}
	return fmt.Sprintf("%s0x%x.%03xp%d", sign, x.frac>>12, x.frac&0xfff, int(x.exp)+12)
}

func TestLongDoubleModel(t *testing.T) {
	const seed = 1
	r := rng.New(seed)
	for range 20_000 {
		var b [22]byte
		for i := range b {
			b[i] = byte(r.Uint64())
		}
		x, y := drawLong(b[:]), drawLong(b[11:])
		checkLong(t, x, y)
		if r.Uint64n(4) == 0 { // cancellation
			y = LongDouble{frac: x.frac ^ r.Uint64()>>(1+r.Uint64n(63)), exp: x.exp, neg: !x.neg}
			checkLong(t, x, y)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzLongDouble(f *testing.F) {
	f.Add(make([]byte, 22))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 22 {
			checkLong(t, drawLong(b), drawLong(b[11:]))
		}
	})
}

// FuzzParseLongDouble compares with big.Float, which needs far more bits than the 64 that it is to be rounded to.
func FuzzParseLongDouble(f *testing.F) {
	for _, s := range []string{"0.1", "-1.5e-7", "0x1.8p3", "1e400", "123456789012345678901234567890.5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, ok := ParseLongDouble([]byte(s))
		if !ok || !x.Finite() {
			return
		}
		if i := strings.IndexAny(s, "eEpP"); i >= 0 && len(s)-i > 6 {
			return // the reference would take its time
		}
		want, _, err := big.ParseFloat(s, 0, 20000, big.ToNearestEven)
		if err != nil {
			t.Fatalf("%q: got %v; the reference says %v", s, bigOf(x), err)
		}
		if got := bigOf(x); x.exp > minLongExp && got.Cmp(want.SetPrec(64)) != 0 {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	})
}

func TestLongDoubleOf(t *testing.T) {
	for _, v := range []int64{0, 1, -1, minInt64, maxInt64, 1 << 40} {
		if got := AppendLongDouble(nil, LongDoubleOf(v)); string(got) != string(AppendInt(nil, v)) {
			t.Errorf("%d: got %s", v, got)
		}
	}
}

func TestCeilMillis(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"-0", 0, true},
		{"1", 1000, true},
		{"0.001", 1, true},
		{"0.003", 3, true},
		{"4.35", 4350, true},
		{"1.0001", 1001, true},
		{"0.00000000000000000000000001", 1, true},
		{"-0.0001", 0, true},
		{"-0.0011", -1, true},
		{"-5", -5000, true},
		{"9223372036854775.807", maxInt64, true},
		{"9223372036854775.808", 0, false},
		{"1e30", 0, false},
		{"inf", 0, false},
	}
	for _, tt := range tests {
		x, _ := ParseLongDouble([]byte(tt.in))
		if got, ok := x.CeilMillis(); ok != tt.ok || got != tt.want {
			t.Errorf("%s: got %d, %v", tt.in, got, ok)
		}
	}
}

func BenchmarkLongDouble(b *testing.B) {
	buf := make([]byte, 0, 64)
	text := []byte("12.75")
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			ParseLongDouble(text)
		}
	})
	x, _ := ParseLongDouble(text)
	y, _ := ParseLongDouble([]byte("0.1"))
	b.Run("add", func(b *testing.B) {
		for b.Loop() {
			x.Add(y)
		}
	})
	b.Run("append", func(b *testing.B) {
		for b.Loop() {
			AppendLongDouble(buf, y)
		}
	})
}
