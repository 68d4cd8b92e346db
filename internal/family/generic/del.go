package generic

import "sigrun/internal/command"

// runDel answers DEL key [key …] and UNLINK key [key …]: how many keys it
// deleted.
func runDel(c *command.Ctx) error {
	n := 0
	for _, k := range c.Keys {
		if c.Tx.Delete(k) {
			n++
			c.Event(command.EventGeneric, "del", k.B)
		}
	}
	c.W.Int(int64(n))
	return nil
}

// runExists answers EXISTS key [key …]: how many of the keys are there; one
// that is named twice counts twice.
func runExists(c *command.Ctx) error {
	n := 0
	for _, k := range c.Keys {
		if _, ok := peek(c, k); ok {
			n++
		}
	}
	c.W.Int(int64(n))
	return nil
}

// runTouch answers TOUCH key [key …]: how many of the keys are there. It notes
// the access even for a client that otherwise asked not to.
func runTouch(c *command.Ctx) error {
	quiet := c.Tx.NoTouch
	c.Tx.NoTouch = false
	n := 0
	for _, k := range c.Keys {
		if _, ok := read(c, k); ok {
			n++
		}
	}
	c.Tx.NoTouch = quiet
	c.W.Int(int64(n))
	return nil
}

// runType answers TYPE key: the name of the type, "none" of what is absent.
func runType(c *command.Ctx) error {
	if o, ok := peek(c, c.Keys[0]); ok {
		c.W.SimpleString(o.Class().Name)
	} else {
		c.W.SimpleString("none")
	}
	return nil
}
