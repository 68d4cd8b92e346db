package hll

import (
	"encoding/binary"
	"math"
)

// histogram counts the registers by what they hold.
type histogram [registerMax + 1]int32

// Count estimates the number of elements of b, which is valid.
func Count(b []byte) (uint64, error) {
	var h histogram
	if IsDense(b) {
		h.dense(b[HeaderSize:DenseSize])
		return h.estimate(), nil
	}
	err := eachRun(b[HeaderSize:], func(_, n int, rank uint8) { h[rank] += int32(n) })
	return h.estimate(), err
}

// Count estimates the number of elements of s.
func (s *Set) Count() uint64 {
	var h histogram
	if !s.tallyFast(&h) {
		h.tally(s)
	}
	return h.estimate()
}

// tally counts the registers of s.
func (h *histogram) tally(s *Set) {
	var t histograms
	empty := int32(0) // words
	for i := 0; i < Registers; i += 8 {
		if v := binary.LittleEndian.Uint64(s[i:]); v != 0 {
			t.add(v)
		} else {
			empty++
		}
	}
	*h = t.sum()
	h[0] += empty * 8
}

// histograms are four to count in by turns, as neighbouring registers often hold
// the same and each addition would wait for the one before.
type histograms [4]histogram

// add counts eight registers, one a byte.
func (t *histograms) add(v uint64) {
	t[0][v&registerMax]++
	t[1][v>>8&registerMax]++
	t[2][v>>16&registerMax]++
	t[3][v>>24&registerMax]++
	t[0][v>>32&registerMax]++
	t[1][v>>40&registerMax]++
	t[2][v>>48&registerMax]++
	t[3][v>>56&registerMax]++
}

func (t *histograms) sum() (h histogram) {
	for i := range h {
		h[i] = t[0][i] + t[1][i] + t[2][i] + t[3][i]
	}
	return h
}

func (h *histogram) dense(regs []byte) {
	var t histograms
	for len(regs) >= packBytes {
		v := load48(regs)
		t[0][v&registerMax]++
		t[1][v>>6&registerMax]++
		t[2][v>>12&registerMax]++
		t[3][v>>18&registerMax]++
		t[0][v>>24&registerMax]++
		t[1][v>>30&registerMax]++
		t[2][v>>36&registerMax]++
		t[3][v>>42&registerMax]++
		regs = regs[packBytes:]
	}
	*h = t.sum()
}

// estimate is the number of elements that h speaks for: the improved raw estimator
// of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches"
// (arXiv:1702.01284), in his letters. Products are rounded before they are added
// on every machine, so that all estimate alike.
func (h *histogram) estimate() uint64 {
	const m = float64(Registers)
	const alpha = 0.721347520444481703680 // 1 / (2 ln 2)
	z := m * tau((m-float64(h[maxRank]))/m)
	for k := maxRank - 1; k >= 1; k-- {
		z = (z + float64(h[k])) * 0.5
	}
	z += float64(m * sigma(float64(h[0])/m))
	return uint64(math.Round(alpha * m * m / z))
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	z, y := x, 1.0
	for {
		x *= x
		last := z
		z += float64(x * y)
		if z == last {
			return z
		}
		y += y
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	z, y := 1-x, 1.0
	for {
		x = math.Sqrt(x)
		last := z
		y *= 0.5
		z -= float64((1 - x) * (1 - x) * y)
		if z == last {
			return z / 3
		}
	}
}
