package command

import (
	"math"

	"sigrun/internal/keyspace"
	"sigrun/internal/num"
)

// Expiry is what the options of a command say about when its keys expire. The
// zero Expiry says nothing.
type Expiry struct {
	unit expiryUnit
	text []byte // the number; a view
}

type expiryUnit uint8

const (
	unitNone expiryUnit = iota
	unitKeep
	unitPersist
	unitEX
	unitPX
	unitEXAT
	unitPXAT
)

// timeOptions are the options that come with a number.
var timeOptions = [...]struct {
	word string
	unit expiryUnit
}{
	{"ex", unitEX},
	{"px", unitPX},
	{"exat", unitEXAT},
	{"pxat", unitPXAT},
}

// Expiry takes the next two arguments if they are EX, PX, EXAT or PXAT with its
// number, unless e holds another option. One option may be repeated; the last
// number counts.
func (a *Args) Expiry(e *Expiry) bool {
	for i := range timeOptions {
		o := &timeOptions[i]
		if e.allows(o.unit) && a.Option(o.word) {
			*e = Expiry{o.unit, a.Next()}
			return true
		}
	}
	return false
}

// KeepTTL takes the next argument if it is KEEPTTL, unless e holds another
// option.
func (a *Args) KeepTTL(e *Expiry) bool {
	if !e.allows(unitKeep) || !a.Flag("keepttl") {
		return false
	}
	e.unit = unitKeep
	return true
}

// Persist takes the next argument if it is PERSIST, unless e holds another
// option.
func (a *Args) Persist(e *Expiry) bool {
	if !e.allows(unitPersist) || !a.Flag("persist") {
		return false
	}
	e.unit = unitPersist
	return true
}

func (e *Expiry) allows(u expiryUnit) bool { return e.unit == unitNone || e.unit == u }

// Timed reports whether e names a time.
func (e *Expiry) Timed() bool { return e.unit >= unitEX }

// Millis reports whether e names a time just as the log wants it: PXAT.
func (e *Expiry) Millis() bool { return e.unit == unitPXAT }

// Keeps reports whether e is KEEPTTL.
func (e *Expiry) Keeps() bool { return e.unit == unitKeep }

// Persistent reports whether e is PERSIST.
func (e *Expiry) Persistent() bool { return e.unit == unitPersist }

// At is the time that e names in Unix milliseconds, and otherwise
// keyspace.KeepTTL or keyspace.NoExpiry. The error tells the client what is
// wrong with the number.
func (e *Expiry) At(c *Ctx) (ms int64, err error) { return e.at(c, 1) }

// AtOrNow is At for commands that take a time of 0, which has passed, too.
func (e *Expiry) AtOrNow(c *Ctx) (ms int64, err error) { return e.at(c, 0) }

// at is At for commands that take no number less than least.
func (e *Expiry) at(c *Ctx, least int64) (ms int64, err error) {
	switch e.unit {
	case unitNone, unitPersist:
		return keyspace.NoExpiry, nil
	case unitKeep:
		return keyspace.KeepTTL, nil
	}
	n, ok := num.ParseInt(e.text)
	if !ok {
		return 0, ErrNotInteger
	}
	if n < least {
		return 0, ErrBadExpire(c.Spec.Name)
	}
	return ExpireAt(c, n, e.unit == unitEX || e.unit == unitEXAT, e.unit <= unitPX)
}

// ExpireAt turns n, which may be negative, into Unix milliseconds: n is in
// seconds or milliseconds, counted from now or from 1970. It fails if the
// result doesn't fit 64 bits.
func ExpireAt(c *Ctx, n int64, seconds, relative bool) (ms int64, err error) {
	if seconds {
		if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
			return 0, ErrBadExpire(c.Spec.Name)
		}
		n *= 1000
	}
	if relative {
		if n > math.MaxInt64-c.Now() {
			return 0, ErrBadExpire(c.Spec.Name)
		}
		n += c.Now()
	}
	return n, nil
}

// ExpireWhen is a set of conditions under which something is given an expiry.
type ExpireWhen uint8

// The conditions.
const (
	ExpireNX ExpireWhen = 1 << iota // it has none
	ExpireXX                        // it has one
	ExpireGT                        // it has an earlier one
	ExpireLT                        // it has none or a later one
)

// Both errors of [NX|XX|GT|LT …].
const (
	errExpireNX   = ReplyError("ERR NX and XX, GT or LT options at the same time are not compatible")
	errExpireGTLT = ReplyError("ERR GT and LT options at the same time are not compatible")
)

// ParseExpireWhen reads [NX|XX|GT|LT …] from argument 3 up to argument end.
func ParseExpireWhen(c *Ctx, end int) (when ExpireWhen, err error) {
	a := c.ArgsTo(3, end)
	for a.More() {
		switch {
		case a.Flag("nx"):
			when |= ExpireNX
		case a.Flag("xx"):
			when |= ExpireXX
		case a.Flag("gt"):
			when |= ExpireGT
		case a.Flag("lt"):
			when |= ExpireLT
		default:
			a.Fail(ReplyError("ERR Unsupported option " + Text(a.Next())))
		}
	}
	switch {
	case a.Err() != nil:
		err = a.Err()
	case when&ExpireNX != 0 && when != ExpireNX:
		err = errExpireNX
	case when&ExpireGT != 0 && when&ExpireLT != 0:
		err = errExpireGTLT
	}
	return when, err
}

// Holds reports whether what expires at old, if has is set, may be given the expiry
// at.
func (when ExpireWhen) Holds(has bool, old, at int64) bool {
	if !has {
		return when&(ExpireXX|ExpireGT) == 0
	}
	return when&ExpireNX == 0 && (when&ExpireGT == 0 || at > old) && (when&ExpireLT == 0 || at < old)
}

var wordUnlink = []byte("UNLINK")

// ExpireNow deletes k because the command gave it an expiry that has passed, and
// logs and tells just that. It reports whether k was there.
func (c *Ctx) ExpireNow(k keyspace.Key) bool {
	if !c.Tx.Delete(k) {
		return false
	}
	c.Tx.Stats.Expired++
	c.Effect(wordUnlink, k.B)
	c.Event(EventExpired, "expired", k.B)
	return true
}
