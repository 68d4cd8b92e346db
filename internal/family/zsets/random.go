package zsets

import (
	"math"

	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/types/zset"
)

const (
	errDrawRange = command.ReplyError("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
	errDraws     = command.ReplyError("ERR value is out of range")
)

// maxDraws bounds how many members ZRANDMEMBER draws that may be the same ones:
// a reply of more takes gigabytes, however small the set and the request.
const maxDraws = 1 << 27

// runZRandMember answers ZRANDMEMBER key [count [WITHSCORES]]: a member, or nil if
// there is none; with a count so many different ones, or as many as there are;
// with a negative count so many that may be the same ones.
func runZRandMember(c *command.Ctx) error {
	if len(c.Argv) == 2 {
		return randomOne(c)
	}
	count, scores, err := parseDraws(c)
	if err != nil {
		return err
	}
	s, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case !ok || count == 0:
		c.W.Array(0)
	case count < 0:
		draw(c, &s, int(-count), scores)
	case count >= int64(s.Len()):
		replyMembers(c, &s, 0, s.Len(), true, scores)
	default:
		sample(c, &s, int(count), scores)
	}
	return nil
}

// parseDraws reads count [WITHSCORES].
func parseDraws(c *command.Ctx) (n int64, scores bool, err error) {
	n, ok := num.ParseInt(c.Arg(2))
	scores = len(c.Argv) == 4
	switch {
	case !ok:
		return 0, false, command.ErrNotInteger
	case n == math.MinInt64:
		return 0, false, errDrawRange
	case len(c.Argv) > 4 || scores && !command.Is(c.Arg(3), "withscores"):
		return 0, false, command.ErrSyntax
	case scores && n > math.MaxInt64/2, n < -maxDraws:
		return 0, false, errDraws
	}
	return n, scores, nil
}

func randomOne(c *command.Ctx) error {
	s, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Null()
		return nil
	}
	var room [num.MaxIntLen]byte
	member, _ := s.Random(c.Tx.Rand(), &room)
	c.W.Bulk(member)
	return nil
}

// draw answers with n members, each drawn from all.
func draw(c *command.Ctx, s *zset.Set, n int, scores bool) {
	beginPairs(c.W, n, scores)
	for range n {
		var room [num.MaxIntLen]byte
		replyMember(c, scores)(s.Random(c.Tx.Rand(), &room))
	}
}

// sample answers with n different members, fewer than there are.
func sample(c *command.Ctx, s *zset.Set, n int, scores bool) {
	beginPairs(c.W, n, scores)
	s.Sample(c.Tx.Rand(), n, replyMember(c, scores))
}

// replyMember is how a member is answered with.
func replyMember(c *command.Ctx, scores bool) func(member []byte, score float64) {
	if !scores {
		return func(member []byte, _ float64) { c.W.Bulk(member) }
	}
	return func(member []byte, score float64) { replyPair(c.W, member, score) }
}
