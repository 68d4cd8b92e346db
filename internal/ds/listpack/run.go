package listpack

import "encoding/binary"

// This file reads and writes several entries at a time, for lists that are a row
// of records.

// shortSizes are the lengths of entries by their first byte; 0 if that doesn't
// tell.
var shortSizes = func() (t [256]uint8) {
	for c := range t {
		switch c := byte(c); {
		case c < headString6:
			t[c] = 2
		case c < headInt13:
			t[c] = 2 + c&0x3f
		case c < headString12:
			t[c] = 3
		case c > headString32 && c <= headInt64:
			t[c] = byte(longIntSize(c)) + 1
		}
	}
	return t
}()

// Skip is the position n entries behind p. There are so many; p must not be End
// unless n is 0.
func Skip(lp []byte, p Pos, n int) Pos {
	if n == 0 {
		return p
	}
	off := int(p)
	for ; n > 0; n-- {
		if size := int(shortSizes[lp[off]]); size > 0 {
			off += size
		} else {
			off = behind(lp, off)
		}
	}
	return at(lp, off)
}

// GetInt is the integer at p, 0 if there is a string, and the position behind it.
func GetInt(lp []byte, p Pos) (n int64, next Pos) {
	if c := lp[p]; c < headString6 {
		return int64(c), at(lp, int(p)+2)
	}
	return getLongInt(lp, p)
}

func getLongInt(lp []byte, p Pos) (n int64, next Pos) {
	e, next := GetNext(lp, p)
	return e.Int, next
}

// Writer appends entries to a list whose capacity must suffice. Until Close the
// list is not whole.
type Writer struct {
	lp  []byte
	off int // behind the last entry
	n   int // entries written
}

// Write begins to append to lp.
func Write(lp []byte) Writer { return Writer{lp: lp[:cap(lp)], off: Bytes(lp) - 1} }

// Int appends an integer.
func (w *Writer) Int(n int64) {
	w.n++
	if uint64(n) < 1<<7 {
		w.lp[w.off], w.lp[w.off+1] = byte(n), 1
		w.off += 2
		return
	}
	size := intSize(n) + 1
	putInt(w.lp[w.off:w.off+size], n)
	w.off += size
}

// Text appends a string, or the integer whose text it is.
func (w *Writer) Text(b []byte) {
	w.n++
	it := ItemOf(b)
	it.put(w.lp[w.off:])
	w.off += it.Size()
}

// Close makes the list whole and returns it.
func (w *Writer) Close() []byte {
	w.lp[w.off] = terminator
	lp := w.lp[:w.off+1]
	binary.LittleEndian.PutUint32(lp, uint32(len(lp)))
	addCount(lp, w.n)
	return lp
}

// Bound is a number of bytes that suffices for a string of n bytes as an entry.
func Bound(n int) int { return n + 10 }

// IntBound is a number of bytes that suffices for an integer as an entry.
const IntBound = 10
