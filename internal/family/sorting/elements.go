package sorting

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/num"
	"sigrun/internal/types/list"
	"sigrun/internal/types/set"
	"sigrun/internal/types/zset"
)

// load looks the key up and fills s.elems with its elements in their own order; if
// they are to keep it, only with those that are wanted.
func (s *sorter) load() error {
	k := s.c.Keys[0]
	o, ok := s.c.Tx.Read(k)
	if !ok {
		s.c.Event(command.EventKeyMiss, "keymiss", k.B)
		return nil
	}
	switch {
	case list.Is(o):
		s.loadList(list.Of(o))
	case set.Is(o):
		s.loadSet(set.Of(o))
	case zset.Is(o):
		s.loadZSet(zset.Of(o))
	default:
		return command.ErrWrongType
	}
	return nil
}

func (s *sorter) loadList(l list.List) {
	n := l.Len()
	s.limit(n)
	from := 0
	if s.asIs {
		from, n = s.lo, s.hi-s.lo
		s.lo, s.hi = 0, n
	}
	back := s.asIs && s.desc
	if back {
		from = -1 - from
	}
	if n == 0 {
		return
	}
	s.room(n)
	for r := l.Read(from, back); len(s.elems) < n; {
		e, ok := r.Next()
		if !ok {
			return
		}
		s.elems = append(s.elems, e)
	}
}

// loadSet loads a set. One that is to be stored in its own order, of which it has
// none, is ordered by its elements.
func (s *sorter) loadSet(t set.Set) {
	if s.asIs && s.store {
		s.asIs, s.alpha, s.by = false, true, nil
	}
	n := t.Len()
	s.limit(n)
	s.room(n)
	t.Each(func(m set.Member) bool {
		s.elems = append(s.elems, m)
		return true
	})
}

func (s *sorter) loadZSet(z zset.Set) {
	n := z.Len()
	s.limit(n)
	from := 0
	if s.asIs {
		from, n = s.lo, s.hi-s.lo
		s.lo, s.hi = 0, n
	}
	s.room(n)
	for it := z.Iter(from, n, s.asIs && s.desc); it.Next(); {
		member := it.Member()
		if z.Small() { // it may be an integer whose text doesn't last
			member = s.keep(member)
		}
		s.elems = append(s.elems, listpack.Entry{Bytes: member})
	}
}

// room makes room for n elements.
func (s *sorter) room(n int) {
	if cap(s.elems) < n {
		s.elems = make([]listpack.Entry, 0, n)
	}
}

// text is the text of e, in s if it is an integer.
func (s *sorter) text(e listpack.Entry) []byte {
	if !e.IsInt {
		return e.Bytes
	}
	var room [num.MaxIntLen]byte
	return s.keep(num.AppendInt(room[:0], e.Int))
}

// digitsRoom is how many bytes of texts are allocated at a time.
const digitsRoom = 16 << 10

// keep is a copy of b in s. What has been kept before stays where it is.
func (s *sorter) keep(b []byte) []byte {
	if cap(s.digits)-len(s.digits) < len(b) {
		s.digits = make([]byte, 0, max(digitsRoom, len(b)))
	}
	at := len(s.digits)
	s.digits = append(s.digits, b...)
	return s.digits[at:len(s.digits):len(s.digits)]
}
