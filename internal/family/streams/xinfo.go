package streams

import (
	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/num"
	"sigrun/internal/resp"
)

// described looks up the stream that an XINFO command is about.
func described(c *command.Ctx) (s ds.Stream, err error) {
	s, ok, err := read(c, c.Keys[0])
	if err == nil && !ok {
		err = command.ErrNoKey
	}
	return s, err
}

// infoCount is how many entries XINFO STREAM FULL shows of each list by default.
const infoCount = 10

// infoArgs is XINFO STREAM parsed.
type infoArgs struct {
	full  bool
	count int64 // 0: all
}

// parseInfo reads XINFO STREAM key [FULL [COUNT n]].
func parseInfo(c *command.Ctx) (p infoArgs, err error) {
	p.count = infoCount
	if len(c.Argv) == 3 {
		return p, nil
	}
	a := c.Args(3)
	p.full = a.Flag("full")
	if !p.full || a.Left() != 0 && (a.Left() != 2 || !a.Flag("count")) {
		return p, errUsage(c)
	}
	if a.Left() == 0 {
		return p, nil
	}
	n, ok := num.ParseInt(a.Next())
	switch {
	case !ok:
		return p, command.ErrNotInteger
	case n >= 0:
		p.count = n
	}
	return p, nil
}

// runInfoStream answers XINFO STREAM. The options come after the key: that is
// looked up first.
func runInfoStream(c *command.Ctx) error {
	s, err := described(c)
	if err != nil {
		return err
	}
	p, err := parseInfo(c)
	if err != nil {
		return err
	}
	w := c.W
	if p.full {
		w.Map(9)
	} else {
		w.Map(10)
	}
	infoInt(w, "length", int64(s.Len()))
	infoInt(w, "radix-tree-keys", int64(s.Nodes()))
	infoInt(w, "radix-tree-nodes", int64(s.RadixNodes()))
	infoID(w, "last-generated-id", s.LastID())
	infoID(w, "max-deleted-entry-id", s.MaxDeletedID())
	infoInt(w, "entries-added", int64(s.Added()))
	infoID(w, "recorded-first-entry-id", s.FirstID())
	if p.full {
		p.entries(w, s)
		return nil
	}
	infoInt(w, "groups", int64(s.Groups()))
	infoEdge(w, "first-entry", s, false)
	infoEdge(w, "last-entry", s, true)
	return nil
}

func infoInt(w *resp.Writer, name string, n int64) {
	w.BulkString(name)
	w.Int(n)
}

func infoID(w *resp.Writer, name string, id ds.ID) {
	w.BulkString(name)
	replyID(w, id)
}

// infoEdge tells the first entry or, with back set, the last one.
func infoEdge(w *resp.Writer, name string, s ds.Stream, back bool) {
	w.BulkString(name)
	it := s.Range(ds.ID{}, ds.MaxID, back)
	if !it.Next() {
		w.Null()
		return
	}
	replyEntry(w, &it)
}

// entries tells the entries and the groups with all that they have.
func (p *infoArgs) entries(w *resp.Writer, s ds.Stream) {
	w.BulkString("entries")
	replyRange(w, s.Range(ds.ID{}, ds.MaxID, false), p.count)
	w.BulkString("groups")
	w.Array(s.Groups())
	for i := range s.Groups() {
		p.group(w, s.Group(i))
	}
}

func (p *infoArgs) group(w *resp.Writer, g ds.Group) {
	w.Map(7)
	w.BulkString("name")
	w.Bulk(g.Name())
	infoPosition(w, g)
	infoInt(w, "pel-count", int64(g.Pending()))
	w.BulkString("pending")
	p.pending(w, g.PendingFrom(ds.ID{}), true)
	w.BulkString("consumers")
	w.Array(g.Consumers())
	for i := range g.Consumers() {
		o := g.Consumer(i)
		w.Map(5)
		w.BulkString("name")
		w.Bulk(o.Name())
		infoInt(w, "seen-time", o.Seen())
		infoInt(w, "active-time", o.Active())
		infoInt(w, "pel-count", int64(o.Pending()))
		w.BulkString("pending")
		p.pending(w, g.PendingOf(o, ds.ID{}), false)
	}
}

// infoPosition tells how far a group has read.
func infoPosition(w *resp.Writer, g ds.Group) {
	infoID(w, "last-delivered-id", g.LastID())
	w.BulkString("entries-read")
	intOrNull(w, g.EntriesRead(), g.EntriesRead() != ds.Unknown)
	w.BulkString("lag")
	n, ok := g.Lag()
	intOrNull(w, n, ok)
}

func intOrNull(w *resp.Writer, n int64, ok bool) {
	if !ok {
		w.Null()
		return
	}
	w.Int(n)
}

// pending tells pending entries, if named with their consumers.
func (p *infoArgs) pending(w *resp.Writer, it ds.PendingIter, named bool) {
	mark, n := w.Mark(), 0
	for ; it.Ok() && (p.count == 0 || int64(n) < p.count); it.Next() {
		n++
		nack := it.Nack()
		if named {
			w.Array(4)
		} else {
			w.Array(3)
		}
		replyID(w, it.ID())
		if named {
			w.Bulk(nack.Consumer().Name())
		}
		w.Int(nack.Time())
		w.Int(int64(nack.Count()))
	}
	w.PatchArray(mark, n)
}

// runInfoGroups answers XINFO GROUPS key.
func runInfoGroups(c *command.Ctx) error {
	s, err := described(c)
	if err != nil {
		return err
	}
	w := c.W
	w.Array(s.Groups())
	for i := range s.Groups() {
		g := s.Group(i)
		w.Map(6)
		w.BulkString("name")
		w.Bulk(g.Name())
		infoInt(w, "consumers", int64(g.Consumers()))
		infoInt(w, "pending", int64(g.Pending()))
		infoPosition(w, g)
	}
	return nil
}

// runInfoConsumers answers XINFO CONSUMERS key group.
func runInfoConsumers(c *command.Ctx) error {
	s, err := described(c)
	if err != nil {
		return err
	}
	g, ok := s.FindGroup(c.Arg(3))
	if !ok {
		return errNoGroup(c.Arg(2), c.Arg(3))
	}
	w := c.W
	w.Array(g.Consumers())
	for i := range g.Consumers() {
		o := g.Consumer(i)
		inactive := int64(ds.Never)
		if o.Active() != ds.Never {
			inactive = max(c.Now()-o.Active(), 0)
		}
		w.Map(4)
		w.BulkString("name")
		w.Bulk(o.Name())
		infoInt(w, "pending", int64(o.Pending()))
		infoInt(w, "idle", max(c.Now()-o.Seen(), 0))
		infoInt(w, "inactive", inactive)
	}
	return nil
}

func runInfoHelp(c *command.Ctx) error {
	c.Help(
		"CONSUMERS <key> <group>",
		"    Describe the consumers of a group.",
		"GROUPS <key>",
		"    Describe the groups of a stream.",
		"STREAM <key> [FULL [COUNT <n>]]",
		"    Describe a stream; FULL shows <n> entries of every list, 0 meaning all.",
	)
	return nil
}
