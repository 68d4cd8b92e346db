package zsets

import "sigrun/internal/command"

// runZCard answers ZCARD key: the number of members.
func runZCard(c *command.Ctx) error {
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	n := 0
	if ok {
		n = s.Len()
	}
	c.W.Int(int64(n))
	return nil
}

// runZScore answers ZSCORE key member: its score, or nil.
func runZScore(c *command.Ctx) error {
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	if ok {
		var score float64
		if score, ok = s.Score(c.Arg(2)); ok {
			c.W.Double(score)
			return nil
		}
	}
	c.W.Null()
	return nil
}

// runZMScore answers ZMSCORE key member [member ...]: for each its score, or nil.
func runZMScore(c *command.Ctx) error {
	s, there, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	c.W.Array(len(c.Argv) - 2)
	for _, member := range c.Argv[2:] {
		score, ok := 0.0, false
		if there {
			score, ok = s.Score(member)
		}
		if ok {
			c.W.Double(score)
		} else {
			c.W.Null()
		}
	}
	return nil
}

func runZRank(c *command.Ctx) error { return rank(c, false) }

func runZRevRank(c *command.Ctx) error { return rank(c, true) }

// rank answers ZRANK key member [WITHSCORE]: how many members are before it, or
// if reverse behind it, and its score; or nil.
func rank(c *command.Ctx, reverse bool) error {
	withScore := len(c.Argv) == 4
	switch {
	case len(c.Argv) > 4:
		return command.ReplyError("ERR wrong number of arguments for '" + c.Spec.Name + "' command")
	case withScore && !command.Is(c.Arg(3), "withscore"):
		return command.ErrSyntax
	}
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	var i int
	var score float64
	if ok {
		i, score, ok = s.Rank(c.Arg(2))
	}
	if reverse && ok {
		i = s.Len() - 1 - i
	}
	switch {
	case !ok && withScore:
		c.W.NullArray()
	case !ok:
		c.W.Null()
	case withScore:
		c.W.Array(2)
		c.W.Int(int64(i))
		c.W.Double(score)
	default:
		c.W.Int(int64(i))
	}
	return nil
}
