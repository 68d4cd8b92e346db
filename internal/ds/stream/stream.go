package stream

import (
	"unsafe"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// Stream is a view of a stream and the heap that its next blocks come from.
type Stream struct {
	h *offheap.Heap
	r *root
}

// root is the block by which a stream is known.
type root struct {
	nodes   tree // words: the ref of the block
	groups  names
	last    ID // of the last entry ever
	first   ID // of the first entry; zero if there is none
	deleted ID // the highest that was deleted by itself
	added   uint64
	length  uint64
	bytes   uint64 // of all blocks
	tailKey ID     // key of the last block
	tail    offheap.Ref
	frozen  bool // there is a Frozen of the stream
}

const rootSize = int(unsafe.Sizeof(root{}))

// New makes an empty stream and returns the ref of its root, too.
func New(h *offheap.Heap) (Stream, offheap.Ref) {
	ref := h.Alloc(rootSize, offheap.Values)
	s := Open(h, ref)
	*s.r = root{bytes: uint64(offheap.RoundUp(rootSize))}
	return s, ref
}

// Open is a view of the stream with root ref, whose new blocks come from h.
func Open(h *offheap.Heap, ref offheap.Ref) Stream {
	return Stream{h, (*root)(h.Ptr(ref))}
}

func (s Stream) alloc(n int) offheap.Ref {
	s.r.bytes += uint64(offheap.RoundUp(n))
	return s.h.Alloc(n, offheap.Values)
}

func (s Stream) free(r offheap.Ref) {
	s.r.bytes -= uint64(s.h.Size(r))
	s.h.Free(r, offheap.Values)
}

// Len is the number of entries.
func (s Stream) Len() uint64 { return s.r.length }

// Nodes is the number of blocks of entries.
func (s Stream) Nodes() uint64 { return s.r.nodes.count }

// Bytes is the size of all blocks of s, the root's included, and those that are kept
// of its past.
func (s Stream) Bytes() int { return int(s.r.bytes) }

// Added is the number of entries that were ever added.
func (s Stream) Added() uint64 { return s.r.added }

// LastID is the ID of the last entry that was added.
func (s Stream) LastID() ID { return s.r.last }

// FirstID is the ID of the first entry, zero if there is none.
func (s Stream) FirstID() ID { return s.r.first }

// MaxDeletedID is the highest ID of the entries that Delete removed.
func (s Stream) MaxDeletedID() ID { return s.r.deleted }

// SetLastID sets what LastID answers; it must not be below the last entry.
func (s Stream) SetLastID(id ID) { s.r.last = id }

// SetAdded sets what Added answers.
func (s Stream) SetAdded(n uint64) { s.r.added = n }

// SetMaxDeletedID sets what MaxDeletedID answers.
func (s Stream) SetMaxDeletedID(id ID) { s.r.deleted = id }

// block is a view of a whole block, to read the listpack in it or to change it.
func (s Stream) block(r offheap.Ref) []byte { return s.h.Space().Bytes(r, s.h.Size(r)) }

// list is a view of the listpack in a block, to be read.
func (s Stream) list(r offheap.Ref) []byte {
	n := listpack.Bytes(s.h.Space().Bytes(r, listpack.HeaderSize))
	return s.h.Space().Bytes(r, n)
}

// put makes lp, which was a view of the block at slot before it was changed,
// the contents of a block there again.
func (s Stream) put(slot *uint64, lp []byte) {
	r := offheap.Ref(*slot)
	old := s.h.Space().Bytes(r, 1)
	if &lp[0] == &old[0] {
		return
	}
	n := s.alloc(len(lp))
	copy(s.h.Space().Bytes(n, len(lp)), lp)
	s.free(r)
	s.moved(slot, n)
}

// resize moves the listpack at slot into a block of size bytes.
func (s Stream) resize(slot *uint64, size int) []byte {
	old := offheap.Ref(*slot)
	n := s.alloc(size)
	copy(s.h.Space().Bytes(n, size), s.list(old))
	s.free(old)
	s.moved(slot, n)
	return s.block(n)
}

// moved notes that the block at slot is now n.
func (s Stream) moved(slot *uint64, n offheap.Ref) {
	if s.r.tail == offheap.Ref(*slot) {
		s.r.tail = n
	}
	*slot = uint64(n)
}

// FreeSome gives back about n blocks of the stream with root ref, which must not
// be used any more but for that, and reports whether nothing is left.
func FreeSome(h *offheap.Heap, ref offheap.Ref, n int) (done bool) {
	s := Open(h, ref)
	for ; s.r.nodes.count > 0; n-- {
		if n <= 0 {
			return false
		}
		s.r.nodes.dropLeaf(s, func(words []uint64) {
			s.free(offheap.Ref(words[0]))
			n--
		})
	}
	for s.r.groups.n > 0 {
		g := s.groupAt(int(s.r.groups.n) - 1)
		if n = g.freeSome(n); n <= 0 {
			return false
		}
		s.dropGroup(int(s.r.groups.n) - 1)
	}
	h.Free(ref, offheap.Values)
	return true
}

// Copy makes a copy of s whose blocks come from h.
func (s Stream) Copy(h *offheap.Heap) offheap.Ref {
	c, ref := New(h)
	bytes := c.r.bytes
	*c.r = *s.r
	c.r.nodes, c.r.groups, c.r.bytes, c.r.tail, c.r.frozen = tree{}, names{}, bytes, 0, false
	for p := s.r.nodes.seek(s, ID{}); p.ok(); p.next() {
		c.addBlock(p.id(), s.list(offheap.Ref(p.words()[0])))
	}
	for i := range s.Groups() {
		s.Group(i).copyTo(c)
	}
	return ref
}

// addBlock adds a copy of the listpack lp behind all other blocks.
func (s Stream) addBlock(key ID, lp []byte) {
	r := s.alloc(len(lp))
	copy(s.h.Space().Bytes(r, len(lp)), lp)
	s.r.nodes.insert(s, 1, key)[0] = uint64(r)
}
