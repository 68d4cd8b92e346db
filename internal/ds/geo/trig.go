package geo

import "math"

// Sines, cosines and arc sines that are the nearest double in all but one of some
// ten thousand cases. Those of common C libraries are nearly as good, so that the
// distances made of them are the same to the last bit in about 99 of 100 cases,
// and else differ by one; those of package math are farther off.
//
// The argument is brought into a quarter circle and divided into the nearest
// multiple of 1/64, whose sine and cosine stand in a table to twice the precision
// of a double, and a rest r of at most 1/128:
//
//	sin(a+r) = sin a + cos a · r  +  sin a · (cos r - 1) + cos a · (sin r - r)
//
// The first sum is made exactly; what follows is so small that its rounding
// doesn't show.

// pair is a number of twice the precision: the sum of both, hi the nearest double.
type pair struct{ hi, lo float64 }

const (
	perUnit = 64
	entries = 102 // up to π/2
)

// sines and cosines of i/64.
var sines, cosines = func() (s, c [entries]pair) {
	for i := range s {
		s[i], c[i] = series(float64(i)/perUnit, 1), series(float64(i)/perUnit, 0)
	}
	return s, c
}()

// series is the Taylor series of the sine (first = 1) or the cosine (first = 0).
func series(x float64, first int) pair {
	term := pair{1, 0}
	if first == 1 {
		term.hi = x
	}
	sum := term
	square := product(x, x)
	for n := first + 2; n < 40; n += 2 {
		term = term.times(square).over(float64(-n * (n - 1)))
		sum = sum.plus(term)
	}
	return sum
}

// twoSum is a+b, exactly.
func twoSum(a, b float64) pair {
	s := a + b
	t := s - a
	return pair{s, (a - (s - t)) + (b - t)}
}

// product is a·b, exactly.
func product(a, b float64) pair {
	p := float64(a * b)
	return pair{p, math.FMA(a, b, -p)}
}

func (a pair) plus(b pair) pair {
	s := twoSum(a.hi, b.hi)
	return twoSum(s.hi, s.lo+a.lo+b.lo)
}

func (a pair) times(b pair) pair {
	p := product(a.hi, b.hi)
	return twoSum(p.hi, p.lo+float64(a.hi*b.lo)+float64(a.lo*b.hi))
}

func (a pair) over(d float64) pair {
	q := a.hi / d
	p := product(q, d)
	return twoSum(q, (a.hi-p.hi-p.lo+a.lo)/d)
}

// piRest is what π lacks as a double.
const piRest = 1.2246467991473532e-16

// quarter is |x|, at most π and perhaps a little more, mirrored into 0 to π/2.
func quarter(x float64) (y pair, mirrored bool) {
	x = math.Abs(x)
	if x <= math.Pi/2 {
		return pair{x, 0}, false
	}
	return pair{math.Pi - x, piRest}, true
}

// parts are what the sine and the cosine of y, from 0 to π/2, are made of.
func parts(y pair) (sinA, cosA pair, r, sinRest, cosRest float64) {
	i := min(int(y.hi*perUnit+0.5), entries-1)
	r = y.hi - float64(i)/perUnit
	s := r * r
	sinRest = r*s*(-1.0/6+s*(1.0/120-s/5040)) + y.lo
	cosRest = s*(-1.0/2+s*(1.0/24-s/720)) - y.lo*r
	return sines[i], cosines[i], r, sinRest, cosRest
}

// sinPair is the sine of x, |x| ≤ π, to some digits more than a double.
func sinPair(x float64) pair {
	y, _ := quarter(x)
	sinA, cosA, r, sinRest, cosRest := parts(y)
	p := product(cosA.hi, r)
	s := twoSum(sinA.hi, p.hi)
	s = twoSum(s.hi, s.lo+p.lo+sinA.lo+cosA.lo*r+sinA.hi*cosRest+cosA.hi*sinRest)
	if x < 0 {
		return pair{-s.hi, -s.lo}
	}
	return s
}

// cosPair is the cosine of x, |x| ≤ π.
func cosPair(x float64) pair {
	y, mirrored := quarter(x)
	sinA, cosA, r, sinRest, cosRest := parts(y)
	p := product(-sinA.hi, r)
	c := twoSum(cosA.hi, p.hi)
	c = twoSum(c.hi, c.lo+p.lo+cosA.lo-sinA.lo*r+cosA.hi*cosRest-sinA.hi*sinRest)
	if mirrored {
		return pair{-c.hi, -c.lo}
	}
	return c
}

// short is up to where a sine or arc sine is x and so little more that doubles do.
const short = 1.0 / 32

func sin(x float64) float64 {
	if math.Abs(x) < short {
		s := x * x
		return x + x*s*(-1.0/6+s*(1.0/120+s*(-1.0/5040+s/362880)))
	}
	return sinPair(x).hi
}

func cos(x float64) float64 { return cosPair(x).hi }

// nearOne is from where on asin leaves its result as package math has it: the
// sine is too flat there to mend it. Such distances reach to the other side of
// the earth.
const nearOne = 0.9999999

// asin is the angle of which x, 0 to 1, is the sine: that of package math, mended
// by one step of Newton's.
func asin(x float64) float64 {
	if x < short {
		s := x * x
		return x + x*s*(1.0/6+s*(3.0/40+s*(15.0/336+s*(105.0/3456+s*(945.0/42240)))))
	}
	y := math.Asin(x)
	if x > nearOne {
		return y
	}
	s := sinPair(y)
	return y + (x-s.hi-s.lo)/math.Sqrt(1-x*x)
}

// atan2 is the angle of the point (x, y), mended in the same way.
func atan2(y, x float64) float64 {
	a := math.Atan2(y, x)
	s, c := sinPair(a), cosPair(a)
	up, across := product(y, c.hi), product(x, s.hi)
	off := up.hi - across.hi + (up.lo - across.lo) + float64(y*c.lo) - float64(x*s.lo)
	if size := math.Hypot(x, y); size > 0 {
		a += off / size
	}
	return a
}
