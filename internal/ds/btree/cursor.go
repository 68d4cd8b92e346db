package btree

import "sigrun/internal/offheap"

// Cursor reads elements in order. Any change of the tree ends its life.
type Cursor struct {
	p      place
	height int
	ended  bool
}

// Seek puts c on the element of the given rank, or behind the last one if there
// is no such rank.
func (c *Cursor) Seek(h *offheap.Heap, t *Tree, rank int) {
	c.height = t.height()
	c.ended = rank < 0 || rank >= t.Len()
	if !c.ended {
		t.findRank(h, rank, &c.p)
	}
}

// Forward fills dst with the records of the element that c is on and of those
// after it, and puts c behind them. It returns how many there are: fewer than
// asked for only at the end.
func (c *Cursor) Forward(h *offheap.Heap, dst []offheap.Ref) (n int) {
	for n < len(dst) && !c.ended {
		k := min(len(dst)-n, c.p.leaf.n()-c.p.i)
		for j := range k {
			dst[n+j] = c.p.leaf.ref(c.p.i + j)
		}
		n += k
		if c.p.i += k; c.p.i == c.p.leaf.n() {
			c.turn(h, 1)
		}
	}
	return n
}

// Backward is Forward in the other direction.
func (c *Cursor) Backward(h *offheap.Heap, dst []offheap.Ref) (n int) {
	for n < len(dst) && !c.ended {
		k := min(len(dst)-n, c.p.i+1)
		for j := range k {
			dst[n+j] = c.p.leaf.ref(c.p.i - j)
		}
		n += k
		if c.p.i -= k; c.p.i < 0 {
			c.turn(h, -1)
		}
	}
	return n
}

// turn goes to the next leaf, or with d = -1 to the one before.
func (c *Cursor) turn(h *offheap.Heap, d int) {
	level := c.height - 1
	for ; level >= 0; level-- {
		s := &c.p.path[level]
		if s.i += d; s.i >= 0 && s.i < s.n.n() {
			break
		}
	}
	if level < 0 {
		c.ended = true
		return
	}
	r := c.p.path[level].n.child(c.p.path[level].i)
	for level++; level < c.height; level++ {
		n := innerAt(h, r)
		i := 0
		if d < 0 {
			i = n.n() - 1
		}
		c.p.path[level] = step{n, i}
		r = n.child(i)
	}
	c.p.ref, c.p.leaf, c.p.i = r, leafAt(h, r), 0
	if d < 0 {
		c.p.i = c.p.leaf.n() - 1
	}
}
