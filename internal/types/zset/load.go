package zset

import (
	"bytes"
	"math"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/ds/ziplist"
	"sigrun/internal/num"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

func init() {
	value.RegisterLoader(rdb.TypeZset, func(r *rdb.Reader, b value.Builder) error { return loadPairs(r, b, r.Double) })
	value.RegisterLoader(rdb.TypeZset2, func(r *rdb.Reader, b value.Builder) error { return loadPairs(r, b, r.BinaryDouble) })
	value.RegisterLoader(rdb.TypeZsetListpack, loadPack)
	value.RegisterLoader(rdb.TypeZsetZiplist, loadZiplist)
}

// believed is the largest count of a file for which room is made before the
// members have been seen.
const believed = 1 << 14

// loadPairs reads a set that is a count and so many members, each with its score.
// It becomes small only when all are there: a large one keeps a negative zero.
func loadPairs(r *rdb.Reader, b value.Builder, readScore func() (float64, error)) error {
	n, err := r.Len()
	switch {
	case err != nil:
		return err
	case n == 0:
		return rdb.ErrEmptyKey
	}
	s := NewLarge(b.Heap())
	s.Reserve(int(min(n, believed)))
	var member []byte
	for range n {
		p, err := r.String()
		if err == nil {
			member = append(member[:0], p...)
			err = loadScore(r, b, &s, member, readScore)
		}
		if err != nil {
			s.Free()
			return err
		}
	}
	s.Shrink(b.Limits())
	b.Value(s.Kind, s.Word)
	return nil
}

// loadScore reads the score of member and puts both into s.
func loadScore(r *rdb.Reader, b value.Builder, s *Set, member []byte, readScore func() (float64, error)) error {
	score, err := readScore()
	switch {
	case err != nil:
		return err
	case score != score:
		return r.Corruptf("Zset with NAN score detected")
	}
	if _, o := s.Put(b.Limits(), member, score, How{}); o != Added {
		return r.Corruptf("Duplicate zset fields detected")
	}
	return nil
}

func loadPack(r *rdb.Reader, b value.Builder) error {
	lp, err := r.String()
	if err != nil {
		return err
	}
	if !listpack.Valid(lp, true) {
		return r.Corruptf("Zset listpack integrity check failed.")
	}
	return give(r, b, lp)
}

func loadZiplist(r *rdb.Reader, b value.Builder) error {
	zl, err := r.String()
	if err != nil {
		return err
	}
	lp := listpack.New()
	sound := ziplist.Each(zl, func(e ziplist.Entry) {
		if e.IsInt {
			lp = listpack.AppendInt(lp, e.Int)
		} else {
			lp = listpack.Append(lp, e.Bytes)
		}
	})
	if !sound {
		return r.Corruptf("Zset ziplist integrity check failed.")
	}
	return give(r, b, lp)
}

// give hands a sound listpack, if it holds a sorted set, to b: as it is, or in
// the large form if it is longer than the small one may be. One that is out of
// order is put in order.
func give(r *rdb.Reader, b value.Builder, lp []byte) error {
	n := listpack.Len(lp)
	if n == 0 {
		return rdb.ErrEmptyKey
	}
	if n <= 2*min(fewMembers, b.Limits().ZSetEntries) && n%2 == 0 && inOrder(lp) {
		b.Value(value.KindZSetPack, value.PutPack(b.Heap(), 0, lp))
		return nil
	}
	large := NewLarge(b.Heap())
	ordered, sound := fill(large.table(), lp)
	if n%2 != 0 || !sound {
		large.Free()
		return r.Corruptf("Zset listpack integrity check failed.")
	}
	switch small := n/2 <= b.Limits().ZSetEntries; {
	case small && ordered:
		large.Free()
		b.Value(value.KindZSetPack, value.PutPack(b.Heap(), 0, lp))
		return nil
	case small:
		large.Shrink(b.Limits())
	}
	b.Value(large.Kind, large.Word)
	return nil
}

// fewMembers is up to which number members are looked for among all the others,
// rather than in a table made for that.
const fewMembers = 32

// inOrder reports whether lp, an even number of entries, is a sorted set in the
// form in which it is stored.
func inOrder(lp []byte) bool {
	var rooms [2][num.MaxIntLen]byte
	var last []byte
	lastScore := math.Inf(-1)
	for i, p := 0, listpack.First(lp); p != listpack.End; i ^= 1 {
		e, at := listpack.GetNext(lp, p)
		held, next := listpack.GetNext(lp, at)
		score, ok := scoreOf(held)
		member := e.Bytes
		if e.IsInt {
			member = num.AppendInt(rooms[i][:0], e.Int)
		}
		if !ok || !(score > lastScore || score == lastScore && bytes.Compare(member, last) >= 0) ||
			listpack.Find(lp, next, member, 1) != listpack.End {
			return false
		}
		last, lastScore, p = member, score, next
	}
	return true
}

// fill adds the members of lp to an empty table. It reports whether they come in
// order, and whether they are sound at all: each there once, and each with a
// score.
func fill(t table, lp []byte) (ordered, sound bool) {
	var room [num.MaxIntLen]byte
	var last []byte
	var lastScore float64
	first := true
	ordered = true
	for p := listpack.First(lp); p != listpack.End; {
		e, at := listpack.GetNext(lp, p)
		if at == listpack.End {
			return false, false
		}
		held, next := listpack.GetNext(lp, at)
		score, ok := scoreOf(held)
		member := listpack.AppendText(room[:0], e)
		if _, there := t.find(member); there || !ok || score != score {
			return false, false
		}
		t.add(member, score)
		if !first && (score < lastScore || score == lastScore && bytes.Compare(member, last) < 0) {
			ordered = false
		}
		first, last, lastScore, p = false, append(last[:0], member...), score, next
	}
	return ordered, true
}
