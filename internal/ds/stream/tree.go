package stream

import (
	"unsafe"

	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
)

// tree is an ordered map from ID to a few words, a B+tree whose nodes are blocks:
//
//	+-------+----------+-----------+-----+------------+-------------------+
//	| n u16 | room u16 | words u16 | ... | room × ID  | room × words × u64 |
//	+-------+----------+-----------+-----+------------+-------------------+
//
// Inner nodes have one word, the ref of a child, and an ID that is not above any
// ID of that child. A tree of one leaf has room for what it holds and a little
// more; all other nodes have room for fanout entries.
//
// Invariants: (1) IDs of a node increase; (2) no node is empty; (3) all leaves
// are at the same depth. A node that falls to a quarter of its room is joined
// with a neighbour if both then fill half a node at most.
//
// A tree is part of the block of its owner.
type tree struct {
	top    offheap.Ref
	count  uint64
	height uint64 // 0: empty
}

const (
	treeBlock = 2 << 10 // bytes of a full node
	treeHead  = 8
	idSize    = 16
	wordSize  = 8
	maxHeight = 12 // 51^12 entries
)

// fanout is the number of entries of a node with this many words each.
func fanout(words int) int { return (treeBlock - treeHead) / (idSize + words*wordSize) }

// treeNode is the head of a node's block.
type treeNode struct {
	n, room, width uint16
	_              uint16
}

func (s Stream) node(r offheap.Ref) *treeNode { return (*treeNode)(s.h.Ptr(r)) }

func (s Stream) newNode(width, room int) (*treeNode, offheap.Ref) {
	r := s.alloc(treeHead + room*(idSize+width*wordSize))
	n := s.node(r)
	*n = treeNode{room: uint16(room), width: uint16(width)}
	return n, r
}

func (n *treeNode) len() int { return int(n.n) }

// ids is a view of all places for IDs.
func (n *treeNode) ids() []ID {
	return unsafe.Slice((*ID)(unsafe.Add(unsafe.Pointer(n), treeHead)), n.room)
}

// all is a view of all places for words.
func (n *treeNode) all() []uint64 {
	p := unsafe.Add(unsafe.Pointer(n), treeHead+int(n.room)*idSize)
	return unsafe.Slice((*uint64)(p), int(n.room)*int(n.width))
}

// words is a view of the words of entry i.
func (n *treeNode) words(i int) []uint64 {
	w := int(n.width)
	return n.all()[i*w : i*w+w]
}

func (n *treeNode) child(i int) offheap.Ref { return offheap.Ref(n.all()[i]) }

// from is the first entry whose ID is not below id.
func (n *treeNode) from(id ID) int {
	ids := n.ids()[:n.n]
	lo, hi := 0, len(ids)
	if hi > 0 && ids[hi-1].Less(id) { // the end is where most happens
		return hi
	}
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); ids[mid].Less(id) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// toward is the child of an inner node that id belongs to.
func (n *treeNode) toward(id ID) int {
	i := n.from(id)
	if i == n.len() || i > 0 && n.ids()[i] != id {
		i--
	}
	return i
}

// open makes a place for id in front of entry i and returns its words.
func (n *treeNode) open(i int, id ID) []uint64 {
	ids, all, w := n.ids(), n.all(), int(n.width)
	copy(ids[i+1:], ids[i:n.n])
	copy(all[(i+1)*w:], all[i*w:int(n.n)*w])
	ids[i] = id
	n.n++
	return all[i*w : i*w+w]
}

// close removes entry i.
func (n *treeNode) close(i int) {
	ids, all, w := n.ids(), n.all(), int(n.width)
	copy(ids[i:], ids[i+1:n.n])
	copy(all[i*w:], all[(i+1)*w:int(n.n)*w])
	n.n--
}

// take appends the entries of o from entry i on and removes them there.
func (n *treeNode) take(o *treeNode, i int) {
	w := int(n.width)
	copy(n.ids()[n.n:], o.ids()[i:o.n])
	copy(n.all()[int(n.n)*w:], o.all()[i*w:int(o.n)*w])
	n.n += o.n - uint16(i)
	o.n = uint16(i)
}

// path is the way from the top to an entry.
type path [maxHeight]struct {
	ref offheap.Ref
	at  int
}

// descend fills p with the way to the first entry not below id, which may be
// behind the last one of its leaf, and returns the leaf and its depth.
func (t *tree) descend(s Stream, id ID, p *path) (leaf *treeNode, d int) {
	r := t.top
	for ; ; d++ {
		n := s.node(r)
		p[d].ref = r
		if d == int(t.height)-1 {
			p[d].at = n.from(id)
			return n, d
		}
		p[d].at = n.toward(id)
		r = n.child(p[d].at)
	}
}

// find is the words of id, nil if it is not there.
func (t *tree) find(s Stream, id ID) (words []uint64, ok bool) {
	if t.height == 0 {
		return nil, false
	}
	r := t.top
	for d := t.height; d > 1; d-- {
		n := s.node(r)
		r = n.child(n.toward(id))
	}
	n := s.node(r)
	i := n.from(id)
	if i == n.len() || n.ids()[i] != id {
		return nil, false
	}
	return n.words(i), true
}

// insert adds id, which must not be there, and returns its words for the caller
// to fill. There are width of them, in this tree always.
func (t *tree) insert(s Stream, width int, id ID) []uint64 {
	if t.height == 0 {
		_, t.top = s.newNode(width, 1)
		t.height = 1
	}
	var p path
	leaf, d := t.descend(s, id, &p)
	if d == 0 && leaf.n == leaf.room && leaf.len() < fanout(width) {
		t.widen(s, leaf)
		p[0].ref = t.top
	}
	for i := range d { // IDs of inner nodes stay below those of their children
		if ids := s.node(p[i].ref).ids(); id.Less(ids[0]) {
			ids[0] = id
		}
	}
	t.count++
	return t.place(s, &p, d, p[d].at, id)
}

// widen gives the only leaf more room.
func (t *tree) widen(s Stream, leaf *treeNode) {
	n, r := s.newNode(int(leaf.width), min(2*leaf.len(), fanout(int(leaf.width))))
	n.take(leaf, 0)
	s.free(t.top)
	t.top = r
}

// place makes a place for id in front of entry i of the node at depth d of p,
// which it splits if it is full.
func (t *tree) place(s Stream, p *path, d, i int, id ID) []uint64 {
	n := s.node(p[d].ref)
	if n.n < n.room {
		return n.open(i, id)
	}
	cut := n.len() / 2
	if i == n.len() && t.atEdge(s, p, d) {
		cut = i
	}
	right, r := s.newNode(int(n.width), fanout(int(n.width)))
	right.take(n, cut)
	first := id
	if right.n > 0 {
		first = right.ids()[0]
	}
	if d > 0 {
		t.place(s, p, d-1, p[d-1].at+1, first)[0] = uint64(r)
	} else {
		low := n.ids()[0]
		if id.Less(low) {
			low = id
		}
		t.raise(s, low, first, r)
	}
	if i > cut || right.n == 0 {
		return right.open(i-cut, id)
	}
	return n.open(i, id)
}

// atEdge reports whether the node at depth d of p is the last one there.
func (t *tree) atEdge(s Stream, p *path, d int) bool {
	for i := range d {
		if p[i].at != s.node(p[i].ref).len()-1 {
			return false
		}
	}
	return true
}

// raise puts a new top over the old one and its new neighbour.
func (t *tree) raise(s Stream, left, right ID, neighbour offheap.Ref) {
	top, r := s.newNode(1, fanout(1))
	top.open(0, left)[0] = uint64(t.top)
	top.open(1, right)[0] = uint64(neighbour)
	t.top = r
	t.height++
	invariant.Assert(t.height < maxHeight, "a tree higher than there are entries")
}

// remove takes id out and reports whether it was there.
func (t *tree) remove(s Stream, id ID) bool {
	if t.height == 0 {
		return false
	}
	var p path
	leaf, d := t.descend(s, id, &p)
	i := p[d].at
	if i == leaf.len() || leaf.ids()[i] != id {
		return false
	}
	leaf.close(i)
	t.count--
	t.settle(s, &p, d)
	return true
}

// settle mends the tree after the node at depth d of p has lost an entry.
func (t *tree) settle(s Stream, p *path, d int) {
	n := s.node(p[d].ref)
	switch {
	case d == 0:
		t.lower(s)
		return
	case n.n > n.room/4:
		return
	}
	parent, at := s.node(p[d-1].ref), p[d-1].at
	if n.n > 0 {
		if at = max(at, 1); at == parent.len() {
			return // no neighbour
		}
		left, right := s.node(parent.child(at-1)), s.node(parent.child(at))
		if left.n+right.n > left.room/2 {
			return
		}
		left.take(right, 0)
	}
	s.free(parent.child(at))
	parent.close(at)
	t.settle(s, p, d-1)
}

// lower takes away tops that have one child or nothing.
func (t *tree) lower(s Stream) {
	for t.height > 1 && s.node(t.top).n == 1 {
		child := s.node(t.top).child(0)
		s.free(t.top)
		t.top = child
		t.height--
	}
	if t.height > 0 && s.node(t.top).n == 0 {
		s.free(t.top)
		t.top, t.height = 0, 0
	}
}

// dropLeaf removes all entries of the last leaf, having called f with the words
// of each. The tree is not empty.
func (t *tree) dropLeaf(s Stream, f func(words []uint64)) {
	var p path
	leaf, d := t.descend(s, MaxID, &p)
	for i := range leaf.len() {
		f(leaf.words(i))
	}
	t.count -= uint64(leaf.n)
	leaf.n = 0
	t.settle(s, &p, d)
}

// cursor is a place in a tree; it dies when the tree changes.
type cursor struct {
	t  *tree
	s  Stream
	n  *treeNode // nil: at no entry
	at int
}

func (c *cursor) ok() bool        { return c.n != nil }
func (c *cursor) id() ID          { return c.n.ids()[c.at] }
func (c *cursor) words() []uint64 { return c.n.words(c.at) }

// seek is the first entry not below id.
func (t *tree) seek(s Stream, id ID) cursor {
	c := cursor{t: t, s: s}
	if t.height == 0 {
		return c
	}
	var p path
	leaf, d := t.descend(s, id, &p)
	if p[d].at < leaf.len() {
		c.n, c.at = leaf, p[d].at
		return c
	}
	for i := d - 1; i >= 0; i-- {
		if n := s.node(p[i].ref); p[i].at+1 < n.len() {
			c.n = t.down(s, n.child(p[i].at+1), i+1, func(*treeNode) int { return 0 })
			return c
		}
	}
	return c
}

// seekBack is the last entry not above id.
func (t *tree) seekBack(s Stream, id ID) cursor {
	c := cursor{t: t, s: s}
	if t.height == 0 {
		return c
	}
	var p path
	leaf, d := t.descend(s, id, &p)
	at := p[d].at
	if at == leaf.len() || leaf.ids()[at] != id {
		at--
	}
	if at >= 0 {
		c.n, c.at = leaf, at
		return c
	}
	last := func(n *treeNode) int { return n.len() - 1 }
	for i := d - 1; i >= 0; i-- {
		if n := s.node(p[i].ref); p[i].at > 0 {
			c.n = t.down(s, n.child(p[i].at-1), i+1, last)
			c.at = last(c.n)
			return c
		}
	}
	return c
}

// down is the leaf that choose leads to from node r at depth d.
func (t *tree) down(s Stream, r offheap.Ref, d int, choose func(*treeNode) int) *treeNode {
	n := s.node(r)
	for ; d < int(t.height)-1; d++ {
		n = s.node(n.child(choose(n)))
	}
	return n
}

func (c *cursor) next() {
	if c.at++; c.at == c.n.len() {
		last := c.n.ids()[c.at-1]
		if last == MaxID {
			c.n = nil
			return
		}
		*c = c.t.seek(c.s, last.Next())
	}
}

func (c *cursor) prev() {
	if c.at--; c.at < 0 {
		first := c.n.ids()[0]
		if first.IsZero() {
			c.n = nil
			return
		}
		*c = c.t.seekBack(c.s, first.Prev())
	}
}
