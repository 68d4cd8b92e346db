// Package bitmap works on strings of bits that lie in bytes, the first bit of a
// string being the most significant one of its first byte:
//
//	byte     0                 1
//	bits    |0 1 2 3 4 5 6 7| 8 9 10 11 …
//	value   |128 64 … 2 1   | 128 …
//
// Its functions change bytes in place and keep nothing. Positions count bits
// from 0. All loops go through whole words of 64 bits; a bit costs as little as
// the memory allows.
package bitmap

import (
	"crypto/subtle"
	"encoding/binary"
	"math/bits"
)

const wordBytes = 8

// Get is the bit at position i of b; beyond b's end there are zeros.
func Get(b []byte, i uint64) bool {
	at := i / 8
	return at < uint64(len(b)) && b[at]&(0x80>>(i%8)) != 0
}

// Put makes the bit at position i, which is inside b, what on says.
func Put(b []byte, i uint64, on bool) {
	mask := byte(0x80) >> (i % 8)
	if on {
		b[i/8] |= mask
	} else {
		b[i/8] &^= mask
	}
}

// Count is the number of ones in b.
func Count(b []byte) int {
	n, b := countBlocks(b)
	for len(b) >= 4*wordBytes {
		c := b[:4*wordBytes]
		n += bits.OnesCount64(binary.LittleEndian.Uint64(c)) +
			bits.OnesCount64(binary.LittleEndian.Uint64(c[8:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(c[16:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(c[24:]))
		b = b[4*wordBytes:]
	}
	for len(b) >= wordBytes {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(b))
		b = b[wordBytes:]
	}
	for _, c := range b {
		n += bits.OnesCount8(c)
	}
	return n
}

// CountRange is the number of ones from position first to last, both inclusive
// and inside b.
func CountRange(b []byte, first, last int64) int {
	head, tail := edges(first, last)
	b = b[first/8 : last/8+1]
	n := Count(b)
	n -= bits.OnesCount8(b[0] &^ head)
	return n - bits.OnesCount8(b[len(b)-1]&^tail)
}

// edges are the masks of what belongs to a range in its first and its last byte.
func edges(first, last int64) (head, tail byte) {
	return 0xff >> (first % 8), 0xff << (7 - last%8)
}

// Index is the position of the first bit from first to last, both inclusive and
// inside b, that is one (on) or zero; -1 if there is none.
func Index(b []byte, on bool, first, last int64) int64 {
	var flip byte // makes what is looked for a one
	if !on {
		flip = 0xff
	}
	head, tail := edges(first, last)
	at, end := first/8, last/8
	for at <= end {
		c := b[at] ^ flip
		if at == first/8 {
			c &= head
		}
		if at == end {
			c &= tail
		}
		if c != 0 {
			return at*8 + int64(bits.LeadingZeros8(c))
		}
		at++
		if at < end {
			at += int64(skip(b[at:end], flip))
		}
	}
	return -1
}

// skip is the number of bytes that b begins with that are equal to c, which is 0
// or 0xff.
func skip(b []byte, c byte) (n int) {
	var same uint64
	if c != 0 {
		same = ^same
	}
	for len(b)-n >= 4*wordBytes {
		w := b[n : n+4*wordBytes]
		if (binary.LittleEndian.Uint64(w)^same)|(binary.LittleEndian.Uint64(w[8:])^same)|
			(binary.LittleEndian.Uint64(w[16:])^same)|(binary.LittleEndian.Uint64(w[24:])^same) != 0 {
			break
		}
		n += 4 * wordBytes
	}
	for n < len(b) && b[n] == c {
		n++
	}
	return n
}

// And makes each bit of dst one if it is so in a and in b. Beyond their ends there
// are zeros. dst may be a, and has at least its size and that of b.
func And(dst, a, b []byte) {
	if len(a) > len(b) {
		a = a[:len(b)]
	}
	b = b[:len(a)]
	clear(dst[len(a):])
	dst = dst[:len(a)]
	n := andBlocks(dst, a, b)
	dst, a, b = dst[n:], a[n:], b[n:]
	for len(dst) >= wordBytes && len(a) >= wordBytes && len(b) >= wordBytes {
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(a)&binary.LittleEndian.Uint64(b))
		dst, a, b = dst[wordBytes:], a[wordBytes:], b[wordBytes:]
	}
	for i := range dst {
		dst[i] = a[i] & b[i]
	}
}

// Or makes each bit of dst one if it is so in a or in b. Sizes are as And wants
// them.
func Or(dst, a, b []byte) {
	a, b = align(dst, a, b)
	dst = dst[:len(a)]
	n := orBlocks(dst, a, b)
	dst, a, b = dst[n:], a[n:], b[n:]
	for len(dst) >= wordBytes && len(a) >= wordBytes && len(b) >= wordBytes {
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(a)|binary.LittleEndian.Uint64(b))
		dst, a, b = dst[wordBytes:], a[wordBytes:], b[wordBytes:]
	}
	for i := range dst {
		dst[i] = a[i] | b[i]
	}
}

// Xor makes each bit of dst one if it is so in either a or b. Sizes are as And wants
// them.
func Xor(dst, a, b []byte) {
	a, b = align(dst, a, b)
	subtle.XORBytes(dst, a, b)
}

// align fills dst where at most one of a and b has bits, with those, and returns
// the parts of both for which dst is not filled yet.
func align(dst, a, b []byte) (x, y []byte) {
	n := min(len(a), len(b))
	rest := a
	if len(b) > n {
		rest = b
	}
	clear(dst[n+copy(dst[n:], rest[n:]):])
	return a[:n], b[:n]
}

// Not makes each bit of dst what it is not in a, which has its size and may be dst.
func Not(dst, a []byte) {
	n := notBlocks(dst, a)
	dst, a = dst[n:], a[n:]
	for len(dst) >= 2*wordBytes && len(a) >= 2*wordBytes {
		binary.LittleEndian.PutUint64(dst, ^binary.LittleEndian.Uint64(a))
		binary.LittleEndian.PutUint64(dst[8:], ^binary.LittleEndian.Uint64(a[8:]))
		dst, a = dst[2*wordBytes:], a[2*wordBytes:]
	}
	for i := range dst {
		dst[i] = ^a[i]
	}
}
