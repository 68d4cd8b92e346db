package stream

import (
	"fmt"
	"unsafe"

	"sigrun/internal/offheap"
)

// Check walks through all blocks and returns the first breach of the package's
// invariants.
func (s Stream) Check() error {
	c := audit{s: s, bytes: uint64(offheap.RoundUp(rootSize))}
	if err := c.entries(); err != nil {
		return err
	}
	if err := c.list(&s.r.groups); err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	for i := range s.Groups() {
		if err := c.group(s.Group(i)); err != nil {
			return fmt.Errorf("group %q: %w", s.Group(i).Name(), err)
		}
	}
	if c.bytes != s.r.bytes && !s.r.frozen {
		return fmt.Errorf("%d bytes counted, %d there", s.r.bytes, c.bytes)
	}
	return nil
}

// audit is a Check under way.
type audit struct {
	s     Stream
	bytes uint64 // of the blocks seen
}

func (c *audit) block(r offheap.Ref) { c.bytes += uint64(c.s.h.Size(r)) }

func (c *audit) entries() error {
	s := c.s
	if err := c.tree(&s.r.nodes, 1); err != nil {
		return fmt.Errorf("blocks: %w", err)
	}
	var last, first ID
	var length uint64
	for p := s.r.nodes.seek(s, ID{}); p.ok(); p.next() {
		r := offheap.Ref(p.words()[0])
		c.block(r)
		if !last.Less(p.id()) {
			return fmt.Errorf("block %v begins before the end of the one before it, %v", p.id(), last)
		}
		end, n, err := checkNode(p.id(), s.list(r))
		if err != nil {
			return fmt.Errorf("block %v: %w", p.id(), err)
		}
		last = end
		length += uint64(n)
		if s.r.tail != 0 && p.id() == s.r.tailKey && r != s.r.tail {
			return fmt.Errorf("the last block is not %v", r)
		}
	}
	if it := s.Range(ID{}, MaxID, false); it.Next() {
		first = it.ID()
	}
	if length != s.r.length || first != s.r.first || s.r.last.Less(last) {
		return fmt.Errorf("%d entries from %v to %v, counted as %d from %v to %v", length, first, last, s.r.length, s.r.first, s.r.last)
	}
	return nil
}

func (c *audit) group(g Group) error {
	c.block(g.ref)
	if err := c.tree(&g.p.pending, nackWords); err != nil {
		return err
	}
	if err := c.list(&g.p.consumers); err != nil {
		return err
	}
	pending := uint64(0)
	for i := range g.Consumers() {
		o := g.Consumer(i)
		c.block(o.ref)
		if err := c.tree(&o.p.pending, 0); err != nil {
			return err
		}
		pending += o.Pending()
		for p := o.p.pending.seek(c.s, ID{}); p.ok(); p.next() {
			n, ok := g.FindPending(p.id())
			if !ok || !n.Consumer().Same(o) {
				return fmt.Errorf("entry %v of consumer %q is not pending for it", p.id(), o.Name())
			}
		}
	}
	if pending != g.Pending() {
		return fmt.Errorf("%d pending entries, %d of consumers", g.Pending(), pending)
	}
	return nil
}

func (c *audit) list(l *names) error {
	if l.room > 0 {
		c.block(l.list)
	}
	refs := l.refs(c.s)
	for i := 1; i < len(refs); i++ {
		if a, b := c.s.nameOf(refs[i-1]), c.s.nameOf(refs[i]); string(a) >= string(b) {
			return fmt.Errorf("name %q before %q", a, b)
		}
	}
	return nil
}

func (c *audit) tree(t *tree, width int) error {
	if t.height == 0 {
		if t.count != 0 {
			return fmt.Errorf("%d entries in no node", t.count)
		}
		return nil
	}
	n, err := c.node(t.top, t.height, width, ID{}, MaxID)
	if err == nil && n != t.count {
		err = fmt.Errorf("%d entries, counted as %d", n, t.count)
	}
	return err
}

// node checks the node r and those below it, whose IDs must lie from lo to hi.
func (c *audit) node(r offheap.Ref, height uint64, width int, lo, hi ID) (count uint64, err error) {
	n := c.s.node(r)
	c.block(r)
	w := width
	if height > 1 {
		w = 1
	}
	if n.n == 0 || n.n > n.room || int(n.width) != w || c.s.h.Size(r) < treeHead+int(n.room)*(idSize+w*wordSize) {
		return 0, fmt.Errorf("a node with %+v in %d bytes", *n, c.s.h.Size(r))
	}
	for i, id := range n.ids()[:n.n] {
		end := hi
		if i+1 < n.len() {
			end = n.ids()[i+1].Prev()
		}
		if id.Less(lo) || end.Less(id) {
			return 0, fmt.Errorf("id %v outside %v to %v", id, lo, end)
		}
		if height == 1 {
			count++
			continue
		}
		below, err := c.node(n.child(i), height-1, width, id, end)
		if err != nil {
			return 0, err
		}
		count += below
	}
	return count, nil
}

// The blocks are laid out for 64-bit words.
var _ [0]struct{} = [unsafe.Sizeof(treeNode{}) - treeHead]struct{}{}
