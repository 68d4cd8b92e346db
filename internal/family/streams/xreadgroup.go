package streams

import (
	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/keyspace"
)

// runXReadGroup answers XREADGROUP: entries that nobody has got, which are the
// consumer's from now on, or those that it has got already.
func runXReadGroup(c *command.Ctx) error {
	p, err := parseRead(c, true)
	if err != nil {
		return err
	}
	var few [fewStreams]source
	streams, some := few[:0], false
	for i := range p.n {
		from, err := p.look(c, i)
		if err != nil {
			return err
		}
		streams = append(streams, from)
		some = some || !c.Again || from.after != onlyNew || p.hasNew(from.s)
	}
	if !some {
		return p.wait(c) // leaves the consumer as it is
	}
	c.NoEffect()
	r := reading{w: c.W}
	for i, from := range streams {
		lookedUp(c, c.Keys[i], true)
		p.serve(c, &r, c.Keys[i], from.after)
	}
	if r.end() {
		return nil
	}
	return p.wait(c)
}

// hasNew reports whether there is something that p's group has not got.
func (p *readArgs) hasNew(s ds.Stream) bool {
	g, _ := s.FindGroup(p.group)
	return hasBehind(s, g.LastID())
}

// serve gives the consumer what there is for it in one stream, which is there
// and has the group.
func (p *readArgs) serve(c *command.Ctx, r *reading, k keyspace.Key, after ds.ID) {
	_, s, _, _ := mutate(c, k)
	g, _ := s.FindGroup(p.group)
	o, created := addConsumer(c, k.B, g, p.consumer)
	o.SetSeen(c.Now())
	if created && p.noAck {
		logConsumer(c, k.B, g, p.consumer)
	}
	claimed := false
	switch {
	case after != onlyNew:
		r.begin(k.B)
		p.history(c, s, g, o, after)
		c.Tx.Dirty++
	case hasBehind(s, g.LastID()):
		r.begin(k.B)
		claimed = p.giveNew(c, k.B, s, g, o)
		c.Tx.Dirty++
	}
	if created && !p.noAck && !claimed {
		logConsumer(c, k.B, g, p.consumer)
	}
}

// addConsumer looks the consumer with this name up, or makes it.
func addConsumer(c *command.Ctx, key []byte, g ds.Group, name []byte) (o ds.Consumer, created bool) {
	if o, created = g.AddConsumer(name, c.Now()); created {
		c.Tx.Dirty++
		c.Event(command.EventStream, "xgroup-createconsumer", key)
	}
	return o, created
}

// giveNew gives o the entries behind the last one that the group has got, and
// reports whether it logged that o has them.
func (p *readArgs) giveNew(c *command.Ctx, key []byte, s ds.Stream, g ds.Group, o ds.Consumer) (claimed bool) {
	mark, n := c.W.Mark(), 0
	for it := rangeFrom(s, g.LastID()); it.Next(); {
		id := it.ID()
		advance(s, g, id)
		replyEntry(c.W, &it)
		if !p.noAck {
			nack := give(g, id, o, c.Now())
			o.SetActive(c.Now())
			if c.Logging() {
				logClaim(c, key, g, id, nil, nack)
			}
			claimed = true
		}
		if n++; int64(n) == p.count {
			break
		}
	}
	c.W.PatchArray(mark, n)
	if c.Logging() {
		logGroupID(c, key, g)
	}
	return claimed
}

// advance notes that g has got the entry with this ID, which is behind all that
// it had got.
func advance(s ds.Stream, g ds.Group, id ds.ID) {
	switch read := g.EntriesRead(); {
	case read != ds.Unknown && !g.LastID().Less(s.FirstID()) && !s.GapBehind(g.LastID()):
		g.SetEntriesRead(read + 1)
	case s.Added() > 0:
		g.SetEntriesRead(s.EntriesUpTo(id))
	}
	g.SetLastID(id)
}

// give makes the entry with this ID pending for o as if for the first time.
func give(g ds.Group, id ds.ID, o ds.Consumer, now int64) ds.Nack {
	n, pending := g.FindPending(id)
	if !pending {
		return g.AddPending(id, o, now, 1)
	}
	g.Give(id, n, o)
	n.Set(now, 1)
	return n
}

// history answers with the entries behind an ID that o has got and not
// acknowledged; those that are gone have no fields.
func (p *readArgs) history(c *command.Ctx, s ds.Stream, g ds.Group, o ds.Consumer, after ds.ID) {
	mark, n := c.W.Mark(), 0
	entries := s.Finder()
	for pending := g.PendingOf(o, after.Next()); pending.Ok(); pending.Next() {
		if n++; p.count > 0 && int64(n) > p.count {
			n--
			break
		}
		id := pending.ID()
		it, ok := entries.Find(id)
		if !ok {
			c.W.Array(2)
			replyID(c.W, id)
			c.W.NullArray()
			continue
		}
		replyEntry(c.W, it)
		nack := pending.Nack()
		nack.Set(c.Now(), nack.Count()+1)
	}
	c.W.PatchArray(mark, n)
}
