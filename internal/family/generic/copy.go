package generic

import (
	"math"

	"sigrun/internal/command"
	"sigrun/internal/num"
)

const errInt32 = command.ReplyError("ERR value is out of range, value must between -2147483648 and 2147483647")

// copyArgs is COPY parsed.
type copyArgs struct {
	db      int // of the copy
	replace bool
}

// parseCopy reads COPY source destination [DB n] [REPLACE].
func parseCopy(c *command.Ctx) (p copyArgs, err error) {
	p.db = c.Tx.DB()
	a := c.Args(3)
	for a.More() {
		switch {
		case a.Flag("replace"):
			p.replace = true
		case a.Option("db"):
			if p.db, err = parseDB(c, a.Next()); err != nil {
				a.Fail(err)
			}
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	return p, a.Err()
}

// parseDB reads the number of a database.
func parseDB(c *command.Ctx, b []byte) (int, error) {
	n, ok := num.ParseInt(b)
	switch {
	case !ok:
		return 0, command.ErrNotInteger
	case n < math.MinInt32 || n > math.MaxInt32:
		return 0, errInt32
	case n < 0 || n >= int64(c.Tx.Keyspace().Databases()):
		return 0, command.ErrDBIndex
	}
	return int(n), nil
}

// runCopy answers COPY: 1, or 0 if the source is absent, or the destination
// there and not to be replaced.
func runCopy(c *command.Ctx) error {
	p, err := parseCopy(c)
	if err != nil {
		return err
	}
	from, to, here := c.Keys[0], c.Keys[1], c.Tx.DB()
	if p.db == here && string(from.B) == string(to.B) {
		return command.ErrSameObject
	}
	if _, ok := read(c, from); !ok {
		c.W.Int(0)
		return nil
	}
	c.Tx.Select(p.db)
	_, there := c.Tx.Lookup(to)
	c.Tx.Select(here)
	if there && !p.replace {
		c.W.Int(0)
		return nil
	}
	c.Tx.CopyTo(from, p.db, to)
	c.Tx.Select(p.db)
	c.Event(command.EventNew, "new", to.B)
	c.Event(command.EventGeneric, "copy_to", to.B)
	c.Tx.Select(here)
	c.W.Int(1)
	return nil
}

// runMove answers MOVE key db: 1, or 0 if the key is absent here or there in
// the other database.
func runMove(c *command.Ctx) error {
	k, here := c.Keys[0], c.Tx.DB()
	db, err := parseDB(c, c.Arg(2))
	switch {
	case err != nil:
		return err
	case db == here:
		return command.ErrSameObject
	}
	if _, ok := c.Tx.Lookup(k); !ok {
		c.W.Int(0)
		return nil
	}
	c.Tx.Select(db)
	_, there := c.Tx.Lookup(k)
	c.Tx.Select(here)
	if there {
		c.W.Int(0)
		return nil
	}
	c.Tx.Move(k, db)
	c.Tx.Select(db)
	c.Event(command.EventNew, "new", k.B)
	c.Tx.Select(here)
	c.Event(command.EventGeneric, "move_from", k.B)
	c.Tx.Select(db)
	c.Event(command.EventGeneric, "move_to", k.B)
	c.Tx.Select(here)
	c.W.Int(1)
	return nil
}
