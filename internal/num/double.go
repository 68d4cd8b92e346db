package num

import (
	"bytes"
	"math"
	"strconv"
)

// MaxDoubleLen is the most bytes that AppendDouble appends: a sign, 17 digits, a point, "e-308"; or a sign, "0.",
// five zeros and the digits.
const MaxDoubleLen = 32

// AppendDouble appends f as replies and stored scores show it: "3", "0.1", "-0", "1e+20", "1.5e-7", "inf", "nan".
// The text reads back as the same double.
func AppendDouble(dst []byte, f float64) []byte {
	if f >= -1<<62 && f <= 1<<62 && f == math.Trunc(f) && f != 0 {
		return AppendInt(dst, int64(f)) // all digits, even those that a double does not need
	}
	return AppendShortest(dst, f)
}

// AppendShortest is AppendDouble but for whole numbers that are shorter with an exponent: those have one here. It
// appends at most MaxDoubleLen bytes.
func AppendShortest(dst []byte, f float64) []byte {
	switch {
	case f != f:
		return append(dst, "nan"...)
	case f > math.MaxFloat64:
		return append(dst, "inf"...)
	case f < -math.MaxFloat64:
		return append(dst, "-inf"...)
	}
	if math.Signbit(f) {
		dst = append(dst, '-')
		f = -f
	}
	if f == 0 {
		return append(dst, '0')
	}
	var digits [maxDigits]byte
	n, exp := shortest(&digits, f)
	return appendDigits(dst, digits[:n], exp)
}

// appendDigits appends digits × 10^exp: plainly when that is not much longer than the digits, else with an
// exponent.
func appendDigits(dst, digits []byte, exp int) []byte {
	n := len(digits)
	top := exp + n - 1 // the exponent of the first digit
	switch {
	case exp >= 0 && top < n+7:
		dst = append(dst, digits...)
		return appendZeros(dst, exp)
	case exp < 0 && top < 0 && (exp > -7 || top > -4):
		dst = appendZeros(append(dst, "0."...), -top-1)
		return append(dst, digits...)
	case exp < 0 && top >= 0 && (exp > -7 || top < 4):
		dst = append(append(dst, digits[:top+1]...), '.')
		return append(dst, digits[top+1:]...)
	}
	dst = append(dst, digits[0])
	if n > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	dst = append(dst, 'e')
	if top >= 0 {
		dst = append(dst, '+')
	}
	return AppendInt(dst, int64(top))
}

func appendZeros(dst []byte, n int) []byte {
	for ; n > 0; n-- {
		dst = append(dst, '0')
	}
	return dst
}

// ParseFloat reads a number as commands accept it: an optional sign, decimal digits with an optional point and
// exponent, or "inf" or "infinity" in any case. It refuses "", spaces, "nan", hexadecimal, and what is too large
// for a double or so small that it would become 0.
func ParseFloat(b []byte) (f float64, ok bool) {
	f, exact, ok := parseDouble(b)
	return f, ok && exact
}

// ParseBound reads a bound of a score range, which is judged more leniently than ParseFloat does: what is too
// large is infinite, what is too small is 0, nothing is 0, and a NUL byte ends the text.
func ParseBound(b []byte) (f float64, ok bool) {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return 0, true
	}
	f, _, ok = parseDouble(b)
	return f, ok
}

// parseDouble reads a number; exact is false when it became infinite or 0 for want of range.
func parseDouble(b []byte) (f float64, exact, ok bool) {
	if f, ok := parseShortInt(b); ok {
		return f, true, true
	}
	neg, rest := cutSign(b)
	if isInfinity(rest) {
		if neg {
			return math.Inf(-1), true, true
		}
		return math.Inf(1), true, true
	}
	d, ok := scanDecimal(rest)
	if !ok {
		return 0, false, false
	}
	f, _ = strconv.ParseFloat(string(b), 64) // the syntax is right, and out of range it is the nearest
	return f, !math.IsInf(f, 0) && (f != 0 || d.zero), true
}

// parseShortInt reads the commonest numbers: an optional minus sign and 1 to 15 digits, but not -0.
func parseShortInt(b []byte) (f float64, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 15 {
		return 0, false
	}
	v := int64(0)
	for _, c := range b {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		v = v*10 + int64(d)
	}
	if neg {
		return float64(-v), v != 0
	}
	return float64(v), true
}

func cutSign(b []byte) (neg bool, rest []byte) {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		return b[0] == '-', b[1:]
	}
	return false, b
}

// isInfinity tells whether b is "inf" or "infinity" in any case.
func isInfinity(b []byte) bool {
	const word = "infinity"
	if len(b) != 3 && len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}

// decimal is an unsigned decimal number: digits × 10^exp, digits being those of whole and then of frac.
type decimal struct {
	whole, frac []byte // views; whole without leading, frac without trailing zeros
	exp         int    // bounded to ±maxDecimalExp, where every number is out of every range or 0
	zero        bool   // all digits are 0
}

const maxDecimalExp = 1 << 30

// scanDecimal takes b apart; ok is false unless all of it is digits with an optional point and exponent.
func scanDecimal(b []byte) (d decimal, ok bool) {
	whole, rest := cutDigits(b)
	var frac []byte
	if len(rest) > 0 && rest[0] == '.' {
		frac, rest = cutDigits(rest[1:])
	}
	if len(whole)+len(frac) == 0 {
		return d, false
	}
	if len(rest) > 0 {
		if rest[0]|0x20 != 'e' {
			return d, false
		}
		if d.exp, ok = scanExponent(rest[1:]); !ok {
			return d, false
		}
	}
	d.whole, d.frac = bytes.TrimLeft(whole, "0"), bytes.TrimRight(frac, "0")
	d.exp -= len(d.frac)
	d.zero = len(d.whole)+len(d.frac) == 0
	return d, true
}

func cutDigits(b []byte) (digits, rest []byte) {
	i := 0
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return b[:i], b[i:]
}

// scanExponent reads a decimal exponent of any length, bounded to ±maxDecimalExp.
func scanExponent(b []byte) (exp int, ok bool) {
	neg, digits := cutSign(b)
	if len(digits) == 0 {
		return 0, false
	}
	for _, c := range digits {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		exp = min(exp*10+int(d), maxDecimalExp)
	}
	if neg {
		exp = -exp
	}
	return exp, true
}
