package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
)

// runSetNX answers SETNX key value: 1 if it set the key, else 0.
func runSetNX(c *command.Ctx) error {
	k := c.Keys[0]
	if _, ok := c.Tx.Lookup(k); ok {
		c.W.Int(0)
		return nil
	}
	store(c, k, c.Arg(2), keyspace.NoExpiry)
	c.W.Int(1)
	return nil
}

func runSetEx(c *command.Ctx) error { return setFor(c, true) }

func runPSetEx(c *command.Ctx) error { return setFor(c, false) }

// setFor answers SETEX key seconds value and PSETEX key milliseconds value: OK.
func setFor(c *command.Ctx, seconds bool) error {
	n, ok := num.ParseInt(c.Arg(2))
	if !ok {
		return command.ErrNotInteger
	}
	if n <= 0 {
		return command.ErrBadExpire(c.Spec.Name)
	}
	at, err := command.ExpireAt(c, n, seconds, true)
	if err != nil {
		return err
	}
	k := c.Keys[0]
	store(c, k, c.Arg(3), at)
	var buf [num.MaxIntLen]byte
	c.Effect(wordSet, k.B, c.Arg(3), wordPXAt, num.AppendInt(buf[:0], at))
	c.W.OK()
	return nil
}
