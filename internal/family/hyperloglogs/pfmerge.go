package hyperloglogs

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/hll"
	"sigrun/internal/keyspace"
)

// runPFMerge answers PFMERGE destkey [sourcekey …]: OK. The elements of all sources
// are added to destkey. It becomes dense if one of them is.
func runPFMerge(c *command.Ctx) error {
	s := takeScratch(c)
	defer s.give()
	dense, err := s.union(c)
	if err != nil {
		return err
	}
	k := c.Keys[0]
	m, found := c.Tx.Mutate(k)
	if dense && found && hll.IsDense(m.Bytes()) {
		s.set.Overwrite(m.Text()) // destkey is part of the union
		m.Changed(1)
		told(c, k, false)
		c.W.OK()
		return nil
	}
	if err := s.merged(&m, found, dense); err != nil {
		return err
	}
	store(c, k, &m, found, s.ed.Bytes(), 1)
	c.W.OK()
	return nil
}

// merged makes s.ed hold what m holds, if it is there, and the union.
func (s *scratch) merged(m *keyspace.Mutable, found, dense bool) error {
	if found {
		s.ed.Load(m.Bytes())
	} else {
		s.ed.Reset()
	}
	if dense {
		s.ed.SetDense(&s.set)
	} else if s.ed.AddSet(&s.set) != nil {
		return errCorrupt
	}
	return nil
}
