package strings

import (
	"math"

	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/value"
)

func runIncr(c *command.Ctx) error { return increment(c, 1) }

func runDecr(c *command.Ctx) error { return increment(c, -1) }

func runIncrBy(c *command.Ctx) error {
	by, ok := num.ParseInt(c.Arg(2))
	if !ok {
		return command.ErrNotInteger
	}
	return increment(c, by)
}

func runDecrBy(c *command.Ctx) error {
	by, ok := num.ParseInt(c.Arg(2))
	switch {
	case !ok:
		return command.ErrNotInteger
	case by == math.MinInt64:
		return command.ErrDecrOverflow
	}
	return increment(c, -by)
}

// increment adds by to the integer of the command's key and answers with the sum.
func increment(c *command.Ctx, by int64) error {
	k := c.Keys[0]
	o, found, err := lookup(c, k)
	if err != nil {
		return err
	}
	var old int64
	if found {
		var ok bool
		if old, ok = integer(o); !ok {
			return command.ErrNotInteger
		}
	}
	if by < 0 && old < math.MinInt64-by || by > 0 && old > math.MaxInt64-by {
		return command.ErrOverflow
	}
	sum := old + by
	switch {
	case !found:
		c.Tx.NewInt(k, sum)
	case !c.Tx.AddInt(k, o, sum):
		c.Tx.SetInt(k, sum, keyspace.KeepTTL)
	}
	if c.Events != nil {
		told(c, k, !found, "incrby")
	}
	c.W.Int(sum)
	return nil
}

// integer is the string o as an integer, if it is the text of one.
func integer(o value.Object) (int64, bool) {
	if o.Rec.IsInt() {
		return o.Rec.Int(), true
	}
	return num.ParseInt(o.Bytes())
}
