package num

import (
	"math"
	"math/big"
	"strconv"
	"testing"

	"sigrun/internal/rng"
)

// TestAppendDouble holds what a real server prints.
func TestAppendDouble(t *testing.T) {
	tests := []struct {
		f    float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "-0"},
		{3, "3"},
		{-3, "-3"},
		{0.1, "0.1"},
		{0.30000000000000004, "0.30000000000000004"},
		{1.0 / 3, "0.3333333333333333"},
		{123456789.123, "123456789.123"},
		{1 << 53, "9007199254740992"},
		{1e17, "100000000000000000"},
		{1e18, "1000000000000000000"},
		{123456789012345678, "123456789012345680"},
		{1 << 62, "4611686018427387904"},
		{1<<62 + 1<<10, "4611686018427389000"},
		{-1 << 62, "-4611686018427387904"},
		{7474822400000000000, "7.4748224e+18"},
		{7323757349707347968, "7323757349707348000"},
		{1 << 63, "9223372036854776000"},
		{-1 << 63, "-9223372036854776000"},
		{1 << 64, "18446744073709552000"},
		{1e19, "1e+19"},
		{1.23456e21, "1.23456e+21"},
		{1e23, "99999999999999990000000"}, // the shortest digits would be 1e+23
		{0.001, "0.001"},
		{0.00001, "0.00001"},
		{0.000001, "0.000001"},
		{0.0000001, "1e-7"},
		{1.5e-6, "1.5e-6"},
		{1.5e-5, "0.000015"},
		{0.00123, "0.00123"},
		{0.0012345678, "0.0012345678"},
		{0.00012345, "1.2345e-4"},
		{0.000123456789, "1.23456789e-4"},
		{1.234e-7, "1.234e-7"},
		{5e-324, "5e-324"},
		{2.2250738585072014e-308, "2.2250738585072014e-308"},
		{-1.7976931348623157e308, "-1.7976931348623157e+308"},
		{math.Inf(1), "inf"},
		{math.Inf(-1), "-inf"},
		{math.NaN(), "nan"},
	}
	for _, tt := range tests {
		if got := string(AppendDouble(nil, tt.f)); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.f, got, tt.want)
		}
	}
}

// checkDouble: the text of a double is short, nearly always the shortest, and reads back as the same double.
func checkDouble(t *testing.T, f float64) (shortest bool) {
	t.Helper()
	text := AppendDouble(nil, f)
	if len(text) > MaxDoubleLen {
		t.Errorf("%s is longer than MaxDoubleLen", text)
	}
	if got, ok := ParseFloat(text); !ok || math.Float64bits(got) != math.Float64bits(f) {
		t.Errorf("%x prints as %s, which reads as %x, %v", f, text, got, ok)
	}
	return digitCount(text) <= digitCount(strconv.AppendFloat(nil, f, 'e', -1, 64))
}

// digitCount counts the significant digits of a number.
func digitCount(text []byte) (n int) {
	zeros := 0
	for _, c := range text {
		switch {
		case c == 'e':
			return n
		case c == '0' && n > 0:
			zeros++
		case c-'1' < 9:
			n, zeros = n+zeros+1, 0
		}
	}
	return n
}

// TestAppendShortest holds the texts of whole numbers in a real server's digests.
func TestAppendShortest(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 3: "3", -3: "-3", 0.1: "0.1", 1e7: "10000000", 1e8: "1e+8", 1.7e12: "1.7e+12", 12345678: "12345678", math.Inf(-1): "-inf",
	} {
		if got := string(AppendShortest(nil, f)); got != want {
			t.Errorf("%v: %q, want %q", f, got, want)
		}
	}
}

func TestDoubles(t *testing.T) {
	const seed, count = 1, 200_000
	r := rng.New(seed)
	longer := 0
	for range count {
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		if !checkDouble(t, f) {
			longer++
		}
		checkDouble(t, float64(int64(r.Uint64n(1e9)))/1000)
		checkDouble(t, math.Ldexp(1, int(r.Uint64n(2098))-1074))
	}
	if longer > count/100 {
		t.Errorf("%d of %d doubles have needless digits", longer, count)
	}
}

func FuzzDouble(f *testing.F) {
	f.Add(0.1)
	f.Fuzz(func(t *testing.T, v float64) {
		if !math.IsNaN(v) {
			checkDouble(t, v)
		}
	})
}

func TestScalePows(t *testing.T) {
	for i, got := range scalePows {
		k := firstPow + i*stepPow
		want := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(k, -k))), nil))
		if k < 0 {
			want.Inv(want)
		}
		f := new(big.Float).SetPrec(64).SetRat(want)
		if f.Cmp(new(big.Float).SetMantExp(new(big.Float).SetUint64(got), scaleExp(k))) != 0 || got>>63 == 0 {
			t.Errorf("10^%d: %#x × 2^%d, want %v", k, got, scaleExp(k), f)
		}
	}
}

// TestParseFloat holds what a real server accepts, as a number and as the bound of a range.
func TestParseFloat(t *testing.T) {
	inf := math.Inf(1)
	tests := []struct {
		in        string
		want      float64
		ok, bound bool
	}{
		{"5", 5, true, true},
		{"+5", 5, true, true},
		{"-5", -5, true, true},
		{"007", 7, true, true},
		{".5", .5, true, true},
		{"-.5", -.5, true, true},
		{"5.", 5, true, true},
		{"5.e3", 5000, true, true},
		{"1E5", 1e5, true, true},
		{"1e00005", 1e5, true, true},
		{"0e99999999999", 0, true, true},
		{"-0", math.Copysign(0, -1), true, true},
		{"1e-320", 1e-320, true, true},
		{"4.9e-324", 5e-324, true, true},
		{"2e-324", 0, false, true},
		{"1e-400", 0, false, true},
		{"1e400", inf, false, true},
		{"-1.8e308", -inf, false, true},
		{"1e99999999999999999999", inf, false, true},
		{"inf", inf, true, true},
		{"+INF", inf, true, true},
		{"-Infinity", -inf, true, true},
		{"", 0, false, true},
		{"\x00", 0, false, true},
		{"1\x00z", 1, false, true},
		{"infin", 0, false, false},
		{"infinity1", 0, false, false},
		{"in\xe6", 0, false, false},
		{"nan", 0, false, false},
		{"-nan", 0, false, false},
		{"0x10", 0, false, false},
		{"1e", 0, false, false},
		{"1e+", 0, false, false},
		{"e5", 0, false, false},
		{".", 0, false, false},
		{"-", 0, false, false},
		{"++5", 0, false, false},
		{"1_0", 0, false, false},
		{"1.5.5", 0, false, false},
		{" 5", 0, false, false},
		{"5 ", 0, false, false},
		{"5\n", 0, false, false},
	}
	for _, tt := range tests {
		got, ok := ParseFloat([]byte(tt.in))
		if ok != tt.ok || ok && math.Float64bits(got) != math.Float64bits(tt.want) {
			t.Errorf("ParseFloat(%q): got %v, %v", tt.in, got, ok)
		}
		got, ok = ParseBound([]byte(tt.in))
		if ok != tt.bound || ok && math.Float64bits(got) != math.Float64bits(tt.want) {
			t.Errorf("ParseBound(%q): got %v, %v", tt.in, got, ok)
		}
	}
}

func FuzzParseFloat(f *testing.F) {
	f.Add("-1.5e-7")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseFloat([]byte(s))
		want, err := strconv.ParseFloat(s, 64)
		if ok && (err != nil || got != want) {
			t.Errorf("%q: got %v; strconv has %v, %v", s, got, want, err)
		}
	})
}

func TestAllocs(t *testing.T) {
	buf := make([]byte, 0, 64)
	x, _ := ParseLongDouble([]byte("0.1"))
	texts := [][]byte{[]byte("3.25"), []byte("-12"), []byte("1e300"), []byte("inf"), []byte("0.30000000000000004")}
	allocs := testing.AllocsPerRun(100, func() {
		for _, text := range texts {
			f, _ := ParseFloat(text)
			ParseBound(text)
			AppendDouble(buf, f)
		}
		y, _ := ParseLongDouble(texts[0])
		AppendLongDouble(buf, x.Add(y))
		AppendInt(buf, math.MinInt64)
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkDouble(b *testing.B) {
	buf := make([]byte, 0, 64)
	for _, f := range []float64{12345, 3.141, 1.0 / 3} {
		text := AppendDouble(nil, f)
		b.Run("append "+string(text), func(b *testing.B) {
			for b.Loop() {
				AppendDouble(buf, f)
			}
		})
		b.Run("parse "+string(text), func(b *testing.B) {
			for b.Loop() {
				ParseFloat(text)
			}
		})
	}
}
