package generic

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
)

func runTTL(c *command.Ctx) error         { return ttl(c, true, true) }
func runPTTL(c *command.Ctx) error        { return ttl(c, false, true) }
func runExpireTime(c *command.Ctx) error  { return ttl(c, true, false) }
func runPExpireTime(c *command.Ctx) error { return ttl(c, false, false) }

// ttl answers TTL key and its like: when the key expires, in seconds (rounded
// half up) or milliseconds, from now or from 1970; -1 if never, -2 if it is
// absent.
func ttl(c *command.Ctx, seconds, relative bool) error {
	o, ok := peek(c, c.Keys[0])
	switch {
	case !ok:
		c.W.Int(-2)
		return nil
	case !o.Rec.HasExpiry():
		c.W.Int(-1)
		return nil
	}
	ms := o.Rec.Expiry()
	if relative {
		ms = max(ms-c.Now(), 0)
	}
	if seconds {
		ms = int64((uint64(ms) + 500) / 1000) // the largest expiry overflows otherwise
	}
	c.W.Int(ms)
	return nil
}

// runPersist answers PERSIST key: 1 if it took an expiry away, else 0.
func runPersist(c *command.Ctx) error {
	k := c.Keys[0]
	o, ok := c.Tx.Lookup(k)
	if !ok || !o.Rec.HasExpiry() {
		c.W.Int(0)
		return nil
	}
	c.Tx.SetExpiry(k, keyspace.NoExpiry)
	c.Event(command.EventGeneric, "persist", k.B)
	c.W.Int(1)
	return nil
}
