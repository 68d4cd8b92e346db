package zsets

import (
	"bytes"

	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/types/zset"
)

// selector is how a command selects members.
type selector uint8

const (
	byRank selector = iota
	byScore
	byMember
)

// span is a range of members as a command names it.
type span struct {
	by          selector
	start, stop int64 // byRank: both included, negative ones counted from the end
	scores      zset.Range
	members     zset.LexRange
}

// parse reads the two ends of a range.
func (sp *span) parse(by selector, low, high []byte) error {
	sp.by = by
	var ok1, ok2 bool
	switch by {
	case byRank:
		sp.start, ok1 = num.ParseInt(low)
		sp.stop, ok2 = num.ParseInt(high)
		if !ok1 || !ok2 {
			return command.ErrNotInteger
		}
	case byScore:
		r := &sp.scores
		r.Min, r.MinOpen, ok1 = parseScore(low)
		r.Max, r.MaxOpen, ok2 = parseScore(high)
		if !ok1 || !ok2 {
			return errBounds
		}
	case byMember:
		ok1 = parseMember(&sp.members.Min, low)
		ok2 = parseMember(&sp.members.Max, high)
		if !ok1 || !ok2 {
			return errLexBounds
		}
	}
	return nil
}

// parseScore reads the end of a range of scores: a number, after "(" if it is not
// in the range itself.
func parseScore(b []byte) (f float64, open, ok bool) {
	if len(b) > 0 && b[0] == '(' {
		b, open = b[1:], true
	}
	f, ok = num.ParseBound(b)
	return f, open, ok
}

// parseMember reads the end of a range of members: "-" and "+" are before and
// behind all, else "[" or, if it is not in the range itself, "(" and the member.
func parseMember(to *zset.Bound, b []byte) bool {
	if len(b) == 0 {
		return false
	}
	switch b[0] {
	case '[':
		*to = zset.Bound{Member: b[1:]}
		return true
	case '(':
		*to = zset.Bound{Member: b[1:], Open: true}
		return true
	case '-':
		*to = zset.Bound{End: -1}
	case '+':
		*to = zset.Bound{End: 1}
	default:
		return false
	}
	return len(b) == 1 || bytes.IndexByte(b, 0) == 1
}

// ranks is the ranks [from, to) of the members in the span. Ranks are counted
// from the last member if reverse is set and they are what selects, else from the
// first.
func (sp *span) ranks(s *zset.Set, reverse bool) (from, to int) {
	switch sp.by {
	case byScore:
		return s.ByScore(&sp.scores)
	case byMember:
		return s.ByMember(&sp.members, reverse)
	}
	n := int64(s.Len())
	start, stop := sp.start, sp.stop
	if start < 0 {
		start = max(start+n, 0)
	}
	if stop < 0 {
		stop += n
	}
	stop = min(stop, n-1)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop) + 1
}

func runZCount(c *command.Ctx) error { return count(c, byScore) }

func runZLexCount(c *command.Ctx) error { return count(c, byMember) }

// count answers ZCOUNT and ZLEXCOUNT key min max: how many members are in the
// range.
func count(c *command.Ctx, by selector) error {
	var sp span
	if err := sp.parse(by, c.Arg(2), c.Arg(3)); err != nil {
		return err
	}
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	from, to := 0, 0
	if ok {
		from, to = sp.ranks(&s, false)
	}
	c.W.Int(int64(to - from))
	return nil
}
