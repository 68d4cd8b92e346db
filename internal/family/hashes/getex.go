package hashes

import (
	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/types/hash"
)

// parseGetEx reads HGETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST] FIELDS n field
// [field …]; at is the argument that is the first field.
func parseGetEx(c *command.Ctx) (e command.Expiry, at int, err error) {
	word := findFields(c, 1)
	if word == 0 {
		return e, 0, errFieldCount
	}
	a := c.ArgsTo(2, word)
	for a.More() {
		if !a.Expiry(&e) && !a.Persist(&e) {
			a.Fail(command.ErrSyntax)
		}
	}
	if a.Err() != nil {
		return e, 0, a.Err()
	}
	at, err = fieldsBehind(c, word, 1)
	return e, at, err
}

// runHGetEx answers HGETEX: the values of the fields, whose expiry changes.
func runHGetEx(c *command.Ctx) error {
	e, first, err := parseGetEx(c)
	if err != nil {
		return err
	}
	h, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	at, err := e.AtOrNow(c)
	if err != nil {
		return err
	}
	fields := c.Argv[first:]
	c.W.Array(len(fields))
	if !ok || !e.Timed() && !e.Persistent() {
		for _, f := range fields {
			replyField(c, &h, ok, f)
		}
		return nil
	}
	var t target
	if _, err := t.open(c); err != nil {
		return err
	}
	past := e.Timed() && c.Tx.Past(at)
	var room [16][]byte
	done := room[:0]
	for _, f := range fields {
		replyField(c, &t.Hash, true, f)
		if t.touchField(f, at, past) {
			done = append(done, f)
		}
	}
	switch {
	case len(done) == 0:
	case past:
		t.expired(done)
	default:
		t.touched(done, at)
	}
	return nil
}

// touchField gives a field, if it is there, the expiry at, or takes it away for
// NoExpiry, or deletes it if that time has passed. It reports whether anything
// changed.
func (t *target) touchField(field []byte, at int64, past bool) bool {
	if at == hash.NoExpiry {
		return t.persistField(field) == changed
	}
	return t.expireField(field, &expireArgs{at: at}, past) > notMet
}

// touched notes that fields got the expiry at, or lost theirs.
func (t *target) touched(fields [][]byte, at int64) {
	t.done(len(fields))
	switch {
	case at == hash.NoExpiry:
		t.logFields(fields, wordHPersist, t.key.B, wordFields, count(fields))
		t.event("hpersist")
		return
	case len(fields) == 1:
		var buf [num.MaxIntLen]byte
		t.c.Effect(wordHPExpireAt, t.key.B, num.AppendInt(buf[:0], at), wordFields, wordOne, fields[0])
	default:
		t.logFields(fields, wordHPExpireAt, t.key.B, num.AppendInt(nil, at), wordFields, count(fields))
	}
	t.event("hexpire")
}

// count is the number of fields as the log names it.
func count(fields [][]byte) []byte { return num.AppendInt(nil, int64(len(fields))) }
