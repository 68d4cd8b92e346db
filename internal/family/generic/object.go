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

var objectHelp = []string{
	"OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"ENCODING <key>",
	"    Return the kind of internal representation used in order to store the value",
	"    associated with a <key>.",
	"FREQ <key>",
	"    Return the access frequency index of the <key>. The returned integer is",
	"    proportional to the logarithm of the recent access frequency of the key.",
	"IDLETIME <key>",
	"    Return the idle time of the <key>, that is the approximated number of",
	"    seconds elapsed since the last access to the key.",
	"REFCOUNT <key>",
	"    Return the number of references of the value associated with the specified",
	"    <key>.",
	"HELP",
	"    Print this help.",
}

func runObjectHelp(c *command.Ctx) error {
	c.W.Array(len(objectHelp))
	for _, line := range objectHelp {
		c.W.SimpleString(line)
	}
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
