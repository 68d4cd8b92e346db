package strings

import (
	"math/bits"
	"sync"
)

// lcsScratch computes longest common subsequences, 64 cells of the table at a
// time.
//
// In the table of the lengths L(i,j) of the subsequences of a's first i and b's
// first j bytes, neighbours in a row differ by 0 or 1. So a row is one bit per
// byte of b, and the bit-parallel recurrence of Crochemore and others (2001),
//
//	v' = (v + (v & m)) | (v &^ m)     m: where b holds the row's byte of a
//
// makes the next one with an addition that carries from word to word; a zero
// bit in v is a step: L(i,j) = L(i,j-1)+1. Keeping all rows is enough to walk
// back from the end: at a mismatch the walk must go up if L(i-1,j) > L(i,j-1),
// and that is so just where row i has a step at j.
type lcsScratch struct {
	words int         // per row
	rows  []uint64    // rows 0 to len(a)
	masks []uint64    // where in b each of its bytes is; the first mask, of no byte, is empty
	ids   [256]uint16 // which of masks belongs to a byte
}

// maxKeptScratch is the largest scratch, in words, that is kept for the next LCS.
const maxKeptScratch = 1 << 17

var scratches = sync.Pool{New: func() any { return new(lcsScratch) }}

func takeScratch() *lcsScratch { return scratches.Get().(*lcsScratch) }

func (s *lcsScratch) give() {
	if cap(s.rows)+cap(s.masks) <= maxKeptScratch {
		scratches.Put(s)
	}
}

// lcsMemory is the size of the table of strings of n and m bytes, in bytes.
func lcsMemory(n, m int) int64 { return (int64(n) + 1) * int64(wordsOf(m)) * 8 }

func wordsOf(n int) int { return (n + 63) / 64 }

// words grows b to n words whose content doesn't matter.
func words(b []uint64, n int) []uint64 {
	if cap(b) < n {
		return make([]uint64, n)
	}
	return b[:n]
}

// prepare makes the masks of b and a first row without steps, with room for n rows.
func (s *lcsScratch) prepare(b []byte, n int) {
	s.words = wordsOf(len(b))
	s.rows = words(s.rows, n*s.words)
	for i := range s.words {
		s.rows[i] = ^uint64(0)
	}
	clear(s.ids[:])
	kinds := 1
	for _, c := range b {
		if s.ids[c] == 0 {
			s.ids[c] = uint16(kinds)
			kinds++
		}
	}
	s.masks = words(s.masks, kinds*s.words)
	clear(s.masks)
	for j, c := range b {
		s.masks[int(s.ids[c])*s.words+j/64] |= 1 << (j % 64)
	}
}

// mask tells where in b the byte c is.
func (s *lcsScratch) mask(c byte) []uint64 {
	at := int(s.ids[c]) * s.words
	return s.masks[at : at+s.words]
}

// row is row i of the table.
func (s *lcsScratch) row(i int) []uint64 { return s.rows[i*s.words : (i+1)*s.words] }

// advance makes the row after src, of a byte with mask m. dst may be src.
func advance(dst, src, m []uint64) {
	dst, m = dst[:len(src)], m[:len(src)]
	var sum, carry uint64
	for k, v := range src {
		sum, carry = bits.Add64(v, v&m[k], carry)
		dst[k] = sum | v&^m[k]
	}
}

// steps counts the steps of a row: the length of the subsequence.
func steps(row []uint64) (n int) {
	for _, v := range row {
		n += bits.OnesCount64(^v)
	}
	return n
}

// length is the length of the longest common subsequence of a and b.
func (s *lcsScratch) length(a, b []byte) int {
	if len(a) > len(b) {
		a, b = b, a // fewer rows of more words
	}
	s.prepare(b, 1)
	row := s.row(0)
	for _, c := range a {
		advance(row, row, s.mask(c))
	}
	return steps(row)
}

// table fills all rows and returns the length.
func (s *lcsScratch) table(a, b []byte) int {
	s.prepare(b, len(a)+1)
	for i, c := range a {
		advance(s.row(i+1), s.row(i), s.mask(c))
	}
	return steps(s.row(len(a)))
}

// lcsWalk walks through a table from its end to its beginning.
type lcsWalk struct {
	s    *lcsScratch
	a, b []byte
	i, j int // what is left of a and b
}

func (s *lcsScratch) walk(a, b []byte) lcsWalk { return lcsWalk{s, a, b, len(a), len(b)} }

// next goes to the last common byte before the one where it stands: that is at
// a[i] and b[j] then. It reports whether there is one.
func (t *lcsWalk) next() bool {
	for t.i > 0 && t.j > 0 {
		switch j := t.j - 1; {
		case t.a[t.i-1] == t.b[j]:
			t.i--
			t.j--
			return true
		case t.s.rows[t.i*t.s.words+j/64]>>(j%64)&1 == 0:
			t.i--
		default:
			t.j--
		}
	}
	return false
}

// nextRange goes to the beginning of the last run of common bytes and returns
// where in a and b it begins and its size, 0 if there is none.
func (t *lcsWalk) nextRange() (i, j, size int) {
	if !t.next() {
		return 0, 0, 0
	}
	for size = 1; t.i > 0 && t.j > 0 && t.a[t.i-1] == t.b[t.j-1]; size++ {
		t.i--
		t.j--
	}
	return t.i, t.j, size
}
