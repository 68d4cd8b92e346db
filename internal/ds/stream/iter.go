package stream

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// Iter goes through the entries of a range of IDs.
type Iter struct {
	s      Stream
	lo, hi ID
	back   bool
	open   bool // scan is in a block
	node   cursor
	scan   scan
	pos    listpack.Pos // of the next pair of the current entry
	field  listpack.Pos // of the master's field that belongs to it
}

// Range goes from lo to hi, both included, or with back set from hi to lo.
func (s Stream) Range(lo, hi ID, back bool) Iter {
	it := Iter{s: s, lo: lo, hi: hi, back: back}
	if hi.Less(lo) {
		return it
	}
	if back {
		it.node = s.r.nodes.seekBack(s, hi)
	} else if it.node = s.r.nodes.seekBack(s, lo); !it.node.ok() {
		it.node = s.r.nodes.seek(s, lo)
	}
	return it
}

// Next moves to the next entry and reports whether there is one.
func (it *Iter) Next() bool {
	for it.open || it.node.ok() {
		if !it.open {
			it.scan = openScan(it.s.list(offheap.Ref(it.node.words()[0])), it.node.id())
			it.open = true
			if it.back {
				it.scan.pos = listpack.End
			}
		}
		switch it.step() {
		case taken:
			it.rewind()
			return true
		case beyond:
			it.open, it.node.n = false, nil
		case blockEnd:
			it.open = false
			it.turn()
		}
	}
	return false
}

// turn goes to the next block, if there is more than one.
func (it *Iter) turn() {
	switch {
	case !it.node.ok():
	case it.back:
		it.node.prev()
	default:
		it.node.next()
	}
}

// Entries goes through the entries of one block, as EachNode shows it.
func Entries(key ID, lp []byte) Iter {
	return Iter{hi: MaxID, open: true, scan: openScan(lp, key)}
}

// Outcomes of step.
const (
	taken = iota
	beyond
	blockEnd
)

// step goes on within the block to an entry of the range.
func (it *Iter) step() int {
	c := &it.scan
	for {
		if it.back && !c.prev() || !it.back && !c.next() {
			return blockEnd
		}
		if !it.back {
			c.skip()
		}
		switch {
		case it.back && c.id.Less(it.lo), !it.back && it.hi.Less(c.id):
			return beyond
		case c.isDeleted(), it.back && it.hi.Less(c.id), !it.back && c.id.Less(it.lo):
			continue
		}
		return taken
	}
}

// ID is the ID of the current entry.
func (it *Iter) ID() ID { return it.scan.id }

// Pairs is the number of pairs of fields and values of the current entry.
func (it *Iter) Pairs() int { return it.scan.count }

// Pair returns the next pair of the current entry; there are Pairs of them. It
// is a view of the stream.
func (it *Iter) Pair() (field, value listpack.Entry) {
	lp := it.scan.lp
	if it.scan.flags&entrySame != 0 {
		field, it.field = listpack.GetNext(lp, it.field)
	} else {
		field, it.pos = listpack.GetNext(lp, it.pos)
	}
	value, it.pos = listpack.GetNext(lp, it.pos)
	return field, value
}

// LastValidID is the ID of the last entry that is there, zero if there is none.
func (s Stream) LastValidID() ID {
	if s.r.length == 0 {
		return ID{}
	}
	it := s.Range(ID{}, MaxID, true)
	if !it.Next() {
		return ID{}
	}
	return it.ID()
}

// EachNode calls f for the blocks of entries in order, with the ID of the first
// entry and the listpack as an RDB file holds it, both views.
func (s Stream) EachNode(f func(key ID, lp []byte)) {
	for c := s.r.nodes.seek(s, ID{}); c.ok(); c.next() {
		f(c.id(), s.list(offheap.Ref(c.words()[0])))
	}
}

// RadixNodes is how many nodes a radix tree of bytes has that holds the keys of
// the blocks, runs of bytes without a fork being one node. It costs O(blocks).
func (s Stream) RadixNodes() uint64 {
	n := s.r.nodes.count
	if n == 0 {
		return 1
	}
	var f forks
	total := n // one leaf for each key
	before := -1
	for c := s.r.nodes.seek(s, ID{}); c.ok(); {
		key := c.id()
		c.next()
		behind := -1
		if c.ok() {
			behind = commonPrefix(key, c.id())
		}
		if idSize-max(before, behind) > 1 {
			total++ // the run of bytes before the leaf
		}
		total += f.add(behind)
		before = behind
	}
	return total
}

// forks counts the forks of a radix tree and the runs before them. Its stack are
// the depths of those that are not complete.
type forks struct {
	stack [idSize + 1]int
	n     int
}

// add goes on to a key that has depth bytes in common with the one before it,
// none being -1, and returns how many nodes are complete.
func (f *forks) add(depth int) (nodes uint64) {
	for f.n > 0 && f.stack[f.n-1] > depth {
		f.n--
		nodes++
		above := depth
		if f.n > 0 {
			above = max(above, f.stack[f.n-1])
		}
		if f.stack[f.n]-above > 1 {
			nodes++
		}
	}
	if depth >= 0 && (f.n == 0 || f.stack[f.n-1] < depth) {
		f.stack[f.n] = depth
		f.n++
	}
	return nodes
}

// Top is the ID of the last entry that is there or was deleted and left where it
// is; no entry can be added that is not above it.
func (s Stream) Top() ID {
	last := s.r.nodes.seekBack(s, MaxID)
	if !last.ok() {
		return ID{}
	}
	c := openScan(s.list(offheap.Ref(last.words()[0])), last.id())
	return c.lastID()
}

// Finder looks entries up one after the other, in the order of their IDs. It is
// made by Stream.Finder, and dies when entries are added or removed.
type Finder struct {
	it   Iter
	some bool // it stands at an entry
}

// Finder returns a Finder.
func (s Stream) Finder() Finder { return Finder{it: Iter{s: s, hi: MaxID}} }

// Find looks up the entry with this ID, which is not below those that were looked
// up before. The Iter stands there and dies with the next call.
func (f *Finder) Find(id ID) (it *Iter, ok bool) {
	it = &f.it
	if f.some && it.lo.Less(id) {
		f.some = it.ID() == id || id.Less(it.ID()) || f.goOn(id)
	}
	if !f.some {
		*it = it.s.Range(id, MaxID, false)
		f.some = it.Next()
	}
	it.lo = id
	if !f.some || it.ID() != id {
		return it, false
	}
	it.rewind()
	return it, true
}

// goOn moves on to the first entry not below id if that is in the same block.
func (f *Finder) goOn(id ID) bool {
	it := &f.it
	if next := it.node.at + 1; next < it.node.n.len() && !id.Less(it.node.n.ids()[next]) {
		return false
	}
	it.lo = id
	return it.step() == taken
}

// rewind makes Pair begin with the first pair of the current entry.
func (it *Iter) rewind() {
	it.pos, it.field = it.scan.body, it.scan.fields
}
