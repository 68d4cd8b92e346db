package hashes

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/types/hash"
)

// presence is what must be there for a command to do anything.
type presence uint8

const (
	whatever presence = iota
	absent
	present
)

// takes takes the next argument if it is the word for absence or that for presence,
// unless p holds the other one.
func (p *presence) take(a *command.Args, ifAbsent, ifPresent string) bool {
	switch {
	case *p != present && a.Flag(ifAbsent):
		*p = absent
	case *p != absent && a.Flag(ifPresent):
		*p = present
	default:
		return false
	}
	return true
}

// fails reports whether p wants something else than is the case.
func (p presence) fails(there bool) bool { return p == absent && there || p == present && !there }

// setExArgs is HSETEX parsed. Its slices are views.
type setExArgs struct {
	key    presence // of the hash
	field  presence // of each field
	expiry command.Expiry
	pairs  [][]byte
}

// parseSetEx reads HSETEX key [NX|XX] [FNX|FXX] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]
// FIELDS n field value [field value …].
func parseSetEx(c *command.Ctx) (p setExArgs, err error) {
	word := findFields(c, 1)
	if word == 0 {
		return p, errFieldCount
	}
	a := c.ArgsTo(2, word)
	for a.More() {
		switch {
		case p.key.take(&a, "nx", "xx"):
		case p.field.take(&a, "fnx", "fxx"):
		case a.Expiry(&p.expiry):
		case a.KeepTTL(&p.expiry):
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	if a.Err() != nil {
		return p, a.Err()
	}
	at, err := fieldsBehind(c, word, 2)
	if err == nil {
		p.pairs = c.Argv[at:]
	}
	return p, err
}

// runHSetEx answers HSETEX: 1, or 0 if a condition failed.
func runHSetEx(c *command.Ctx) error {
	p, err := parseSetEx(c)
	if err != nil {
		return err
	}
	var t target
	there, err := t.open(c)
	switch {
	case err != nil:
		return err
	case p.key.fails(there):
		c.W.Int(0)
		return nil
	}
	at, err := p.expiry.AtOrNow(c)
	switch {
	case err != nil:
		return err
	case !p.holds(&t, there):
		c.W.Int(0)
		return nil
	case p.expiry.Timed() && c.Tx.Past(at):
		p.expireNow(&t, there)
	default:
		p.set(&t, there, at)
	}
	c.W.Int(1)
	return nil
}

// holds reports whether each field is there, or absent, as it must be.
func (p *setExArgs) holds(t *target, there bool) bool {
	if p.field == whatever {
		return true
	}
	for i := 0; i < len(p.pairs); i += 2 {
		if p.field.fails(there && t.Has(p.pairs[i])) {
			return false
		}
	}
	return true
}

// set sets the fields.
func (p *setExArgs) set(t *target, there bool, at int64) {
	c := t.c
	expiry := at
	switch at {
	case keyspace.NoExpiry:
		expiry = hash.NoExpiry
	case keyspace.KeepTTL:
		expiry = hash.KeepExpiry
	}
	if !there {
		t.create(p.pairs)
	}
	var dead [][]byte
	for i := 0; i < len(p.pairs); i += 2 {
		if t.Set(c.Limits, p.pairs[i], p.pairs[i+1], expiry) == hash.Revived {
			dead = append(dead, p.pairs[i])
		}
	}
	t.done(len(p.pairs) / 2)
	t.revived(len(dead))
	p.log(t, at, dead)
	t.event("hset")
	if p.expiry.Timed() {
		t.event("hexpire")
	}
}

// log puts into the log what happened, without conditions and with an absolute
// time. Who keeps the expiry of a field that was dead here would keep that of a
// dead field: it is deleted there first.
func (p *setExArgs) log(t *target, at int64, dead [][]byte) {
	c := t.c
	relative := p.expiry.Timed() && !p.expiry.Millis()
	if !c.Logging() || !relative && p.key == whatever && p.field == whatever && (len(dead) == 0 || !p.expiry.Keeps()) {
		return
	}
	if p.expiry.Timed() && len(p.pairs) == 2 {
		var buf [num.MaxIntLen]byte
		c.Effect(wordHSetEx, t.key.B, wordPXAt, num.AppendInt(buf[:0], at), wordFields, wordOne, p.pairs[0], p.pairs[1])
		return
	}
	line := [][]byte{wordHSetEx, t.key.B}
	switch {
	case p.expiry.Timed():
		line = append(line, wordPXAt, num.AppendInt(nil, at))
	case p.expiry.Keeps():
		line = append(line, wordKeepTTL)
		if len(dead) > 0 {
			t.logFields(dead, wordHDel, t.key.B)
		}
	}
	line = append(line, wordFields, num.AppendInt(nil, int64(len(p.pairs)/2)))
	c.Effect(append(line, p.pairs...)...)
}

// expireNow is for an expiry that has passed: the fields are deleted, dead or not.
func (p *setExArgs) expireNow(t *target, there bool) {
	c := t.c
	var gone [][]byte
	if there {
		for i := 0; i < len(p.pairs); i += 2 {
			if t.Discard(p.pairs[i]) {
				gone = append(gone, p.pairs[i])
			}
		}
	} else {
		c.Event(command.EventNew, "new", t.key.B)
	}
	if len(gone) > 0 {
		t.done(len(gone))
		t.logFields(gone, wordHDel, t.key.B)
	}
	c.Tx.Stats.Parts += uint64(len(p.pairs) / 2)
	t.event("hset")
	t.event("hexpire")
	t.event("hexpired")
	switch {
	case there:
		t.dropIfEmpty()
	default:
		c.Event(command.EventGeneric, "del", t.key.B)
	}
}
