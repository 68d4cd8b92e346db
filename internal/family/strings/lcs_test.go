package strings

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// lcsRange is a run of common bytes.
type lcsRange struct{ i, j, size int }

// slowLCS is the textbook algorithm with a table of all lengths: the
// subsequence and its ranges, the last ones first.
func slowLCS(a, b []byte) (text []byte, ranges []lcsRange) {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := range a {
		for j := range b {
			if a[i] == b[j] {
				table[i+1][j+1] = table[i][j] + 1
			} else {
				table[i+1][j+1] = max(table[i][j+1], table[i+1][j])
			}
		}
	}
	run := false
	for i, j := len(a), len(b); i > 0 && j > 0; {
		switch {
		case a[i-1] == b[j-1]:
			i, j = i-1, j-1
			text = append(text, a[i])
			if !run {
				ranges = append(ranges, lcsRange{})
			}
			last := &ranges[len(ranges)-1]
			*last = lcsRange{i, j, last.size + 1}
			run = true
		case table[i-1][j] > table[i][j-1]:
			i, run = i-1, false
		default:
			j, run = j-1, false
		}
	}
	for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
		text[i], text[j] = text[j], text[i]
	}
	return text, ranges
}

// checkLCS compares all that s computes with slowLCS.
func checkLCS(t interface{ Fatalf(string, ...any) }, s *lcsScratch, a, b []byte) {
	text, ranges := slowLCS(a, b)
	if n := s.length(a, b); n != len(text) {
		t.Fatalf("length of %q and %q: %d, want %d", a, b, n, len(text))
	}
	if n := s.table(a, b); n != len(text) {
		t.Fatalf("table of %q and %q: %d, want %d", a, b, n, len(text))
	}
	var got []byte
	for w := s.walk(a, b); w.next(); {
		got = append([]byte{a[w.i]}, got...)
	}
	if !bytes.Equal(got, text) {
		t.Fatalf("walk of %q and %q: %q, want %q", a, b, got, text)
	}
	w := s.walk(a, b)
	for _, want := range ranges {
		if i, j, size := w.nextRange(); (lcsRange{i, j, size}) != want {
			t.Fatalf("range of %q and %q: %d %d %d, want %v", a, b, i, j, size, want)
		}
	}
	if _, _, size := w.nextRange(); size != 0 {
		t.Fatalf("a range too many of %q and %q", a, b)
	}
}

func TestLCSModel(t *testing.T) {
	var s lcsScratch // used again and again, so that leftovers show
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]int{1, 2, 4, 256}).Draw(t, "letters")
		word := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, letters-1), func(n int) byte { return byte(n) }), 0, 200)
		checkLCS(t, &s, word.Draw(t, "a"), word.Draw(t, "b"))
	})
}

func TestLCSAllBytes(t *testing.T) {
	var a, b [512]byte
	for i := range a {
		a[i], b[i] = byte(i), byte(-i)
	}
	checkLCS(t, new(lcsScratch), a[:], b[:])
}

func FuzzLCS(f *testing.F) {
	f.Add([]byte("ohmytext"), []byte("mynewtext"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a)*len(b) < 1<<16 {
			checkLCS(t, new(lcsScratch), a, b)
		}
	})
}
