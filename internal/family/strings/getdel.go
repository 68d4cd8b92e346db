package strings

import "sigrun/internal/command"

// runGetDel answers GETDEL key: the value, or nil.
func runGetDel(c *command.Ctx) error {
	k := c.Keys[0]
	o, ok, err := read(c, k)
	if err != nil {
		return err
	}
	reply(c.W, o, ok)
	if ok {
		removed(c, k)
	}
	return nil
}

// runDelIfEq answers DELIFEQ key value: how many keys it deleted.
func runDelIfEq(c *command.Ctx) error {
	k := c.Keys[0]
	o, ok, err := lookup(c, k)
	if err != nil {
		return err
	}
	if !ok || !equal(o, c.Arg(2)) {
		c.W.Int(0)
		return nil
	}
	removed(c, k)
	c.W.Int(1)
	return nil
}
