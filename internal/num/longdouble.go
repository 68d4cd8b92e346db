package num

import (
	"math"
	"math/big"
	"math/bits"
)

// LongDouble is a number as the floating-point unit of x86 computes it: a significand of 64 bits and an exponent
// of 15, rounded to the nearest and then to the even. INCRBYFLOAT and its like add in this format and print 17
// decimals of it, so that 0.1 + 0.2 is 0.3; every machine has to come to the same digits.
//
// The value is ±frac × 2^exp. Invariant: frac has its top bit set, unless it is 0 or exp is minLongExp.
// The zero LongDouble is 0.
type LongDouble struct {
	frac uint64
	exp  int32
	neg  bool
	over bool // infinite, or not a number at all: what is wrong with both is the same
}

const (
	minLongExp = -16445 // of the subnormal numbers
	maxLongExp = 16320

	// maxLongText is the length from which ParseLongDouble refuses any text.
	maxLongText = 5 * 1024
	// maxLongPow10 bounds the decimal exponent of anything between the smallest and the largest LongDouble.
	maxLongPow10 = 5000
)

// LongDoubleOf is v, exactly.
func LongDoubleOf(v int64) LongDouble {
	u := uint64(v)
	if v < 0 {
		u = -u
	}
	return roundLong(v < 0, 0, u, 0, false)
}

// Finite tells whether x is a number, neither infinite nor the sum of opposite infinities.
func (x LongDouble) Finite() bool { return !x.over }

// roundLong returns the LongDouble next to (hi × 2^64 + lo) × 2^exp. sticky tells that the true value is more, by
// less than 1 of lo; hi must then not be 0, or digits that count would be unknown.
func roundLong(neg bool, hi, lo uint64, exp int, sticky bool) LongDouble {
	if hi == 0 {
		hi, lo, exp = lo, 0, exp-64
	}
	if hi == 0 {
		return LongDouble{neg: neg}
	}
	shift := bits.LeadingZeros64(hi)
	hi, lo, exp = hi<<shift|lo>>(64-shift), lo<<shift, exp-shift+64
	if exp < minLongExp {
		var lost bool
		hi, lo, lost = shiftRight(hi, lo, minLongExp-exp)
		sticky = sticky || lost
		exp = minLongExp
	}
	const half = 1 << 63
	if lo > half || lo == half && (sticky || hi&1 == 1) {
		hi++
		if hi == 0 {
			hi, exp = half, exp+1
		}
	}
	if exp > maxLongExp {
		return LongDouble{neg: neg, over: true}
	}
	return LongDouble{frac: hi, exp: int32(exp), neg: neg}
}

// shiftRight shifts hi and lo, taken as one number, right by n; lost tells whether ones fell out.
func shiftRight(hi, lo uint64, n int) (h, l uint64, lost bool) {
	switch {
	case n >= 128:
		return 0, 0, hi|lo != 0
	case n >= 64:
		n -= 64
		return 0, hi >> n, lo != 0 || hi<<(64-n) != 0
	}
	return hi >> n, lo>>n | hi<<(64-n), lo<<(64-n) != 0
}

// Add is x + y.
func (x LongDouble) Add(y LongDouble) LongDouble {
	switch {
	case x.over || y.over:
		return LongDouble{neg: x.neg, over: true}
	case y.frac == 0 && x.frac == 0:
		return LongDouble{neg: x.neg && y.neg}
	case y.frac == 0:
		return x
	case x.frac == 0:
		return y
	}
	if x.exp < y.exp || x.exp == y.exp && x.frac < y.frac {
		x, y = y, x
	}
	hi, lo, lost := shiftRight(y.frac, 0, int(x.exp-y.exp))
	exp := int(x.exp) - 64
	if x.neg == y.neg {
		hi, carry := bits.Add64(x.frac, hi, 0)
		if carry == 1 {
			var out bool
			hi, lo, out = shiftRight(hi, lo, 1)
			hi, lost, exp = hi|1<<63, lost || out, exp+1
		}
		return roundLong(x.neg, hi, lo, exp, lost)
	}
	var borrow uint64
	if lost { // x - (y + something) is one less and something more
		borrow = 1
	}
	lo, borrow = bits.Sub64(0, lo, borrow)
	hi, _ = bits.Sub64(x.frac, hi, borrow)
	if hi|lo == 0 {
		return LongDouble{}
	}
	return roundLong(x.neg, hi, lo, exp, lost)
}

// CeilMillis is x, in seconds, as whole milliseconds, rounded up; ok is false if that does not fit.
func (x LongDouble) CeilMillis() (ms int64, ok bool) {
	if x.over {
		return 0, false
	}
	hi, lo := bits.Mul64(x.frac, 1000)
	m := roundLong(x.neg, hi, lo, int(x.exp), false)
	if m.over || m.exp > 0 {
		return 0, false
	}
	_, whole, lost := shiftRight(0, m.frac, int(-m.exp))
	if lost && !m.neg {
		whole++
	}
	if whole > math.MaxInt64 {
		return 0, false
	}
	if m.neg {
		return -int64(whole), true
	}
	return int64(whole), true
}

// AppendLongDouble appends x with up to 17 decimals and no exponent, however large it is: "3", "0.1", "-1.5".
// The last decimal is rounded to the nearest, a tie to the even. What rounds to 0 is "0", without a sign. x must
// be finite.
func AppendLongDouble(dst []byte, x LongDouble) []byte {
	if x.over {
		panic("BUG: number is not finite")
	}
	if x.exp > 0 && x.frac != 0 {
		v := new(big.Int).SetUint64(x.frac)
		v.Lsh(v, uint(x.exp))
		if x.neg {
			v.Neg(v)
		}
		return v.Append(dst, 10)
	}
	whole, decimals := x.split()
	if x.neg && whole|decimals != 0 {
		dst = append(dst, '-')
	}
	dst = AppendUint(dst, whole)
	if decimals == 0 {
		return dst
	}
	var text [17]byte
	n := 0 // digits up to the last that is not 0
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = byte('0' + decimals%10)
		decimals /= 10
		if n == 0 && text[i] != '0' {
			n = i + 1
		}
	}
	return append(append(dst, '.'), text[:n]...)
}

// split returns the integer part of x, without its sign, and its 17 decimals, rounded. REQUIRES: x.exp <= 0.
func (x LongDouble) split() (whole, decimals uint64) {
	const scale = 1e17
	n := int(-x.exp)
	frac := x.frac
	if n < 64 { // take the integer part off; what is left are 64 bits behind the point
		whole = frac >> n
		frac <<= 64 - n
		n = 64
	}
	hi, lo := bits.Mul64(frac, scale)
	_, decimals, _ = shiftRight(hi, lo, n)
	_, doubled, more := shiftRight(hi, lo, n-1) // one bit further: is it a half, and is there more
	if doubled&1 == 1 && (more || decimals&1 == 1) {
		decimals++
	}
	if decimals == scale {
		return whole + 1, 0
	}
	return whole, decimals
}
