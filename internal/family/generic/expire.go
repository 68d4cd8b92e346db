package generic

import (
	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/value"
)

var wordPExpireAt = []byte("PEXPIREAT")

func runExpire(c *command.Ctx) error    { return expire(c, true, true) }
func runExpireAt(c *command.Ctx) error  { return expire(c, true, false) }
func runPExpire(c *command.Ctx) error   { return expire(c, false, true) }
func runPExpireAt(c *command.Ctx) error { return expire(c, false, false) }

// expire answers EXPIRE key n and its like, with [NX|XX|GT|LT …]: 1 if the key
// got that expiry or, as it has passed, was deleted; else 0.
func expire(c *command.Ctx, seconds, relative bool) error {
	when, err := command.ParseExpireWhen(c, len(c.Argv))
	if err != nil {
		return err
	}
	n, ok := num.ParseInt(c.Arg(2))
	if !ok {
		return command.ErrNotInteger
	}
	at, err := command.ExpireAt(c, n, seconds, relative)
	if err != nil {
		return err
	}
	k := c.Keys[0]
	o, ok := c.Tx.Lookup(k)
	switch {
	case !ok || !holds(when, o, at):
		c.W.Int(0)
		return nil
	case c.Tx.Past(at):
		c.ExpireNow(k)
	default:
		c.Tx.SetExpiry(k, max(at, 0))
		if seconds || relative {
			logExpire(c, at)
		}
		c.Event(command.EventGeneric, "expire", k.B)
	}
	c.W.Int(1)
	return nil
}

// holds reports whether o may be given the expiry at.
func holds(when command.ExpireWhen, o value.Object, at int64) bool {
	if !o.Rec.HasExpiry() {
		return when.Holds(false, 0, at)
	}
	return when.Holds(true, o.Rec.Expiry(), at)
}

// logExpire logs the command line as PEXPIREAT, with its conditions.
func logExpire(c *command.Ctx, at int64) {
	if len(c.Argv) > 3 {
		line := append([][]byte{wordPExpireAt, c.Arg(1), num.AppendInt(nil, at)}, c.Argv[3:]...)
		c.Effect(line...)
		return
	}
	var buf [num.MaxIntLen]byte
	c.Effect(wordPExpireAt, c.Arg(1), num.AppendInt(buf[:0], at))
}
