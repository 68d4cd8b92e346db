package quicklist

import (
	"fmt"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// Check looks at the invariants of the whole list.
func (l List) Check() error {
	t := l.root()
	var nodes, count, bytes uint64
	prev := offheap.Ref(0)
	for r := t.head; r != 0; r = l.node(r).next() {
		n := l.node(r)
		if n.prev() != prev {
			return fmt.Errorf("node %d does not know the one before it", nodes)
		}
		if err := l.checkNode(n); err != nil {
			return fmt.Errorf("node %d: %w", nodes, err)
		}
		nodes++
		count += uint64(n.count())
		bytes += uint64(l.h.Size(r) + l.h.Size(n.block()))
		prev = r
	}
	if err := l.checkIndex(); err != nil {
		return err
	}
	if t.tail != prev {
		return fmt.Errorf("the tail is not the last of %d nodes", nodes)
	}
	if nodes != t.nodes || count != t.count || bytes != t.bytes {
		return fmt.Errorf("%d nodes, %d elements, %d bytes; the root says %d, %d, %d", nodes, count, bytes, t.nodes, t.count, t.bytes)
	}
	return nil
}

func (l List) checkNode(n *node) error {
	if n.plain() {
		if n.length() > l.h.Size(n.block()) {
			return fmt.Errorf("an element of %d bytes in a block of %d", n.length(), l.h.Size(n.block()))
		}
		return nil
	}
	lp := l.pack(n)
	if n.offset()+len(lp) > l.h.Size(n.block()) {
		return fmt.Errorf("a listpack of %d bytes at %d in a block of %d", len(lp), n.offset(), l.h.Size(n.block()))
	}
	if !listpack.Valid(lp, true) {
		return fmt.Errorf("a damaged listpack")
	}
	if c := listpack.Len(lp); c != n.count() || c == 0 {
		return fmt.Errorf("%d elements, the node says %d", c, n.count())
	}
	return nil
}

// checkIndex looks for each mark's node where the mark says that it begins.
func (l List) checkIndex() error {
	x := l.index()
	if x == nil {
		return nil
	}
	row := x.marks()
	at := x.base
	for r := l.root().head; r != 0 && len(row) > 0; r = l.node(r).next() {
		if row[0].node == r {
			if row[0].at != at || r == l.root().head {
				return fmt.Errorf("a mark says that a node begins at %d: it does at %d, the list at %d", row[0].at, at, x.base)
			}
			row = row[1:]
		}
		at += int64(l.node(r).count())
	}
	if len(row) > 0 {
		return fmt.Errorf("%d marks of nodes that are not there, or not in order", len(row))
	}
	return nil
}
