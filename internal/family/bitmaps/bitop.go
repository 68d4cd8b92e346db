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

// apply combines what came out so far with the next source. It is no table of
// functions, as then the compiler would take src for kept and allocate it.
func (op operation) apply(dst, src []byte) {
	switch op {
	case opAnd:
		bitmap.And(dst, src)
	case opOr:
		bitmap.Or(dst, src)
	case opXor:
		bitmap.Xor(dst, src)
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
	var buf [num.MaxIntLen]byte
	for i, k := range sources {
		var b []byte
		if o, ok := c.Tx.Stored(k); ok && !c.Tx.Hides(o) {
			b = text(o, buf[:])
		}
		if i == 0 {
			clear(out[copy(out, b):])
		} else {
			op.apply(out, b)
		}
	}
	if op == opNot {
		bitmap.Not(out)
	}
	return r
}
