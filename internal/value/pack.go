package value

import "sigrun/internal/offheap"

// Pack is the bytes of a small value (a listpack, an intset) in a block of their
// own: a view of the whole block, of which the value's own header says how much
// is in use. It dies with the block.
func Pack(h *offheap.Heap, word uint64) []byte {
	r := offheap.Ref(word)
	return h.Space().Bytes(r, h.Size(r))
}

// PutPack stores b as the bytes of a small value and returns its word. old is the
// word that it had, whose block is used again if it suits and freed if it
// doesn't; 0 if it is new. b may be a view of that block that was changed in
// place.
func PutPack(h *offheap.Heap, old uint64, b []byte) (word uint64) {
	if old == 0 {
		return newPack(h, b)
	}
	r := offheap.Ref(old)
	room := h.Size(r)
	if len(b) > room || offheap.RoundUp(len(b)) < room {
		word = newPack(h, b)
		h.Free(r, offheap.Values)
		return word
	}
	block := h.Space().Bytes(r, room)
	if len(b) > 0 && &b[0] != &block[0] {
		copy(block, b)
	}
	return old
}

func newPack(h *offheap.Heap, b []byte) uint64 {
	r := h.Alloc(len(b), offheap.Values)
	copy(h.Space().Bytes(r, len(b)), b)
	return uint64(r)
}

// GrowPack gives the block of a small value, of which used bytes are in use, room
// for size bytes, for a change in place. It returns the value's word and the used
// bytes; their capacity is that of the block.
func GrowPack(h *offheap.Heap, word uint64, used, size int) (uint64, []byte) {
	b := Pack(h, word)
	if size > len(b) {
		r := h.Alloc(size, offheap.Values)
		copy(h.Space().Bytes(r, used), b[:used])
		h.Free(offheap.Ref(word), offheap.Values)
		word = uint64(r)
		b = Pack(h, word)
	}
	return word, b[:used]
}

// FreePack frees the block of a small value.
func FreePack(h *offheap.Heap, word uint64) { h.Free(offheap.Ref(word), offheap.Values) }
