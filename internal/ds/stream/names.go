package stream

import (
	"bytes"
	"slices"
	"unsafe"

	"sigrun/internal/offheap"
)

// names is a list of blocks with a name, in the order of the names: a block of
// refs. Each named block begins with a label. It is part of the block of its
// owner.
type names struct {
	list    offheap.Ref
	n, room uint32
}

// label is the beginning of a block with a name.
type label struct {
	off, len uint32 // of the name in the block
}

func (s Stream) nameOf(r offheap.Ref) []byte {
	p := s.h.Ptr(r)
	l := (*label)(p)
	return unsafe.Slice((*byte)(unsafe.Add(p, l.off)), l.len)
}

// newNamed is a block of size bytes, which begin with a label, and a name behind.
func (s Stream) newNamed(size int, name []byte) offheap.Ref {
	r := s.alloc(size + len(name))
	*(*label)(s.h.Ptr(r)) = label{uint32(size), uint32(len(name))}
	copy(s.nameOf(r), name)
	return r
}

// refs is a view of the list.
func (l *names) refs(s Stream) []offheap.Ref {
	if l.n == 0 {
		return nil
	}
	return unsafe.Slice((*offheap.Ref)(s.h.Ptr(l.list)), l.room)[:l.n]
}

// find is the place of a name in the list, or where it belongs.
func (l *names) find(s Stream, name []byte) (i int, ok bool) {
	return slices.BinarySearchFunc(l.refs(s), name, func(r offheap.Ref, name []byte) int {
		return bytes.Compare(s.nameOf(r), name)
	})
}

// insert puts r in front of the i-th block.
func (l *names) insert(s Stream, i int, r offheap.Ref) {
	if l.n == l.room {
		room := max(1, l.room+l.room/2, l.room+1)
		list := s.alloc(int(room) * wordSize)
		copy(unsafe.Slice((*offheap.Ref)(s.h.Ptr(list)), room), l.refs(s))
		if l.room > 0 {
			s.free(l.list)
		}
		l.list, l.room = list, room
	}
	l.n++
	refs := l.refs(s)
	copy(refs[i+1:], refs[i:])
	refs[i] = r
}

// remove takes the i-th block out of the list.
func (l *names) remove(s Stream, i int) {
	refs := l.refs(s)
	copy(refs[i:], refs[i+1:])
	if l.n--; l.n == 0 {
		s.free(l.list)
		*l = names{}
	}
}
