package hashes

import (
	"math"

	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/types/hash"
)

const (
	errFieldNotInteger = command.ReplyError("ERR hash value is not an integer")
	errFieldNotFloat   = command.ReplyError("ERR hash value is not a float")
	errInfinite        = command.ReplyError("ERR value is NaN or Infinity")
)

// runHIncrBy answers HINCRBY key field increment: the sum.
func runHIncrBy(c *command.Ctx) error {
	by, ok := num.ParseInt(c.Arg(3))
	if !ok {
		return command.ErrNotInteger
	}
	var t target
	v, found, err := t.openField(c)
	if err != nil {
		return err
	}
	old := v.Int
	if found && !v.IsInt {
		if old, ok = num.ParseInt(v.Bytes); !ok {
			return errFieldNotInteger
		}
	}
	if by < 0 && old < math.MinInt64-by || by > 0 && old > math.MaxInt64-by {
		return command.ErrOverflow
	}
	var buf [num.MaxIntLen]byte
	t.store(num.AppendInt(buf[:0], old+by), "hincrby", t.Timed())
	c.W.Int(old + by)
	return nil
}

// longText is room for the text of all sums but huge ones.
const longText = 64

// runHIncrByFloat answers HINCRBYFLOAT key field increment: the sum.
func runHIncrByFloat(c *command.Ctx) error {
	by, ok := num.ParseLongDouble(c.Arg(3))
	switch {
	case !ok:
		return command.ErrNotFloat
	case !by.Finite():
		return errInfinite
	}
	var t target
	v, found, err := t.openField(c)
	if err != nil {
		return err
	}
	sum := num.LongDoubleOf(v.Int)
	if found && !v.IsInt {
		if sum, ok = num.ParseLongDouble(v.Bytes); !ok {
			return errFieldNotFloat
		}
	}
	if sum = sum.Add(by); !sum.Finite() {
		return command.ErrNaN
	}
	var buf [longText]byte
	b := num.AppendLongDouble(buf[:0], sum)
	t.store(b, "hincrbyfloat", true)
	c.W.Bulk(b)
	return nil
}

// openField is open for a command about one field, which argument 2 names: v is
// its value. A hash that is absent is not made yet.
func (t *target) openField(c *command.Ctx) (v hash.Value, found bool, err error) {
	ok, err := t.open(c)
	switch {
	case err != nil:
		return v, false, err
	case !ok:
		t.new = true
		return v, false, nil
	}
	v, found = t.Get(c.Arg(2))
	return v, found, nil
}

// store sets the command's field to b, with the expiry that it has. The log gets
// the command line, or, if absolute, the field as it is then.
func (t *target) store(b []byte, event string, absolute bool) {
	c, field := t.c, t.c.Arg(2)
	expiry := hash.NoExpiry
	switch {
	case t.new:
		t.create([][]byte{field, b})
	case t.Timed():
		expiry, _ = t.Expiry(field)
	}
	out := t.Set(c.Limits, field, b, expiry)
	t.done(1)
	if out == hash.Revived {
		t.revived(1)
	}
	t.event(event)
	switch {
	case !absolute || !c.Logging():
	case expiry == hash.NoExpiry:
		c.Effect(wordHSet, t.key.B, field, b)
	default:
		var at [num.MaxIntLen]byte
		c.Effect(wordHSetEx, t.key.B, wordPXAt, num.AppendInt(at[:0], expiry), wordFields, wordOne, field, b)
	}
}
