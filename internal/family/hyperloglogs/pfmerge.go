package hyperloglogs

import "sigrun/internal/command"

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
	if found {
		s.ed.Load(m.Bytes())
	} else {
		s.ed.Reset()
	}
	if dense {
		// destkey is part of the union.
		s.ed.SetDense(&s.set)
	} else if err := s.ed.AddSet(&s.set); err != nil {
		return errCorrupt
	}
	store(c, k, &m, found, s.ed.Bytes(), 1)
	c.W.OK()
	return nil
}
