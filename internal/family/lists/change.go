package lists

import "sigrun/internal/command"

// runLSet answers LSET key index element: OK, or an error if there is no such
// element.
func runLSet(c *command.Ctx) error {
	k, b := c.Keys[0], c.Arg(3)
	e, ok, err := mutate(c, k)
	switch {
	case err != nil:
		return err
	case !ok:
		return command.ErrNoKey
	}
	index, err := integer(c.Arg(2))
	if err != nil {
		return err
	}
	e.Grow(c.Limits, b)
	if !e.Replace(int(index), b) {
		e.m.Set(e.Kind, e.Word) // it has grown all the same
		return command.ErrOutOfRange
	}
	e.Shrink(c.Limits)
	e.save(1)
	c.Event(command.EventList, "lset", k.B)
	c.W.OK()
	return nil
}

// runLInsert answers LINSERT key <BEFORE|AFTER> pivot element: the length, -1
// without the pivot, 0 if the key is absent.
func runLInsert(c *command.Ctx) error {
	after := command.Is(c.Arg(2), "after")
	if !after && !command.Is(c.Arg(2), "before") {
		return command.ErrSyntax
	}
	k, b := c.Keys[0], c.Arg(4)
	e, ok, err := mutate(c, k)
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Int(0)
		return nil
	}
	e.Grow(c.Limits, b)
	if !e.Insert(c.Arg(3), b, after) {
		e.m.Set(e.Kind, e.Word) // it has grown all the same
		c.W.Int(-1)
		return nil
	}
	e.save(1)
	c.Event(command.EventList, "linsert", k.B)
	c.W.Int(int64(e.Len()))
	return nil
}

// runLRem answers LREM key count element: how many it removed.
func runLRem(c *command.Ctx) error {
	count, err := signed(c.Arg(2))
	if err != nil {
		return err
	}
	k := c.Keys[0]
	e, ok, err := mutate(c, k)
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Int(0)
		return nil
	}
	limit, fromBack := int(count), count < 0
	switch {
	case fromBack:
		limit = -limit
	case limit == 0:
		limit = e.Len()
	}
	n := e.Remove(c.Arg(3), limit, fromBack)
	if n > 0 {
		e.shrunk(c, k, n, "lrem")
	}
	c.W.Int(int64(n))
	return nil
}

// runLTrim answers LTRIM key start stop: OK. It counts as a change of the key, for
// those who watch it, even if all elements stay.
func runLTrim(c *command.Ctx) error {
	start, err := integer(c.Arg(2))
	if err != nil {
		return err
	}
	stop, err := integer(c.Arg(3))
	if err != nil {
		return err
	}
	k := c.Keys[0]
	e, ok, err := mutate(c, k)
	if err != nil {
		return err
	}
	if ok {
		n := e.Len()
		from, left := span(n, start, stop)
		e.Keep(from, left)
		e.shrunk(c, k, n-left, "ltrim")
	}
	c.W.OK()
	return nil
}
