// Package intset is a sorted set of integers in one run of bytes, the same as in
// RDB files:
//
//	+-----------+------------+---------------------------+
//	| width u32 | length u32 | length × integer of width |  little endian
//	+-----------+------------+---------------------------+
//
// Invariants: (1) width is 2, 4 or 8 bytes, grows with the integers and never
// shrinks; (2) the integers strictly increase.
//
// Functions take the bytes of a set, behind which others may follow (the rest of
// a block), and return exactly its own: in place if the capacity suffices, else
// in a new slice. Find costs O(log n), Add and Remove O(n).
package intset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const headerSize = 8

// AppendEmpty appends the set without integers.
func AppendEmpty(dst []byte) []byte { return append(dst, 2, 0, 0, 0, 0, 0, 0, 0) }

// Len is the number of integers in s.
func Len(s []byte) int { return int(binary.LittleEndian.Uint32(s[4:])) }

// Bytes is the number of bytes that s takes.
func Bytes(s []byte) int { return headerSize + Len(s)*width(s) }

// BytesWith is the number of bytes that s takes once v, which it lacks, is added.
func BytesWith(s []byte, v int64) int {
	return headerSize + (Len(s)+1)*max(width(s), widthOf(v))
}

func width(s []byte) int { return int(s[0]) } // the higher bytes are 0

func widthOf(v int64) int {
	switch {
	case v == int64(int16(v)):
		return 2
	case v == int64(int32(v)):
		return 4
	}
	return 8
}

// At is integer i of s, counted from 0 in ascending order.
func At(s []byte, i int) int64 { return get(s[headerSize:], width(s), i) }

// Read fills dst with the integers of s from index i on, as many as there are, and
// returns their number.
func Read(s []byte, i int, dst []int64) int {
	w, n := width(s), min(len(dst), Len(s)-i)
	p := s[headerSize+i*w : headerSize+(i+n)*w]
	dst = dst[:n]
	switch w {
	case 2:
		for j := range dst {
			dst[j] = int64(int16(binary.LittleEndian.Uint16(p[j*2:])))
		}
	case 4:
		for j := range dst {
			dst[j] = int64(int32(binary.LittleEndian.Uint32(p[j*4:])))
		}
	default:
		for j := range dst {
			dst[j] = int64(binary.LittleEndian.Uint64(p[j*8:]))
		}
	}
	return n
}

// Room is the number of bytes that n integers of the width of s take.
func Room(s []byte, n int) int { return headerSize + n*width(s) }

func get(p []byte, width, i int) int64 {
	switch width {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(p[i*2:])))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(p[i*4:])))
	}
	return int64(binary.LittleEndian.Uint64(p[i*8:]))
}

func put(p []byte, width, i int, v int64) {
	switch width {
	case 2:
		binary.LittleEndian.PutUint16(p[i*2:], uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(p[i*4:], uint32(v))
	default:
		binary.LittleEndian.PutUint64(p[i*8:], uint64(v))
	}
}

// Find is the index of v in s, or with found false that of the first integer
// above it.
func Find(s []byte, v int64) (i int, found bool) {
	w, n := width(s), Len(s)
	p := s[headerSize : headerSize+n*w]
	if n == 0 || get(p, w, n-1) < v { // sets are often filled in order
		return n, false
	}
	lo, hi := 0, n
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if get(p, w, mid) < v {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < n && get(p, w, lo) == v
}

// Add puts v into s and reports whether it was new.
func Add(s []byte, v int64) (_ []byte, added bool) {
	i, found := Find(s, v)
	if found {
		return s[:Bytes(s)], false
	}
	return Insert(s, i, v), true
}

// Insert puts v, which s lacks, at index i, where Find says that it belongs.
func Insert(s []byte, i int, v int64) []byte {
	n, w, size := Len(s), width(s), Bytes(s)
	s = extend(s[:size], BytesWith(s, v)-size)
	p := s[headerSize:]
	if wide := widthOf(v); wide > w {
		widen(p, n, w, wide, i)
		s[0], w = byte(wide), wide
	} else {
		copy(p[(i+1)*w:], p[i*w:n*w])
	}
	put(p, w, i, v)
	binary.LittleEndian.PutUint32(s[4:], uint32(n+1))
	return s
}

// extend returns s longer by n bytes of undefined content.
func extend(s []byte, n int) []byte {
	if cap(s)-len(s) >= n {
		return s[:len(s)+n]
	}
	return append(s, make([]byte, n)...)
}

// widen gives n integers the width to instead of from and leaves a gap at index
// i, which is one of the ends: what didn't fit is above or below all others.
func widen(p []byte, n, from, to, i int) {
	shift := 0
	if i == 0 {
		shift = 1
	}
	for j := n - 1; j >= 0; j-- {
		put(p, to, j+shift, get(p, from, j))
	}
}

// Remove takes v out of s and reports whether it was there.
func Remove(s []byte, v int64) (_ []byte, removed bool) {
	i, found := Find(s, v)
	if !found {
		return s[:Bytes(s)], false
	}
	return RemoveAt(s, i), true
}

// RemoveAt takes integer i out of s.
func RemoveAt(s []byte, i int) []byte {
	n, w := Len(s), width(s)
	p := s[headerSize : headerSize+n*w]
	copy(p[i*w:], p[(i+1)*w:])
	binary.LittleEndian.PutUint32(s[4:], uint32(n-1))
	return s[:headerSize+(n-1)*w]
}

var (
	errShort = errors.New("intset: fewer bytes than the header says")
	errOrder = errors.New("intset: integers out of order")
)

// Check reports what is wrong with bytes from outside that are to be a set and
// nothing but one. The other functions take only what Check has let pass.
func Check(b []byte) error {
	if len(b) < headerSize {
		return errShort
	}
	w := binary.LittleEndian.Uint32(b)
	if w != 2 && w != 4 && w != 8 {
		return fmt.Errorf("intset: integers of %d bytes", w)
	}
	n := binary.LittleEndian.Uint32(b[4:])
	if uint64(len(b)) != headerSize+uint64(n)*uint64(w) {
		return errShort
	}
	last := int64(math.MinInt64)
	for i := range int(n) {
		v := At(b, i)
		if v <= last && i > 0 {
			return errOrder
		}
		last = v
	}
	return nil
}
