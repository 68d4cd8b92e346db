// Package set is the type "set": its three forms, when one becomes another, and
// how it is copied, saved, loaded and digested.
//
//	kind         word of the record             members
//	KindSetInts  block of an intset             integers, few
//	KindSetPack  block of a listpack            short, few
//	KindSet      root block ─► table of records any
//
//	root: | header of a dict.Dict, 32 bytes | bytes of the records u64 |
//
// A member in a table is a record of nothing but its key (dict.KindKey), of 24
// bytes for members of up to 22, and takes about eight more in the table.
//
// A set only grows into larger forms, at the sizes of value.Limits; what is
// removed never changes the form. When it changes, clients see in OBJECT
// ENCODING: it must be where Valkey does it.
//
// Invariants: (1) a set that a record holds has a member; (2) an intset and a
// table have a member once, and so has a listpack; (3) the bytes in the root are
// those of the blocks of all records.
package set

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/intset"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Set is a set that can be worked on. Its owner stores Kind and Word where they
// belong when they have changed: any method that adds or removes may do that. It
// frees or stores a set that it has made.
type Set struct {
	Heap *offheap.Heap
	Kind dict.Kind
	Word uint64
}

// Member is a member: a text or, in the small forms, an integer that stands for
// its text. A text is a view that dies with the set's next change.
type Member = listpack.Entry

// Text is the member whose text is b.
func Text(b []byte) Member { return Member{Bytes: b} }

// Int is the member whose text is n in decimal.
func Int(n int64) Member { return Member{Int: n, IsInt: true} }

// Is reports whether o is a set.
func Is(o value.Object) bool {
	return o.Rec.Kind() >= value.KindSetInts && o.Rec.Kind() <= value.KindSet
}

// Of is the set that o holds, which must be one.
func Of(o value.Object) Set { return Set{Heap: o.Heap, Kind: o.Rec.Kind(), Word: o.Rec.Word()} }

// Smallest is the form in which a new set begins that m is the first member of
// and that is about to get n of them.
func Smallest(l *value.Limits, m Member, n int) dict.Kind {
	_, isInt := number(m)
	switch {
	case isInt && n <= maxInts(l):
		return value.KindSetInts
	case n <= l.SetEntries:
		return value.KindSetPack
	}
	return value.KindSet
}

// New returns a set without members. One that stays so must be freed.
func New(h *offheap.Heap, k dict.Kind) Set {
	s := Set{Heap: h, Kind: k}
	var room [8]byte
	switch k {
	case value.KindSetInts:
		s.Word = value.PutPack(h, 0, intset.AppendEmpty(room[:0]))
	case value.KindSetPack:
		s.Word = value.PutPack(h, 0, listpack.AppendEmpty(room[:0]))
	default:
		s.Word = uint64(newTable(h).Ref)
	}
	return s
}

// maxInts is the most members of an intset.
func maxInts(l *value.Limits) int { return min(l.SetInts, 1<<30) }

// number is the integer whose text m is.
func number(m Member) (n int64, ok bool) {
	if m.IsInt {
		return m.Int, true
	}
	return num.ParseInt(m.Bytes)
}

// textRoom is where the text of an integer is put together.
type textRoom [num.MaxIntLen]byte

// text is the text of m, in room if m is an integer.
func text(m Member, room *textRoom) []byte {
	if m.IsInt {
		return num.AppendInt(room[:0], m.Int)
	}
	return m.Bytes
}

// pack is the bytes of a small form, and of the rest of their block.
func (s *Set) pack() []byte { return value.Pack(s.Heap, s.Word) }

func (s *Set) table() table { return tableAt(s.Heap, s.Word) }

// Len is the number of members. It costs O(1).
func (s *Set) Len() int {
	switch s.Kind {
	case value.KindSetInts:
		return intset.Len(s.pack())
	case value.KindSetPack:
		return listpack.Len(s.pack())
	}
	return s.table().Dict().Len()
}

// Has reports whether m is a member.
func (s *Set) Has(m Member) bool {
	var room textRoom
	switch s.Kind {
	case value.KindSetInts:
		n, ok := number(m)
		if ok {
			_, ok = intset.Find(s.pack(), n)
		}
		return ok
	case value.KindSetPack:
		return findPacked(s.pack(), text(m, &room)) != listpack.End
	}
	return s.table().has(text(m, &room))
}

func findPacked(lp, b []byte) listpack.Pos { return listpack.Find(lp, listpack.First(lp), b, 0) }

// Remove takes m out and reports whether it was there. The set may be empty then.
func (s *Set) Remove(m Member) bool {
	var room textRoom
	switch s.Kind {
	case value.KindSetInts:
		n, ok := number(m)
		if !ok {
			return false
		}
		b, removed := intset.Remove(s.pack(), n)
		if removed {
			s.Word = value.PutPack(s.Heap, s.Word, b)
		}
		return removed
	case value.KindSetPack:
		lp := s.pack()
		p := findPacked(lp, text(m, &room))
		if p == listpack.End {
			return false
		}
		lp, _ = listpack.Delete(lp, p)
		s.Word = value.PutPack(s.Heap, s.Word, lp)
		return true
	}
	return s.table().remove(text(m, &room))
}

// Each calls visit for every member until it returns false. visit must not
// change the set. The members of an intset come in ascending order, those of a
// listpack in the order in which they were added, others in none.
func (s *Set) Each(visit func(m Member) bool) {
	switch s.Kind {
	case value.KindSetInts:
		b := s.pack()
		for i := range intset.Len(b) {
			if !visit(Int(intset.At(b, i))) {
				return
			}
		}
	case value.KindSetPack:
		lp := s.pack()
		for p := listpack.First(lp); p != listpack.End; {
			var m Member
			if m, p = listpack.GetNext(lp, p); !visit(m) {
				return
			}
		}
	default:
		s.table().each(visit)
	}
}

// Compare calls visit for every member of s, with whether o has it, too, until it
// returns false. visit must not change s, nor what o holds but this member.
func (s *Set) Compare(o *Set, visit func(m Member, both bool) bool) {
	switch {
	case s.Kind == value.KindSet && o.Kind == value.KindSet:
		s.table().compare(o.table(), visit)
	case s.Kind == value.KindSetInts && o.Kind == value.KindSetInts && o.Len() < 8*s.Len():
		compareInts(s.pack(), o.pack(), visit)
	default:
		s.Each(func(m Member) bool { return visit(m, o.Has(m)) })
	}
}

// compareInts is Compare for two intsets, in one pass over both.
func compareInts(a, b []byte, visit func(m Member, both bool) bool) {
	var mine [64]int64
	others := ints{set: b}
	for at := 0; ; at += len(mine) {
		n := intset.Read(a, at, mine[:])
		for _, v := range mine[:n] {
			if !visit(Int(v), others.has(v)) {
				return
			}
		}
		if n < len(mine) {
			return
		}
	}
}

// ints reads an intset from its beginning on.
type ints struct {
	set  []byte
	next int // of the integers of set, the first that was not read
	i, n int // read[i:n] are to be looked at
	read [64]int64
}

// has reports whether v, which is not below the one asked for before, is there.
func (c *ints) has(v int64) bool {
	for {
		for ; c.i < c.n; c.i++ {
			if c.read[c.i] >= v {
				return c.read[c.i] == v
			}
		}
		if c.n = intset.Read(c.set, c.next, c.read[:]); c.n == 0 {
			return false
		}
		c.i = 0
		c.next += c.n
	}
}

// TextSize is at least the number of bytes of all members of a large set, and 0
// for others.
func (s *Set) TextSize() int {
	if s.Kind != value.KindSet {
		return 0
	}
	return s.table().Bytes()
}

// Free gives the set's memory back.
func (s *Set) Free() {
	value.Discard(s.Heap, s.Kind, s.Word)
	s.Word = 0
}

// AppendText appends the text of m to dst.
func AppendText(dst []byte, m Member) []byte { return listpack.AppendText(dst, m) }
