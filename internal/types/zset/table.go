package zset

import (
	"encoding/binary"
	"math"

	"sigrun/internal/ds/btree"
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
)

// The large form.

const (
	treeOffset  = dict.HeaderSize
	bytesOffset = treeOffset + btree.HeaderSize
	rootSize    = bytesOffset + 8
	// memberKind is the kind of a member's record, whose word is the score.
	memberKind = dict.KindOther
)

// table is the large form whose root is a block.
type table struct {
	h    *offheap.Heap
	root offheap.Ref
}

func newRoot(h *offheap.Heap) offheap.Ref {
	r := h.Alloc(rootSize, offheap.Values)
	clear(h.Space().Bytes(r, rootSize))
	return r
}

func (t table) dict() *dict.Dict  { return dict.Open(t.h, t.root, 0) }
func (t table) tree() *btree.Tree { return btree.Open(t.h, t.root, treeOffset) }

// bytes is the size of the blocks of all records.
func (t table) bytes() int {
	return int(binary.LittleEndian.Uint64(t.h.Space().Bytes(t.root, rootSize)[bytesOffset:]))
}

func (t table) addBytes(n int) { t.setBytes(uint64(t.bytes() + n)) }

func (t table) setBytes(n uint64) {
	binary.LittleEndian.PutUint64(t.h.Space().Bytes(t.root, rootSize)[bytesOffset:], n)
}

func scoreAt(h *offheap.Heap, r offheap.Ref) float64 {
	return math.Float64frombits(dict.At(h, r).Word())
}

// find is the record of member; ok is false if there is none.
func (t table) find(member []byte) (r offheap.Ref, ok bool) {
	var p dict.Pos
	if !t.dict().Find(t.h, dict.Hash(member), member, &p) {
		return 0, false
	}
	return p.Ref(), true
}

func (t table) score(member []byte) (score float64, ok bool) {
	r, ok := t.find(member)
	if !ok {
		return 0, false
	}
	return scoreAt(t.h, r), true
}

func (t table) rank(member []byte) (rank int, score float64, ok bool) {
	r, ok := t.find(member)
	if !ok {
		return 0, 0, false
	}
	score = scoreAt(t.h, r)
	return t.tree().Rank(t.h, btree.Key(score), member), score, true
}

func (t table) byScore(r *Range) (from, to int) {
	low, high := btree.Key(r.Min), btree.Key(r.Max)
	if r.MinOpen {
		low++
	}
	if !r.MaxOpen {
		high++
	}
	return t.tree().Below(t.h, low), t.tree().Below(t.h, high)
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
	return t.tree().BelowMember(t.h, b.Member, equal)
}

// record makes a record that is in neither table nor tree.
func (t table) record(member []byte, score float64) offheap.Ref {
	s := dict.Shape{Kind: memberKind, Expiry: -1}
	t.addBytes(offheap.RoundUp(s.Size(len(member))))
	r, v := dict.NewRecord(t.h, offheap.Values, s, member)
	dict.PutWord(v, math.Float64bits(score))
	return r
}

// add adds a member that is not there.
func (t table) add(member []byte, score float64) {
	r := t.record(member, score)
	t.dict().Insert(t.h, dict.Hash(member), r)
	t.tree().Insert(t.h, btree.Key(score), r)
}

// move gives the member whose record is r another score.
func (t table) move(r offheap.Ref, score float64) {
	t.dict().Shield(t.h, r)
	rec := dict.At(t.h, r)
	from := math.Float64frombits(rec.Word())
	rec.SetWord(memberKind, math.Float64bits(score))
	t.tree().Move(t.h, btree.Key(from), btree.Key(score), r)
}

func (t table) remove(member []byte) bool {
	var p dict.Pos
	d := t.dict()
	if !d.Find(t.h, dict.Hash(member), member, &p) {
		return false
	}
	r := p.Ref()
	t.tree().Delete(t.h, btree.Key(scoreAt(t.h, r)), r)
	d.Delete(t.h, &p)
	t.free(r)
	return true
}

// removeRange takes the members of n ranks from rank on out.
func (t table) removeRange(rank, n int) {
	var room [64]offheap.Ref
	for n > 0 {
		refs := room[:t.tree().DeleteSome(t.h, rank, room[:min(n, len(room))])]
		n -= len(refs)
		for _, r := range refs {
			dict.TouchRef(t.h, r)
		}
		for _, r := range refs {
			t.forget(r)
		}
	}
}

// forget takes a record out of the table that the tree has no more.
func (t table) forget(r offheap.Ref) {
	member := dict.At(t.h, r).Key()
	var p dict.Pos
	if !t.dict().Find(t.h, dict.Hash(member), member, &p) {
		panic("BUG: a member of a sorted set's tree is not in its table")
	}
	t.dict().Delete(t.h, &p)
	t.free(r)
}

// free gives back a record that is in neither table nor tree.
func (t table) free(r offheap.Ref) {
	t.addBytes(-offheap.RoundUp(dict.At(t.h, r).Size()))
	t.h.Free(r, offheap.Values)
}

// freeSome frees about n blocks of a set that nobody needs any more: of the tree
// first, then of the table, from the directory entry on that the count of bytes
// holds, with the mark, from then on.
func (t table) freeSome(n int) (done bool) {
	next := uint64(t.bytes())
	if next&freeing == 0 {
		if tree := t.tree(); tree.Bytes() > 0 && !tree.Drop(t.h, max(n/4, 1)) {
			return false
		}
		next = freeing
	}
	var room [512]offheap.Ref
	for d := t.dict(); n > 0; {
		var refs []offheap.Ref
		refs, next = d.Dismantle(t.h, next&^freeing, room[:0])
		for _, r := range refs {
			dict.TouchRef(t.h, r)
		}
		for _, r := range refs {
			t.h.Free(r, offheap.Values)
		}
		if n -= len(refs); next == 0 {
			t.h.Free(t.root, offheap.Values)
			return true
		}
		next |= freeing
		t.setBytes(next)
	}
	return false
}

// freeing marks a root whose count of bytes is a place in the directory.
const freeing = 1 << 63

// each calls visit for the record of each member, in no order, until it returns
// false.
func (t table) each(visit func(r offheap.Ref) bool) {
	var room [64]offheap.Ref
	d := t.dict()
	for pos, first := uint64(0), true; first || pos != 0; first = false {
		var refs []offheap.Ref
		refs, pos = d.Scan(t.h, pos, room[:0])
		for _, r := range refs {
			dict.TouchRef(t.h, r)
		}
		for _, r := range refs {
			if !visit(r) {
				return
			}
		}
	}
}
