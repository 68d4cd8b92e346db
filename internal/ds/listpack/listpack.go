// Package listpack is a sequence of strings and integers in one run of bytes,
// the same bytes as in an RDB file:
//
//	+-----------+-----------+-------+-----+-------+------+
//	| total u32 | count u16 | entry | ... | entry | 0xff |   little endian
//	+-----------+-----------+-------+-----+-------+------+
//
//	entry:  head | [data] | back
//
//	0vvvvvvv                   integer 0 to 127
//	10llllll                   string of l bytes
//	110vvvvv v                 integer of 13 bits
//	1110llll l                 string of l bytes, up to 4095
//	11110000 l u32             string of l bytes
//	11110001 … 11110100        integer of 16, 24, 32, 64 bits, little endian
//
// back is the length of head and data in groups of 7 bits, the highest first;
// all but the first have their top bit set, so that it is read backwards.
//
// Invariants: (1) total is the length of all of it; (2) count is the number of
// entries, or 65535 if there may be more than fit; (3) a string that is the
// decimal text of an integer is stored as that (entries from elsewhere may break
// this, and are found and compared all the same).
//
// The functions are pure: a list is a []byte that may be longer than total, as
// the view of a block is. What they return is cut to total. Those that change
// it work in place if the capacity suffices, and behave like append otherwise:
// the result may lie elsewhere. Going through costs O(1) per entry, reaching an
// index O(entries), changing O(bytes behind).
//
// They trust the bytes; Valid tells whether bytes from outside can be trusted.
package listpack

import (
	"encoding/binary"
	"slices"
)

// Pos is the offset of an entry, or End.
type Pos int

// End is the position of no entry.
const End Pos = -1

const (
	// HeaderSize is the number of bytes before the first entry.
	HeaderSize = 6
	// EmptySize is the number of bytes of an empty list.
	EmptySize = HeaderSize + 1

	terminator = 0xff
	manyMark   = 1<<16 - 1 // a count that is not known
	maxTotal   = 1 << 30   // what SafeToAdd allows
)

// First bytes of entries.
const (
	headString6  = 0x80
	headInt13    = 0xc0
	headString12 = 0xe0
	headString32 = 0xf0
	headInt16    = 0xf1
	headInt24    = 0xf2
	headInt32    = 0xf3
	headInt64    = 0xf4
)

// New returns an empty list.
func New() []byte { return AppendEmpty(nil) }

// AppendEmpty appends the bytes of an empty list to dst.
func AppendEmpty(dst []byte) []byte {
	return append(dst, EmptySize, 0, 0, 0, 0, 0, terminator)
}

// Bytes is the number of bytes that lp takes, by its header.
func Bytes(lp []byte) int { return int(binary.LittleEndian.Uint32(lp)) }

// Len is the number of entries. It costs O(1) up to 65534 of them.
func Len(lp []byte) int {
	if n := count(lp); n != manyMark {
		return n
	}
	n := 0
	for p := First(lp); p != End; p = Next(lp, p) {
		n++
	}
	return n
}

// Empty reports whether lp has no entries.
func Empty(lp []byte) bool { return lp[HeaderSize] == terminator }

// SafeToAdd reports whether lp may grow by n bytes and stay within a size that
// all servers can load.
func SafeToAdd(lp []byte, n int) bool { return n <= maxTotal && Bytes(lp)+n <= maxTotal }

func count(lp []byte) int { return int(binary.LittleEndian.Uint16(lp[4:])) }

// addCount adjusts the count by n; once unknown it stays so.
func addCount(lp []byte, n int) {
	if c := count(lp); c != manyMark {
		binary.LittleEndian.PutUint16(lp[4:], uint16(min(c+n, manyMark)))
	}
}

// First is the position of the first entry.
func First(lp []byte) Pos { return at(lp, HeaderSize) }

// Last is the position of the last entry.
func Last(lp []byte) Pos { return Prev(lp, Pos(Bytes(lp)-1)) }

// Next is the position of the entry after the one at p.
func Next(lp []byte, p Pos) Pos { return at(lp, behind(lp, int(p))) }

// Prev is the position of the entry before the one at p.
func Prev(lp []byte, p Pos) Pos {
	if p <= HeaderSize {
		return End
	}
	size := int(lp[p-1])
	if size < 0x80 {
		return p - Pos(size) - 1
	}
	return prevLong(lp, p)
}

func prevLong(lp []byte, p Pos) Pos {
	size := 0
	for i, shift := int(p)-1, 0; ; i, shift = i-1, shift+7 {
		size |= int(lp[i]&0x7f) << shift
		if lp[i] < 0x80 {
			return Pos(i - size)
		}
	}
}

// at is the position of the entry at offset off, End for the terminator.
func at(lp []byte, off int) Pos {
	if lp[off] == terminator {
		return End
	}
	return Pos(off)
}

// behind is the offset behind the entry at off.
func behind(lp []byte, off int) int {
	size := entrySize(lp, off)
	return off + size + backSize(size)
}

// SizeAt is the number of bytes that the entry at p takes.
func SizeAt(lp []byte, p Pos) int { return behind(lp, int(p)) - int(p) }

// entrySize is the length of head and data of the entry at off.
func entrySize(lp []byte, off int) int {
	switch c := lp[off]; {
	case c < headString6:
		return 1
	case c < headInt13:
		return 1 + int(c&0x3f)
	case c < headString12:
		return 2
	case c < headString32:
		return 2 + int(c&0x0f)<<8 + int(lp[off+1])
	case c == headString32:
		return 5 + int(binary.LittleEndian.Uint32(lp[off+1:]))
	default:
		return longIntSize(c)
	}
}

// longIntSize is the length of an integer whose head is c.
func longIntSize(c byte) int {
	if c == headInt64 {
		return 9
	}
	return int(c-headInt16) + 3
}

// Seek is the position of the entry with an index from 0, or counted from the
// end if negative: -1 is the last.
func Seek(lp []byte, index int) Pos {
	if n := count(lp); n != manyMark {
		if index >= n || index < -n {
			return End
		}
		if index >= 0 && index > n/2 {
			index -= n
		} else if index < -n/2 {
			index += n
		}
	}
	if index < 0 {
		p := Last(lp)
		for ; p != End && index < -1; index++ {
			p = Prev(lp, p)
		}
		return p
	}
	p := First(lp)
	for ; p != End && index > 0; index-- {
		p = Next(lp, p)
	}
	return p
}

// Append puts b behind the last entry. b must not lie in lp.
func Append(lp, b []byte) []byte { return InsertBefore(lp, End, b) }

// AppendInt puts n behind the last entry.
func AppendInt(lp []byte, n int64) []byte { return InsertIntBefore(lp, End, n) }

// InsertBefore puts b before the entry at p, or at the end if that is End. b has
// the position p then. It must not lie in lp.
func InsertBefore(lp []byte, p Pos, b []byte) []byte { return Insert(lp, p, ItemOf(b)) }

// InsertIntBefore is InsertBefore for an integer.
func InsertIntBefore(lp []byte, p Pos, n int64) []byte { return Insert(lp, p, ItemOfInt(n)) }

// Insert is InsertBefore for what has been looked at already.
func Insert(lp []byte, p Pos, it Item) []byte {
	off := offset(lp, p)
	lp = splice(lp, off, 0, it.Size())
	it.put(lp[off:])
	addCount(lp, 1)
	return lp
}

// Replace puts b in the place of the entry at p. b must not lie in lp.
func Replace(lp []byte, p Pos, b []byte) []byte { return Exchange(lp, p, ItemOf(b)) }

// ReplaceInt puts n in the place of the entry at p.
func ReplaceInt(lp []byte, p Pos, n int64) []byte { return Exchange(lp, p, ItemOfInt(n)) }

// Exchange is Replace for what has been looked at already.
func Exchange(lp []byte, p Pos, it Item) []byte {
	lp = splice(lp, int(p), behind(lp, int(p))-int(p), it.Size())
	it.put(lp[p:])
	return lp
}

// Delete removes the entry at p. next is the position of the one behind it.
func Delete(lp []byte, p Pos) (out []byte, next Pos) { return DeleteRange(lp, p, 1) }

// DeleteRange removes n entries from the one at p on, or all there are. next is
// the position of the one behind them.
func DeleteRange(lp []byte, p Pos, n int) (out []byte, next Pos) {
	if p == End || n <= 0 {
		return lp[:Bytes(lp)], p
	}
	off, gone := int(p), 0
	for ; gone < n && lp[off] != terminator; gone++ {
		off = behind(lp, off)
	}
	lp = splice(lp, int(p), off-int(p), 0)
	addCount(lp, -gone)
	return lp, at(lp, int(p))
}

// AppendList puts all entries of the list from behind those of lp. It must not
// lie in lp.
func AppendList(lp, from []byte) []byte {
	end := Bytes(lp) - 1
	body := from[HeaderSize : Bytes(from)-1]
	n := count(from)
	if n == manyMark {
		n = Len(from)
	}
	lp = splice(lp, end, 0, len(body))
	copy(lp[end:], body)
	addCount(lp, n)
	return lp
}

// offset is where an entry before p begins.
func offset(lp []byte, p Pos) int {
	if p == End {
		return Bytes(lp) - 1
	}
	return int(p)
}

// splice makes n bytes of undefined content of the old ones at off.
func splice(lp []byte, off, old, n int) []byte {
	total := Bytes(lp)
	now := total - old + n
	if cap(lp) < now {
		lp = slices.Grow(lp[:total], now-total)
	}
	lp = lp[:max(total, now)]
	copy(lp[off+n:], lp[off+old:total])
	binary.LittleEndian.PutUint32(lp, uint32(now))
	return lp[:now]
}
