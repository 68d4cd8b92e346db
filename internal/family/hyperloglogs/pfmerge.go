package hyperloglogs

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/hll"
	"sigrun/internal/keyspace"
	"sigrun/internal/value"
)

// runPFMerge answers PFMERGE destkey [sourcekey …]: OK. The elements of all sources
// are added to destkey. It becomes dense if one of them is.
func runPFMerge(c *command.Ctx) error {
	var room [usual]value.Object
	values, failed := gather(c, room[:0])
	dense, all := anyDense(values)
	k := c.Keys[0]
	if failed == nil && all && len(values) <= fewSources+1 {
		if m, found := c.Tx.Mutate(k); found {
			uniteFew(m.Text(), values[1:])
			mergedInPlace(c, &m)
			return nil
		}
	}
	s := takeScratch(c)
	defer s.give()
	if s.unite(values) != nil {
		return errCorrupt
	}
	if failed != nil {
		return failed
	}
	m, found := c.Tx.Mutate(k)
	if dense && found && hll.IsDense(m.Bytes()) {
		s.set.Overwrite(m.Text()) // destkey is part of the union
		mergedInPlace(c, &m)
		return nil
	}
	if err := s.merged(&m, found, dense); err != nil {
		return err
	}
	store(c, k, &m, found, s.ed.Bytes(), 1)
	c.W.OK()
	return nil
}

// mergedInPlace answers once the value of destkey, m, has been changed where it is.
func mergedInPlace(c *command.Ctx, m *keyspace.Mutable) {
	m.Changed(1)
	told(c, c.Keys[0], false)
	c.W.OK()
}

// anyDense reports whether one of values is dense, and whether all are.
func anyDense(values []value.Object) (dense, all bool) {
	all = true
	for _, o := range values {
		is := hll.IsDense(o.Bytes())
		dense, all = dense || is, all && is
	}
	return dense, all
}

// fewSources is the number of sources up to which it costs less to add them to a
// dense value where it is than to spread the registers of all.
const fewSources = 2

// uniteFew adds the elements of up to fewSources dense values to b.
func uniteFew(b []byte, values []value.Object) {
	x, y := b, b
	switch len(values) {
	case 0:
		hll.Invalidate(b)
		return
	case 1:
		x = values[0].Bytes()
	default:
		x, y = values[0].Bytes(), values[1].Bytes()
	}
	hll.Unite(b, x, y)
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
