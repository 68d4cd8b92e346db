package zsets

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/resp"
	"sigrun/internal/types/zset"
)

const (
	errNumKeys  = command.ReplyError("ERR numkeys should be greater than 0")
	errPopCount = command.ReplyError("ERR count should be greater than 0")
)

// Words of commands in the log.
var (
	wordZPopMin = []byte("ZPOPMIN")
	wordZPopMax = []byte("ZPOPMAX")
)

// end is one of the ends of a sorted set.
type end struct {
	max   bool
	event string
	word  []byte // of the log
}

var (
	lowest  = &end{false, "zpopmin", wordZPopMin}
	highest = &end{true, "zpopmax", wordZPopMax}
)

// take takes n members of s away from an end, answers with each, as a pair of its
// own or not, and tells of it.
func (e *end) take(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable, s *zset.Set, n int, pairs bool) {
	it := s.Iter(0, n, e.max)
	for it.Next() {
		if pairs {
			c.W.Array(2)
		}
		replyName(c.W, &it)
		replyScore(c.W, &it)
	}
	from := 0
	if e.max {
		from = s.Len() - n
	}
	s.DeleteRange(from, from+n)
	removed := keep(m, s, n)
	if c.Events != nil {
		told(c, k, e.event, removed)
	}
}

func runZPopMin(c *command.Ctx) error { return pop(c, lowest) }

func runZPopMax(c *command.Ctx) error { return pop(c, highest) }

// pop answers ZPOPMIN key [count]: the members taken away with their scores. In
// version 3 of the protocol they are pairs if there is a count.
func pop(c *command.Ctx, e *end) error {
	n, err := 1, error(nil)
	switch len(c.Argv) {
	case 2:
	case 3:
		n, err = positive(c.Arg(2), 0, command.ErrNotPositive)
	default:
		err = command.ErrSyntax
	}
	if err != nil {
		return err
	}
	k := c.Keys[0]
	m, s, ok, err := change(c, k)
	switch {
	case err != nil:
		return err
	case !ok || n == 0:
		c.W.Array(0)
		return nil
	}
	n = min(n, s.Len())
	pairs := len(c.Argv) == 3 && c.W.Proto3
	if pairs {
		c.W.Array(n)
	} else {
		c.W.Array(2 * n)
	}
	e.take(c, k, &m, &s, n, pairs)
	return nil
}

func runBZPopMin(c *command.Ctx) error { return blockingPop(c, lowest) }

func runBZPopMax(c *command.Ctx) error { return blockingPop(c, highest) }

// blockingPop answers BZPOPMIN key [key ...] timeout: the first key that has a
// member, the member taken away and its score.
func blockingPop(c *command.Ctx, e *end) error {
	until, err := c.TimeoutSeconds(c.Arg(len(c.Argv) - 1))
	if err != nil {
		return err
	}
	for _, k := range c.Keys {
		m, s, ok, err := change(c, k)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		c.W.Array(3)
		c.W.Bulk(k.B)
		e.take(c, k, &m, &s, 1, false)
		c.Effect(e.word, k.B)
		return nil
	}
	return wait(c, until)
}

// wait has the client wait for one of the command's keys to be a sorted set.
func wait(c *command.Ctx, until int64) error {
	if !c.MayBlock() {
		c.W.NullArray()
		return nil
	}
	return c.Block(command.Block{
		Until:   until,
		Timeout: func(w *resp.Writer) { w.NullArray() },
		Keys:    c.Keys,
		Class:   "zset",
	})
}

// manyArgs is ZMPOP parsed.
type manyArgs struct {
	end   *end
	count int
}

// parseMany reads numkeys key [key ...] MIN|MAX [COUNT n] from argument at on.
func parseMany(c *command.Ctx, at int) (p manyArgs, err error) {
	keys, err := positive(c.Arg(at), 1, errNumKeys)
	if err != nil {
		return p, err
	}
	if keys >= len(c.Argv)-at-1 {
		return p, command.ErrSyntax
	}
	a := c.Args(at + 1 + keys)
	switch {
	case a.Flag("min"):
		p.end = lowest
	case a.Flag("max"):
		p.end = highest
	default:
		return p, command.ErrSyntax
	}
	for a.More() {
		if p.count != 0 || !a.Option("count") {
			return p, command.ErrSyntax
		}
		if p.count, err = positive(a.Next(), 1, errPopCount); err != nil {
			return p, err
		}
	}
	p.count = max(p.count, 1)
	return p, nil
}

// popMany pops from the first key that there is and reports whether there was one.
func (p *manyArgs) popMany(c *command.Ctx) (done bool, err error) {
	for _, k := range c.Keys {
		m, s, ok, err := change(c, k)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		n := min(p.count, s.Len())
		c.W.Array(2)
		c.W.Bulk(k.B)
		c.W.Array(n)
		p.end.take(c, k, &m, &s, n, true)
		var room [num.MaxIntLen]byte
		c.Effect(p.end.word, k.B, num.AppendInt(room[:0], int64(n)))
		return true, nil
	}
	return false, nil
}

// runZMPop answers ZMPOP: the first key that is there and the members taken away
// from it, with their scores; or nil.
func runZMPop(c *command.Ctx) error {
	p, err := parseMany(c, 1)
	if err != nil {
		return err
	}
	done, err := p.popMany(c)
	if !done && err == nil {
		c.W.NullArray()
	}
	return err
}

// runBZMPop is ZMPOP that waits.
func runBZMPop(c *command.Ctx) error {
	p, err := parseMany(c, 2)
	if err != nil {
		return err
	}
	until, err := c.TimeoutSeconds(c.Arg(1))
	if err != nil {
		return err
	}
	done, err := p.popMany(c)
	if done || err != nil {
		return err
	}
	return wait(c, until)
}
