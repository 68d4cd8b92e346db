package zsets

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/types/zset"
)

const (
	errXXNX   = command.ReplyError("ERR XX and NX options at the same time are not compatible")
	errGTLT   = command.ReplyError("ERR GT, LT, and/or NX options at the same time are not compatible")
	errIncr   = command.ReplyError("ERR INCR option supports a single increment-element pair")
	errNaN    = command.ReplyError("ERR resulting score is not a number (NaN)")
	fewScores = 32 // so many need no memory of their own
)

// addArgs is ZADD parsed.
type addArgs struct {
	how     zset.How
	changed bool     // CH: count updates, too
	pairs   [][]byte // score, member, score, member …
	longest int      // bytes of the longest member
}

// options of ZADD that set a flag.
func (p *addArgs) option(b []byte) bool {
	switch {
	case len(b) > 4:
		return false
	case command.Is(b, "nx"):
		p.how.NX = true
	case command.Is(b, "xx"):
		p.how.XX = true
	case command.Is(b, "ch"):
		p.changed = true
	case command.Is(b, "gt"):
		p.how.GT = true
	case command.Is(b, "lt"):
		p.how.LT = true
	case command.Is(b, "incr"):
		p.how.Incr = true
	default:
		return false
	}
	return true
}

// parseAdd reads ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member [score member ...]
// and appends the scores to dst.
func parseAdd(c *command.Ctx, incr bool, dst []float64) (p addArgs, scores []float64, err error) {
	p.how.Incr = incr
	i := 2
	for i < len(c.Argv) && p.option(c.Argv[i]) {
		i++
	}
	p.pairs = c.Argv[i:]
	switch how := p.how; {
	case len(p.pairs) == 0 || len(p.pairs)%2 != 0:
		return p, nil, command.ErrSyntax
	case how.NX && how.XX:
		return p, nil, errXXNX
	case how.GT && how.NX, how.LT && how.NX, how.GT && how.LT:
		return p, nil, errGTLT
	case how.Incr && len(p.pairs) > 2:
		return p, nil, errIncr
	}
	for j := 0; j < len(p.pairs); j += 2 {
		score, ok := num.ParseFloat(p.pairs[j])
		if !ok {
			return p, nil, command.ErrNotFloat
		}
		dst = append(dst, score)
		p.longest = max(p.longest, len(p.pairs[j+1]))
	}
	return p, dst, nil
}

func runZAdd(c *command.Ctx) error { return add(c, false) }

func runZIncrBy(c *command.Ctx) error { return add(c, true) }

// add answers ZADD: how many members were added, or with CH added or updated; or
// with INCR the new score, nil if a condition has kept it. ZINCRBY is ZADD INCR
// under another name.
func add(c *command.Ctx, incr bool) error {
	var room [fewScores]float64
	p, scores, err := parseAdd(c, incr, room[:0])
	if err != nil {
		return err
	}
	k := c.Keys[0]
	m, s, found, err := change(c, k)
	switch {
	case err != nil:
		return err
	case !found && p.how.XX:
		p.reply(c, 0, zset.Refused, 0, 0)
		return nil
	case !found:
		s = zset.New(c.Tx.Heap(k), c.Limits, len(scores), p.longest)
	default:
		s.Prepare(c.Limits, len(scores), p.longest)
	}
	var now float64
	var o zset.Outcome
	var count [zset.NaN + 1]int
	for i, score := range scores {
		now, o = s.Put(c.Limits, p.pairs[2*i+1], score, p.how)
		count[o]++
	}
	added, updated := count[zset.Added], count[zset.Updated]
	if found {
		keep(&m, &s, added+updated)
	} else {
		c.Tx.Store(k, s.Kind, s.Word, keyspace.NoExpiry)
		c.Tx.Dirty += added + updated - 1
		c.Event(command.EventNew, "new", k.B)
	}
	if count[zset.NaN] > 0 {
		return errNaN
	}
	if added+updated > 0 && c.Events != nil {
		p.tell(c, k)
	}
	p.reply(c, now, o, added, updated)
	return nil
}

func (p *addArgs) tell(c *command.Ctx, k keyspace.Key) {
	event := "zadd"
	if p.how.Incr {
		event = "zincr"
	}
	c.Event(command.EventZSet, event, k.B)
}

func (p *addArgs) reply(c *command.Ctx, score float64, o zset.Outcome, added, updated int) {
	switch {
	case p.how.Incr && o == zset.Refused:
		c.W.Null()
	case p.how.Incr:
		c.W.Double(score)
	case p.changed:
		c.W.Int(int64(added + updated))
	default:
		c.W.Int(int64(added))
	}
}
