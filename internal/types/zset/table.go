package zset

import (
	"math"

	"sigrun/internal/ds/btree"
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
)

// The large form.

// memberKind is the kind of a member's record, whose word is the score.
const memberKind = dict.KindOther

// table is the large form: a root that has the tree, too.
type table struct{ dict.Root }

func newTable(h *offheap.Heap) table { return table{dict.NewRoot(h, btree.HeaderSize)} }

func tableAt(h *offheap.Heap, word uint64) table {
	return table{dict.Root{Heap: h, Ref: offheap.Ref(word)}}
}

func (t table) tree() *btree.Tree { return btree.Open(t.Heap, t.Ref, dict.RootSize) }

func scoreAt(h *offheap.Heap, r offheap.Ref) float64 {
	return math.Float64frombits(dict.At(h, r).Word())
}

// find is the record of member; ok is false if there is none.
func (t table) find(member []byte) (r offheap.Ref, ok bool) {
	var p dict.Pos
	if !t.Dict().Find(t.Heap, dict.Hash(member), member, &p) {
		return 0, false
	}
	return p.Ref(), true
}

func (t table) score(member []byte) (score float64, ok bool) {
	r, ok := t.find(member)
	if !ok {
		return 0, false
	}
	return scoreAt(t.Heap, r), true
}

func (t table) rank(member []byte) (rank int, score float64, ok bool) {
	r, ok := t.find(member)
	if !ok {
		return 0, 0, false
	}
	score = scoreAt(t.Heap, r)
	return t.tree().Rank(t.Heap, btree.Key(score), member), score, true
}

func (t table) byScore(r *Range) (from, to int) {
	low, high := btree.Key(r.Min), btree.Key(r.Max)
	if r.MinOpen {
		low++
	}
	if !r.MaxOpen {
		high++
	}
	return t.tree().Below(t.Heap, low), t.tree().Below(t.Heap, high)
}

func (t table) byMember(r *LexRange) (from, to int) {
	return t.below(&r.Min, r.Min.Open), t.below(&r.Max, !r.Max.Open)
}

// below is the number of members before b, or with equal also at b.
func (t table) below(b *Bound, equal bool) int {
	switch {
	case b.End < 0:
		return 0
	case b.End > 0:
		return t.tree().Len()
	}
	return t.tree().BelowMember(t.Heap, b.Member, equal)
}

// record makes a record that is in neither table nor tree.
func (t table) record(member []byte, score float64) offheap.Ref {
	s := dict.Shape{Kind: memberKind, Expiry: -1}
	t.AddBytes(offheap.RoundUp(s.Size(len(member))))
	r, v := dict.NewRecord(t.Heap, offheap.Values, s, member)
	dict.PutWord(v, math.Float64bits(score))
	return r
}

// add adds a member that is not there.
func (t table) add(member []byte, score float64) {
	r := t.record(member, score)
	t.Dict().Insert(t.Heap, dict.Hash(member), r)
	t.tree().Insert(t.Heap, btree.Key(score), r)
}

// move gives the member whose record is r another score.
func (t table) move(r offheap.Ref, score float64) {
	t.Dict().Shield(t.Heap, r)
	rec := dict.At(t.Heap, r)
	from := math.Float64frombits(rec.Word())
	rec.SetWord(memberKind, math.Float64bits(score))
	t.tree().Move(t.Heap, btree.Key(from), btree.Key(score), r)
}

func (t table) remove(member []byte) bool {
	var p dict.Pos
	d := t.Dict()
	if !d.Find(t.Heap, dict.Hash(member), member, &p) {
		return false
	}
	r := p.Ref()
	t.tree().Delete(t.Heap, btree.Key(scoreAt(t.Heap, r)), r)
	d.Delete(t.Heap, &p)
	t.free(r)
	return true
}

// removeRange takes the members of n ranks from rank on out.
func (t table) removeRange(rank, n int) {
	var room [64]offheap.Ref
	for n > 0 {
		refs := room[:t.tree().DeleteSome(t.Heap, rank, room[:min(n, len(room))])]
		n -= len(refs)
		for _, r := range refs {
			dict.TouchRef(t.Heap, r)
		}
		for _, r := range refs {
			t.forget(r)
		}
	}
}

// forget takes a record out of the table that the tree has no more.
func (t table) forget(r offheap.Ref) {
	member := dict.At(t.Heap, r).Key()
	var p dict.Pos
	if !t.Dict().Find(t.Heap, dict.Hash(member), member, &p) {
		panic("BUG: a member of a sorted set's tree is not in its table")
	}
	t.Dict().Delete(t.Heap, &p)
	t.free(r)
}

// free gives back a record that is in neither table nor tree.
func (t table) free(r offheap.Ref) {
	t.AddBytes(-offheap.RoundUp(dict.At(t.Heap, r).Size()))
	t.Heap.Free(r, offheap.Values)
}

// freeSome frees about n blocks of a set that nobody needs any more: of the tree
// first, then of the table.
func (t table) freeSome(n int) (done bool) {
	if !t.Freeing() {
		if tree := t.tree(); tree.Bytes() > 0 && !tree.Drop(t.Heap, max(n/4, 1)) {
			return false
		}
	}
	return t.FreeSome(n, nil)
}

// each calls visit for the record of each member, in no order, until it returns
// false.
func (t table) each(visit func(r offheap.Ref) bool) {
	var room [64]offheap.Ref
	d := t.Dict()
	for pos, first := uint64(0), true; first || pos != 0; first = false {
		var refs []offheap.Ref
		refs, pos = d.Scan(t.Heap, pos, room[:0])
		for _, r := range refs {
			dict.TouchRef(t.Heap, r)
		}
		for _, r := range refs {
			if !visit(r) {
				return
			}
		}
	}
}
