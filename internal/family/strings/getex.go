package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
)

// parseGetEx reads GETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST].
func parseGetEx(c *command.Ctx) (e command.Expiry, err error) {
	a := c.Args(2)
	for a.More() {
		if !a.Expiry(&e) && !a.Persist(&e) {
			a.Fail(command.ErrSyntax)
		}
	}
	return e, a.Err()
}

// runGetEx answers GETEX: the value, or nil.
func runGetEx(c *command.Ctx) error {
	e, err := parseGetEx(c)
	if err != nil {
		return err
	}
	at, err := e.At(c)
	if err != nil {
		return err
	}
	k := c.Keys[0]
	o, ok, err := read(c, k)
	if err != nil {
		return err
	}
	reply(c.W, o, ok)
	switch {
	case !ok:
	case e.Timed() && c.Tx.Past(at):
		c.ExpireNow(k)
	case e.Timed():
		c.Tx.SetExpiry(k, at)
		var buf [num.MaxIntLen]byte
		c.Effect(wordPExpireAt, k.B, num.AppendInt(buf[:0], at))
		c.Event(command.EventGeneric, "expire", k.B)
	case e.Persistent() && o.Rec.HasExpiry():
		c.Tx.SetExpiry(k, keyspace.NoExpiry)
		c.Effect(wordPersist, k.B)
		c.Event(command.EventGeneric, "persist", k.B)
	}
	return nil
}
