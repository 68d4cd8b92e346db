package streams

import (
	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
)

// runXRange answers XRANGE key start end [COUNT n].
func runXRange(c *command.Ctx) error { return replyInterval(c, c.Arg(2), c.Arg(3), false) }

// runXRevRange answers XREVRANGE key end start [COUNT n].
func runXRevRange(c *command.Ctx) error { return replyInterval(c, c.Arg(3), c.Arg(2), true) }

func replyInterval(c *command.Ctx, start, end []byte, back bool) error {
	lo, err := parseLow(start)
	if err != nil {
		return err
	}
	hi, err := parseHigh(end)
	if err != nil {
		return err
	}
	count, limited := int64(0), false
	a := c.Args(4)
	for a.More() {
		if !a.Option("count") {
			a.Fail(command.ErrSyntax)
		}
		count, limited = max(a.Int(), 0), true
	}
	if a.Err() != nil {
		return a.Err()
	}
	s, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Array(0)
	case limited && count == 0:
		c.W.NullArray()
	default:
		replyRange(c.W, s.Range(lo, hi, back), count)
	}
	return nil
}

// rangeFrom goes through the entries behind id.
func rangeFrom(s ds.Stream, id ds.ID) ds.Iter { return s.Range(id.Next(), ds.MaxID, false) }
