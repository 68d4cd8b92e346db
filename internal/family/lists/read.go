package lists

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/resp"
	"sigrun/internal/types/list"
)

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
	for n > 0 {
		n -= replyRun(c.W, &r, n)
	}
	return nil
}

// replyRun replies with up to n elements, those that r has at hand, and returns how
// many.
func replyRun(w *resp.Writer, r *list.Reader, n int) (done int) {
	lp, p := r.Pack()
	if lp == nil {
		e, _ := r.Next()
		reply(w, e)
		return 1
	}
	for ; p != listpack.End && done < n; done++ {
		if b, next, ok := listpack.Short(lp, p); ok { // what most are
			w.Bulk(b)
			p = next
			continue
		}
		e, next := listpack.GetNext(lp, p)
		reply(w, e)
		p = next
	}
	r.Skip(p)
	return done
}
