package lists

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
)

// runLPop answers LPOP key [count]: the first element, or an array of as many as
// there are up to count; nil if the key is absent.
func runLPop(c *command.Ctx) error { return pop(c, front) }

// runRPop answers RPOP key [count], as LPOP, from the end.
func runRPop(c *command.Ctx) error { return pop(c, back) }

func pop(c *command.Ctx, where bool) error {
	if len(c.Argv) > 3 {
		return command.ReplyError("ERR wrong number of arguments for '" + c.Spec.DisplayName() + "' command")
	}
	many := len(c.Argv) == 3
	count := int64(1)
	if many {
		var ok bool
		if count, ok = num.ParseInt(c.Arg(2)); !ok || count < 0 {
			return command.ErrNotPositive
		}
	}
	k := c.Keys[0]
	e, ok, err := mutate(c, k)
	switch {
	case err != nil:
		return err
	case !ok && many:
		c.W.NullArray()
	case !ok:
		c.W.Null()
	case count == 0:
		c.W.Array(0)
	case many:
		take(c, k, &e, where, count)
	default:
		takeOne(c, k, &e, where)
	}
	return nil
}

// takeOne replies with the element at an end of the list of k and removes it.
func takeOne(c *command.Ctx, k keyspace.Key, e *edit, where bool) {
	reply(c.W, e.End(where))
	e.Drop(1, where)
	e.shrunk(c, k, 1, wordsOf(where).pop)
}

// take replies with up to count elements from an end of the list of k on, and
// removes them. It returns how many.
func take(c *command.Ctx, k keyspace.Key, e *edit, atFront bool, count int64) int {
	n := int(min(count, int64(e.Len())))
	first := 0
	if !atFront {
		first = -1
	}
	c.W.Array(n)
	r := e.Read(first, !atFront)
	for range n {
		el, _ := r.Next()
		reply(c.W, el)
	}
	e.Drop(n, atFront)
	e.shrunk(c, k, n, wordsOf(atFront).pop)
	return n
}

const (
	errNumKeys = command.ReplyError("ERR numkeys should be greater than 0")
	errCount   = command.ReplyError("ERR count should be greater than 0")
)

// mpop is LMPOP and BLMPOP parsed.
type mpop struct {
	where bool
	count int64
}

// parseMPop parses numkeys key [key ...] <LEFT|RIGHT> [COUNT count].
func parseMPop(c *command.Ctx, from int) (p mpop, err error) {
	numkeys, ok := num.ParseInt(c.Arg(from))
	if !ok || numkeys < 1 {
		return p, errNumKeys
	}
	if numkeys >= int64(len(c.Argv)-from-1) {
		return p, command.ErrSyntax
	}
	a := c.Args(from + 1 + int(numkeys))
	if p.where, err = end(a.Next()); err != nil {
		return p, err
	}
	for a.More() {
		if p.count > 0 || !a.Option("count") {
			return p, command.ErrSyntax
		}
		if p.count, ok = num.ParseInt(a.Next()); !ok || p.count < 1 {
			return p, errCount
		}
	}
	p.count = max(p.count, 1)
	return p, nil
}

// runLMPop answers LMPOP numkeys key [key ...] <LEFT|RIGHT> [COUNT count]: the first
// key that holds a list and the elements popped from it, nil if there is none.
func runLMPop(c *command.Ctx) error {
	p, err := parseMPop(c, 1)
	if err != nil {
		return err
	}
	if done, err := p.run(c); done || err != nil {
		return err
	}
	c.W.NullArray()
	return nil
}

// run pops from the first key that holds a list and reports whether there is one.
func (p *mpop) run(c *command.Ctx) (done bool, err error) {
	for _, k := range c.Keys {
		e, ok, err := mutate(c, k)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		c.W.Array(2)
		c.W.Bulk(k.B)
		n := take(c, k, &e, p.where, p.count)
		var text [num.MaxIntLen]byte
		c.Effect(popWord(p.where), k.B, num.AppendInt(text[:0], int64(n)))
		return true, nil
	}
	return false, nil
}
