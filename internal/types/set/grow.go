package set

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/intset"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/num"
	"sigrun/internal/value"
)

// Prepare gives a set that is about to get n members at once, new or not, the
// form in which that many would be held if all were new.
func (s *Set) Prepare(l *value.Limits, n int) {
	if s.Kind == value.KindSetPack && n > l.SetEntries || s.Kind == value.KindSetInts && n > maxInts(l) {
		s.convert(value.KindSet)
	}
}

// Reserve makes room for about n members if s is empty and a table or an intset.
// Fit gives back what an intset did not need of it.
func (s *Set) Reserve(n int) {
	switch s.Kind {
	case value.KindSet:
		s.table().Dict().Reserve(s.Heap, n)
	case value.KindSetInts:
		b := s.pack()
		s.Word, _ = value.GrowPack(s.Heap, s.Word, intset.Bytes(b), intset.Room(b, n))
	}
}

// Fit makes the block of an intset as large as need be.
func (s *Set) Fit() {
	if s.Kind == value.KindSetInts {
		b := s.pack()
		s.Word = value.PutPack(s.Heap, s.Word, b[:intset.Bytes(b)])
	}
}

// Add puts m into the set and reports whether it was new. m must not be a view
// of this very set.
func (s *Set) Add(l *value.Limits, m Member) bool {
	var room textRoom
	if s.Kind == value.KindSet {
		return s.table().add(text(m, &room))
	}
	if s.Kind == value.KindSetPack && findPacked(s.pack(), text(m, &room)) != listpack.End {
		return false
	}
	return s.addSmall(l, m)
}

// AddNew is Add for what is known to be new.
func (s *Set) AddNew(l *value.Limits, m Member) {
	if s.Kind != value.KindSet {
		s.addSmall(l, m)
		return
	}
	var room textRoom
	b := text(m, &room)
	s.table().insert(dict.Hash(b), b)
}

// addSmall is Add for the small forms; a listpack has not got m.
func (s *Set) addSmall(l *value.Limits, m Member) bool {
	var room textRoom
	if s.Kind == value.KindSetInts {
		if n, ok := number(m); ok {
			return s.addInt(l, n)
		}
		s.leaveInts(l, len(m.Bytes))
		s.insert(m.Bytes)
		return true
	}
	b := text(m, &room)
	if !s.fits(l, len(b)) {
		s.convert(value.KindSet)
	}
	s.insert(b)
	return true
}

// AddAll puts all members of from, which is another set, into s.
func (s *Set) AddAll(l *value.Limits, from *Set) {
	if from.Kind == value.KindSet && from.Len() > max(maxInts(l), l.SetEntries) {
		s.convert(value.KindSet) // what it would come to
	}
	if s.Kind == value.KindSet && from.Kind == value.KindSet {
		s.table().addAll(from.table())
		return
	}
	from.Each(func(m Member) bool {
		s.Add(l, m)
		return true
	})
}

// addInt is Add for an intset and an integer.
func (s *Set) addInt(l *value.Limits, n int64) bool {
	b := s.pack()
	i, found := intset.Find(b, n)
	if found {
		return false
	}
	s.Word, b = value.GrowPack(s.Heap, s.Word, intset.Bytes(b), intset.BytesWith(b, n))
	b = intset.Insert(b, i, n)
	if intset.Len(b) > maxInts(l) {
		s.convert(value.KindSet)
	}
	return true
}

// insert puts b, which is no member, into a listpack, where it must fit, or into
// a table.
func (s *Set) insert(b []byte) {
	if s.Kind == value.KindSet {
		s.table().insert(dict.Hash(b), b)
		return
	}
	used := listpack.Bytes(s.pack())
	var lp []byte
	s.Word, lp = value.GrowPack(s.Heap, s.Word, used, used+listpack.Size(b))
	listpack.Append(lp, b)
}

// fits reports whether a listpack stays one with one member more, of n bytes.
func (s *Set) fits(l *value.Limits, n int) bool {
	lp := s.pack()
	return listpack.Len(lp) < l.SetEntries && n <= l.SetValue && listpack.SafeToAdd(lp, n)
}

// leaveInts makes something else of an intset that is to get a text of n bytes:
// a listpack if all integers and the text fit one.
func (s *Set) leaveInts(l *value.Limits, n int) {
	b := s.pack()
	count, longest := intset.Len(b), 0
	if count > 0 {
		longest = max(num.IntWidth(intset.At(b, 0)), num.IntWidth(intset.At(b, count-1)))
	}
	if count < l.SetEntries && n <= l.SetValue && longest <= l.SetValue && n <= maxPack {
		s.convert(value.KindSetPack)
	} else {
		s.convert(value.KindSet)
	}
}

// maxPack is the size in bytes beyond which nothing becomes a listpack.
const maxPack = 1<<30 - 1<<16

// convert gives the set another form.
func (s *Set) convert(k dict.Kind) {
	if k == s.Kind {
		return
	}
	next := New(s.Heap, k)
	if k == value.KindSetPack {
		next.packAll(s)
	} else {
		t := next.table()
		t.Dict().Reserve(s.Heap, s.Len())
		s.Each(func(m Member) bool {
			var room textRoom
			b := text(m, &room)
			t.insert(dict.Hash(b), b)
			return true
		})
	}
	s.Free()
	*s = next
}

// packAll makes s, an empty listpack, one of all integers of from.
func (s *Set) packAll(from *Set) {
	size := listpack.EmptySize
	from.Each(func(m Member) bool {
		size += listpack.IntSize(m.Int)
		return true
	})
	var lp []byte
	s.Word, lp = value.GrowPack(s.Heap, s.Word, listpack.EmptySize, size)
	from.Each(func(m Member) bool {
		lp = listpack.AppendInt(lp, m.Int)
		return true
	})
}

// Shrink makes an intset of a set whose members are all integers, and few.
func (s *Set) Shrink(l *value.Limits) {
	if s.Kind == value.KindSetInts || s.Len() > maxInts(l) {
		return
	}
	all := true
	s.Each(func(m Member) bool {
		_, all = number(m)
		return all
	})
	if !all {
		return
	}
	ints := New(s.Heap, value.KindSetInts)
	s.Each(func(m Member) bool {
		n, _ := number(m)
		ints.addInt(l, n)
		return true
	})
	s.Free()
	*s = ints
}
