package hashes

import (
	"sigrun/internal/command"
	"sigrun/internal/types/hash"
)

// runHSet answers HSET key field value [field value …]: how many fields are new.
func runHSet(c *command.Ctx) error {
	added, err := set(c)
	if err != nil {
		return err
	}
	c.W.Int(int64(added))
	return nil
}

// runHMSet answers HMSET key field value [field value …]: OK.
func runHMSet(c *command.Ctx) error {
	if _, err := set(c); err != nil {
		return err
	}
	c.W.OK()
	return nil
}

// set sets the fields of HSET and HMSET.
func set(c *command.Ctx) (added int, err error) {
	pairs := c.Argv[2:]
	if len(pairs)%2 != 0 {
		return 0, command.ReplyError("ERR wrong number of arguments for '" + c.Spec.Name + "' command")
	}
	var t target
	ok, err := t.open(c)
	switch {
	case err != nil:
		return 0, err
	case !ok:
		t.create(pairs)
	default:
		t.Prepare(c.Limits, pairs)
	}
	revived := 0
	for i := 0; i < len(pairs); i += 2 {
		switch t.Set(c.Limits, pairs[i], pairs[i+1], hash.NoExpiry) {
		case hash.Revived:
			revived++
			added++
		case hash.Added:
			added++
		}
	}
	t.done(len(pairs) / 2)
	t.revived(revived)
	t.event("hset")
	return added, nil
}

// runHSetNX answers HSETNX key field value: 1, or 0 if the field is there.
func runHSetNX(c *command.Ctx) error {
	pair := c.Argv[2:4]
	var t target
	ok, err := t.open(c)
	switch {
	case err != nil:
		return err
	case !ok:
		t.create(pair)
	case t.Has(pair[0]):
		c.W.Int(0)
		return nil
	default:
		t.Prepare(c.Limits, pair)
	}
	if t.Timed() { // whoever reads the log may not know yet that the field is dead
		c.Effect(wordHSet, t.key.B, pair[0], pair[1])
	}
	out := t.Set(c.Limits, pair[0], pair[1], hash.NoExpiry)
	t.done(1)
	if out == hash.Revived {
		t.revived(1)
	}
	t.event("hset")
	c.W.Int(1)
	return nil
}
