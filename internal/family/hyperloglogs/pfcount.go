package hyperloglogs

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/hll"
	"sigrun/internal/value"
)

// runPFCount answers PFCOUNT key [key …]: about how many distinct elements were
// added to all of them together.
func runPFCount(c *command.Ctx) error {
	if len(c.Keys) == 1 {
		return countOne(c)
	}
	s := takeScratch(c)
	defer s.give()
	if err := s.union(c); err != nil {
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

// union makes s.set the union of what the command's keys hold.
func (s *scratch) union(c *command.Ctx) error {
	var room [usual]value.Object
	values, err := gather(c, room[:0])
	if s.unite(values) != nil {
		return errCorrupt
	}
	return err
}

// unite makes s.set the union of values.
func (s *scratch) unite(values []value.Object) error {
	clear(s.set[:])
	for _, o := range values {
		if err := s.set.Merge(o.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// usual is the number of values up to which no memory is needed to list them.
const usual = 8

// gather appends what the command's keys hold to dst, up to the first that is no
// HyperLogLog.
func gather(c *command.Ctx, dst []value.Object) ([]value.Object, error) {
	for _, k := range c.Keys {
		o, found, err := read(c, k)
		switch {
		case err != nil:
			return dst, err
		case found:
			dst = append(dst, o)
		}
	}
	return dst, nil
}
