package listpack

import (
	"encoding/binary"

	"sigrun/internal/num"
)

// Item is what is to become an entry: it is known whether it is a number and how
// many bytes it takes.
type Item struct {
	text  []byte
	n     int64
	size  int // of head and data
	back  int // of the length behind them
	isInt bool
}

// ItemOf is the Item of b, which it keeps.
func ItemOf(b []byte) Item {
	if n, ok := num.ParseInt(b); ok {
		it := ItemOfInt(n)
		it.text = b
		return it
	}
	size := stringSize(len(b))
	return Item{text: b, size: size, back: backSize(size)}
}

// ItemOfInt is the Item of n.
func ItemOfInt(n int64) Item { return Item{n: n, size: intSize(n), back: 1, isInt: true} }

// Size is the number of bytes that it takes as an entry.
func (it *Item) Size() int { return it.size + it.back }

// Size is the number of bytes that b takes as an entry.
func Size(b []byte) int {
	it := ItemOf(b)
	return it.Size()
}

// IntSize is the number of bytes that n takes as an entry.
func IntSize(n int64) int { return intSize(n) + 1 }

// put writes the entry to the beginning of p.
func (it *Item) put(p []byte) {
	if it.isInt {
		putInt(p[:it.size+1], it.n)
		return
	}
	at := putStringHead(p, len(it.text))
	copy(p[at:], it.text)
	if it.back == 1 {
		p[it.size] = byte(it.size)
		return
	}
	putBack(p[it.size:], it.size)
}

// putInt fills p with the entry of n.
func putInt(p []byte, n int64) {
	size := len(p) - 1
	switch size {
	case 1:
		p[0] = byte(n)
	case 2:
		p[0], p[1] = headInt13|byte(n>>8)&0x1f, byte(n)
	case 3:
		p[0] = headInt16
		binary.LittleEndian.PutUint16(p[1:], uint16(n))
	case 4:
		p[0], p[1], p[2], p[3] = headInt24, byte(n), byte(n>>8), byte(n>>16)
	case 5:
		p[0] = headInt32
		binary.LittleEndian.PutUint32(p[1:], uint32(n))
	default:
		p[0] = headInt64
		binary.LittleEndian.PutUint64(p[1:], uint64(n))
	}
	p[size] = byte(size)
}

func putStringHead(p []byte, n int) int {
	switch {
	case n < 1<<6:
		p[0] = headString6 | byte(n)
		return 1
	case n < 1<<12:
		p[0], p[1] = headString12|byte(n>>8), byte(n)
		return 2
	}
	p[0] = headString32
	binary.LittleEndian.PutUint32(p[1:], uint32(n))
	return 5
}

// putBack writes the length that is read backwards.
func putBack(p []byte, size int) {
	n := backSize(size)
	for i := n - 1; i > 0; i-- {
		p[i] = byte(size) | 0x80
		size >>= 7
	}
	p[0] = byte(size & 0x7f)
}

// backSize is the length of the length of size. Up to 127 all fit; from there on
// the format leaves the highest number of each length to the next one.
func backSize(size int) int {
	switch {
	case size <= 127:
		return 1
	case size < 1<<14-1:
		return 2
	case size < 1<<21-1:
		return 3
	case size < 1<<28-1:
		return 4
	}
	return 5
}

func stringSize(n int) int {
	switch {
	case n < 1<<6:
		return 1 + n
	case n < 1<<12:
		return 2 + n
	}
	return 5 + n
}

func intSize(n int64) int {
	switch {
	case n >= 0 && n < 1<<7:
		return 1
	case n >= -1<<12 && n < 1<<12:
		return 2
	case n == int64(int16(n)):
		return 3
	case n >= -1<<23 && n < 1<<23:
		return 4
	case n == int64(int32(n)):
		return 5
	}
	return 9
}
