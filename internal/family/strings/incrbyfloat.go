package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
)

// longText is room for the text of all sums but huge ones.
const longText = 64

// runIncrByFloat answers INCRBYFLOAT key increment: the sum. It stays text even
// if it is whole, and the log gets the sum, so that no replica has to add in
// the same precision.
func runIncrByFloat(c *command.Ctx) error {
	k := c.Keys[0]
	o, found, err := lookup(c, k)
	if err != nil {
		return err
	}
	var sum num.LongDouble
	if found {
		var ok bool
		var buf [num.MaxIntLen]byte
		if sum, ok = num.ParseLongDouble(text(o, buf[:])); !ok {
			return command.ErrNotFloat
		}
	}
	by, ok := num.ParseLongDouble(c.Arg(2))
	if !ok {
		return command.ErrNotFloat
	}
	if sum = sum.Add(by); !sum.Finite() {
		return command.ErrNaN
	}
	var buf [longText]byte
	b := num.AppendLongDouble(buf[:0], sum)
	added := c.Tx.SetText(k, b, keyspace.KeepTTL)
	c.Effect(wordSet, k.B, b, wordKeepTTL)
	told(c, k, added, "incrbyfloat")
	c.W.Bulk(b)
	return nil
}
