package btree

import (
	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
)

const (
	minLeaf  = maxLeaf / 4
	minInner = maxInner / 4
	// Two nodes become one if that leaves room for some inserts.
	joinedLeaf  = maxLeaf * 3 / 4
	joinedInner = maxInner * 3 / 4
	// scratchLeaf holds the entries of two leaves; their blocks may have room for
	// some more than maxLeaf.
	scratchLeaf  = 2*maxLeaf + 64
	scratchInner = 2*maxInner + 16
)

// Insert adds the element whose record is ref and whose score has the given key.
// The tree does not have it.
func (t *Tree) Insert(h *offheap.Heap, key uint64, ref offheap.Ref) {
	it := item{key, ref}
	if t.count == 0 {
		t.setRoot(t.newLeaf(h, []item{it}), 0)
		t.count = 1
		return
	}
	var p place
	t.find(h, key, memberOf(h, ref), &p)
	t.count++
	height := t.height()
	if !p.leaf.insert(p.i, it) {
		t.makeRoom(h, &p, it)
		return
	}
	p.add(height, 1)
	if p.i == 0 {
		p.setFirst(height, it)
	}
}

const (
	builtLeaf  = maxLeaf * 7 / 8 // entries of a leaf that Build makes: some may follow
	builtInner = maxInner * 7 / 8
)

// Build fills an empty tree with n elements, whose keys and records element tells
// in their order.
func (t *Tree) Build(h *offheap.Heap, n int, element func(i int) (key uint64, ref offheap.Ref)) {
	if n == 0 {
		return
	}
	var room [builtLeaf]item
	level := make([]child, 0, n/builtLeaf+1)
	eachPart(n, builtLeaf, func(from, to int) {
		items := room[:0]
		for i := from; i < to; i++ {
			key, ref := element(i)
			items = append(items, item{key, ref})
		}
		level = append(level, t.leafOf(h, items))
	})
	height := 0
	for ; len(level) > 1; height++ {
		upper := level[:0]
		eachPart(len(level), builtInner, func(from, to int) {
			upper = append(upper, t.innerOf(h, level[from:to]))
		})
		level = upper
	}
	t.setRoot(level[0].ref(), height)
	t.count = uint64(n)
}

// eachPart divides n things into as few parts of at most size as possible, about
// equal.
func eachPart(n, size int, part func(from, to int)) {
	parts := (n + size - 1) / size
	for i := range parts {
		part(i*n/parts, (i+1)*n/parts)
	}
}

// add adds n to the counts on the way to the node at level.
func (p *place) add(level, n int) {
	for j := range level {
		c := p.path[j].n.at(p.path[j].i)
		c.setCount(c.count() + n)
	}
}

// setFirst notes the first element of the node at level.
func (p *place) setFirst(level int, it item) {
	for j := level - 1; j >= 0; j-- {
		p.path[j].n.at(p.path[j].i).setFirst(it)
		if p.path[j].i != 0 {
			return
		}
	}
}

// makeRoom is the part of Insert that replaces the leaf by a larger one, one that
// packs keys in another way, or two.
func (t *Tree) makeRoom(h *offheap.Heap, p *place, it item) {
	n, height := p.leaf.n(), t.height()
	if f := p.leaf.frame(); n < maxLeaf && f.fits(it.key) {
		r, l := t.resized(h, p.ref, p.leaf, n+1)
		l.insert(p.i, it)
		t.splice(h, p, height, []child{l.asChild(r)}, 1)
		return
	}
	if n >= maxLeaf && p.i == n && p.last(height) {
		r := t.newLeaf(h, []item{it})
		t.splice(h, p, height, []child{p.leaf.asChild(p.ref), makeChild(r, it, 1)}, 1)
		return
	}
	var room [scratchLeaf]item
	items := p.leaf.appendItems(room[:0])
	items = append(items, item{})
	copy(items[p.i+1:], items[p.i:])
	items[p.i] = it
	t.freeLeaf(h, p.ref)
	if len(items) <= maxLeaf {
		t.splice(h, p, height, []child{t.leafOf(h, items)}, 1)
		return
	}
	half := len(items) / 2
	t.splice(h, p, height, []child{t.leafOf(h, items[:half]), t.leafOf(h, items[half:])}, 1)
}

// last reports whether p leads to the last of the nodes at level.
func (p *place) last(level int) bool {
	for _, s := range p.path[:level] {
		if s.i != s.n.n()-1 {
			return false
		}
	}
	return true
}

func (l leaf) asChild(r offheap.Ref) child {
	return makeChild(r, item{l.key(0), l.ref(0)}, l.n())
}

func (t *Tree) leafOf(h *offheap.Heap, items []item) child {
	return makeChild(t.newLeaf(h, items), items[0], len(items))
}

func (t *Tree) innerOf(h *offheap.Heap, children []child) child {
	sum := 0
	for i := range children {
		sum += children[i].count()
	}
	return makeChild(t.newInner(h, children), children[0].first(), sum)
}

// splice puts one or two nodes in the place of the one at level on the way p. The
// number of elements below it has changed by delta.
func (t *Tree) splice(h *offheap.Heap, p *place, level int, now []child, delta int) {
	if level == 0 {
		if len(now) == 1 {
			t.setRoot(now[0].ref(), t.height())
			return
		}
		t.setRoot(t.newInner(h, now), t.height()+1)
		return
	}
	s := p.path[level-1]
	if len(now) == 2 {
		if !s.n.insert(s.i+1, now[1]) {
			t.splitInner(h, p, level-1, now, delta)
			return
		}
	}
	*s.n.at(s.i) = now[0]
	p.add(level-1, delta)
	if s.i == 0 {
		p.setFirst(level-1, now[0].first())
	}
}

// splitInner is the part of splice that has no room for the second node: it
// replaces the inner node at level by a larger one, or two.
func (t *Tree) splitInner(h *offheap.Heap, p *place, level int, now []child, delta int) {
	s := p.path[level]
	var room [scratchInner]child
	all := append(room[:0], s.n.children()[:s.i]...)
	all = append(all, now...)
	all = append(all, s.n.children()[s.i+1:]...)
	old := t.rootRef()
	if level > 0 {
		old = p.path[level-1].n.child(p.path[level-1].i)
	}
	t.freeInner(h, old)
	if len(all) <= maxInner {
		t.splice(h, p, level, []child{t.innerOf(h, all)}, delta)
		return
	}
	at := len(all) / 2
	if s.i+2 == len(all) {
		at = len(all) - minInner
	}
	t.splice(h, p, level, []child{t.innerOf(h, all[:at]), t.innerOf(h, all[at:])}, delta)
}

// Delete takes the element whose record is ref and whose score has the given key
// out of the tree, which has it.
func (t *Tree) Delete(h *offheap.Heap, key uint64, ref offheap.Ref) {
	var p place
	t.find(h, key, memberOf(h, ref), &p)
	invariant.Assert(p.i < p.leaf.n() && p.leaf.ref(p.i) == ref, "a sorted set's member is not in its tree")
	t.removeAt(h, &p, 1)
}

// Move gives the element whose record is ref another key. Most moves are small
// and change nobody's place: those stay within the leaf.
func (t *Tree) Move(h *offheap.Heap, from, to uint64, ref offheap.Ref) {
	var p place
	t.find(h, from, memberOf(h, ref), &p)
	l, i := p.leaf, p.i
	invariant.Assert(i < l.n() && l.ref(i) == ref, "a sorted set's member is not in its tree")
	f := l.frame()
	if i > 0 && i < l.n()-1 && l.key(i-1) < to && to < l.key(i+1) && f.fits(to) {
		l.put(i, item{to, ref})
		return
	}
	t.removeAt(h, &p, 1)
	t.Insert(h, to, ref)
}

// DeleteSome takes elements from the given rank on out of the tree, at least one
// and at most len(gone), puts their records into gone and returns how many there
// are.
func (t *Tree) DeleteSome(h *offheap.Heap, rank int, gone []offheap.Ref) (n int) {
	var p place
	t.findRank(h, rank, &p)
	n = min(len(gone), p.leaf.n()-p.i)
	for j := range n {
		gone[j] = p.leaf.ref(p.i + j)
	}
	t.removeAt(h, &p, n)
	return n
}

// removeAt takes k entries from p on out of p's leaf.
func (t *Tree) removeAt(h *offheap.Heap, p *place, k int) {
	height := t.height()
	p.leaf.remove(p.i, k)
	p.add(height, -k)
	t.count -= uint64(k)
	n := p.leaf.n()
	switch {
	case n == 0:
		t.freeLeaf(h, p.ref)
		t.drop(h, p, height)
		return
	case p.i == 0:
		p.setFirst(height, item{p.leaf.key(0), p.leaf.ref(0)})
	}
	switch {
	case n < minLeaf && height > 0:
		t.joinLeaf(h, p)
	case n < p.leaf.room()*3/4:
		if leafSize(roomFor(n, maxLeaf), p.leaf.stride()) <= p.leaf.blockSize()*7/8 {
			r, l := t.resized(h, p.ref, p.leaf, n)
			t.splice(h, p, height, []child{l.asChild(r)}, 0)
		}
	}
}

// drop takes the node at level, which is freed, out of its parent.
func (t *Tree) drop(h *offheap.Heap, p *place, level int) {
	if level == 0 {
		*t = Tree{}
		return
	}
	s := p.path[level-1]
	s.n.remove(s.i)
	t.settle(h, p, level-1)
}

// settle mends the inner node at level, which has lost a child: its first
// element may be another, and it may have too few.
func (t *Tree) settle(h *offheap.Heap, p *place, level int) {
	n := p.path[level].n
	p.setFirst(level, n.at(0).first())
	switch {
	case level > 0 && n.n() < minInner:
		t.joinInner(h, p, level)
	case level == 0 && n.n() == 1:
		r := n.child(0)
		t.freeInner(h, t.rootRef())
		t.setRoot(r, t.height()-1)
	}
}

// pair is the node at level and a neighbour, in order: children i and i+1 of
// parent.
func (p *place) pair(level int) (parent inner, i int) {
	s := p.path[level-1]
	return s.n, max(s.i-1, 0)
}

// joinLeaf makes one leaf of p's and its neighbour, or divides their entries
// evenly.
func (t *Tree) joinLeaf(h *offheap.Heap, p *place) {
	height := t.height()
	parent, i := p.pair(height)
	a, b := parent.child(i), parent.child(i+1)
	var room [scratchLeaf]item
	items := leafAt(h, a).appendItems(room[:0])
	items = leafAt(h, b).appendItems(items)
	t.freeLeaf(h, a)
	t.freeLeaf(h, b)
	if len(items) <= joinedLeaf {
		*parent.at(i) = t.leafOf(h, items)
		parent.remove(i + 1)
		t.settle(h, p, height-1)
		return
	}
	half := len(items) / 2
	*parent.at(i) = t.leafOf(h, items[:half])
	*parent.at(i + 1) = t.leafOf(h, items[half:])
}

// joinInner is joinLeaf for the inner node at level.
func (t *Tree) joinInner(h *offheap.Heap, p *place, level int) {
	parent, i := p.pair(level)
	a, b := parent.child(i), parent.child(i+1)
	var room [scratchInner]child
	all := append(room[:0], innerAt(h, a).children()...)
	all = append(all, innerAt(h, b).children()...)
	t.freeInner(h, a)
	t.freeInner(h, b)
	if len(all) <= joinedInner {
		*parent.at(i) = t.innerOf(h, all)
		parent.remove(i + 1)
		t.settle(h, p, level-1)
		return
	}
	half := len(all) / 2
	*parent.at(i) = t.innerOf(h, all[:half])
	*parent.at(i + 1) = t.innerOf(h, all[half:])
}

// Drop frees about n blocks of a tree that nobody needs any more, and reports
// whether it was the last of them. Nothing else may be done with the tree then.
func (t *Tree) Drop(h *offheap.Heap, n int) (done bool) {
	for ; n > 0 && t.root != 0; n-- {
		var path [maxHeight]offheap.Ref
		r, height := t.rootRef(), t.height()
		for level := range height {
			path[level] = r
			in := innerAt(h, r)
			r = in.child(in.n() - 1)
		}
		t.freeLeaf(h, r)
		level := height - 1
		for ; level >= 0; level-- {
			in := innerAt(h, path[level])
			if in.setN(in.n() - 1); in.n() > 0 {
				break
			}
			t.freeInner(h, path[level])
		}
		if level < 0 {
			*t = Tree{}
		}
	}
	return t.root == 0
}
