package zset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"sigrun/internal/num"
	"sigrun/internal/rng"
)

// checkPlain wants a text that is taken for a plain decimal to read as the number
// that strconv reads, and to be what num makes of it if it is shown as it is.
func checkPlain(t *testing.T, b []byte) (ok bool) {
	digits, places, ok := plain(b)
	if !ok {
		return false
	}
	f := float64(digits) / powers[places]
	if want, err := strconv.ParseFloat(string(b), 64); err != nil || math.Float64bits(f) != math.Float64bits(want) {
		t.Fatalf("%q is %v, want %v: %v", b, f, want, err)
	}
	if text := num.AppendDouble(nil, f); shown(digits, places) && string(text) != string(b) {
		t.Fatalf("%q is written %q", b, text)
	}
	return true
}

func TestPlain(t *testing.T) {
	for _, text := range []string{"1.5", "-0.25", "0.000001", "123456789.123456", "-99999999999999.9"} {
		if !checkPlain(t, []byte(text)) {
			t.Errorf("%q is not plain", text)
		}
	}
	for _, text := range []string{"", "1", "-1", ".5", "1.", "-.5", "01.5", "1.50", "1e5", "1.5e1", "1..5", "+1.5",
		"0.0000001", "inf", "1.1234567", "123456789012345.5", "0x1.8", "1_0.5", "-", "-01.5", "1.5 "} {
		if _, _, ok := plain([]byte(text)); ok {
			t.Errorf("%q is plain", text)
		}
	}
	const seed = 11
	src := rng.New(seed)
	for range 200_000 {
		digits, places := src.Uint64()>>(14+src.Uint64n(50)), 1+src.Uint64n(plainPlaces)
		text := fmt.Appendf(nil, "%0*d", int(places)+1, digits)
		text = slices.Insert(text, len(text)-int(places), '.')
		checkPlain(t, text)
		checkPlain(t, append([]byte{'-'}, text...))
	}
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte("1.5"))
	f.Add([]byte("-0.000001"))
	f.Fuzz(func(t *testing.T, b []byte) { checkPlain(t, b) })
}
