// Package ziplist reads the sequence of strings and integers that servers before
// Redis 7.0 kept small collections in. Nothing makes one any more: what is read
// becomes a listpack.
//
//	+-----------+----------+-----------+-------+-----+-------+------+
//	| total u32 | last u32 | count u16 | entry | ... | entry | 0xff |   little endian
//	+-----------+----------+-----------+-------+-----+-------+------+
//
//	entry:  length of the entry before | head | data
//
//	the length: 1 byte, or 0xfe and 4 bytes if 254 or more
//	00llllll, 01llllll l, 10000000 l u32 (big endian)   string of l bytes
//	0xc0 0xd0 0xe0 0xf0 0xfe                            integer of 16 32 64 24 8 bits
//	0xf1 … 0xfd                                         integer 0 to 12
package ziplist

import "encoding/binary"

// Entry is what an entry holds: an integer, or a view of a string.
type Entry struct {
	Bytes []byte
	Int   int64
	IsInt bool
}

const (
	headerSize = 10
	lastOffset = 4
	terminator = 0xff
	longBefore = 0xfe      // a length of 4 bytes follows
	manyMark   = 1<<16 - 1 // a count that is not known
)

// Each calls visit for each entry of the list b and reports whether all of b is
// a sound list; if it isn't, visit may have been called for some entries. b may
// be damaged or made by an enemy.
func Each(b []byte, visit func(e Entry)) (sound bool) {
	if len(b) < headerSize+1 || uint64(binary.LittleEndian.Uint32(b)) != uint64(len(b)) || b[len(b)-1] != terminator {
		return false
	}
	last := uint64(binary.LittleEndian.Uint32(b[lastOffset:]))
	count := int(binary.LittleEndian.Uint16(b[8:]))
	off, before, n, start := headerSize, 0, 0, headerSize
	for off < len(b)-1 {
		e, size, ok := entry(b[off:len(b)-1], before)
		if !ok {
			return false
		}
		visit(e)
		start, before = off, size
		off += size
		n++
	}
	return last == uint64(start) && (count == n || count == manyMark)
}

// entry is the entry at the beginning of p, which follows one of before bytes,
// and its size.
func entry(p []byte, before int) (e Entry, size int, ok bool) {
	switch {
	case len(p) < 2:
		return e, 0, false
	case p[0] < longBefore:
		size, ok = 1, int(p[0]) == before
	case p[0] == longBefore && len(p) > 5:
		size, ok = 5, uint64(binary.LittleEndian.Uint32(p[1:])) == uint64(before)
	}
	if !ok {
		return e, 0, false
	}
	if p[size] < 0xc0 {
		return text(p, size)
	}
	return integer(p, size)
}

// text is an entry that holds a string; its head is at off.
func text(p []byte, off int) (e Entry, size int, ok bool) {
	n, rest := uint64(0), p[off:]
	switch head := rest[0]; {
	case head < 0x40:
		n, rest = uint64(head), rest[1:]
	case head < 0x80 && len(rest) >= 2:
		n, rest = uint64(head&0x3f)<<8|uint64(rest[1]), rest[2:]
	case head == 0x80 && len(rest) >= 5:
		n, rest = uint64(binary.BigEndian.Uint32(rest[1:])), rest[5:]
	default:
		return e, 0, false
	}
	if n > uint64(len(rest)) {
		return e, 0, false
	}
	return Entry{Bytes: rest[:n:n]}, len(p) - len(rest) + int(n), true
}

// integer is an entry that holds an integer; its head is at off.
func integer(p []byte, off int) (e Entry, size int, ok bool) {
	head, rest := p[off], p[off+1:]
	if head > 0xf0 && head < 0xfe {
		return Entry{Int: int64(head&0x0f) - 1, IsInt: true}, off + 1, true
	}
	width := map[byte]int{0xc0: 2, 0xd0: 4, 0xe0: 8, 0xf0: 3, 0xfe: 1}[head]
	if width == 0 || width > len(rest) {
		return e, 0, false
	}
	var b [8]byte
	copy(b[8-width:], rest[:width]) // the sign comes down from the top
	n := int64(binary.LittleEndian.Uint64(b[:])) >> (64 - 8*width)
	return Entry{Int: n, IsInt: true}, off + 1 + width, true
}
