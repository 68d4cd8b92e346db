package quicklist

import (
	"unsafe"

	"sigrun/internal/hash"
	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
)

// Frozen is a list as it was at one moment, while the list goes on changing. It is
// used up from the first node to the last, a little at a time.
//
// The list has an epoch bit, and so has each node. Freeze flips the list's: what
// has another bit is a node as it was then, and still to be saved. New nodes are
// born with the new bit. Who is about to change the elements of an unsaved node
// shields it: a copy is kept, and the node gets the new bit.
//
// No index says where a kept node belongs: it is kept with the node that it is a
// copy of, as a chain of descriptors:
//
//	list:      A ── B' ── new ── D' ── E
//	                │            │
//	kept:           B            C ─ D
//
// When a node leaves the list its chain, and itself at the end of it if it is
// unsaved, is put in front of the chain of the node behind it, as C here; behind
// the last node there is a chain, too. So the chains and the unsaved nodes are all
// the nodes there were, in their order, whatever is inserted, merged or trimmed; and
// a node that is dropped is neither copied nor encoded by who drops it.
//
// Who uses the list up stands at a node: what belongs before it is done. All that
// is done is freed or has the new bit, so when nothing is left all bits agree.
//
// A list that becomes a listpack meanwhile leaves its root behind: see Gone.
//
// The heap that a method is told is the one of who holds the list at that time. A
// change of the list finds its Frozen by the heap's Saving.
type Frozen struct {
	root offheap.Ref
	kept map[offheap.Ref]chain // by the node that it goes before, 0 being the end
	at   offheap.Ref           // the node to go on with
	left int                   // how many nodes are still to be given out
	gone bool
	sums []uint64 // in builds with invariants: of the nodes to be given out
}

// chain is a row of nodes that are in no list, linked by next.
type chain struct{ first, last offheap.Ref }

// Freeze begins the saving of the list, which must not be frozen, nor empty. The list's heap
// must give the result to those who ask its Saving from then on.
func (l List) Freeze() *Frozen {
	t := l.root()
	invariant.Assert(!t.frozen && t.nodes > 0, "an empty list is frozen, or one twice")
	f := &Frozen{root: l.r, kept: map[offheap.Ref]chain{}, at: t.head, left: int(t.nodes)}
	if invariant.Enabled {
		l.EachNode(func(b []byte, _ bool) { f.sums = append(f.sums, hash.CRC64(b)) })
	}
	t.epoch, t.frozen = t.epoch^1, true
	return f
}

// Identity is what a heap's Saving is asked for.
func (l List) Identity() unsafe.Pointer { return unsafe.Pointer(l.root()) }

// past is the Frozen of a list that is frozen.
func (l List) past() *Frozen { return l.h.Saving(l.Identity()).(*Frozen) }

// unsaved reports whether node r is still to be saved.
func (l List) unsaved(r offheap.Ref) bool {
	t := l.root()
	return t.frozen && l.node(r).epoch() != t.epoch
}

// shield is to be called before elements of node r change or move elsewhere, unless
// the whole node goes.
func (l List) shield(r offheap.Ref) {
	if !l.unsaved(r) {
		return
	}
	n, past := l.node(r), l.newDescriptor()
	p := l.node(past)
	*p = *n
	if n.plain() {
		p.setBlock(l.copyOf(l.element(n)))
	} else {
		p.setBlock(l.copyOf(l.pack(n)))
		p.setPack(n.count(), 0)
	}
	l.past().keep(l, r, past)
}

// keep keeps past, what node r was, with it. The node is saved then.
func (f *Frozen) keep(l List, r, past offheap.Ref) {
	f.kept[r] = l.joined(f.kept[r], chain{past, past})
	l.node(r).setEpoch(l.root().epoch)
}

// leave is told that node r has left the list, where node next, 0 for none, was
// behind it. It reports whether the node belongs to f now.
func (f *Frozen) leave(l List, r, next offheap.Ref) (ours bool) {
	c := f.kept[r]
	delete(f.kept, r)
	if ours = l.node(r).epoch() != l.root().epoch; ours {
		c = l.joined(c, chain{r, r})
	}
	if c.first != 0 {
		f.kept[next] = l.joined(c, f.kept[next])
	}
	if f.at == r {
		f.at = next
	}
	return ours
}

// joined is chain a with b behind it.
func (l List) joined(a, b chain) chain {
	switch {
	case a.first == 0:
		return b
	case b.first == 0:
		return a
	}
	l.node(a.last).setNext(b.first)
	return chain{a.first, b.last}
}

// Nodes is how many nodes are still to be given out.
func (f *Frozen) Nodes() int { return f.left }

// Next gives out the next node if it comes upon it: visit, unless it is nil, is
// called as by EachNode. done is set when there is none left; the list isn't frozen
// any more then. It takes a bounded number of steps.
func (f *Frozen) Next(h *offheap.Heap, visit func(b []byte, plain bool)) (done bool) {
	l := At(h, f.root)
	if f.left > 0 {
		f.step(l, visit)
	}
	if f.left > 0 {
		return false
	}
	invariant.Assert(len(f.kept) == 0, "more nodes were kept than the list had")
	l.root().frozen = false
	return true
}

// step gives out a kept node, or looks at one of the list.
func (f *Frozen) step(l List, visit func(b []byte, plain bool)) {
	c, kept := f.kept[f.at]
	if !kept {
		invariant.Assert(f.at != 0, "a list lost nodes that are still to be saved")
		r := f.at
		f.at = l.node(r).next()
		if l.unsaved(r) {
			f.giveOut(l, r, visit)
			l.node(r).setEpoch(l.root().epoch)
		}
		return
	}
	r := c.first
	if r == c.last {
		delete(f.kept, f.at)
	} else {
		f.kept[f.at] = chain{l.node(r).next(), c.last}
	}
	f.giveOut(l, r, visit)
	l.freeNode(r)
}

func (f *Frozen) giveOut(l List, r offheap.Ref, visit func(b []byte, plain bool)) {
	n := l.node(r)
	f.left--
	var b []byte
	if n.plain() {
		b = l.element(n)
	} else {
		b = l.pack(n)
	}
	if invariant.Enabled {
		invariant.Assert(hash.CRC64(b) == f.sums[len(f.sums)-f.left-1], "a node changed before it was saved")
	}
	if visit != nil {
		visit(b, n.plain())
	}
}

// Gone reports whether the list has become something else, and the root, which has
// no nodes any more, is for who saves it to free.
func (f *Frozen) Gone() bool { return f.gone }
