package num

import (
	"math/big"
	"math/bits"
)

// ParseLongDouble reads a number as INCRBYFLOAT and timeouts accept it: what ParseFloat does, and hexadecimal
// ("0x1.8p3"), rounded to a LongDouble. It refuses what is too large, what is so small that it would become 0, and
// texts of 5 KiB and more. "inf" is no mistake to it: see Finite.
func ParseLongDouble(b []byte) (x LongDouble, ok bool) {
	if len(b) >= maxLongText {
		return x, false
	}
	neg, rest := cutSign(b)
	if isInfinity(rest) {
		return LongDouble{neg: neg, over: true}, true
	}
	if len(rest) > 2 && rest[0] == '0' && rest[1]|0x20 == 'x' {
		return parseHex(neg, rest[2:])
	}
	d, ok := scanDecimal(rest)
	if !ok {
		return x, false
	}
	if d.zero {
		return LongDouble{neg: neg}, true
	}
	x = d.long(neg)
	return x, !x.over && x.frac != 0
}

// long is the LongDouble next to d, which is not 0.
func (d *decimal) long(neg bool) LongDouble {
	const maxExact = 19 // digits that always fit 64 bits
	frac := d.frac
	if len(d.whole) == 0 {
		for frac[0] == '0' {
			frac = frac[1:]
		}
	}
	n := len(d.whole) + len(frac)
	switch top := n + d.exp; {
	case top > maxLongPow10:
		return LongDouble{neg: neg, over: true}
	case top < -maxLongPow10:
		return LongDouble{neg: neg}
	}
	if n > maxExact || d.exp < -maxExact || d.exp > maxExact {
		return d.bigLong(neg)
	}
	w := uint64(0)
	for _, digits := range [2][]byte{d.whole, frac} {
		for _, c := range digits {
			w = w*10 + uint64(c-'0')
		}
	}
	if d.exp >= 0 {
		hi, lo := bits.Mul64(w, pow10[d.exp])
		return roundLong(neg, hi, lo, 0, false)
	}
	return quotient(neg, w, pow10[-d.exp])
}

// quotient is the LongDouble next to a / b; neither is 0.
func quotient(neg bool, a, b uint64) LongDouble {
	sa, sb := bits.LeadingZeros64(a), bits.LeadingZeros64(b)
	a, b = a<<sa, b<<sb
	exp := sb - sa - 128
	var low uint64
	if a >= b {
		a, low, exp = a>>1, a<<63, exp+1
	}
	hi, rest := bits.Div64(a, low, b)
	lo, rest := bits.Div64(rest, 0, b)
	return roundLong(neg, hi, lo, exp, rest != 0)
}

// bigLong is long for any number of digits and any exponent within ±2 maxLongText.
func (d *decimal) bigLong(neg bool) LongDouble {
	text := append(append(make([]byte, 0, maxLongText), d.whole...), d.frac...)
	a, _ := new(big.Int).SetString(string(text), 10)
	b := big.NewInt(1)
	pow := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.exp, -d.exp))), nil)
	if d.exp < 0 {
		b = pow
	} else {
		a.Mul(a, pow)
	}
	shift := 127 - (a.BitLen() - b.BitLen()) // leaves a quotient of 127 or 128 bits
	if shift > 0 {
		a.Lsh(a, uint(shift))
	} else {
		b.Lsh(b, uint(-shift))
	}
	q, r := a.QuoRem(a, b, new(big.Int))
	lo := new(big.Int).And(q, new(big.Int).SetUint64(maxUint64)).Uint64()
	hi := q.Rsh(q, 64).Uint64()
	return roundLong(neg, hi, lo, -shift, r.Sign() != 0)
}

// parseHex reads what follows "0x": digits with an optional point and an optional binary exponent.
func parseHex(neg bool, b []byte) (x LongDouble, ok bool) {
	var hi, lo uint64
	exp, digits, point := 0, 0, false
	sticky := false
	for ; len(b) > 0; b = b[1:] {
		if b[0] == '.' && !point {
			point = true
			continue
		}
		v := hexDigit(b[0])
		if v > 15 {
			break
		}
		digits++
		if point {
			exp -= 4
		}
		if hi>>60 != 0 {
			exp += 4
			sticky = sticky || v != 0
			continue
		}
		hi, lo = hi<<4|lo>>60, lo<<4|v
	}
	if digits == 0 {
		return x, false
	}
	if len(b) > 0 {
		if b[0]|0x20 != 'p' {
			return x, false
		}
		e, ok := scanExponent(b[1:])
		if !ok {
			return x, false
		}
		exp += e
	}
	zero := hi|lo == 0
	x = roundLong(neg, hi, lo, exp, sticky)
	return x, !x.over && (zero || x.frac != 0)
}

// hexDigit is the value of the hexadecimal digit c, or something above 15.
func hexDigit(c byte) uint64 {
	switch {
	case c-'0' < 10:
		return uint64(c - '0')
	case c|0x20-'a' < 6:
		return uint64(c | 0x20 - 'a' + 10)
	}
	return 16
}
