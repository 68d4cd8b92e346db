// Package bitmaps holds the commands that take strings for strings of bits:
// GETBIT, SETBIT, BITCOUNT, BITPOS, BITOP, BITFIELD.
//
// There is a file for each command or small group: its parsed form, its parser
// and its handler. The bits themselves are the business of ds/bitmap. Nothing
// here allocates but for errors and very long command lines, and a string that
// has the size it needs is changed where it is.
package bitmaps

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/value"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"bitcount":    runBitCount,
		"bitfield":    runBitField,
		"bitfield_ro": runBitFieldRO,
		"bitop":       runBitOp,
		"bitpos":      runBitPos,
		"getbit":      runGetBit,
		"setbit":      runSetBit,
	}
}

const (
	errBitOffset = command.ReplyError("ERR bit offset is not an integer or out of range")
	errBit       = command.ReplyError("ERR bit is not an integer or out of range")
)

// bitOffset is the position that b names, of a bit that a string may have.
func bitOffset(c *command.Ctx, b []byte) (uint64, error) {
	n, ok := num.ParseInt(b)
	if !ok || n < 0 || n/8 >= c.MaxBulk {
		return 0, errBitOffset
	}
	return uint64(n), nil
}

// read is the string that k holds, for a reading command: found is false if it is
// absent. buf, of num.MaxIntLen bytes, holds it if it is an integer.
func read(c *command.Ctx, k keyspace.Key, buf []byte) (b []byte, found bool, err error) {
	o, found := c.Tx.Read(k)
	switch {
	case !found:
		c.Event(command.EventKeyMiss, "keymiss", k.B)
		return nil, false, nil
	case !o.IsString():
		return nil, true, command.ErrWrongType
	}
	return text(o, buf), true, nil
}

// text is a view of the string o, which buf, of num.MaxIntLen bytes, holds if it
// is an integer.
func text(o value.Object, buf []byte) []byte {
	if o.Rec.IsInt() {
		return num.AppendInt(buf[:0], o.Rec.Int())
	}
	return o.Bytes()
}

// editor is a string that is being changed.
type editor struct {
	m     keyspace.Mutable
	b     []byte // a view
	added bool   // the key is new
	grown bool   // it or the size is, which has been counted as one change
}

// edit makes k, which must be absent or hold a string, hold one of at least n
// bytes that may be changed.
func edit(c *command.Ctx, k keyspace.Key, n int) (e editor, err error) {
	m, found := c.Tx.Mutate(k)
	if found && !m.IsString() {
		return e, command.ErrWrongType
	}
	if found && m.StringLen() >= n {
		return editor{m: m, b: m.Text()}, nil
	}
	return editor{b: c.Tx.Edit(k, n), added: !found, grown: true}, nil
}

// changed counts n changes that were made, and tells of them.
func (e *editor) changed(c *command.Ctx, k keyspace.Key, n int) {
	switch {
	case n == 0:
		return
	case e.grown:
		c.Tx.Dirty += n - 1
	default:
		e.m.Changed(n)
	}
	c.Event(command.EventString, "setbit", k.B)
}
