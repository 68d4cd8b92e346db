package hyperloglogs

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/hll"
	"sigrun/internal/keyspace"
)

// runPFAdd answers PFADD key [element …]: 1 if the estimate may have changed or the
// key is new, else 0.
func runPFAdd(c *command.Ctx) error {
	k, elems := c.Keys[0], c.Argv[2:]
	m, found := c.Tx.Mutate(k)
	if found {
		if err := check(m.Object); err != nil {
			return err
		}
		m.Text() // even if nothing comes of it, as OBJECT ENCODING shows
	}
	var changes int
	var err error
	if found && hll.IsDense(m.Bytes()) {
		changes = addDense(c, k, &m, elems)
	} else {
		changes, err = addSparse(c, k, &m, found, elems)
	}
	switch {
	case err != nil:
		return err
	case changes > 0:
		c.W.Int(1)
	default:
		c.W.Int(0)
	}
	return nil
}

// addDense adds elements to a dense value and returns how many changed it.
func addDense(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable, elems [][]byte) (changes int) {
	b := m.Bytes()
	for _, elem := range elems {
		if hll.DenseAdd(b, elem) {
			changes++
		}
	}
	if changes > 0 {
		hll.Invalidate(b)
		m.Changed(changes)
		told(c, k, false)
	}
	return changes
}

// addSparse adds elements to a sparse or a new value and returns how many changed
// it, plus one if it is new.
func addSparse(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable, found bool, elems [][]byte) (changes int, err error) {
	s := takeScratch(c)
	defer s.give()
	if found {
		s.ed.Load(m.Bytes())
	} else {
		s.ed.Reset()
		changes++
	}
	for _, elem := range elems {
		switch changed, err := s.ed.Add(elem); {
		case err != nil:
			return 0, errCorrupt
		case changed:
			changes++
		}
	}
	if changes == 0 {
		return 0, nil
	}
	b := s.ed.Bytes()
	hll.Invalidate(b)
	store(c, k, m, found, b, changes)
	return changes, nil
}
