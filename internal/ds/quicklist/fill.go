package quicklist

import "sync/atomic"

// How full a node may be is said by one number, list-max-listpack-size: so many
// elements, or, if it is negative, one of five sizes.

// sizes are the largest listpacks of the fills -1 to -5, in bytes.
var sizes = [...]int{4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10}

const (
	// safeSize bounds nodes that have no other limit but a number of elements.
	safeSize = 8 << 10
	// entryOverhead is what an element is taken to need besides its bytes when it
	// is decided whether a node has room.
	entryOverhead = 8
	// joinedOverhead is what two listpacks lose when they become one.
	joinedOverhead = 7

	noLimit = 1<<32 - 1
)

// largeFrom is the length from which on elements count as large, whatever the
// fill; 0 if that says it.
var largeFrom atomic.Int64

// SetLargeFrom makes elements of n bytes or more large, in all lists, for tests; 0
// leaves it to the fill again.
func SetLargeFrom(n int64) { largeFrom.Store(n) }

// Limits are how many bytes a listpack may have with a fill, or how many elements;
// what isn't limited is very large.
func Limits(fill int) (bytes, count int) {
	switch {
	case fill > 0:
		return noLimit, fill
	case fill == 0:
		return noLimit, 1
	}
	return sizes[min(-fill, len(sizes))-1], noLimit
}

// Exceeds reports whether a listpack of so many bytes and elements is larger than a
// fill allows.
func Exceeds(fill, bytes, count int) bool {
	maxBytes, maxCount := Limits(fill)
	if maxBytes != noLimit {
		return bytes > maxBytes
	}
	return bytes > safeSize || count > maxCount
}

// blockLimit is up to which size a node's block doubles.
func blockLimit(fill int) int {
	if fill < 0 {
		bytes, _ := Limits(fill)
		return bytes
	}
	return safeSize
}

// isLarge reports whether an element of n bytes gets a node of its own.
func isLarge(n, fill int) bool {
	if from := largeFrom.Load(); from != 0 {
		return int64(n) >= from
	}
	return n > blockLimit(fill)
}

// takes reports whether node n, if there is one, has room for an element of size
// bytes.
func (l List) takes(n *node, size int) bool {
	fill := l.Fill()
	if n == nil || n.plain() || isLarge(size, fill) {
		return false
	}
	return !Exceeds(fill, len(l.pack(n))+size+entryOverhead, n.count()+1)
}

// mergeable reports whether nodes a and b, if there are both, fit in one.
func (l List) mergeable(a, b *node) bool {
	if a == nil || b == nil || a.plain() || b.plain() {
		return false
	}
	return !Exceeds(l.Fill(), len(l.pack(a))+len(l.pack(b))-joinedOverhead, a.count()+b.count())
}
