package lists

import "sigrun/internal/command"

// runLLen answers LLEN key: the length, 0 if the key is absent.
func runLLen(c *command.Ctx) error {
	l, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	n := 0
	if ok {
		n = l.Len()
	}
	c.W.Int(int64(n))
	return nil
}

// runLIndex answers LINDEX key index: the element, or nil. What the key holds is
// looked at before the index is.
func runLIndex(c *command.Ctx) error {
	l, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	if !ok {
		c.W.Null()
		return nil
	}
	index, err := integer(c.Arg(2))
	if err != nil {
		return err
	}
	if e, ok := l.At(int(index)); ok {
		reply(c.W, e)
	} else {
		c.W.Null()
	}
	return nil
}

// runLRange answers LRANGE key start stop: the elements in between, both inclusive
// and counted from the end if negative.
func runLRange(c *command.Ctx) error {
	start, err := integer(c.Arg(2))
	if err != nil {
		return err
	}
	stop, err := integer(c.Arg(3))
	if err != nil {
		return err
	}
	l, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	from, n := 0, 0
	if ok {
		from, n = span(l.Len(), start, stop)
	}
	c.W.Array(n)
	if n == 0 {
		return nil
	}
	r := l.Read(from, false)
	for range n {
		e, _ := r.Next()
		reply(c.W, e)
	}
	return nil
}
