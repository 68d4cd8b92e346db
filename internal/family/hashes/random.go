package hashes

import (
	"math"

	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/types/hash"
)

const (
	errDrawRange = command.ReplyError("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
	errDraws     = command.ReplyError("ERR value is out of range")
)

// maxDraws bounds how many fields HRANDFIELD draws that may be the same ones: a
// reply of more takes gigabytes, however small the hash and the request.
const maxDraws = 1 << 27

// parseDraws reads HRANDFIELD key count [WITHVALUES].
func parseDraws(c *command.Ctx) (n int64, values bool, err error) {
	n, ok := num.ParseInt(c.Arg(2))
	values = len(c.Argv) == 4 && command.Is(c.Arg(3), "withvalues")
	switch {
	case !ok:
		return 0, false, command.ErrNotInteger
	case n == math.MinInt64:
		return 0, false, errDrawRange
	case len(c.Argv) > 3 && !values:
		return 0, false, command.ErrSyntax
	case n < -maxDraws, values && n > math.MaxInt64/2:
		return 0, false, errDraws
	}
	return n, values, nil
}

// runHRandField answers HRANDFIELD key [count [WITHVALUES]]: a field, or nil if
// there is none; with a count so many different ones, or as many as there are;
// with a negative count so many that may be the same ones.
func runHRandField(c *command.Ctx) error {
	if len(c.Argv) == 2 {
		return randomOne(c)
	}
	count, values, err := parseDraws(c)
	if err != nil {
		return err
	}
	h, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case !ok || count == 0:
		c.W.Array(0)
		return nil
	}
	mark, n := c.W.Mark(), 0
	put := func(field, v hash.Value) {
		if values && c.W.Proto3 {
			c.W.Array(2)
		}
		reply(c.W, field)
		if values {
			reply(c.W, v)
		}
		n++
	}
	if count < 0 || count == 1 {
		h.Draw(c.Tx.Rand(), int(max(count, -count)), func(field, v hash.Value) bool {
			put(field, v)
			return true
		})
	} else {
		h.Sample(c.Tx.Rand(), int(min(count, int64(h.Len()))), put)
	}
	if values && !c.W.Proto3 {
		n *= 2
	}
	c.W.PatchArray(mark, n)
	return nil
}

func randomOne(c *command.Ctx) error {
	h, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	var field hash.Value
	if ok {
		field, _, ok = h.Random(c.Tx.Rand())
	}
	if ok {
		reply(c.W, field)
	} else {
		c.W.Null()
	}
	return nil
}
