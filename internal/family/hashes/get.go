package hashes

import (
	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/types/hash"
)

// runHGet answers HGET key field: the value, or nil.
func runHGet(c *command.Ctx) error {
	h, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	var v hash.Value
	if ok {
		v, ok = h.Get(c.Arg(2))
	}
	switch {
	case !ok:
		c.W.Null()
	case v.IsInt:
		c.W.BulkInt(v.Int)
	default:
		c.W.View(v.Bytes)
	}
	return nil
}

// runHMGet answers HMGET key field [field …]: the values, nil for each field that
// is absent.
func runHMGet(c *command.Ctx) error {
	h, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	fields := c.Argv[2:]
	c.W.Array(len(fields))
	for _, f := range fields {
		replyField(c, &h, ok, f)
	}
	return nil
}

// replyField appends the value of a field, nil if it or the hash isn't there.
func replyField(c *command.Ctx, h *hash.Hash, ok bool, field []byte) {
	var v hash.Value
	if ok {
		v, ok = h.Get(field)
	}
	if ok {
		reply(c.W, v)
	} else {
		c.W.Null()
	}
}

// runHExists answers HEXISTS key field: 1 or 0.
func runHExists(c *command.Ctx) error {
	h, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	n := int64(0)
	if ok && h.Has(c.Arg(2)) {
		n = 1
	}
	c.W.Int(n)
	return nil
}

// runHStrLen answers HSTRLEN key field: the length of the value in bytes, 0 if the
// field is absent.
func runHStrLen(c *command.Ctx) error {
	h, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	n := 0
	if ok {
		v, _ := h.Get(c.Arg(2))
		n = len(v.Bytes)
		if v.IsInt {
			n = num.IntWidth(v.Int)
		}
	}
	c.W.Int(int64(n))
	return nil
}

// runHLen answers HLEN key: the number of fields. Those that have expired count
// until they are deleted.
func runHLen(c *command.Ctx) error {
	h, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	n := 0
	if ok {
		n = h.Len()
	}
	c.W.Int(int64(n))
	return nil
}
