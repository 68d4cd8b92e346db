// Package hyperloglogs holds the commands that count distinct elements
// approximately: PFADD, PFCOUNT, PFMERGE, and two for tests of them, PFDEBUG and
// PFSELFTEST.
//
// A HyperLogLog is a string. Its bytes are the business of ds/hll and the same as
// Valkey's, so that a value made by one goes on in the other. Dense values are
// changed where they are; sparse ones, which are short and change their size, in
// a buffer.
package hyperloglogs

import (
	"sync"

	"sigrun/internal/command"
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/hll"
	"sigrun/internal/keyspace"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"pfadd":      runPFAdd,
		"pfcount":    runPFCount,
		"pfdebug":    runPFDebug,
		"pfmerge":    runPFMerge,
		"pfselftest": runPFSelfTest,
	}
}

const (
	errNotHLL  = command.ReplyError("WRONGTYPE Key is not a valid HyperLogLog string value.")
	errCorrupt = command.ReplyError("INVALIDOBJ Corrupted HLL object detected")
)

// scratch is what commands work in.
type scratch struct {
	set hll.Set // first, so that it is aligned for wide registers
	ed  hll.Editor
	buf []byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// takeScratch returns a scratch whose editor keeps values sparse as long as the
// settings say. Whoever takes it gives it back.
func takeScratch(c *command.Ctx) *scratch {
	s := scratches.Get().(*scratch)
	s.ed.Limit = c.Limits.HLLSparse
	return s
}

func (s *scratch) give() { scratches.Put(s) }

// check fails if o is no HyperLogLog.
func check(o value.Object) error {
	switch {
	case !o.IsString():
		return command.ErrWrongType
	case o.Rec.IsInt() || !hll.Valid(o.Bytes()):
		return errNotHLL
	}
	return nil
}

// read looks k up for a reading command: found is false if it is absent.
func read(c *command.Ctx, k keyspace.Key) (o value.Object, found bool, err error) {
	o, found = c.Tx.Read(k)
	if !found {
		c.Event(command.EventKeyMiss, "keymiss", k.B)
		return o, false, nil
	}
	return o, true, check(o)
}

// loose reports whether the record of o is one for strings that change. Looking at
// a HyperLogLog makes it one, too, which OBJECT ENCODING shows.
func loose(o value.Object) bool { return o.Rec.Kind() != dict.KindRaw }

// store makes k, which m holds if it is there, hold b, and tells of n changes.
func store(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable, found bool, b []byte, n int) {
	switch {
	case found && m.StringLen() == len(b):
		copy(m.Text(), b)
		m.Changed(n)
	case len(b) <= value.MaxInline:
		copy(c.Tx.Edit(k, len(b)), b)
		c.Tx.Dirty += n - 1
	default:
		put(c, k, b)
		c.Tx.Dirty += n - 1
	}
	told(c, k, !found)
}

// put makes k hold b in a block of just that size, for a value that is dense grows
// no more. It counts one change.
func put(c *command.Ctx, k keyspace.Key, b []byte) {
	h := c.Tx.Heap(k)
	r := h.Alloc(len(b), offheap.Values)
	copy(h.Space().Bytes(r, len(b)), b)
	c.Tx.SetBlock(k, r, len(b), keyspace.KeepTTL)
}

// told tells that k changed, and before it that it is new if it is.
func told(c *command.Ctx, k keyspace.Key, added bool) {
	if added {
		c.Event(command.EventNew, "new", k.B)
	}
	c.Event(command.EventString, "pfadd", k.B)
}
