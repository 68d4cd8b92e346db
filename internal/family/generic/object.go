package generic

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/value"
)

const (
	errNotLFU = command.ReplyError("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
	errLFU    = command.ReplyError("ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
)

// OBJECT HELP
func runObjectHelp(c *command.Ctx) error {
	c.Help(
		"ENCODING <key>",
		"    Tell how Valkey would hold the value: int, embstr, raw, listpack and so on.",
		"FREQ <key>",
		"    Tell how often the key is used, on a logarithmic scale from 0 to 255.",
		"    Needs an LFU policy.",
		"IDLETIME <key>",
		"    Tell for how many seconds nobody used the key. Needs a policy without LFU.",
		"REFCOUNT <key>",
		"    Tell 1, as no value is shared.",
	)
	return nil
}

// object looks up the key that an OBJECT command asks about; if it is absent,
// the answer is nil.
func object(c *command.Ctx) (o value.Object, ok bool) {
	o, ok = c.Tx.Peek(c.Keys[0])
	if !ok {
		c.W.Null()
	}
	return o, ok
}

func runObjectEncoding(c *command.Ctx) error {
	if o, ok := object(c); ok {
		c.W.BulkString(o.Class().Encoding(o))
	}
	return nil
}

// runObjectRefCount answers 1: no value is shared.
func runObjectRefCount(c *command.Ctx) error {
	if _, ok := object(c); ok {
		c.W.Int(1)
	}
	return nil
}

func runObjectIdleTime(c *command.Ctx) error {
	o, ok := object(c)
	if !ok {
		return nil
	}
	if countsUse(c) {
		return errLFU
	}
	c.W.Int(c.Tx.IdleSeconds(o.Rec))
	return nil
}

func runObjectFreq(c *command.Ctx) error {
	o, ok := object(c)
	if !ok {
		return nil
	}
	if !countsUse(c) {
		return errNotLFU
	}
	c.W.Int(int64(c.Tx.Frequency(o.Rec)))
	return nil
}

// countsUse reports whether records hold a use counter instead of the time of
// the last access.
func countsUse(c *command.Ctx) bool {
	p := c.Tx.Keyspace().Policy()
	return p == keyspace.VolatileLFU || p == keyspace.AllKeysLFU
}
