package sets

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/types/set"
)

// runSAdd answers SADD key member [member …]: how many were new.
func runSAdd(c *command.Ctx) error {
	k, members := c.Keys[0], c.Argv[2:]
	m, s, ok, err := mutate(c, k)
	if err != nil {
		return err
	}
	if !ok {
		c.W.Int(int64(create(c, k, members)))
		return nil
	}
	s.Prepare(c.Limits, len(members))
	added := add(c, &s, members)
	keep(&m, &s)
	if added > 0 {
		m.Changed(added)
		c.Event(command.EventSet, "sadd", k.B)
	}
	c.W.Int(int64(added))
	return nil
}

func add(c *command.Ctx, s *set.Set, members [][]byte) (added int) {
	for _, b := range members {
		if s.Add(c.Limits, set.Text(b)) {
			added++
		}
	}
	return added
}

// create makes k, which is absent, a set of these members, of which it returns
// the number.
func create(c *command.Ctx, k keyspace.Key, members [][]byte) int {
	s := set.New(c.Tx.Heap(k), set.Smallest(c.Limits, set.Text(members[0]), len(members)))
	added := add(c, &s, members)
	c.Tx.Store(k, s.Kind, s.Word, keyspace.NoExpiry)
	c.Tx.Dirty += added - 1
	c.Event(command.EventNew, "new", k.B)
	c.Event(command.EventSet, "sadd", k.B)
	return added
}

// runSRem answers SREM key member [member …]: how many were there.
func runSRem(c *command.Ctx) error {
	k := c.Keys[0]
	m, s, ok, err := mutate(c, k)
	if err != nil {
		return err
	}
	removed := 0
	if ok {
		for _, b := range c.Argv[2:] {
			if s.Remove(set.Text(b)) {
				removed++
			}
		}
	}
	if removed > 0 {
		shrunk(c, k, &m, &s, removed, "srem")
	}
	c.W.Int(int64(removed))
	return nil
}

// runSMove answers SMOVE source destination member: 1, or 0 if the source hasn't
// the member.
func runSMove(c *command.Ctx) error {
	from, to, member := c.Keys[0], c.Keys[1], c.Argv[3:4]
	o, ok := c.Tx.Lookup(from)
	if !ok {
		c.W.Int(0)
		return nil
	}
	dst, there := c.Tx.Lookup(to)
	if !set.Is(o) || there && !set.Is(dst) {
		return command.ErrWrongType
	}
	src := set.Of(o)
	if has := src.Has(set.Text(member[0])); !has || string(from.B) == string(to.B) {
		reply(c, has)
		return nil
	}
	m, s, _, _ := mutate(c, from) // a set that is there, as we have seen
	s.Remove(set.Text(member[0]))
	shrunk(c, from, &m, &s, 1, "srem")
	m, s, ok, _ = mutate(c, to)
	if !ok {
		create(c, to, member)
	} else if add(c, &s, member) > 0 {
		keep(&m, &s)
		m.Changed(1)
		c.Event(command.EventSet, "sadd", to.B)
	}
	c.W.Int(1)
	return nil
}

func reply(c *command.Ctx, yes bool) {
	if yes {
		c.W.Int(1)
	} else {
		c.W.Int(0)
	}
}
