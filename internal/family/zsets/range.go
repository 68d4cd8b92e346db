package zsets

import (
	"sigrun/internal/command"
	"sigrun/internal/offheap"
	"sigrun/internal/types/zset"
)

const (
	errLimit     = command.ReplyError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
	errLexScores = command.ReplyError("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
)

// direction is in which order members come.
type direction uint8

const (
	anyway direction = iota // the command says which
	forward
	reverse
)

// rangeArgs is ZRANGE, or one of its older forms, parsed.
type rangeArgs struct {
	span
	reverse bool
	scores  bool // with scores
	offset  int64
	limit   int64 // negative: none
}

// form is what the name of a command says already.
type form struct {
	at    int // of the key of the sorted set
	by    selector
	fixed bool // the command takes no BYSCORE and BYLEX
	order direction
	store bool
}

// parse reads key low high [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES].
func (p *rangeArgs) parse(c *command.Ctx, f form) error {
	p.limit = -1
	by, fixed, order := f.by, f.fixed, f.order
	a := c.Args(f.at + 3)
	for a.More() {
		switch {
		case !f.store && a.Flag("withscores"):
			p.scores = true
		case a.Left() > 2 && a.Flag("limit"):
			p.offset, p.limit = a.Int(), a.Int()
		case order == anyway && a.Flag("rev"):
			order = reverse
		case !fixed && a.Flag("bylex"):
			by, fixed = byMember, true
		case !fixed && a.Flag("byscore"):
			by, fixed = byScore, true
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	switch {
	case a.Err() != nil:
		return a.Err()
	case p.limit != -1 && by == byRank:
		return errLimit
	case p.scores && by == byMember:
		return errLexScores
	}
	p.reverse = order == reverse
	low, high := c.Arg(f.at+1), c.Arg(f.at+2)
	if p.reverse && by != byRank {
		low, high = high, low
	}
	return p.span.parse(by, low, high)
}

// selected is how many members of s the command selects and the rank of the
// first of them, which in reverse is counted from the last member.
func (p *rangeArgs) selected(s *zset.Set) (from, n int) {
	from, to := p.ranks(s, p.reverse)
	n = to - from
	if p.by == byRank {
		return from, n
	}
	if p.reverse {
		from = s.Len() - to
	}
	offset := p.offset
	if offset < 0 && !s.Small() {
		offset += int64(n) // Valkey's large sets count from the other end of the range
	}
	if offset < 0 || offset >= int64(n) {
		return 0, 0
	}
	n -= int(offset)
	if p.limit >= 0 {
		n = int(min(p.limit, int64(n)))
	}
	return from + int(offset), n
}

func runZRange(c *command.Ctx) error { return replyRange(c, form{at: 1}) }

func runZRevRange(c *command.Ctx) error {
	return replyRange(c, form{at: 1, fixed: true, order: reverse})
}

func runZRangeByScore(c *command.Ctx) error {
	return replyRange(c, form{at: 1, by: byScore, fixed: true, order: forward})
}

func runZRevRangeByScore(c *command.Ctx) error {
	return replyRange(c, form{at: 1, by: byScore, fixed: true, order: reverse})
}

func runZRangeByLex(c *command.Ctx) error {
	return replyRange(c, form{at: 1, by: byMember, fixed: true, order: forward})
}

func runZRevRangeByLex(c *command.Ctx) error {
	return replyRange(c, form{at: 1, by: byMember, fixed: true, order: reverse})
}

// replyRange answers ZRANGE: the members selected.
func replyRange(c *command.Ctx, f form) error {
	var p rangeArgs
	if err := p.parse(c, f); err != nil {
		return err
	}
	s, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Array(0)
		return nil
	}
	from, n := p.selected(&s)
	replyMembers(c, &s, from, n, p.reverse, p.scores)
	return nil
}

// runZRangeStore answers ZRANGESTORE destination key …: how many members it has
// stored.
func runZRangeStore(c *command.Ctx) error {
	var p rangeArgs
	if err := p.parse(c, form{at: 2, store: true}); err != nil {
		return err
	}
	to := c.Keys[0]
	s, ok, err := read(c, c.Keys[1])
	if err != nil {
		return err
	}
	from, n := 0, 0
	if ok {
		from, n = p.selected(&s)
	}
	copied := p.copied(c, c.Tx.Heap(to), &s, from, n)
	store(c, to, &copied, "zrangestore")
	return nil
}

// copied is a new set of n members of s, from the rank from on.
func (p *rangeArgs) copied(c *command.Ctx, heap *offheap.Heap, s *zset.Set, from, n int) zset.Set {
	// Valkey begins with a small set unless it knows that there are too many
	// members; what is added to that loses the sign of a zero.
	small := p.by != byRank || n <= c.Limits.ZSetEntries
	it, i := s.Iter(from, n, p.reverse), 0
	next := func() ([]byte, float64) {
		it.Next()
		member, score := it.Member(), it.Score()
		small = small && i < c.Limits.ZSetEntries && len(member) <= c.Limits.ZSetValue
		if i++; small && score == 0 {
			score = 0
		}
		return member, score
	}
	if n > fewMembers {
		large := zset.NewLarge(heap)
		large.Fill(n, p.reverse, next)
		large.Shrink(c.Limits)
		return large
	}
	var o outcome
	o.begin(heap, n, n)
	for range n {
		member, score := next()
		o.add(member, score, !it.IsInt())
	}
	o.order()
	return o.set(c)
}
