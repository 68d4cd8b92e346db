package strings

import "sigrun/internal/command"

// runGet answers GET key: the value, or nil.
func runGet(c *command.Ctx) error {
	o, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	reply(c.W, o, ok)
	return nil
}

// runMGet answers MGET key [key …]: the values, nil for what is absent or no
// string.
func runMGet(c *command.Ctx) error {
	c.W.Array(len(c.Keys))
	for _, k := range c.Keys {
		o, ok, err := read(c, k)
		reply(c.W, o, ok && err == nil)
	}
	return nil
}

// runStrLen answers STRLEN key: the length, 0 of what is absent.
func runStrLen(c *command.Ctx) error {
	o, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case ok:
		c.W.Int(int64(o.StringLen()))
	default:
		c.W.Int(0)
	}
	return nil
}
