package zset

import (
	"bytes"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/num"
	"sigrun/internal/value"
)

// The small form.

func findPacked(lp, member []byte) listpack.Pos {
	return listpack.Find(lp, listpack.First(lp), member, 1)
}

// packedScore is the score at p.
func packedScore(lp []byte, p listpack.Pos) float64 {
	if lp[p] < 0x80 { // an integer of one byte
		return float64(lp[p])
	}
	f, _ := scoreOf(listpack.Get(lp, p))
	return f
}

// scoreOf is the score that e holds; ok is false if e is none.
func scoreOf(e listpack.Entry) (f float64, ok bool) {
	if e.IsInt {
		return float64(e.Int), true
	}
	if len(e.Bytes) == 0 {
		return 0, false
	}
	if digits, places, ok := plain(e.Bytes); ok {
		return float64(digits) / powers[places], true // both are exact
	}
	return num.ParseBound(e.Bytes)
}

// The decimals that are scores most often: few digits, few of them behind a point.
const (
	plainDigits = 15
	plainPlaces = 6
)

// Of these the ones that are shown as they are have the text that num.AppendDouble
// gives: all were tried. Among longer ones there are some to which it gives more digits
// than they need.
const (
	shownPlaces = 4
	shownLimit  = 10_000_000
)

func shown(digits int64, places int) bool {
	return places <= shownPlaces && -shownLimit < digits && digits < shownLimit
}

var powers = [plainPlaces + 1]float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6}

// plain is what b says if it is such a decimal: digits / 10^places.
func plain(b []byte) (digits int64, places int, ok bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) < 3 || len(b) > plainDigits+1 || b[len(b)-1] == '0' || b[0] == '0' && b[1] != '.' {
		return 0, 0, false
	}
	point := -1
	for i, c := range b {
		switch {
		case c-'0' <= 9:
			digits = digits*10 + int64(c-'0')
		case c == '.' && point < 0 && i > 0:
			point = i
		default:
			return 0, 0, false
		}
	}
	places = len(b) - 1 - point
	if point < 0 || places == 0 || places > plainPlaces {
		return 0, 0, false
	}
	if negative {
		digits = -digits
	}
	return digits, places, true
}

// wholeLimit is the largest magnitude of a score that is kept as an integer.
const wholeLimit = 1 << 62

// whole is the integer that a listpack holds for score, if it does.
func whole(score float64) (n int64, ok bool) {
	if score < -wholeLimit || score > wholeLimit {
		return 0, false
	}
	n = int64(score)
	return n, float64(n) == score
}

// compareEntry compares the text of e with member.
func compareEntry(e listpack.Entry, member []byte) int {
	if !e.IsInt {
		return bytes.Compare(e.Bytes, member)
	}
	var room [num.MaxIntLen]byte
	return bytes.Compare(num.AppendInt(room[:0], e.Int), member)
}

// packedByScore is ByScore in a listpack.
func packedByScore(lp []byte, r *Range) (from, to int) {
	rank, started := 0, false
	for p := listpack.First(lp); p != listpack.End; rank++ {
		e, next := listpack.GetNext(lp, listpack.Next(lp, p))
		score, _ := scoreOf(e)
		if !started && !r.below(score) {
			from, started = rank, true
		}
		if r.above(score) {
			break
		}
		p = next
	}
	if !started {
		from = rank
	}
	return from, rank
}

// before reports whether member e is before the range that begins at b.
func (b *Bound) before(e listpack.Entry) bool {
	if b.End != 0 {
		return b.End > 0
	}
	c := compareEntry(e, b.Member)
	return c < 0 || c == 0 && b.Open
}

// behind reports whether member e is behind the range that ends at b.
func (b *Bound) behind(e listpack.Entry) bool {
	if b.End != 0 {
		return b.End < 0
	}
	c := compareEntry(e, b.Member)
	return c > 0 || c == 0 && b.Open
}

// packedByMember is ByMember in a listpack.
func packedByMember(lp []byte, r *LexRange, reverse bool) (from, to int) {
	if reverse {
		rank := listpack.Len(lp)/2 - 1
		p := listpack.Last(lp)
		for ; p != listpack.End && r.Max.behind(listpack.Get(lp, listpack.Prev(lp, p))); rank-- {
			p = listpack.Prev(lp, listpack.Prev(lp, p))
		}
		to = rank + 1
		for ; p != listpack.End && !r.Min.before(listpack.Get(lp, listpack.Prev(lp, p))); rank-- {
			p = listpack.Prev(lp, listpack.Prev(lp, p))
		}
		return rank + 1, to
	}
	p := listpack.First(lp)
	for ; p != listpack.End && r.Min.before(listpack.Get(lp, p)); from++ {
		p = listpack.Next(lp, listpack.Next(lp, p))
	}
	to = from
	for ; p != listpack.End && !r.Max.behind(listpack.Get(lp, p)); to++ {
		p = listpack.Next(lp, listpack.Next(lp, p))
	}
	return from, to
}

// packedPlace is where a member of this score belongs.
func packedPlace(lp []byte, score float64, member []byte) listpack.Pos {
	for p := listpack.First(lp); p != listpack.End; {
		e, at := listpack.GetNext(lp, p)
		held, next := listpack.GetNext(lp, at)
		if x, _ := scoreOf(held); x > score || x == score && compareEntry(e, member) > 0 {
			return p
		}
		p = next
	}
	return listpack.End
}

// insertPacked puts a member into the listpack in its place.
func (s *Set) insertPacked(member []byte, score float64) {
	var room [num.MaxDoubleLen]byte
	n, isInt := whole(score)
	text := room[:0]
	size := listpack.Size(member)
	if isInt {
		size += listpack.IntSize(n)
	} else {
		text = num.AppendDouble(text, score)
		size += listpack.Size(text)
	}
	lp := s.roomFor(size)
	at := packedPlace(lp, score, member)
	if isInt {
		lp = listpack.InsertIntBefore(lp, at, n)
	} else {
		lp = listpack.InsertBefore(lp, at, text)
	}
	if at == listpack.End {
		at = listpack.Last(lp)
	}
	listpack.InsertBefore(lp, at, member)
}

// roomFor makes sure that n bytes more fit into the listpack's block, and returns
// it: what is put in then stays in the block.
func (s *Set) roomFor(n int) []byte {
	used := listpack.Bytes(s.pack())
	word, lp := value.GrowPack(s.Heap, s.Word, used, used+n)
	s.Word = word
	return lp
}

// deletePacked takes n members from p on out of the listpack.
func (s *Set) deletePacked(p listpack.Pos, n int) {
	lp, _ := listpack.DeleteRange(s.pack(), p, 2*n)
	s.Word = value.PutPack(s.Heap, s.Word, lp)
}
