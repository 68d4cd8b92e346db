package bitmaps

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/bitmap"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
)

const errBitOpNot = command.ReplyError("ERR BITOP NOT must be called with a single source key.")

// operation is what BITOP does.
type operation uint8

const (
	opAnd operation = iota
	opOr
	opXor
	opNot
)

// operations are the words of BITOP.
var operations = [...]string{opAnd: "and", opOr: "or", opXor: "xor", opNot: "not"}

// parseOperation reads the operation of BITOP.
func parseOperation(c *command.Ctx) (op operation, err error) {
	for i, word := range operations {
		op = operation(i)
		switch {
		case !command.Is(c.Arg(1), word):
		case op == opNot && len(c.Argv) != 4:
			return op, errBitOpNot
		default:
			return op, nil
		}
	}
	return op, command.ErrSyntax
}

// apply combines a and b into dst. It is no table of functions, as then the compiler
// would take its arguments for kept and allocate them.
func (op operation) apply(dst, a, b []byte) {
	switch op {
	case opAnd:
		bitmap.And(dst, a, b)
	case opOr:
		bitmap.Or(dst, a, b)
	case opXor:
		bitmap.Xor(dst, a, b)
	}
}

// runBitOp answers BITOP operation destkey key [key …]: the size of the longest
// source, which is that of the outcome. Shorter ones count as padded with zeros.
// If nothing comes out destkey is deleted.
func runBitOp(c *command.Ctx) error {
	op, err := parseOperation(c)
	if err != nil {
		return err
	}
	dst, sources := c.Keys[0], c.Keys[1:]
	size := 0
	var buf [num.MaxIntLen]byte
	for _, k := range sources {
		b, _, err := read(c, k, buf[:])
		if err != nil {
			return err
		}
		size = max(size, len(b))
	}
	switch {
	case size > 0:
		added := c.Tx.SetBlock(dst, combine(c, op, dst, sources, size), size, keyspace.NoExpiry)
		if added {
			c.Event(command.EventNew, "new", dst.B)
		}
		c.Event(command.EventString, "set", dst.B)
	case c.Tx.Delete(dst):
		c.Event(command.EventGeneric, "del", dst.B)
	}
	c.W.Int(int64(size))
	return nil
}

// combine makes the outcome, of size bytes, in a block for dst. The sources have
// been read already.
func combine(c *command.Ctx, op operation, dst keyspace.Key, sources []keyspace.Key, size int) offheap.Ref {
	h := c.Tx.Heap(dst)
	r := h.Alloc(size, offheap.Values)
	out := h.Space().Bytes(r, size)
	var bufA, bufB [num.MaxIntLen]byte
	a := again(c, sources[0], bufA[:])
	switch {
	case op == opNot:
		bitmap.Not(out, a)
	case len(sources) == 1:
		copy(out, a)
	}
	for _, k := range sources[1:] {
		op.apply(out, a, again(c, k, bufB[:]))
		a = out
	}
	return r
}

// again is read for a key that has been read before.
func again(c *command.Ctx, k keyspace.Key, buf []byte) []byte {
	o, ok := c.Tx.Stored(k)
	if !ok || c.Tx.Hides(o) {
		return nil
	}
	return text(o, buf)
}
