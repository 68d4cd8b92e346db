package btree

import (
	"bytes"
	"math/bits"
	"unsafe"

	"sigrun/internal/offheap"
)

const (
	leafHeader = 16
	leafSpare  = 3 // bytes behind the last entry, for refs are loaded as 8 bytes
	refSize    = 5
)

// leaf is a view of a leaf: see the package.
type leaf struct{ p unsafe.Pointer }

func leafAt(h *offheap.Heap, r offheap.Ref) leaf { return leaf{h.Ptr(r)} }

func (l leaf) base() uint64       { return *(*uint64)(l.p) }
func (l leaf) n() int             { return int(*(*uint16)(unsafe.Add(l.p, 8))) }
func (l leaf) setN(n int)         { *(*uint16)(unsafe.Add(l.p, 8)) = uint16(n) }
func (l leaf) room() int          { return int(*(*uint16)(unsafe.Add(l.p, 10))) }
func (l leaf) shift() uint        { return uint(*(*uint8)(unsafe.Add(l.p, 12))) }
func (l leaf) width() int         { return int(*(*uint8)(unsafe.Add(l.p, 13))) }
func (l leaf) stride() int        { return refSize + l.width() }
func (l leaf) blockSize() int     { return offheap.RoundUp(leafSize(l.room(), l.stride())) }
func leafSize(room, step int) int { return leafHeader + room*step + leafSpare }

func (l leaf) at(i int) unsafe.Pointer { return unsafe.Add(l.p, leafHeader+i*l.stride()) }

func (l leaf) ref(i int) offheap.Ref { return offheap.Ref(*(*uint64)(l.at(i)) & refMask) }

// key is the key of entry i. The delta is loaded as the 8 bytes that end with it;
// those before the first entry are the header's.
func (l leaf) key(i int) uint64 {
	w := l.width()
	delta := *(*uint64)(unsafe.Add(l.p, leafHeader+(i+1)*(refSize+w)-8)) >> (64 - 8*uint(w))
	return l.base() + delta<<l.shift()
}

// frame is how a leaf packs keys.
type frame struct {
	base  uint64
	shift uint
	width int
}

func (l leaf) frame() frame { return frame{l.base(), l.shift(), l.width()} }

// max is the largest delta.
func (f *frame) max() uint64 { return 1<<(8*uint(f.width)) - 1 }

// fits reports whether key can be packed.
func (f *frame) fits(key uint64) bool {
	d := key - f.base
	return key >= f.base && d>>f.shift <= f.max() && d>>f.shift<<f.shift == d
}

// frameOf is the narrowest frame for items in order. What is left of its range is
// divided between both ends, for keys to come.
func frameOf(items []item) frame {
	first, last := items[0].key, items[len(items)-1].key
	differ := uint64(0)
	for i := range items {
		differ |= items[i].key - first
	}
	if differ == 0 {
		return frame{base: first}
	}
	f := frame{shift: uint(bits.TrailingZeros64(differ))}
	span := (last - first) >> f.shift
	f.width = (bits.Len64(span) + 7) / 8
	slack := min((f.max()-span)/2, first>>f.shift)
	f.base = first - slack<<f.shift
	return f
}

// put writes entry i.
func (l leaf) put(i int, it item) {
	w := l.width()
	delta := (it.key - l.base()) >> l.shift()
	p := l.at(i)
	*(*uint32)(p) = uint32(it.ref)
	*(*uint8)(unsafe.Add(p, 4)) = uint8(it.ref >> 32)
	b := unsafe.Slice((*byte)(unsafe.Add(p, refSize)), w)
	for j := range b {
		b[j] = byte(delta)
		delta >>= 8
	}
}

// search is the first entry that is not before (key, member); a nil member is
// before every other.
func (l leaf) search(h *offheap.Heap, key uint64, member []byte) int {
	n := l.n()
	if key < l.base() {
		return 0
	}
	w, shift := l.width(), l.shift()
	want := (key - l.base()) >> shift
	exact := want<<shift == key-l.base()
	stride, down := refSize+w, 64-8*uint(w)
	end := unsafe.Add(l.p, leafHeader+stride-8)
	lo, hi := 0, n
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		delta := *(*uint64)(unsafe.Add(end, mid*stride)) >> down
		before := delta < want
		if delta == want {
			before = !exact || member != nil && bytes.Compare(memberOf(h, l.ref(mid)), member) < 0
		}
		if before {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// insert puts it in front of entry i if it fits the frame and there is room.
func (l leaf) insert(i int, it item) bool {
	n := l.n()
	f := l.frame()
	if n >= l.room() || !f.fits(it.key) {
		return false
	}
	l.shiftEntries(i, i+1, n-i)
	l.setN(n + 1)
	l.put(i, it)
	return true
}

// remove takes k entries from i on out.
func (l leaf) remove(i, k int) {
	n := l.n()
	l.shiftEntries(i+k, i, n-i-k)
	l.setN(n - k)
}

// shiftEntries moves n entries.
func (l leaf) shiftEntries(from, to, n int) {
	size := n * l.stride()
	copy(unsafe.Slice((*byte)(l.at(to)), size), unsafe.Slice((*byte)(l.at(from)), size))
}

// appendItems unpacks the entries.
func (l leaf) appendItems(dst []item) []item {
	for i := range l.n() {
		dst = append(dst, item{l.key(i), l.ref(i)})
	}
	return dst
}

// roomFor is how many entries a new block is to have room for that holds n. Small
// trees, of one block, grow in larger steps.
func roomFor(n, most int) int {
	if n < most/4 {
		return n + n/4 + 2
	}
	return min(n+n/16+1, most)
}

// newLeaf packs items into a new leaf.
func (t *Tree) newLeaf(h *offheap.Heap, items []item) offheap.Ref {
	r, l := t.emptyLeaf(h, frameOf(items), len(items))
	l.setN(len(items))
	for i, it := range items {
		l.put(i, it)
	}
	return r
}

// emptyLeaf is a new leaf with room for n entries and some more.
func (t *Tree) emptyLeaf(h *offheap.Heap, f frame, n int) (offheap.Ref, leaf) {
	stride := refSize + f.width
	size := offheap.RoundUp(leafSize(roomFor(n, maxLeaf), stride))
	r := h.Alloc(size, offheap.Values)
	t.bytes += uint64(size)
	l := leafAt(h, r)
	*(*uint64)(l.p) = f.base
	l.setN(0)
	*(*uint16)(unsafe.Add(l.p, 10)) = uint16((size - leafHeader - leafSpare) / stride)
	*(*uint8)(unsafe.Add(l.p, 12)) = uint8(f.shift)
	*(*uint8)(unsafe.Add(l.p, 13)) = uint8(f.width)
	return r, l
}

// resized moves the entries of l, which is r, into a block of another size.
func (t *Tree) resized(h *offheap.Heap, r offheap.Ref, l leaf, n int) (offheap.Ref, leaf) {
	nr, nl := t.emptyLeaf(h, l.frame(), n)
	nl.setN(l.n())
	size := l.n() * l.stride()
	copy(unsafe.Slice((*byte)(nl.at(0)), size), unsafe.Slice((*byte)(l.at(0)), size))
	t.freeLeaf(h, r)
	return nr, nl
}

func (t *Tree) freeLeaf(h *offheap.Heap, r offheap.Ref) {
	t.bytes -= uint64(leafAt(h, r).blockSize())
	h.Free(r, offheap.Values)
}
