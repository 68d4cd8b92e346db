package sorting

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/types/list"
)

// element is the element at a place of the order.
func (s *sorter) element(place int) []byte {
	if s.asIs {
		return s.elems[place]
	}
	return s.elems[s.keys[place].i]
}

// outputs is how many values come out.
func (s *sorter) outputs() int { return (s.hi - s.lo) * max(len(s.gets), 1) }

// reply answers with what comes out.
func (s *sorter) reply() {
	w := s.c.W
	w.Array(s.outputs())
	for i := s.lo; i < s.hi; i++ {
		elem := s.element(i)
		if len(s.gets) == 0 {
			w.Bulk(elem)
		}
		for j := range s.gets {
			switch e, ok := s.find(&s.gets[j], elem); {
			case !ok:
				w.Null()
			case e.IsInt:
				w.BulkInt(e.Int)
			default:
				w.Bulk(e.Bytes)
			}
		}
	}
}

// storeOutput makes the last key hold a list of what comes out, the empty text for
// what is missing, and answers with its length. If nothing comes out the key is
// deleted.
func (s *sorter) storeOutput() {
	c, n := s.c, s.outputs()
	dst := c.Keys[len(c.Keys)-1]
	switch {
	case n > 0:
		l := s.list(dst)
		added := c.Tx.Store(dst, l.Kind, l.Word, keyspace.NoExpiry)
		c.Tx.Dirty += n - 1
		if added {
			c.Event(command.EventNew, "new", dst.B)
		}
		c.Event(command.EventList, "sortstore", dst.B)
	case c.Tx.Delete(dst):
		c.Event(command.EventGeneric, "del", dst.B)
	}
	c.W.Int(int64(n))
}

// list makes a list for dst of what comes out.
func (s *sorter) list(dst keyspace.Key) list.List {
	l := list.New(s.c.Tx.Heap(dst))
	for i := s.lo; i < s.hi; i++ {
		elem := s.element(i)
		if len(s.gets) == 0 {
			s.push(&l, listpack.Entry{Bytes: elem})
		}
		for j := range s.gets {
			e, _ := s.find(&s.gets[j], elem)
			s.push(&l, e)
		}
	}
	return l
}

// push appends e to l.
func (s *sorter) push(l *list.List, e listpack.Entry) {
	var room [num.MaxIntLen]byte
	b := e.Bytes
	if e.IsInt {
		b = num.AppendInt(room[:0], e.Int)
	}
	l.Grow(s.c.Limits, b)
	l.Push(b, false)
}
