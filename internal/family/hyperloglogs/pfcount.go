package hyperloglogs

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/hll"
)

// runPFCount answers PFCOUNT key [key …]: about how many distinct elements were
// added to all of them together.
func runPFCount(c *command.Ctx) error {
	if len(c.Keys) == 1 {
		return countOne(c)
	}
	s := takeScratch(c)
	defer s.give()
	if _, err := s.union(c); err != nil {
		return err
	}
	c.W.Int(int64(s.set.Count()))
	return nil
}

// countOne answers with the estimate that the value holds. If that is stale the
// value is given a new one, which counts as a change.
func countOne(c *command.Ctx) error {
	k := c.Keys[0]
	o, found, err := read(c, k)
	switch {
	case err != nil:
		return err
	case !found:
		c.W.Int(0)
		return nil
	}
	n, fresh := hll.Card(o.Bytes())
	if fresh && loose(o) {
		c.W.Int(int64(n))
		return nil
	}
	m, _ := c.Tx.Mutate(k)
	b := m.Text()
	if !fresh {
		if n, err = hll.Count(b); err != nil {
			return errCorrupt
		}
		hll.SetCard(b, n)
		m.Changed(1)
	}
	c.W.Int(int64(n))
	return nil
}

// union makes s.set the union of what the command's keys hold. It reports whether
// one of the values is dense.
func (s *scratch) union(c *command.Ctx) (dense bool, err error) {
	clear(s.set[:])
	for _, k := range c.Keys {
		o, found, err := read(c, k)
		switch {
		case err != nil:
			return false, err
		case !found:
			continue
		case s.set.Merge(o.Bytes()) != nil:
			return false, errCorrupt
		}
		dense = dense || hll.IsDense(o.Bytes())
	}
	return dense, nil
}
