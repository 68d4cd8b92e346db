package keyspace

import (
	"encoding/binary"
	"slices"
	"sync/atomic"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/internal/types/list"
	"sigrun/internal/types/set"
	"sigrun/internal/value"
)

// rawSaver saves records in a form that rawReader reads back: tags, each followed by
// texts with their lengths.
//
//	S db          what follows is in database db
//	R key value   a record
//	T key, L key  a table or a row begins
//	P key part    an element or some parts of it
//	E key         and its end
type rawSaver struct {
	apart    bool // other records may come between parts
	elements atomic.Int64
}

func appendText(dst, b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(b))), b...)
}

func (*rawSaver) Select(dst []byte, db int) []byte { return append(dst, 'S', byte(db)) }

func (*rawSaver) Record(dst []byte, o value.Object) []byte {
	return appendText(appendText(append(dst, 'R'), o.Rec.Key()), []byte(canonical(o)))
}

func (s *rawSaver) Contiguous() bool { return !s.apart }

func (*rawSaver) Ends(o value.Object, n int) (head, tail []byte, typ byte) {
	tag := byte('T')
	if n < 0 {
		tag = 'L'
	}
	return appendText([]byte{tag}, o.Rec.Key()), appendText([]byte{'E'}, o.Rec.Key()), 7
}

func (s *rawSaver) Elements(dst, key []byte, e *value.Elements, h *offheap.Heap, refs []offheap.Ref, typ byte) []byte {
	s.elements.Add(int64(len(refs)))
	for _, r := range refs {
		dst = appendText(appendText(append(dst, 'P'), key), e.AppendRDB(nil, h, r, typ, nil))
	}
	return dst
}

func (*rawSaver) Take(s value.Saving, _ []byte, h *offheap.Heap, n int) bool { return s.TakeRDB(h, n) }

func (*rawSaver) Parts(dst []byte, s value.Saving, key []byte) []byte {
	return appendText(appendText(append(dst, 'P'), key), s.AppendRDB(nil, nil))
}

// canonical is o's value, in the same bytes for all sets with the same members.
func canonical(o value.Object) string {
	switch {
	case set.Is(o):
		var members []string
		s := set.Of(o)
		s.Each(func(m set.Member) bool {
			text := set.AppendText(nil, m)
			members = append(members, string(append([]byte{byte(len(text))}, text...))) // as in an RDB file
			return true
		})
		return joined(members)
	case list.Is(o):
		return string(o.Class().AppendRDB(nil, o, nil))
	}
	return string(o.AppendString(nil))
}

func joined(members []string) string {
	slices.Sort(members)
	b := []byte{}
	for _, m := range members {
		b = append(b, m...)
	}
	return string(b)
}

// rawReader puts together what a rawSaver has saved.
type rawReader struct {
	t      *testing.T
	apart  bool
	p      []byte
	db     int
	open   string // the large value that is being read
	table  bool
	parts  []string
	values content
}

func (r *rawReader) text() string {
	n := 4 + binary.LittleEndian.Uint32(r.p)
	b := string(r.p[4:n])
	r.p = r.p[n:]
	return b
}

// read reads a piece. The first of a large value, or of what may be interrupted,
// begins with a Select.
func (r *rawReader) read(p []byte) {
	r.t.Helper()
	r.p = p
	for len(r.p) > 0 {
		tag := r.p[0]
		r.p = r.p[1:]
		switch {
		case tag == 'S':
			r.db = int(r.p[0])
			r.p = r.p[1:]
			continue
		case r.open != "" && tag != 'P' && tag != 'E' && !r.apart:
			r.t.Fatalf("%c comes between the parts of %s", tag, r.open)
		}
		key := r.text()
		switch tag {
		case 'R':
			r.store(key, r.text())
		case 'T', 'L':
			r.open, r.table, r.parts = key, tag == 'T', nil
		case 'P', 'E':
			if key != r.open {
				r.t.Fatalf("a part of %q within %q", key, r.open)
			}
			if tag == 'P' {
				r.parts = append(r.parts, r.text())
				break
			}
			r.store(key, r.whole())
			r.open = ""
		}
	}
}

// whole is the canonical value of the one that has just ended.
func (r *rawReader) whole() string {
	if r.table {
		return joined(r.parts)
	}
	b := []byte{}
	for _, p := range r.parts {
		b = append(b, p...)
	}
	return string(b)
}

func (r *rawReader) store(key, v string) {
	r.t.Helper()
	if _, twice := r.values[r.db][key]; twice {
		r.t.Fatalf("key %s of database %d was saved twice", key, r.db)
	}
	r.values[r.db][key] = v
}
