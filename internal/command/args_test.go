package command

import (
	"math"
	"testing"
)

// TestCursor holds cursors to what strtoull makes of them, but for negative
// numbers in their plain spelling.
func TestCursor(t *testing.T) {
	for _, c := range []struct {
		text string
		want uint64
		ok   bool
	}{
		{"0", 0, true},
		{"17", 17, true},
		{"00017", 17, true},
		{" \t\n17", 17, true},
		{"+17", 17, true},
		{"17\x00junk", 17, true},
		{"-0", 0, true},
		{"-01", math.MaxUint64, true},
		{"9223372036854775808", 1 << 63, true},
		{"18446744073709551615", math.MaxUint64, true},
		{"18446744073709551616", 0, false},
		{"-1", 0, false},
		{"", 0, false},
		{" ", 0, false},
		{"+", 0, false},
		{"- 1", 0, false},
		{"17 ", 0, false},
		{"1x", 0, false},
		{"0x10", 0, false},
		{"\x00", 0, false},
	} {
		got, ok := parseCursor([]byte(c.text))
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%q: %d %v, want %d %v", c.text, got, ok, c.want, c.ok)
		}
	}
}

// TestArgs reads arguments of all kinds and checks that the first error stays.
func TestArgs(t *testing.T) {
	c := Ctx{Argv: [][]byte{[]byte("cmd"), []byte("KEY"), []byte("Count"), []byte("12"), []byte("flag"), []byte("x")}}
	a := c.Args(1)
	if got := string(a.Next()); got != "KEY" {
		t.Errorf("next: %q", got)
	}
	if a.Flag("flag") || !a.Option("count") || a.Int() != 12 || !a.Flag("flag") {
		t.Error("words are not recognized")
	}
	if a.Option("x") {
		t.Error("an option without a value")
	}
	if a.Int(); a.Err() != ErrNotInteger {
		t.Errorf("an integer of x: %v", a.Err())
	}
	if a.Next(); a.Err() != ErrNotInteger || a.More() {
		t.Errorf("the first error is gone: %v", a.Err())
	}
	b := c.Args(6)
	if b.Next(); b.Err() != ErrSyntax {
		t.Errorf("beyond the end: %v", b.Err())
	}
}
