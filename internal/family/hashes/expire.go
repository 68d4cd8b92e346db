package hashes

import (
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/types/hash"
)

// What HEXPIRE, HPERSIST and their like answer for a field.
const (
	fieldAbsent  = -2
	fieldLasting = -1 // it has no expiry
	notMet       = 0  // the condition isn't met
	changed      = 1
	fieldExpired = 2 // it was deleted, as the time has passed
)

func runHExpire(c *command.Ctx) error    { return expire(c, true, true) }
func runHExpireAt(c *command.Ctx) error  { return expire(c, true, false) }
func runHPExpire(c *command.Ctx) error   { return expire(c, false, true) }
func runHPExpireAt(c *command.Ctx) error { return expire(c, false, false) }

// expireArgs is HEXPIRE parsed, and its like.
type expireArgs struct {
	at     int64 // Unix milliseconds
	when   command.ExpireWhen
	fields int // the argument that is the first field
}

// parseExpire reads HEXPIRE key n [NX|XX|GT|LT …] FIELDS n field [field …].
func parseExpire(c *command.Ctx, seconds, relative bool) (p expireArgs, err error) {
	word := findFields(c, 3)
	if word == 0 {
		return p, errFieldCount
	}
	if p.when, err = command.ParseExpireWhen(c, word); err != nil {
		return p, err
	}
	if p.fields, err = fieldsBehind(c, word, 1); err != nil {
		return p, err
	}
	n, ok := num.ParseInt(c.Arg(2))
	switch {
	case !ok:
		return p, command.ErrNotInteger
	case n < 0:
		return p, command.ErrBadExpire(c.Spec.Name)
	}
	p.at, err = command.ExpireAt(c, n, seconds, relative)
	return p, err
}

// expire answers HEXPIRE and its like: for each field what became of it.
func expire(c *command.Ctx, seconds, relative bool) error {
	p, err := parseExpire(c, seconds, relative)
	if err != nil {
		return err
	}
	var t target
	ok, err := t.open(c)
	if err != nil {
		return err
	}
	fields := c.Argv[p.fields:]
	past := c.Tx.Past(p.at)
	c.W.Array(len(fields))
	var room [16][]byte
	met := room[:0]
	for _, f := range fields {
		result := fieldAbsent
		if ok {
			result = t.expireField(f, &p, past)
		}
		if result > notMet {
			met = append(met, f)
		}
		c.W.Int(int64(result))
	}
	switch {
	case len(met) == 0:
	case past:
		t.expired(met)
	case t.anyDead(fields):
		t.touched(met, p.at)
	default:
		t.done(len(met))
		if seconds || relative {
			t.logExpire(p.at)
		}
		t.event("hexpire")
	}
	return nil
}

// expireField does what p says to a field, or deletes it if that time has passed.
func (t *target) expireField(field []byte, p *expireArgs, past bool) int {
	old, there := t.Expiry(field)
	switch {
	case !there:
		return fieldAbsent
	case !p.when.Holds(old != hash.NoExpiry, old, p.at):
		return notMet
	case past:
		t.Remove(field)
		return fieldExpired
	}
	t.SetExpiry(field, p.at)
	return changed
}

// expired notes that a command gave these fields an expiry that had passed, so
// that they were deleted.
func (t *target) expired(fields [][]byte) {
	t.done(len(fields))
	t.c.Tx.Stats.Parts += uint64(len(fields))
	t.logFields(fields, wordHDel, t.key.B)
	t.event("hexpired")
	t.dropIfEmpty()
}

// anyDead reports whether one of the fields that a command named has expired but is
// there still. The log must then name those that the command changed: when it is
// loaded no field is dead.
func (t *target) anyDead(fields [][]byte) bool {
	return slices.ContainsFunc(fields, t.IsDead)
}

// logFields puts a command into the log that ends with fields.
func (t *target) logFields(fields [][]byte, words ...[]byte) {
	if !t.c.Logging() {
		return
	}
	var room [24][]byte
	t.c.Effect(append(append(room[:0], words...), fields...)...)
}

// logExpire logs the command line as HPEXPIREAT, with its conditions.
func (t *target) logExpire(at int64) {
	argv := t.c.Argv
	switch {
	case !t.c.Logging():
	case len(argv) == plainExpire:
		var buf [num.MaxIntLen]byte
		t.c.Effect(wordHPExpireAt, t.key.B, num.AppendInt(buf[:0], at), argv[3], argv[4], argv[5])
	default:
		line := append([][]byte(nil), argv...)
		line[0], line[2] = wordHPExpireAt, num.AppendInt(nil, at)
		t.c.Effect(line...)
	}
}

// plainExpire is how many arguments HEXPIRE has for one field, without conditions.
const plainExpire = 6

// runHPersist answers HPERSIST key FIELDS n field [field …]: for each field
// whether it lost an expiry.
func runHPersist(c *command.Ctx) error {
	if !command.Is(c.Arg(2), "fields") {
		return command.ErrSyntax
	}
	at, err := fieldsBehind(c, 2, 1)
	if err != nil {
		return err
	}
	var t target
	ok, err := t.open(c)
	if err != nil {
		return err
	}
	fields := c.Argv[at:]
	c.W.Array(len(fields))
	var room [16][]byte
	lasting := room[:0]
	for _, f := range fields {
		result := fieldAbsent
		if ok {
			result = t.persistField(f)
		}
		if result == changed {
			lasting = append(lasting, f)
		}
		c.W.Int(int64(result))
	}
	switch {
	case len(lasting) == 0:
	case t.anyDead(fields):
		t.touched(lasting, hash.NoExpiry)
	default:
		t.done(len(lasting))
		t.event("hpersist")
	}
	return nil
}

// persistField takes the expiry of a field away.
func (t *target) persistField(field []byte) int {
	old, there := t.Expiry(field)
	switch {
	case !there:
		return fieldAbsent
	case old == hash.NoExpiry:
		return fieldLasting
	}
	t.SetExpiry(field, hash.NoExpiry)
	return changed
}
