package sorting

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/ds/partsort"
	"sigrun/internal/num"
)

// sortKey stands for an element while elements are ordered. Nearly always the rank
// says which of two comes first: it is the number, made to be compared as an
// integer, or a piece of the word, and turned round for DESC.
type sortKey struct {
	rank uint64
	i    int32 // of s.elems
}

// rate gives each element its key. Missing numbers count as 0, missing words come
// before all others.
func (s *sorter) rate() {
	n := len(s.elems)
	if cap(s.keys) < n {
		s.keys = make([]sortKey, 0, n)
	}
	if s.alpha && cap(s.words) < n {
		s.words = make([][]byte, 0, n)
	}
	for i, elem := range s.elems {
		e, ok := elem, true
		if s.by != nil {
			e, ok = s.find(s.by, elem)
		}
		k := sortKey{i: int32(i)}
		switch {
		case s.alpha:
			s.addWord(e, ok)
			k.rank = s.wordRank(i, 0)
		case ok:
			k.rank = s.numberRank(e)
		default:
			k.rank = s.rank(0)
		}
		s.keys = append(s.keys, k)
	}
	// Words that are equal leave elements in their order; numbers that are equal
	// leave the elements themselves to be compared.
	s.strict = !s.alpha || s.by == nil
}

// noText is a word that is there, but empty.
var noText = []byte{}

// addWord appends the word of an element. As C libraries compare texts, what
// follows a NUL byte doesn't count, but when the outcome is stored, which must be
// the same everywhere.
func (s *sorter) addWord(e listpack.Entry, ok bool) {
	var word []byte
	if ok {
		if word = s.text(e); !s.store {
			word = untilNUL(word)
		}
		if word == nil {
			word = noText
		}
	}
	s.words = append(s.words, word)
}

// pieceBytes is how much of a word makes a rank.
const pieceBytes = 8

// wordRank is the rank of a piece of the word of element i.
func (s *sorter) wordRank(i, piece int) (rank uint64) {
	if word := s.words[i]; len(word) > piece*pieceBytes {
		word = word[piece*pieceBytes:]
		if len(word) >= pieceBytes {
			rank = binary.BigEndian.Uint64(word)
		} else {
			var room [pieceBytes]byte
			copy(room[:], word)
			rank = binary.BigEndian.Uint64(room[:])
		}
	}
	if s.desc {
		return ^rank
	}
	return rank
}

// numberRank is the rank of a number; it notes if e is none.
func (s *sorter) numberRank(e listpack.Entry) uint64 {
	if e.IsInt {
		return s.rank(float64(e.Int))
	}
	f, ok := num.ParseFloat(untilNUL(e.Bytes))
	s.invalid = s.invalid || !ok
	return s.rank(f)
}

// rank orders as numbers do.
func (s *sorter) rank(f float64) uint64 {
	if f == 0 {
		f = 0 // not -0
	}
	b := math.Float64bits(f)
	if b>>63 != 0 {
		b = ^b
	} else {
		b |= 1 << 63
	}
	if s.desc {
		return ^b
	}
	return b
}

// compare tells by its sign which of two elements comes first; 0 if the order does
// not say.
func (s *sorter) compare(a, b sortKey) int {
	if a.rank != b.rank {
		return cmp.Compare(a.rank, b.rank)
	}
	if !s.alpha {
		return s.turn(compareTexts(s.elems[a.i], s.elems[b.i]))
	}
	x, y := s.words[a.i], s.words[b.i]
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return s.turn(-1)
	case y == nil:
		return s.turn(1)
	}
	return s.turn(bytes.Compare(x, y))
}

// compareTexts orders two elements as texts.
func compareTexts(a, b listpack.Entry) int {
	var roomA, roomB [num.MaxIntLen]byte
	x, y := a.Bytes, b.Bytes
	if a.IsInt {
		x = num.AppendInt(roomA[:0], a.Int)
	}
	if b.IsInt {
		y = num.AppendInt(roomB[:0], b.Int)
	}
	return bytes.Compare(x, y)
}

// turn turns a comparison round for DESC.
func (s *sorter) turn(c int) int {
	if s.desc {
		return -c
	}
	return c
}

// compareAll is compare, where the first of two equal ones comes first.
func (s *sorter) compareAll(a, b sortKey) int {
	if c := s.compare(a, b); c != 0 {
		return c
	}
	return cmp.Compare(a.i, b.i)
}

// order brings the wanted part of s.keys into order, at its place.
func (s *sorter) order() {
	switch {
	case s.invalid || s.lo == s.hi:
	case s.strict || s.hi-s.lo == len(s.keys):
		s.sort(s.keys, 0)
	default:
		partsort.Sort(s.keys, s.lo, s.hi, s.compare)
	}
}
