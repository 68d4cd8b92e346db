package num

import "math"

// This file prints a double with few digits by the Grisu2 method (Loitsch, "Printing floating-point numbers
// quickly and accurately with integers", 2010). The digits always read back as the same double; in a few cases
// of a thousand they are not the shortest or not the nearest that do, and then strconv would differ: 1e23 prints
// as 99999999999999990000000. Replies and stored scores have had these digits for years, so they are part of the
// format.
//
// Both neighbours' midpoints are scaled by a power of ten so that their binary exponent falls into
// [minScaled, maxScaled]: the integer part then fits 32 bits, and digits are produced from the upper bound until
// what is left is within the gap between the bounds.

const (
	minScaled = -60
	maxScaled = -32

	firstPow = -348 // the exponent of scalePows[0]
	stepPow  = 8    // between two entries of scalePows

	hiddenBit = 1 << 52
)

// scalePows are the significands of 10^-348, 10^-340, … 10^340, rounded to 64 bits; see scaleExp.
var scalePows = [87]uint64{
	0xfa8fd5a0081c0288, 0xbaaee17fa23ebf76, 0x8b16fb203055ac76, 0xcf42894a5dce35ea,
	0x9a6bb0aa55653b2d, 0xe61acf033d1a45df, 0xab70fe17c79ac6ca, 0xff77b1fcbebcdc4f,
	0xbe5691ef416bd60c, 0x8dd01fad907ffc3c, 0xd3515c2831559a83, 0x9d71ac8fada6c9b5,
	0xea9c227723ee8bcb, 0xaecc49914078536d, 0x823c12795db6ce57, 0xc21094364dfb5637,
	0x9096ea6f3848984f, 0xd77485cb25823ac7, 0xa086cfcd97bf97f4, 0xef340a98172aace5,
	0xb23867fb2a35b28e, 0x84c8d4dfd2c63f3b, 0xc5dd44271ad3cdba, 0x936b9fcebb25c996,
	0xdbac6c247d62a584, 0xa3ab66580d5fdaf6, 0xf3e2f893dec3f126, 0xb5b5ada8aaff80b8,
	0x87625f056c7c4a8b, 0xc9bcff6034c13053, 0x964e858c91ba2655, 0xdff9772470297ebd,
	0xa6dfbd9fb8e5b88f, 0xf8a95fcf88747d94, 0xb94470938fa89bcf, 0x8a08f0f8bf0f156b,
	0xcdb02555653131b6, 0x993fe2c6d07b7fac, 0xe45c10c42a2b3b06, 0xaa242499697392d3,
	0xfd87b5f28300ca0e, 0xbce5086492111aeb, 0x8cbccc096f5088cc, 0xd1b71758e219652c,
	0x9c40000000000000, 0xe8d4a51000000000, 0xad78ebc5ac620000, 0x813f3978f8940984,
	0xc097ce7bc90715b3, 0x8f7e32ce7bea5c70, 0xd5d238a4abe98068, 0x9f4f2726179a2245,
	0xed63a231d4c4fb27, 0xb0de65388cc8ada8, 0x83c7088e1aab65db, 0xc45d1df942711d9a,
	0x924d692ca61be758, 0xda01ee641a708dea, 0xa26da3999aef774a, 0xf209787bb47d6b85,
	0xb454e4a179dd1877, 0x865b86925b9bc5c2, 0xc83553c5c8965d3d, 0x952ab45cfa97a0b3,
	0xde469fbd99a05fe3, 0xa59bc234db398c25, 0xf6c69a72a3989f5c, 0xb7dcbf5354e9bece,
	0x88fcf317f22241e2, 0xcc20ce9bd35c78a5, 0x98165af37b2153df, 0xe2a0b5dc971f303a,
	0xa8d9d1535ce3b396, 0xfb9b7cd9a4a7443c, 0xbb764c4ca7a44410, 0x8bab8eefb6409c1a,
	0xd01fef10a657842c, 0x9b10a4e5e9913129, 0xe7109bfba19c0c9d, 0xac2820d9623bf429,
	0x80444b5e7aa7cf85, 0xbf21e44003acdd2d, 0x8e679c2f5e44ff8f, 0xd433179d9c8cb841,
	0x9e19db92b4e31ba9, 0xeb96bf6ebadf77d9, 0xaf87023b9bf0ee6b,
}

// scaleExp is the binary exponent of 10^k when its significand is an integer of 64 bits.
func scaleExp(k int) int { return (k*217706)>>16 - 63 } // 217706/65536 is log2(10), exact enough up to 10^±600

// diyFloat is frac × 2^exp.
type diyFloat struct {
	frac uint64
	exp  int
}

// mul is the product with the upper 64 bits of its significand, rounded from the 32 bits below them.
func (a diyFloat) mul(b diyFloat) diyFloat {
	const low = 1<<32 - 1
	ah, al, bh, bl := a.frac>>32, a.frac&low, b.frac>>32, b.frac&low
	mid := (ah*bl)&low + (al*bh)&low + (al*bl)>>32 + 1<<31
	return diyFloat{ah*bh + (ah*bl)>>32 + (al*bh)>>32 + mid>>32, a.exp + b.exp + 64}
}

// bounds splits a positive finite double into its value and the midpoints to its neighbours, all three with the
// exponent that makes the upper midpoint fill 64 bits.
func bounds(f float64) (value, lower, upper diyFloat) {
	b := math.Float64bits(f)
	frac, exp := b&(hiddenBit-1), int(b>>52)
	if exp == 0 {
		exp++ // subnormal: no hidden bit
	} else {
		frac |= hiddenBit
	}
	exp -= 1075
	lowShift := 1
	if frac == hiddenBit {
		lowShift = 2 // the neighbour below a power of two is only half as far
	}
	lower = diyFloat{frac<<lowShift - 1, exp - lowShift}
	upper = diyFloat{frac<<1 + 1, exp - 1}
	for upper.frac&(hiddenBit<<1) == 0 {
		upper.frac <<= 1
		upper.exp--
	}
	upper = diyFloat{upper.frac << 10, upper.exp - 10}
	lower = diyFloat{lower.frac << (lower.exp - upper.exp), upper.exp}
	return diyFloat{frac << (exp - upper.exp), upper.exp}, lower, upper
}

// scale finds the power of ten, and its exponent, that brings a number with exponent exp into the wanted range.
func scale(exp int) (p diyFloat, k int) {
	const log10of2 = 0.30102999566398114 // its last digits decide ties: do not round it differently
	i := (int(float64(-(exp+len(scalePows)))*log10of2) - firstPow) / stepPow
	for {
		k = firstPow + i*stepPow
		p = diyFloat{scalePows[i], scaleExp(k)}
		switch e := exp + p.exp + 64; {
		case e < minScaled:
			i++
		case e > maxScaled:
			i--
		default:
			return p, k
		}
	}
}

// maxDigits is the most digits that shortest writes.
const maxDigits = 18

// shortest writes digits of f, positive and finite, and returns how many: f is about digits × 10^exp.
func shortest(digits *[maxDigits]byte, f float64) (n, exp int) {
	value, lower, upper := bounds(f)
	p, k := scale(upper.exp)
	value, lower, upper = value.mul(p), lower.mul(p), upper.mul(p)
	lower.frac++ // the products may be off by one: stay inside
	upper.frac--
	g := generator{digits: digits, gap: upper.frac - lower.frac, toValue: upper.frac - value.frac}
	exp = g.run(upper)
	return g.n, exp - k
}

// generator makes the digits.
type generator struct {
	digits  *[maxDigits]byte
	n       int    // digits written
	gap     uint64 // between the bounds
	toValue uint64 // from the upper bound down to the value
}

// run writes the digits of upper that are needed and returns their exponent.
func (g *generator) run(upper diyFloat) (exp int) {
	shift := -upper.exp
	one := uint64(1) << shift
	whole, part := upper.frac>>shift, upper.frac&(one-1)
	for exp = 9; exp >= 0; exp-- {
		div := pow10[exp]
		g.put(whole / div)
		whole %= div
		if rest := whole<<shift + part; rest <= g.gap {
			g.round(g.gap, rest, div<<shift, g.toValue)
			return exp
		}
	}
	for unit := uint64(10); ; unit *= 10 {
		part *= 10
		g.gap *= 10
		g.put(part >> shift)
		part &= one - 1
		if part < g.gap {
			g.round(g.gap, part, one, g.toValue*unit)
			return exp
		}
		exp--
	}
}

// put writes a digit; zeros in front are dropped.
func (g *generator) put(d uint64) {
	if d != 0 || g.n > 0 {
		g.digits[g.n] = byte('0' + d)
		g.n++
	}
}

// round moves the last digit down, towards the value, as long as that brings the number nearer to it and leaves it
// inside the gap. rest is what the digits leave of the upper bound, unit what the last one counts.
func (g *generator) round(gap, rest, unit, toValue uint64) {
	for rest < toValue && gap-rest >= unit && (rest+unit < toValue || toValue-rest > rest+unit-toValue) {
		g.digits[g.n-1]--
		rest += unit
	}
}
