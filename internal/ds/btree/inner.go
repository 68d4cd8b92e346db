package btree

import (
	"bytes"
	"unsafe"

	"sigrun/internal/offheap"
)

const (
	innerHeader = 8
	childSize   = 24
	lowBits     = 64 - offheap.RefBits // of a count, beside the child's ref
)

// inner is a view of an inner node: see the package.
type inner struct{ p unsafe.Pointer }

// child is one child of an inner node.
type child struct {
	key  uint64 // of the first element below it
	low  uint64 // ref of the node | low bits of the count<<40
	high uint64 // ref of the first element's record | high bits of the count<<40
}

func makeChild(r offheap.Ref, first item, count int) child {
	var c child
	c.key, c.low, c.high = first.key, uint64(r), uint64(first.ref)
	c.setCount(count)
	return c
}

func (c *child) ref() offheap.Ref { return offheap.Ref(c.low & refMask) }

func (c *child) count() int {
	return int(c.low>>offheap.RefBits | c.high>>offheap.RefBits<<lowBits)
}

func (c *child) setCount(n int) {
	c.low = c.low&refMask | uint64(n)<<offheap.RefBits
	c.high = c.high&refMask | uint64(n)>>lowBits<<offheap.RefBits
}

func (c *child) setFirst(first item) {
	c.key = first.key
	c.high = c.high&^refMask | uint64(first.ref)
}

func (c *child) first() item { return item{c.key, offheap.Ref(c.high & refMask)} }

func innerAt(h *offheap.Heap, r offheap.Ref) inner { return inner{h.Ptr(r)} }

func (n inner) n() int     { return int(*(*uint16)(n.p)) }
func (n inner) setN(c int) { *(*uint16)(n.p) = uint16(c) }
func (n inner) room() int  { return int(*(*uint16)(unsafe.Add(n.p, 2))) }

func (n inner) at(i int) *child { return (*child)(unsafe.Add(n.p, innerHeader+i*childSize)) }

func (n inner) child(i int) offheap.Ref { return n.at(i).ref() }
func (n inner) first(i int) offheap.Ref { return n.at(i).first().ref }
func (n inner) count(i int) int         { return n.at(i).count() }

// countBefore is the number of elements below the first i children.
func (n inner) countBefore(i int) (sum int) {
	for j := range i {
		sum += n.count(j)
	}
	return sum
}

// search is the first child whose first element is not before (key, member), or
// with a member also not equal to it: the child before it is where the element
// is or belongs.
func (n inner) search(h *offheap.Heap, key uint64, member []byte) int {
	lo, hi := 0, n.n()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		c := n.at(mid)
		before := c.key < key
		if c.key == key && member != nil {
			before = bytes.Compare(memberOf(h, c.first().ref), member) <= 0
		}
		if before {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// children is a view of the children.
func (n inner) children() []child {
	return unsafe.Slice((*child)(unsafe.Add(n.p, innerHeader)), n.n())
}

// insert puts c in front of child i if there is room.
func (n inner) insert(i int, c child) bool {
	k := n.n()
	if k >= n.room() {
		return false
	}
	n.setN(k + 1)
	all := n.children()
	copy(all[i+1:], all[i:])
	all[i] = c
	return true
}

// remove takes child i out.
func (n inner) remove(i int) {
	all := n.children()
	copy(all[i:], all[i+1:])
	n.setN(len(all) - 1)
}

func innerSize(room int) int { return innerHeader + room*childSize }

// newInner is a new inner node with these children.
func (t *Tree) newInner(h *offheap.Heap, children []child) offheap.Ref {
	size := offheap.RoundUp(innerSize(roomFor(len(children), maxInner)))
	r := h.Alloc(size, offheap.Values)
	t.bytes += uint64(size)
	n := innerAt(h, r)
	n.setN(len(children))
	*(*uint16)(unsafe.Add(n.p, 2)) = uint16((size - innerHeader) / childSize)
	copy(n.children(), children)
	return r
}

func (t *Tree) freeInner(h *offheap.Heap, r offheap.Ref) {
	t.bytes -= uint64(offheap.RoundUp(innerSize(innerAt(h, r).room())))
	h.Free(r, offheap.Values)
}
