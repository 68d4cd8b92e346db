package zset

import (
	"math"

	"sigrun/internal/ds/btree"
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
)

// ahead is how many records an Iter of a large set loads at a time, so that their
// cache misses overlap.
const ahead = 32

// Iter visits members in order, or in reverse. Any change of the set ends its
// life.
type Iter struct {
	h       *offheap.Heap
	left    int
	reverse bool
	small   bool

	lp      []byte
	at      listpack.Pos // of the next member, or in reverse of its score
	scoreAt listpack.Pos
	member  []byte
	number  int64 // the member, if it is isInt
	isInt   bool
	text    []byte // of such a member, if asked for

	cursor btree.Cursor
	rec    dict.Rec
	i, n   int // refs[i:n] are to be visited
	refs   [ahead]offheap.Ref
}

// Iter returns an Iter for n members from rank from on, or if reverse from the
// member that has the rank from in reverse order. So many must be there.
func (s *Set) Iter(from, n int, reverse bool) (it Iter) {
	it.h, it.left, it.reverse, it.small = s.Heap, n, reverse, s.Small()
	if n <= 0 {
		return it
	}
	switch {
	case !it.small:
		if reverse {
			from = s.Len() - 1 - from
		}
		it.cursor.Seek(s.Heap, s.table().tree(), from)
	case reverse:
		it.lp = s.pack()
		it.at = listpack.Seek(it.lp, -1-2*from)
	default:
		it.lp = s.pack()
		it.at = listpack.Seek(it.lp, 2*from)
	}
	return it
}

// Next goes to the next member and reports whether there is one.
func (it *Iter) Next() bool {
	if it.left <= 0 {
		return false
	}
	it.left--
	switch {
	case !it.small:
		if it.i == it.n {
			it.load()
		}
		it.rec = dict.At(it.h, it.refs[it.i])
		it.i++
	case it.reverse:
		it.scoreAt = it.at
		it.at = listpack.Prev(it.lp, it.at)
		it.readMember(it.at)
		it.at = listpack.Prev(it.lp, it.at)
	default:
		it.scoreAt = it.readMember(it.at)
		it.at = listpack.Skip(it.lp, it.scoreAt, 1)
	}
	return true
}

// readMember takes the member at p and returns the position of its score.
func (it *Iter) readMember(p listpack.Pos) (next listpack.Pos) {
	b, next, short := listpack.Short(it.lp, p)
	if short {
		it.member, it.isInt = b, false
		return next
	}
	e, next := listpack.GetNext(it.lp, p)
	it.member, it.number, it.isInt = e.Bytes, e.Int, e.IsInt
	return next
}

// load reads some refs and starts loading their records.
func (it *Iter) load() {
	want := it.refs[:min(ahead, it.left+1)]
	if it.reverse {
		it.n = it.cursor.Backward(it.h, want)
	} else {
		it.n = it.cursor.Forward(it.h, want)
	}
	it.i = 0
	for _, r := range it.refs[:it.n] {
		dict.TouchRef(it.h, r)
	}
}

// Member is the member: a view that dies with the next call of Next. For one that
// IsInt this may allocate memory: see Int.
func (it *Iter) Member() []byte {
	switch {
	case !it.small:
		return it.rec.Key()
	case it.isInt:
		it.text = num.AppendInt(it.text[:0], it.number)
		return it.text
	}
	return it.member
}

// IsInt reports whether Member puts the text of an integer together: only then its
// view dies before the set changes.
func (it *Iter) IsInt() bool { return it.isInt }

// Int is the integer of a member that IsInt.
func (it *Iter) Int() int64 { return it.number }

// Score is the score.
func (it *Iter) Score() float64 {
	if it.small {
		return packedScore(it.lp, it.scoreAt)
	}
	return math.Float64frombits(it.rec.Word())
}

// ScoreText is the text of the score as num.AppendDouble gives it, if it lies ready: a
// view that dies with the set's next change.
func (it *Iter) ScoreText() (text []byte, ok bool) {
	if !it.small {
		return nil, false
	}
	e := listpack.Get(it.lp, it.scoreAt)
	if e.IsInt {
		return nil, false
	}
	digits, places, ok := plain(e.Bytes)
	return e.Bytes, ok && shown(digits, places)
}

// each returns a function that returns one member after the other.
func (s *Set) each() func() (member []byte, score float64) {
	it := s.Iter(0, s.Len(), false)
	return func() ([]byte, float64) {
		it.Next()
		return it.Member(), it.Score()
	}
}

// Each calls visit for each member, in no order, until it returns false. visit
// must not change the set.
func (s *Set) Each(visit func(member []byte, score float64) bool) {
	if !s.Small() {
		s.table().each(func(r offheap.Ref) bool {
			return visit(dict.At(s.Heap, r).Key(), scoreAt(s.Heap, r))
		})
		return
	}
	it := s.Iter(0, s.Len(), false)
	for it.Next() && visit(it.Member(), it.Score()) {
	}
}

// Step is what one step of a scan found.
type Step struct {
	Next uint64 // the cursor to go on with; 0: that was all
	set  *Set
	refs []offheap.Ref
}

// Scan is a step of a scan from cursor on, of at least count members if there are
// so many; a small set is done in one. refs is room for what it finds. The step
// dies with the set's next change.
func (s *Set) Scan(cursor uint64, count int, refs []offheap.Ref) Step {
	if s.Small() {
		return Step{set: s}
	}
	refs, next := s.table().Dict().ScanFrom(s.Heap, cursor, count, refs)
	return Step{Next: next, set: s, refs: refs}
}

// Each calls visit for what was found until it returns false.
func (p *Step) Each(visit func(member []byte, score float64) bool) {
	if p.set.Small() {
		p.set.Each(visit)
		return
	}
	h := p.set.Heap
	for _, r := range p.refs {
		if !visit(dict.At(h, r).Key(), scoreAt(h, r)) {
			return
		}
	}
}
