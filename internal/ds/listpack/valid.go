package listpack

import "encoding/binary"

// Valid reports whether b, all of it, is a list. Without deep only its frame is
// looked at, which is enough for bytes that a checksum protects; with deep every
// entry is, so that no function of this package can go wrong on it.
func Valid(b []byte, deep bool) bool {
	if len(b) < EmptySize || uint64(binary.LittleEndian.Uint32(b)) != uint64(len(b)) || b[len(b)-1] != terminator {
		return false
	}
	if !deep {
		return true
	}
	n, off := 0, HeaderSize
	for ; b[off] != terminator; n++ {
		next, ok := validEntry(b[:len(b)-1], off)
		if !ok {
			return false
		}
		off = next
	}
	return off == len(b)-1 && (count(b) == n || count(b) == manyMark)
}

// validEntry looks at the entry at off, which must end within b, and returns the
// offset behind it.
func validEntry(b []byte, off int) (next int, ok bool) {
	if b[off] > headInt64 || len(b)-off < headLen(b[off]) {
		return 0, false
	}
	size := entrySize(b, off)
	if size >= len(b)-off {
		return 0, false
	}
	n := backSize(size)
	if n > len(b)-off-size {
		return 0, false
	}
	var back [5]byte
	putBack(back[:], size)
	next = off + size + n
	return next, string(b[off+size:next]) == string(back[:n])
}

// headLen is how many bytes say how long an entry with head c is.
func headLen(c byte) int {
	switch {
	case c < headString12:
		return 1
	case c < headString32:
		return 2
	case c == headString32:
		return 5
	}
	return 1
}
