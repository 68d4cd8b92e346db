package sets

import (
	"math"

	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/types/set"
)

const (
	errDrawRange = command.ReplyError("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
	errDraws     = command.ReplyError("ERR value is out of range")
)

// maxDraws bounds how many members SRANDMEMBER draws that may be the same ones:
// a reply of more takes gigabytes, however small the set and the request.
const maxDraws = 1 << 27

// runSRandMember answers SRANDMEMBER key [count]: a member, or nil if there is
// none; with a count so many different ones, or as many as there are; with a
// negative count so many that may be the same ones.
func runSRandMember(c *command.Ctx) error {
	if len(c.Argv) == 2 {
		return randomOne(c)
	}
	count, err := parseDraws(c)
	if err != nil {
		return err
	}
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	w, rand := c.W, c.Tx.Rand()
	visit := func(m set.Member) { replyMember(w, m) }
	switch {
	case !ok || count == 0:
		w.Array(0)
	case count < 0:
		w.Array(int(-count))
		s.Draw(rand, int(-count), visit)
	default:
		n := int(min(count, int64(s.Len())))
		w.Array(n)
		s.Sample(rand, n, visit)
	}
	return nil
}

// parseDraws reads the count of SRANDMEMBER.
func parseDraws(c *command.Ctx) (int64, error) {
	if len(c.Argv) > 3 {
		return 0, command.ErrSyntax
	}
	n, ok := num.ParseInt(c.Arg(2))
	switch {
	case !ok:
		return 0, command.ErrNotInteger
	case n == math.MinInt64:
		return 0, errDrawRange
	case n < -maxDraws:
		return 0, errDraws
	}
	return n, nil
}

func randomOne(c *command.Ctx) error {
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	if !ok {
		c.W.Null()
		return nil
	}
	replyMember(c.W, s.Random(c.Tx.Rand()))
	return nil
}
