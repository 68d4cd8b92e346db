package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
)

// runSet answers SET key value: OK.
func runSet(c *command.Ctx) error {
	if len(c.Argv) > 3 {
		return command.ErrSyntax
	}
	store(c, c.Keys[0], c.Argv[2], keyspace.NoExpiry)
	c.W.OK()
	return nil
}
