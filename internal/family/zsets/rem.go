package zsets

import "sigrun/internal/command"

// runZRem answers ZREM key member [member ...]: how many were there.
func runZRem(c *command.Ctx) error {
	k := c.Keys[0]
	m, s, ok, err := change(c, k)
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Int(0)
		return nil
	}
	n, left := 0, s.Len()
	for _, member := range c.Argv[2:] {
		if s.Delete(member) {
			if n++; n == left {
				break
			}
		}
	}
	if removed := keep(&m, &s, n); n > 0 && c.Events != nil {
		told(c, k, "zrem", removed)
	}
	c.W.Int(int64(n))
	return nil
}

func runZRemRangeByRank(c *command.Ctx) error { return removeSpan(c, byRank, "zremrangebyrank") }

func runZRemRangeByScore(c *command.Ctx) error { return removeSpan(c, byScore, "zremrangebyscore") }

func runZRemRangeByLex(c *command.Ctx) error { return removeSpan(c, byMember, "zremrangebylex") }

// removeSpan answers ZREMRANGEBY… key min max: how many members were in the range.
func removeSpan(c *command.Ctx, by selector, event string) error {
	var sp span
	if err := sp.parse(by, c.Arg(2), c.Arg(3)); err != nil {
		return err
	}
	k := c.Keys[0]
	m, s, ok, err := change(c, k)
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Int(0)
		return nil
	}
	from, to := sp.ranks(&s, false)
	s.DeleteRange(from, to)
	if removed := keep(&m, &s, to-from); to > from {
		told(c, k, event, removed)
	}
	c.W.Int(int64(to - from))
	return nil
}
