package streams

import (
	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/num"
)

// runXLen answers XLEN key: the number of entries.
func runXLen(c *command.Ctx) error {
	s, ok, err := read(c, c.Keys[0])
	if !ok || err != nil {
		return orZero(c, err)
	}
	c.W.Int(int64(s.Len()))
	return nil
}

// runXDel answers XDEL key id …: how many of the entries were there.
func runXDel(c *command.Ctx) error {
	k := c.Keys[0]
	m, s, ok, err := mutate(c, k)
	if !ok || err != nil {
		return orZero(c, err)
	}
	var few [fewIDs]ds.ID
	ids, err := parseIDs(few[:0], c.Argv[2:])
	if err != nil {
		return err
	}
	n := 0
	for _, id := range ids {
		if s.Delete(id) {
			n++
		}
	}
	if n > 0 {
		m.Changed(n)
		c.Event(command.EventStream, "xdel", k.B)
	}
	c.W.Int(int64(n))
	return nil
}

const (
	errAddedNegative  = command.ReplyError("ERR entries_added must be positive")
	errAddedSmall     = command.ReplyError("ERR The entries_added specified in XSETID is smaller than the target stream length")
	errSetIDDeleted   = command.ReplyError("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
	errSetIDTombstone = command.ReplyError("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
	errSetIDTop       = command.ReplyError("ERR The ID specified in XSETID is smaller than the target stream top item")
)

// setIDArgs is XSETID parsed.
type setIDArgs struct {
	id      ds.ID
	added   int64 // negative: not given
	deleted ds.ID // zero: not given
}

// parseSetID reads XSETID key id [ENTRIESADDED n] [MAXDELETEDID id].
func parseSetID(c *command.Ctx) (p setIDArgs, err error) {
	p.added = -1
	if p.id, err = parseID(c.Arg(2)); err != nil {
		return p, err
	}
	a := c.Args(3)
	for a.More() {
		switch {
		case a.Option("entriesadded"):
			n, ok := num.ParseInt(a.Next())
			switch {
			case !ok:
				a.Fail(command.ErrNotInteger)
			case n < 0:
				a.Fail(errAddedNegative)
			}
			p.added = n
		case a.Option("maxdeletedid"):
			if p.deleted, err = parseID(a.Next()); err != nil {
				a.Fail(err)
			} else if p.id.Less(p.deleted) {
				a.Fail(errSetIDDeleted)
			}
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	return p, a.Err()
}

// runXSetID answers XSETID: OK.
func runXSetID(c *command.Ctx) error {
	p, err := parseSetID(c)
	if err != nil {
		return err
	}
	k := c.Keys[0]
	_, s, ok, err := mutate(c, k)
	switch {
	case err != nil:
		return err
	case !ok:
		return command.ErrNoKey
	case p.id.Less(s.MaxDeletedID()):
		return errSetIDTombstone
	case p.id.Less(s.Top()):
		return errSetIDTop
	case p.added >= 0 && s.Len() > uint64(p.added):
		return errAddedSmall
	}
	s.SetLastID(p.id)
	if p.added >= 0 {
		s.SetAdded(uint64(p.added))
	}
	if !p.deleted.IsZero() {
		s.SetMaxDeletedID(p.deleted)
	}
	c.Tx.Dirty++
	c.Event(command.EventStream, "xsetid", k.B)
	c.W.OK()
	return nil
}
