package strings

import (
	"math"

	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
)

const (
	errMSetArity   = command.ReplyError("ERR wrong number of arguments for 'mset' command")
	errMSetNXArity = command.ReplyError("ERR wrong number of arguments for 'msetnx' command")
	errNumKeys     = command.ReplyError("ERR invalid numkeys value or out of range")
)

// runMSet answers MSET key value [key value …]: OK.
func runMSet(c *command.Ctx) error {
	if len(c.Argv)%2 == 0 {
		return errMSetArity
	}
	for i, k := range c.Keys {
		store(c, k, c.Arg(2+2*i), keyspace.NoExpiry)
	}
	c.W.OK()
	return nil
}

// runMSetNX answers MSETNX key value [key value …]: 1, or 0 if one of the keys
// was there and nothing was set.
func runMSetNX(c *command.Ctx) error {
	if len(c.Argv)%2 == 0 {
		return errMSetNXArity
	}
	if !eachIs(c, false) {
		c.W.Int(0)
		return nil
	}
	for i, k := range c.Keys {
		store(c, k, c.Arg(2+2*i), keyspace.NoExpiry)
	}
	c.W.Int(1)
	return nil
}

// eachIs reports whether all keys are there, or all absent.
func eachIs(c *command.Ctx, there bool) bool {
	for _, k := range c.Keys {
		if _, ok := c.Tx.Lookup(k); ok != there {
			return false
		}
	}
	return true
}

// msetexArgs is MSETEX parsed. The keys and values begin at argument 2.
type msetexArgs struct {
	options int // the argument behind the last value
	when    condition
	expiry  command.Expiry
}

// parseMSetEx reads MSETEX numkeys key value [key value …] [NX|XX]
// [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL].
func parseMSetEx(c *command.Ctx) (m msetexArgs, err error) {
	n, ok := num.ParseInt(c.Arg(1))
	if !ok || n < 1 || n > math.MaxInt32 {
		return m, errNumKeys
	}
	if int(n) > (len(c.Argv)-2)/2 {
		return m, command.ErrSyntax
	}
	m.options = 2 + 2*int(n)
	a := c.Args(m.options)
	for a.More() {
		switch {
		case m.when != ifPresent && a.Flag("nx"):
			m.when = ifAbsent
		case m.when != ifAbsent && a.Flag("xx"):
			m.when = ifPresent
		case a.Expiry(&m.expiry):
		case a.KeepTTL(&m.expiry):
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	return m, a.Err()
}

// runMSetEx answers MSETEX: 1, or 0 if the condition failed for one of the keys
// and nothing was set. A time that has passed is stored like any other.
func runMSetEx(c *command.Ctx) error {
	m, err := parseMSetEx(c)
	if err != nil {
		return err
	}
	at, err := m.expiry.At(c)
	if err != nil {
		return err
	}
	if m.when != always && !eachIs(c, m.when == ifPresent) {
		c.W.Int(0)
		return nil
	}
	for i, k := range c.Keys {
		store(c, k, c.Arg(3+2*i), at)
	}
	if c.Logging() && m.expiry.Timed() && !m.expiry.Millis() {
		var buf [num.MaxIntLen]byte
		c.Effect(m.absolute(c.Argv, num.AppendInt(buf[:0], at))...)
	}
	c.W.Int(1)
	return nil
}

// absolute is a command line of MSETEX with PXAT at for each of its times.
func (m *msetexArgs) absolute(argv [][]byte, at []byte) [][]byte {
	out := append([][]byte(nil), argv...)
	for i := m.options; i < len(out); i++ {
		if !command.Is(out[i], "nx") && !command.Is(out[i], "xx") {
			out[i], out[i+1] = wordPXAt, at
			i++
		}
	}
	return out
}
