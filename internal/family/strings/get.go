package strings

import "sigrun/internal/command"

// runGet answers GET key: the value, or nil.
func runGet(c *command.Ctx) error {
	o, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case ok:
		reply(c.W, o)
	default:
		c.W.Null()
	}
	return nil
}

// runMGet answers MGET key [key …]: the values, nil for what is absent or no
// string.
func runMGet(c *command.Ctx) error {
	c.W.Array(len(c.Keys))
	for _, k := range c.Keys {
		if o, ok, err := read(c, k); ok && err == nil {
			reply(c.W, o)
		} else {
			c.W.Null()
		}
	}
	return nil
}
