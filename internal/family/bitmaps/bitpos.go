package bitmaps

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/bitmap"
	"sigrun/internal/num"
)

const errBitArgument = command.ReplyError("ERR The bit argument must be 1 or 0.")

// runBitPos answers BITPOS key bit [start [end [BYTE|BIT]]]: the position of the
// first such bit in the range, or -1. Where no end is given, zeros follow the
// string for ever.
func runBitPos(c *command.Ctx) error {
	bit, ok := num.ParseInt(c.Arg(2))
	if !ok {
		return command.ErrNotInteger
	}
	if bit != 0 && bit != 1 {
		return errBitArgument
	}
	s, err := parseSpan(c, 3)
	if err != nil {
		return err
	}
	var buf [num.MaxIntLen]byte
	b, found, err := read(c, c.Keys[0], buf[:])
	if err != nil {
		return err
	}
	if !found {
		c.W.Int(-bit)
		return nil
	}
	pos := int64(-1)
	if first, last := s.bits(len(b)); first <= last {
		pos = bitmap.Index(b, bit == 1, first, last)
		if pos < 0 && bit == 0 && s.open {
			pos = last + 1
		}
	}
	c.W.Int(pos)
	return nil
}
