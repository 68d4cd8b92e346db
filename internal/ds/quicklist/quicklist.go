// Package quicklist is a long list: a chain of nodes, each a listpack of some
// kilobytes, or a single large element as it is.
//
//	root:  head · tail · elements · nodes · bytes · index · fill · compress · epoch · frozen
//	         │      │
//	         ▼      ▼
//	node:  prev 40 · next 40 · block 40 · plain 1 · epoch 1 · either count 32, offset 32 (listpack)
//	         │                                                or length 64 (large element)
//	         ▼
//	block: [free] listpack [free]     or     the bytes of the element
//
// The free space in front lets a list grow and shrink at its head without moving
// entries; the offset says how long it is. Blocks double as they grow, up to the
// size that the fill allows, and are cut to what they hold once another node
// becomes the end.
//
// How full nodes get, when they are split and merged, and which elements are
// large follows Valkey, whose reports of nodes, and whose conversions to the
// short form, hang on it: see fill.go. Nodes are never kept compressed, for all
// that the depth of compression is remembered.
//
// A list can be saved as it was at one moment while it goes on changing: see
// Frozen.
//
// Invariants: (1) elements and nodes of the root are what the chain holds; (2) no
// node is empty; (3) bytes is the size of all blocks but the root's and the index's; (4) unless the
// list is frozen all nodes have the root's epoch.
//
// Costs: O(1) at the ends; O(nodes) from the nearer end to an index, but O(log nodes)
// where one has been asked for before and only the ends have changed since, see index;
// O(node) to insert or delete. Not safe for concurrent use, nor is reading.
package quicklist

import (
	"math"
	"unsafe"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// List is a list in blocks of a heap. It is a reference: copies are the same list.
type List struct {
	h *offheap.Heap
	r offheap.Ref
}

// root is the first block of a list.
type root struct {
	head, tail offheap.Ref
	count      uint64
	nodes      uint64
	bytes      uint64
	index      offheap.Ref // 0 if there is none
	fill       int32
	compress   uint16
	epoch      uint8 // the bit of nodes that need not be saved any more
	frozen     bool  // there is a Frozen of the list
}

const rootSize = int(unsafe.Sizeof(root{}))

// New returns an empty list whose nodes are filled as fill says
// (list-max-listpack-size).
func New(h *offheap.Heap, fill, compress int) List {
	l := List{h, h.Alloc(rootSize, offheap.Values)}
	*l.root() = root{fill: int32(fill), compress: uint16(min(compress, math.MaxUint16))}
	return l
}

// At is the list whose root is r. Further blocks come from h.
func At(h *offheap.Heap, r offheap.Ref) List { return List{h, r} }

// FromPack returns a list of one node: the listpack at the beginning of block
// pack, which belongs to the list then.
func FromPack(h *offheap.Heap, pack offheap.Ref, fill, compress int) List {
	l := New(h, fill, compress)
	l.adopt(pack)
	return l
}

// adopt appends a node out of a block that begins with a listpack.
func (l List) adopt(pack offheap.Ref) {
	lp := l.h.Space().Bytes(pack, listpack.EmptySize)
	n := listpack.Len(l.h.Space().Bytes(pack, listpack.Bytes(lp)))
	if n == 0 {
		l.h.Free(pack, offheap.Values)
		return
	}
	r := l.newNode(pack)
	l.node(r).setPack(n, 0)
	l.link(l.root().tail, r)
	l.root().count += uint64(n)
}

// Ref is the block of the root.
func (l List) Ref() offheap.Ref { return l.r }

func (l List) root() *root { return (*root)(l.h.Ptr(l.r)) }

// Len is the number of elements.
func (l List) Len() int { return int(l.root().count) }

// Nodes is the number of nodes.
func (l List) Nodes() int { return int(l.root().nodes) }

// Fill and Compress are what New was told.
func (l List) Fill() int { return int(l.root().fill) }

// Compress is the number of nodes at each end that are not to be compressed, as far
// as 16 bits go; 0 if none is.
func (l List) Compress() int { return int(l.root().compress) }

// Size is the number of bytes of all blocks.
func (l List) Size() int {
	size := int(l.root().bytes) + l.h.Size(l.r)
	if x := l.root().index; x != 0 {
		size += l.h.Size(x)
	}
	return size
}

// node is the descriptor of a node. A Ref has 40 bits: the first word holds prev
// and the low bits of the block, the second next, the other bits and the marks.
type node struct {
	prevBlock uint64
	nextBlock uint64
	body      uint64
}

const (
	nodeSize  = int(unsafe.Sizeof(node{}))
	refMask   = 1<<offheap.RefBits - 1
	lowBits   = 64 - offheap.RefBits // of the block's Ref in the first word
	lowMask   = 1<<lowBits - 1
	highMask  = 1<<(offheap.RefBits-lowBits) - 1
	plainMark = 1 << 63
	epochBit  = 62
	epochMark = 1 << epochBit
)

func (n *node) prev() offheap.Ref { return offheap.Ref(n.prevBlock & refMask) }
func (n *node) next() offheap.Ref { return offheap.Ref(n.nextBlock & refMask) }

func (n *node) setPrev(r offheap.Ref) { n.prevBlock = n.prevBlock&^refMask | uint64(r) }
func (n *node) setNext(r offheap.Ref) { n.nextBlock = n.nextBlock&^refMask | uint64(r) }

func (n *node) block() offheap.Ref {
	return offheap.Ref(n.prevBlock>>offheap.RefBits | (n.nextBlock>>offheap.RefBits&highMask)<<lowBits)
}

func (n *node) setBlock(r offheap.Ref) {
	n.prevBlock = n.prevBlock&refMask | (uint64(r)&lowMask)<<offheap.RefBits
	n.nextBlock = n.nextBlock&(refMask|plainMark|epochMark) | (uint64(r)>>lowBits)<<offheap.RefBits
}

func (n *node) plain() bool { return n.nextBlock&plainMark != 0 }

func (n *node) epoch() uint8 { return uint8(n.nextBlock >> epochBit & 1) }

func (n *node) setEpoch(bit uint8) { n.nextBlock = n.nextBlock&^epochMark | uint64(bit)<<epochBit }

// count is the number of elements.
func (n *node) count() int {
	if n.plain() {
		return 1
	}
	return int(uint32(n.body))
}

func (n *node) offset() int { return int(n.body >> 32) }

// length is that of a plain node's element.
func (n *node) length() int { return int(n.body) }

func (n *node) setPack(count, offset int) {
	n.nextBlock &^= plainMark
	n.body = uint64(count) | uint64(offset)<<32
}

func (n *node) setPlain(length int) {
	n.nextBlock |= plainMark
	n.body = uint64(length)
}

func (l List) node(r offheap.Ref) *node { return (*node)(l.h.Ptr(r)) }

// newDescriptor is room for a node, whose contents are undefined.
func (l List) newDescriptor() offheap.Ref { return l.h.Alloc(nodeSize, offheap.Values) }

// newNode returns a node with this block, which is in no chain yet.
func (l List) newNode(block offheap.Ref) offheap.Ref {
	r := l.newDescriptor()
	*l.node(r) = node{}
	l.node(r).setBlock(block)
	l.node(r).setEpoch(l.root().epoch)
	l.root().bytes += uint64(l.h.Size(r) + l.h.Size(block))
	return r
}

// link puts node r, which has its elements, behind node prev, or in front of all if
// that is 0. The elements are the caller's to count.
func (l List) link(prev, r offheap.Ref) {
	t := l.root()
	next := t.head
	if prev != 0 {
		next = l.node(prev).next()
		l.node(prev).setNext(r)
	} else {
		t.head = r
	}
	if next != 0 {
		l.node(next).setPrev(r)
	} else {
		t.tail = r
	}
	n := l.node(r)
	n.setPrev(prev)
	n.setNext(next)
	t.nodes++
}

// unlink takes node r out of the chain and frees it, unless it is still to be saved.
func (l List) unlink(r offheap.Ref) {
	t, n := l.root(), l.node(r)
	prev, next := n.prev(), n.next()
	if prev != 0 {
		l.node(prev).setNext(next)
	} else {
		t.head = next
	}
	if next != 0 {
		l.node(next).setPrev(prev)
	} else {
		t.tail = prev
	}
	t.nodes--
	t.bytes -= uint64(l.h.Size(r) + l.h.Size(n.block()))
	if t.frozen && l.past().leave(l, r, next) {
		return
	}
	l.freeNode(r)
}

// freeNode frees the blocks of a node that the root does not count any more.
func (l List) freeNode(r offheap.Ref) {
	l.h.Free(l.node(r).block(), offheap.Values)
	l.h.Free(r, offheap.Values)
}

// remove takes node r out of the chain with all its elements.
func (l List) remove(r offheap.Ref) {
	l.root().count -= uint64(l.node(r).count())
	l.unlink(r)
}

// block is a view of all of node n's block.
func (l List) block(n *node) []byte {
	b := n.block()
	return l.h.Space().Bytes(b, l.h.Size(b))
}

// pack is a view of the listpack of node n, which is not plain.
func (l List) pack(n *node) []byte {
	off := n.offset()
	head := l.h.Space().Bytes(n.block(), off+listpack.EmptySize)[off:]
	return unsafe.Slice(unsafe.SliceData(head), listpack.Bytes(head))
}

// element is a view of the element of node n, which is plain.
func (l List) element(n *node) []byte { return l.h.Space().Bytes(n.block(), n.length()) }

// bytesOf is the number of bytes that node n's elements take.
func (l List) bytesOf(n *node) int {
	if n.plain() {
		return n.length()
	}
	return len(l.pack(n))
}

// Data is the number of bytes of the listpacks and large elements.
func (l List) Data() (sum int) {
	for r := l.root().head; r != 0; r = l.node(r).next() {
		sum += l.bytesOf(l.node(r))
	}
	return sum
}

// EachNode calls f for each node: with its listpack, or with its element and plain
// set. What f is given dies when it returns.
func (l List) EachNode(f func(b []byte, plain bool)) {
	for r := l.root().head; r != 0; r = l.node(r).next() {
		n := l.node(r)
		if n.plain() {
			f(l.element(n), true)
		} else {
			f(l.pack(n), false)
		}
	}
}

// Free frees the list.
func (l List) Free() {
	for done := false; !done; {
		done = l.FreeSome(1 << 30)
	}
}

// FreeSome frees about n blocks of a list that is used for nothing else any more,
// and reports whether it is all gone.
func (l List) FreeSome(n int) (done bool) {
	l.forget()
	t := l.root()
	for r := t.head; r != 0; n -= 2 {
		if n <= 0 {
			t.head = r
			return false
		}
		next := l.node(r).next()
		l.freeNode(r)
		r = next
	}
	l.h.Free(l.r, offheap.Values)
	return true
}

// Clone returns a copy of the list in heap h.
func (l List) Clone(h *offheap.Heap) List {
	c := New(h, l.Fill(), l.Compress())
	l.EachNode(func(b []byte, plain bool) {
		if plain {
			c.AppendPlain(b)
		} else {
			c.AppendPack(b)
		}
	})
	return c
}

// AppendPack appends the elements of a listpack, which is copied, as a node of
// their own. An empty one is left out.
func (l List) AppendPack(lp []byte) {
	total := listpack.Bytes(lp)
	block := l.h.Alloc(total, offheap.Values)
	copy(l.h.Space().Bytes(block, total), lp)
	l.adopt(block)
}

// AppendPlain appends a copy of b as a node of its own.
func (l List) AppendPlain(b []byte) { l.insertPlain(l.root().tail, b) }

// insertPlain puts b as a node of its own behind node prev; 0 is in front of all. The
// index is the caller's.
func (l List) insertPlain(prev offheap.Ref, b []byte) offheap.Ref {
	r := l.newNode(l.copyOf(b))
	l.node(r).setPlain(len(b))
	l.link(prev, r)
	l.root().count++
	return r
}

// copyOf is a block with the bytes of b.
func (l List) copyOf(b []byte) offheap.Ref {
	block := l.h.Alloc(len(b), offheap.Values)
	copy(l.h.Space().Bytes(block, len(b)), b)
	return block
}

// OnePack reports whether the list is one node that is a listpack, and how many
// bytes that has.
func (l List) OnePack() (bytes int, ok bool) {
	t := l.root()
	if t.nodes != 1 || l.node(t.head).plain() {
		return 0, false
	}
	return len(l.pack(l.node(t.head))), true
}

// Unwrap turns a list that is OnePack into the block that begins with its
// listpack; the list is no more, or belongs to its Frozen.
func (l List) Unwrap() offheap.Ref {
	l.forget()
	r := l.root().head
	n := l.node(r)
	lp, block := l.pack(n), n.block()
	if l.root().frozen {
		block = l.copyOf(lp)
		l.remove(r)
		l.past().gone = true
		return block
	}
	if offheap.RoundUp(len(lp)) < l.h.Size(block) {
		whole := block
		block = l.copyOf(lp)
		l.h.Free(whole, offheap.Values)
	} else if n.offset() > 0 {
		copy(l.h.Space().Bytes(block, len(lp)), lp)
	}
	l.h.Free(r, offheap.Values)
	l.h.Free(l.r, offheap.Values)
	return block
}
