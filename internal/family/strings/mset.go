package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
)

const errMSetArity = command.ReplyError("ERR wrong number of arguments for 'mset' command")

// runMSet answers MSET key value [key value …]: OK.
func runMSet(c *command.Ctx) error {
	if len(c.Argv)%2 == 0 {
		return errMSetArity
	}
	for i, k := range c.Keys {
		store(c, k, c.Argv[2+2*i], keyspace.NoExpiry)
	}
	c.W.OK()
	return nil
}
