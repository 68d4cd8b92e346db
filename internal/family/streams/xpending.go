package streams

import (
	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
)

// errPending is the answer if there is no such key or no such group.
func errPending(c *command.Ctx) error {
	return command.ReplyError("NOGROUP No such key '" + command.Text(c.Arg(1)) + "' or consumer group '" + command.Text(c.Arg(2)) + "'")
}

// pendingArgs is XPENDING parsed.
type pendingArgs struct {
	list     bool // the entries, not only how many
	idle     int64
	lo, hi   ds.ID
	count    int64
	consumer []byte // nil: all
}

// parsePending reads XPENDING key group [[IDLE ms] start end count [consumer]].
// What follows the consumer within the number of arguments that the longest form
// has is ignored.
func parsePending(c *command.Ctx) (p pendingArgs, err error) {
	n := len(c.Argv)
	if n == 3 {
		return p, nil
	}
	if n < 6 || n > 9 {
		return p, command.ErrSyntax
	}
	p.list = true
	a := c.Args(3)
	if a.Flag("idle") {
		if p.idle = a.Int(); a.Err() == nil && n < 8 {
			a.Fail(command.ErrSyntax)
		}
	}
	start, end := a.Next(), a.Next()
	p.count = a.Int()
	if a.Err() != nil {
		return p, a.Err()
	}
	if p.lo, err = parseLow(start); err != nil {
		return p, err
	}
	if p.hi, err = parseHigh(end); err != nil {
		return p, err
	}
	if a.More() {
		p.consumer = a.Next()
	}
	return p, nil
}

// runXPending answers XPENDING: a summary of the pending entries of a group, or
// some of them.
func runXPending(c *command.Ctx) error {
	p, err := parsePending(c)
	if err != nil {
		return err
	}
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	var g ds.Group
	if ok {
		g, ok = s.FindGroup(c.Arg(2))
	}
	switch {
	case !ok:
		return errPending(c)
	case p.list:
		p.reply(c, g)
	default:
		replySummary(c, g)
	}
	return nil
}

// replySummary tells how many entries are pending, the first and the last of
// them, and how many each consumer has.
func replySummary(c *command.Ctx, g ds.Group) {
	w := c.W
	w.Array(4)
	w.Int(int64(g.Pending()))
	if g.Pending() == 0 {
		w.Null()
		w.Null()
		w.NullArray()
		return
	}
	first, last := g.PendingFrom(ds.ID{}), g.PendingUpTo(ds.MaxID)
	replyID(w, first.ID())
	replyID(w, last.ID())
	mark, n := w.Mark(), 0
	for i := range g.Consumers() {
		o := g.Consumer(i)
		if o.Pending() == 0 {
			continue
		}
		n++
		w.Array(2)
		w.Bulk(o.Name())
		w.BulkInt(int64(o.Pending()))
	}
	w.PatchArray(mark, n)
}

// reply tells the entries that p asks for.
func (p *pendingArgs) reply(c *command.Ctx, g ds.Group) {
	w := c.W
	it := g.PendingFrom(p.lo)
	if p.consumer != nil {
		o, ok := g.FindConsumer(p.consumer)
		if !ok {
			w.Array(0)
			return
		}
		it = g.PendingOf(o, p.lo)
	}
	mark, n := w.Mark(), int64(0)
	for ; n < p.count && it.Ok() && !p.hi.Less(it.ID()); it.Next() {
		nack := it.Nack()
		idle := c.Now() - nack.Time()
		if p.idle != 0 && idle < p.idle {
			continue
		}
		n++
		w.Array(4)
		replyID(w, it.ID())
		w.Bulk(nack.Consumer().Name())
		w.Int(max(idle, 0))
		w.Int(int64(nack.Count()))
	}
	w.PatchArray(mark, int(n))
}

// runXAck answers XACK key group id …: how many of them were pending.
func runXAck(c *command.Ctx) error {
	s, ok, err := readToChange(c, c.Keys[0])
	if !ok || err != nil {
		return orZero(c, err)
	}
	g, ok := s.FindGroup(c.Arg(2))
	if !ok {
		return orZero(c, nil)
	}
	var few [fewIDs]ds.ID
	ids, err := parseIDs(few[:0], c.Argv[3:])
	if err != nil {
		return err
	}
	n := 0
	for _, id := range ids {
		if g.Ack(id) {
			n++
		}
	}
	c.Tx.Dirty += n
	c.W.Int(int64(n))
	return nil
}
