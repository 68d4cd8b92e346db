package num

import (
	"math"
	"strconv"
	"testing"

	"sigrun/internal/rng"
)

func TestParseInt(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"-1", -1, true},
		{"10", 10, true},
		{"999999999999999999", 999999999999999999, true},
		{"9223372036854775807", math.MaxInt64, true},
		{"-9223372036854775808", math.MinInt64, true},
		{"9223372036854775808", 0, false},
		{"-9223372036854775809", 0, false},
		{"18446744073709551615", 0, false},
		{"18446744073709551616", 0, false},
		{"99999999999999999999", 0, false},
		{"100000000000000000000", 0, false},
		{"", 0, false},
		{"-", 0, false},
		{"-0", 0, false},
		{"+1", 0, false},
		{"01", 0, false},
		{"-01", 0, false},
		{"--1", 0, false},
		{" 1", 0, false},
		{"1 ", 0, false},
		{"1\x00", 0, false},
		{"1.0", 0, false},
		{"0x1", 0, false},
		{"1234567890123456789a", 0, false},
		{"1234567890123456789a1", 0, false},
	}
	for _, tt := range tests {
		got, ok := ParseInt([]byte(tt.in))
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%q: got %d, %v", tt.in, got, ok)
		}
	}
}

func TestParseUint(t *testing.T) {
	for in, want := range map[string]uint64{"0": 0, "18446744073709551615": math.MaxUint64, "10000000000000000000": 1e19} {
		if got, ok := ParseUint([]byte(in)); !ok || got != want {
			t.Errorf("%q: got %d, %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "-1", "00", "18446744073709551616", "18446744073709551620", "20000000000000000000"} {
		if got, ok := ParseUint([]byte(in)); ok {
			t.Errorf("%q: got %d", in, got)
		}
	}
}

// checkInt compares all that there is for integers with strconv.
func checkInt(t *testing.T, v int64) {
	t.Helper()
	want := strconv.FormatInt(v, 10)
	if got := string(AppendInt([]byte("x"), v)); got != "x"+want {
		t.Errorf("AppendInt(%s): got %q", want, got)
	}
	if got := IntWidth(v); got != len(want) {
		t.Errorf("IntWidth(%s): got %d", want, got)
	}
	if got, ok := ParseInt([]byte(want)); !ok || got != v {
		t.Errorf("ParseInt(%s): got %d, %v", want, got, ok)
	}
	u := uint64(v)
	want = strconv.FormatUint(u, 10)
	if got := string(AppendUint(nil, u)); got != want {
		t.Errorf("AppendUint(%s): got %q", want, got)
	}
	if got := UintWidth(u); got != len(want) {
		t.Errorf("UintWidth(%s): got %d", want, got)
	}
	if got, ok := ParseUint([]byte(want)); !ok || got != u {
		t.Errorf("ParseUint(%s): got %d, %v", want, got, ok)
	}
}

func TestInts(t *testing.T) {
	for shift := range 64 {
		for d := int64(-2); d <= 2; d++ {
			checkInt(t, 1<<shift+d)
			checkInt(t, -1<<shift+d)
		}
	}
	for p := uint64(1); p <= 1e19 && p != 0; p *= 10 {
		for d := int64(-2); d <= 2; d++ {
			checkInt(t, int64(p)+d)
			checkInt(t, -int64(p)+d)
		}
	}
	r := rng.New(1)
	for range 100_000 {
		checkInt(t, int64(r.Uint64()>>r.Uint64n(64)))
	}
}

func FuzzParseInt(f *testing.F) {
	f.Add("-123")
	f.Fuzz(func(t *testing.T, s string) {
		want, err := strconv.ParseInt(s, 10, 64)
		wantOK := err == nil && strconv.FormatInt(want, 10) == s
		if got, ok := ParseInt([]byte(s)); ok != wantOK || ok && got != want {
			t.Errorf("%q: got %d, %v; want %d, %v", s, got, ok, want, wantOK)
		}
	})
}

func BenchmarkInt(b *testing.B) {
	text, buf := []byte("1234567"), make([]byte, 0, 32)
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			ParseInt(text)
		}
	})
	b.Run("append", func(b *testing.B) {
		for b.Loop() {
			AppendInt(buf, 1234567)
		}
	})
}
