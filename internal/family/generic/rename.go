package generic

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
)

// runRename answers RENAME key newkey: OK.
func runRename(c *command.Ctx) error {
	from, to := c.Keys[0], c.Keys[1]
	if _, ok := c.Tx.Lookup(from); !ok {
		return command.ErrNoKey
	}
	if string(from.B) != string(to.B) {
		rename(c, from, to)
	}
	c.W.OK()
	return nil
}

// runRenameNX answers RENAMENX key newkey: 1, or 0 if newkey is there.
func runRenameNX(c *command.Ctx) error {
	from, to := c.Keys[0], c.Keys[1]
	if _, ok := c.Tx.Lookup(from); !ok {
		return command.ErrNoKey
	}
	if _, there := c.Tx.Lookup(to); there {
		c.W.Int(0)
		return nil
	}
	rename(c, from, to)
	c.W.Int(1)
	return nil
}

func rename(c *command.Ctx, from, to keyspace.Key) {
	c.Tx.Rename(from, to)
	c.Event(command.EventNew, "new", to.B)
	c.Event(command.EventGeneric, "rename_from", from.B)
	c.Event(command.EventGeneric, "rename_to", to.B)
}
