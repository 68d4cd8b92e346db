package bitmap

import (
	"encoding/binary"
	"math"
)

// Field is the type of an integer of 1 to 64 bits that lies anywhere in a bitmap,
// its most significant bit first. Unsigned ones have 63 bits at most. Values are
// held in an int64, whose upper bits continue the sign of signed ones.
type Field struct {
	Bits   uint8
	Signed bool
}

// Overflow says what becomes of a number that does not fit a Field.
type Overflow uint8

// The ways to handle an overflow.
const (
	Wrap     Overflow = iota // the upper bits are dropped
	Saturate                 // it becomes the nearest number that fits
	Fail                     // it is not stored
)

// maxFieldBytes is how many bytes a field of 64 bits may touch.
const maxFieldBytes = 9

// Load is the number of type f at position i; beyond b's end there are zeros.
func (f Field) Load(b []byte, i uint64) int64 {
	at := i / 8
	if at >= uint64(len(b)) {
		return 0
	}
	var tmp [maxFieldBytes]byte
	copy(tmp[:], b[at:])
	v := binary.BigEndian.Uint64(tmp[:])<<(i%8) | uint64(tmp[8])>>(8-i%8)
	if f.Signed {
		return int64(v) >> (64 - f.Bits)
	}
	return int64(v >> (64 - f.Bits))
}

// Store puts v as a number of type f to position i; the field is inside b.
func (f Field) Store(b []byte, i uint64, v int64) {
	b = b[i/8:]
	var tmp [maxFieldBytes]byte
	n := copy(tmp[:], b)
	skip := uint(i % 8)
	mask := ^uint64(0) << (64 - f.Bits)
	word := uint64(v) << (64 - f.Bits)
	head := binary.BigEndian.Uint64(tmp[:])
	binary.BigEndian.PutUint64(tmp[:], head&^(mask>>skip)|word>>skip)
	tmp[8] = tmp[8]&^byte(mask<<(8-skip)) | byte(word<<(8-skip))
	copy(b[:n], tmp[:])
}

// Bounds are the smallest and the largest number of type f.
func (f Field) Bounds() (lo, hi int64) {
	if f.Signed {
		return math.MinInt64 >> (64 - f.Bits), math.MaxInt64 >> (64 - f.Bits)
	}
	return 0, math.MaxInt64 >> (63 - f.Bits)
}

// Fit makes a number of type f out of v as how says; ok is false if it does not
// fit and how is Fail. As in Valkey, some negative numbers count as above all that
// fit: to an unsigned type all, and to a signed one those whose distance from its
// largest number takes more than 63 bits.
func (f Field) Fit(v int64, how Overflow) (fit int64, ok bool) {
	lo, hi := f.Bounds()
	switch {
	case v > hi || v < 0 && !f.Signed || v < min(lo, hi-math.MaxInt64):
		return f.overflow(v, hi, how)
	case v < lo:
		return f.overflow(v, lo, how)
	}
	return v, true
}

// Add is v, of type f, plus by, made to fit as how says.
func (f Field) Add(v, by int64, how Overflow) (sum int64, ok bool) {
	lo, hi := f.Bounds()
	sum, over := add(v, by)
	switch {
	case over > 0 || over == 0 && sum > hi:
		return f.overflow(sum, hi, how)
	case over < 0 || sum < lo:
		return f.overflow(sum, lo, how)
	}
	return sum, true
}

// add is a + b; over tells at which side it doesn't fit 64 bits.
func add(a, b int64) (sum int64, over int) {
	sum = a + b
	if (a^sum)&(b^sum) < 0 {
		if b > 0 {
			return sum, 1
		}
		return sum, -1
	}
	return sum, 0
}

// overflow is what v, whose lowest 64 bits are right, becomes; limit is the bound
// that it has passed.
func (f Field) overflow(v, limit int64, how Overflow) (fit int64, ok bool) {
	switch how {
	case Saturate:
		return limit, true
	case Fail:
		return 0, false
	}
	v <<= 64 - f.Bits
	if f.Signed {
		return v >> (64 - f.Bits), true
	}
	return int64(uint64(v) >> (64 - f.Bits)), true
}
