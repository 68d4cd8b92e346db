package generic

import (
	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/value"
)

const (
	errExpireNX   = command.ReplyError("ERR NX and XX, GT or LT options at the same time are not compatible")
	errExpireGTLT = command.ReplyError("ERR GT and LT options at the same time are not compatible")
)

var wordPExpireAt = []byte("PEXPIREAT")

func runExpire(c *command.Ctx) error    { return expire(c, true, true) }
func runExpireAt(c *command.Ctx) error  { return expire(c, true, false) }
func runPExpire(c *command.Ctx) error   { return expire(c, false, true) }
func runPExpireAt(c *command.Ctx) error { return expire(c, false, false) }

// expireWhen is a set of conditions.
type expireWhen uint8

const (
	expireNX expireWhen = 1 << iota // the key has no expiry
	expireXX                        // it has one
	expireGT                        // it has an earlier one
	expireLT                        // it has none or a later one
)

// parseExpireWhen reads [NX|XX|GT|LT …].
func parseExpireWhen(c *command.Ctx) (when expireWhen, err error) {
	a := c.Args(3)
	for a.More() {
		switch {
		case a.Flag("nx"):
			when |= expireNX
		case a.Flag("xx"):
			when |= expireXX
		case a.Flag("gt"):
			when |= expireGT
		case a.Flag("lt"):
			when |= expireLT
		default:
			a.Fail(command.ReplyError("ERR Unsupported option " + command.Text(a.Next())))
		}
	}
	switch {
	case a.Err() != nil:
		err = a.Err()
	case when&expireNX != 0 && when != expireNX:
		err = errExpireNX
	case when&expireGT != 0 && when&expireLT != 0:
		err = errExpireGTLT
	}
	return when, err
}

// holds reports whether o may be given the expiry at.
func (when expireWhen) holds(o value.Object, at int64) bool {
	if !o.Rec.HasExpiry() {
		return when&(expireXX|expireGT) == 0
	}
	old := o.Rec.Expiry()
	return when&expireNX == 0 && (when&expireGT == 0 || at > old) && (when&expireLT == 0 || at < old)
}

// expire answers EXPIRE key n and its like, with [NX|XX|GT|LT …]: 1 if the key
// got that expiry or, as it has passed, was deleted; else 0.
func expire(c *command.Ctx, seconds, relative bool) error {
	when, err := parseExpireWhen(c)
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
	case !ok || !when.holds(o, at):
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
