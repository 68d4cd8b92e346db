package sorting

import (
	"bytes"

	"sigrun/internal/command"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/keyspace"
	"sigrun/internal/types/hash"
)

// pattern names a value for each element: the element itself, "#", the string under
// a key, "head*tail", or a field of the hash under one, "head*tail->field". The
// element takes the place of the first "*". Without one it names nothing. Its
// slices are views.
type pattern struct {
	self, star        bool
	head, tail, field []byte
}

var arrow = []byte("->")

// parsePattern reads a pattern. A NUL byte ends what is looked at for signs.
func parsePattern(b []byte) (p pattern) {
	seen := untilNUL(b)
	i := bytes.IndexByte(seen, '*')
	if i < 0 {
		p.self = string(seen) == "#"
		return p
	}
	p.star, p.head, p.tail = true, b[:i], b[i+1:]
	if j := bytes.Index(seen[i+1:], arrow); j >= 0 && i+1+j+len(arrow) < len(seen) {
		p.field = p.tail[j+len(arrow):]
		p.tail = p.tail[:j]
	}
	return p
}

// untilNUL is b up to its first NUL byte.
func untilNUL(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// find is what p names for elem: an integer, or a view of a text. ok is false if
// there is no such thing.
func (s *sorter) find(p *pattern, elem listpack.Entry) (e listpack.Entry, ok bool) {
	switch {
	case p.self:
		return elem, true
	case !p.star:
		return e, false
	}
	s.name = append(listpack.AppendText(append(s.name[:0], p.head...), elem), p.tail...)
	k := keyspace.KeyOf(s.name)
	o, ok := s.c.Tx.Read(k)
	switch {
	case !ok:
		s.c.Event(command.EventKeyMiss, "keymiss", k.B)
		return e, false
	case p.field != nil:
		if !hash.Is(o) {
			return e, false
		}
		h := hash.Of(o, s.c.Tx.Horizon())
		return h.Get(p.field)
	case !o.IsString():
		return e, false
	case o.Rec.IsInt():
		return listpack.Entry{Int: o.Rec.Int(), IsInt: true}, true
	}
	return listpack.Entry{Bytes: o.Bytes()}, true
}
