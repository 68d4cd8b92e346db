package hyperloglogs

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/hll"
	"sigrun/internal/keyspace"
)

const (
	errNoHLL     = command.ReplyError("ERR The specified key does not exist")
	errNotSparse = command.ReplyError("ERR HLL encoding is not sparse")
	errOnOrOff   = command.ReplyError("ERR Argument must be ON or OFF")
)

// debugCommands are the words of PFDEBUG that a key follows.
var debugCommands = [...]struct {
	word string
	run  func(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable) error
}{
	{"getreg", debugRegisters},
	{"decode", debugDecode},
	{"encoding", debugEncoding},
	{"todense", debugToDense},
}

// runPFDebug answers PFDEBUG subcommand key, and PFDEBUG SIMD ON|OFF, which changes
// nothing here.
func runPFDebug(c *command.Ctx) error {
	if command.Is(c.Arg(1), "simd") {
		switch {
		case command.Is(c.Arg(2), "on"):
			c.W.SimpleString("enabled")
		case command.Is(c.Arg(2), "off"):
			c.W.SimpleString("disabled")
		default:
			return errOnOrOff
		}
		return nil
	}
	k := c.Keys[0]
	m, found := c.Tx.Mutate(k)
	if !found {
		return errNoHLL
	}
	if err := check(m.Object); err != nil {
		return err
	}
	m.Text()
	for i := range debugCommands {
		if d := &debugCommands[i]; command.Is(c.Arg(1), d.word) {
			return d.run(c, k, &m)
		}
	}
	return command.ReplyError("ERR Unknown PFDEBUG subcommand '" + command.Text(c.Arg(1)) + "'")
}

// toDense makes the value dense, which is a change but no event.
func toDense(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable) (changed bool, err error) {
	if hll.IsDense(m.Bytes()) {
		return false, nil
	}
	s := takeScratch(c)
	defer s.give()
	s.ed.Load(m.Bytes())
	if s.ed.ToDense() != nil {
		return false, errCorrupt
	}
	put(c, k, s.ed.Bytes())
	return true, nil
}

// debugRegisters answers with all registers. A sparse value becomes dense.
func debugRegisters(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable) error {
	s := takeScratch(c)
	defer s.give()
	clear(s.set[:])
	if s.set.Merge(m.Bytes()) != nil {
		return errCorrupt
	}
	c.W.Array(hll.Registers)
	for _, rank := range s.set {
		c.W.Int(int64(rank))
	}
	_, err := toDense(c, k, m)
	return err
}

// debugDecode answers with the runs of a sparse value.
func debugDecode(c *command.Ctx, _ keyspace.Key, m *keyspace.Mutable) error {
	b := m.Bytes()
	if hll.IsDense(b) {
		return errNotSparse
	}
	s := takeScratch(c)
	defer s.give()
	s.buf = hll.AppendRuns(s.buf[:0], b)
	c.W.Bulk(s.buf)
	return nil
}

// debugEncoding answers with the form of the value.
func debugEncoding(c *command.Ctx, _ keyspace.Key, m *keyspace.Mutable) error {
	if hll.IsDense(m.Bytes()) {
		c.W.SimpleString("dense")
	} else {
		c.W.SimpleString("sparse")
	}
	return nil
}

// debugToDense answers whether it made the value dense.
func debugToDense(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable) error {
	changed, err := toDense(c, k, m)
	switch {
	case err != nil:
		return err
	case changed:
		c.W.Int(1)
	default:
		c.W.Int(0)
	}
	return nil
}
