package btree

import (
	"bytes"
	"fmt"

	"sigrun/internal/offheap"
)

// Check walks the tree and reports the first broken invariant. visit, which may
// be nil, is called with each element in order.
func (t *Tree) Check(h *offheap.Heap, visit func(key uint64, r offheap.Ref) error) error {
	if t.count == 0 {
		if *t != (Tree{}) {
			return fmt.Errorf("btree: empty, but %+v", *t)
		}
		return nil
	}
	c := checker{h: h, visit: visit}
	n, _, err := c.node(t.rootRef(), t.height(), true)
	switch {
	case err != nil:
		return err
	case n != t.Len():
		return fmt.Errorf("btree: holds %d elements, counts %d", n, t.Len())
	case c.bytes != t.Bytes():
		return fmt.Errorf("btree: has %d bytes, counts %d", c.bytes, t.Bytes())
	}
	return nil
}

type checker struct {
	h     *offheap.Heap
	visit func(key uint64, r offheap.Ref) error
	last  item
	any   bool
	bytes int
}

// node checks the node r, which has height levels of inner nodes, and returns
// the number and the first of its elements.
func (c *checker) node(r offheap.Ref, height int, root bool) (count int, first item, err error) {
	c.bytes += c.h.Size(r)
	if height == 0 {
		return c.leaf(leafAt(c.h, r))
	}
	n := innerAt(c.h, r)
	if least := minInner; !root && n.n() < least || n.n() < 2 || n.n() > n.room() {
		return 0, first, fmt.Errorf("btree: an inner node has %d children and room for %d", n.n(), n.room())
	}
	for i := range n.n() {
		k, f, err := c.node(n.child(i), height-1, false)
		switch {
		case err != nil:
			return 0, first, err
		case k != n.count(i):
			return 0, first, fmt.Errorf("btree: child %d has %d elements, counted %d", i, k, n.count(i))
		case f != n.at(i).first():
			return 0, first, fmt.Errorf("btree: child %d begins with %v, noted %v", i, f, n.at(i).first())
		case i == 0:
			first = f
		}
		count += k
	}
	return count, first, nil
}

func (c *checker) leaf(l leaf) (count int, first item, err error) {
	if l.n() == 0 || l.n() > l.room() {
		return 0, first, fmt.Errorf("btree: a leaf has %d entries and room for %d", l.n(), l.room())
	}
	for i := range l.n() {
		it := item{l.key(i), l.ref(i)}
		if c.any && !c.ordered(it) {
			return 0, first, fmt.Errorf("btree: %v does not come after %v", it, c.last)
		}
		c.any, c.last = true, it
		if c.visit != nil {
			if err := c.visit(it.key, it.ref); err != nil {
				return 0, first, err
			}
		}
	}
	return l.n(), item{l.key(0), l.ref(0)}, nil
}

func (c *checker) ordered(it item) bool {
	if c.last.key != it.key {
		return c.last.key < it.key
	}
	return bytes.Compare(memberOf(c.h, c.last.ref), memberOf(c.h, it.ref)) < 0
}
