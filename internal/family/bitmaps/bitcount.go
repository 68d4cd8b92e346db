package bitmaps

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/bitmap"
	"sigrun/internal/num"
)

// span is a range as BITCOUNT and BITPOS take it: [start [end [BYTE|BIT]]], with
// positions from the end if negative.
type span struct {
	start, end int64
	open       bool // no end is given
	inBits     bool
}

// parseSpan reads a range that begins at argument i.
func parseSpan(c *command.Ctx, i int) (s span, err error) {
	s.open = true
	argv := c.Argv[i:]
	if len(argv) == 0 {
		return s, nil
	}
	if len(argv) > 3 {
		return s, command.ErrSyntax
	}
	var ok bool
	if s.start, ok = num.ParseInt(argv[0]); !ok {
		return s, command.ErrNotInteger
	}
	if len(argv) == 3 {
		s.inBits = command.Is(argv[2], "bit")
		if !s.inBits && !command.Is(argv[2], "byte") {
			return s, command.ErrSyntax
		}
	}
	if len(argv) > 1 {
		s.open = false
		if s.end, ok = num.ParseInt(argv[1]); !ok {
			return s, command.ErrNotInteger
		}
	}
	return s, nil
}

// bits are the positions of the first and last bit of s in a string of size
// bytes. The range is empty if first is greater than last.
func (s *span) bits(size int) (first, last int64) {
	n, unit := int64(size), int64(8)
	if s.inBits {
		n, unit = n*8, 1
	}
	first, last = s.start, s.end
	if s.open {
		last = n - 1
	}
	if first < 0 {
		first = max(first+n, 0)
	}
	if last < 0 {
		last = max(last+n, 0)
	}
	last = min(last, n-1)
	if first > last {
		return 0, -1
	}
	return first * unit, last*unit + unit - 1
}

// backwards reports whether s lies backwards whatever the string is.
func (s *span) backwards() bool { return s.start < 0 && s.end < 0 && s.start > s.end }

// runBitCount answers BITCOUNT key [start [end [BYTE|BIT]]]: the number of ones.
func runBitCount(c *command.Ctx) error {
	s, err := parseSpan(c, 2)
	if err != nil {
		return err
	}
	var buf [num.MaxIntLen]byte
	b, _, err := read(c, c.Keys[0], buf[:])
	if err != nil {
		return err
	}
	n := 0
	if first, last := s.bits(len(b)); first <= last && !s.backwards() {
		n = bitmap.CountRange(b, first, last)
	}
	c.W.Int(int64(n))
	return nil
}
