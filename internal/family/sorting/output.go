package sorting

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/keyspace"
	"sigrun/internal/resp"
)

// element is the element at a place of the order.
func (s *sorter) element(place int) listpack.Entry {
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
			replyEntry(w, elem)
		}
		for j := range s.gets {
			if e, ok := s.find(&s.gets[j], elem); ok {
				replyEntry(w, e)
			} else {
				w.Null()
			}
		}
	}
}

func replyEntry(w *resp.Writer, e listpack.Entry) {
	if e.IsInt {
		w.BulkInt(e.Int)
	} else {
		w.Bulk(e.Bytes)
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
		b := builder{heap: c.Tx.Heap(dst), limits: c.Limits, pack: listpack.AppendEmpty(s.pack[:0])}
		s.build(&b)
		kind, word := b.finish()
		s.pack = b.pack
		added := c.Tx.Store(dst, kind, word, keyspace.NoExpiry)
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

// build adds what comes out to b.
func (s *sorter) build(b *builder) {
	for i := s.lo; i < s.hi; i++ {
		elem := s.element(i)
		if len(s.gets) == 0 {
			b.add(elem)
		}
		for j := range s.gets {
			e, _ := s.find(&s.gets[j], elem)
			b.add(e)
		}
	}
}
