package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
)

// runAppend answers APPEND key value: the new length.
func runAppend(c *command.Ctx) error {
	k, tail := c.Keys[0], c.Arg(2)
	o, found, err := lookup(c, k)
	if err != nil {
		return err
	}
	n := len(tail)
	if found {
		old := o.StringLen()
		n += old
		if int64(n) > c.MaxBulk {
			return command.ErrStringTooLong
		}
		copy(c.Tx.Edit(k, n)[old:], tail)
	} else {
		c.Tx.Set(k, tail, keyspace.NoExpiry)
	}
	told(c, k, !found, "append")
	c.W.Int(int64(n))
	return nil
}

// runSetRange answers SETRANGE key offset value: the length, which nothing but
// an empty value leaves as it is. Absent keys and gaps are filled with zeros.
func runSetRange(c *command.Ctx) error {
	offset, ok := num.ParseInt(c.Arg(2))
	switch {
	case !ok:
		return command.ErrNotInteger
	case offset < 0:
		return command.ErrOffsetRange
	}
	k, part := c.Keys[0], c.Arg(3)
	o, found, err := lookup(c, k)
	if err != nil {
		return err
	}
	n := 0
	if found {
		n = o.StringLen()
	}
	if len(part) == 0 {
		c.W.Int(int64(n))
		return nil
	}
	if offset > c.MaxBulk-int64(len(part)) {
		return command.ErrStringTooLong
	}
	n = max(n, int(offset)+len(part))
	copy(c.Tx.Edit(k, n)[offset:], part)
	told(c, k, !found, "setrange")
	c.W.Int(int64(n))
	return nil
}

// runGetRange answers GETRANGE key start end, also called SUBSTR: a part of the
// value, the empty string of what is absent.
func runGetRange(c *command.Ctx) error {
	start, ok1 := num.ParseInt(c.Arg(2))
	end, ok2 := num.ParseInt(c.Arg(3))
	if !ok1 || !ok2 {
		return command.ErrNotInteger
	}
	o, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	switch {
	case !ok:
		c.W.Bulk(nil)
	case o.Rec.IsInt():
		var buf [num.MaxIntLen]byte
		c.W.Bulk(cut(text(o, buf[:]), start, end))
	default:
		c.W.View(cut(o.Bytes(), start, end))
	}
	return nil
}

// cut is the part of b from start to end, both inclusive and counted from the
// end if negative.
func cut(b []byte, start, end int64) []byte {
	n := int64(len(b))
	if start < 0 && end < 0 && start > end {
		return nil
	}
	if start < 0 {
		start = max(start+n, 0)
	}
	if end < 0 {
		end = max(end+n, 0)
	}
	end = min(end, n-1)
	if start > end {
		return nil
	}
	return b[start : end+1]
}
