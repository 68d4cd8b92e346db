package set

import (
	"sigrun/internal/ds/intset"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

func init() {
	value.RegisterLoader(rdb.TypeSet, loadMembers)
	value.RegisterLoader(rdb.TypeSetIntset, loadInts)
	value.RegisterLoader(rdb.TypeSetListpack, loadPack)
}

// give hands a set that was loaded to b.
func give(b value.Builder, s *Set) error {
	b.Value(s.Kind, s.Word)
	return nil
}

// believed is how many members room is made for on the word of a file.
const believed = 1 << 16

// loadMembers reads a set that is a count and so many members.
func loadMembers(r *rdb.Reader, b value.Builder) error {
	n, err := r.Len()
	switch {
	case err != nil:
		return err
	case n == 0:
		return rdb.ErrEmptyKey
	}
	l := b.Limits()
	kind := value.KindSetInts
	if n > uint64(maxInts(l)) {
		kind = value.KindSet
	}
	s := New(b.Heap(), kind)
	s.Reserve(int(min(n, believed)))
	for range n {
		p, v, isInt, err := r.StringOrInt()
		if err == nil && !s.Add(l, Member{Bytes: p, Int: v, IsInt: isInt}) {
			err = r.Corruptf("Duplicate set members detected")
		}
		if err != nil {
			s.Free()
			return err
		}
	}
	return give(b, &s)
}

func loadInts(r *rdb.Reader, b value.Builder) error {
	p, err := r.String()
	if err != nil {
		return err
	}
	if err := intset.Check(p); err != nil {
		return r.Corruptf("Intset integrity check failed.")
	}
	n := intset.Len(p)
	if n == 0 {
		return rdb.ErrEmptyKey
	}
	s := Set{Heap: b.Heap(), Kind: value.KindSetInts}
	s.Word = value.PutPack(s.Heap, 0, p)
	s.Prepare(b.Limits(), n)
	return give(b, &s)
}

func loadPack(r *rdb.Reader, b value.Builder) error {
	p, err := r.String()
	if err != nil {
		return err
	}
	if !listpack.Valid(p, true) || repeats(b, p) {
		return r.Corruptf("Set listpack integrity check failed.")
	}
	n := listpack.Len(p)
	if n == 0 {
		return rdb.ErrEmptyKey
	}
	s := Set{Heap: b.Heap(), Kind: value.KindSetPack}
	s.Word = value.PutPack(s.Heap, 0, p)
	s.Prepare(b.Limits(), n)
	return give(b, &s)
}

// fewMembers is up to which number members are looked for among all the others,
// rather than in a table made for that.
const fewMembers = 32

func repeatsFew(lp []byte) bool {
	for p := listpack.First(lp); p != listpack.End; {
		var m Member
		var room textRoom
		m, p = listpack.GetNext(lp, p)
		if p != listpack.End && listpack.Find(lp, p, text(m, &room), 0) != listpack.End {
			return true
		}
	}
	return false
}

// repeats reports whether two entries of a list have the same text.
func repeats(b value.Builder, lp []byte) (found bool) {
	if listpack.Len(lp) <= fewMembers {
		return repeatsFew(lp)
	}
	seen := New(b.Heap(), value.KindSet)
	t := seen.table()
	for p := listpack.First(lp); p != listpack.End && !found; {
		var m Member
		var room textRoom
		m, p = listpack.GetNext(lp, p)
		found = !t.add(text(m, &room))
	}
	seen.Free()
	return found
}
