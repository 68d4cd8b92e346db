// Package partsort sorts a part of a slice as Valkey does.
package partsort

import (
	"math/bits"
	"slices"
)

// Sort brings those elements of a to the places from lo up to hi that belong
// there. It is the quicksort of Bentley and McIlroy, "Engineering a Sort Function",
// which leaves parts that are not wanted as they are. Its choice of pivots is that
// of Valkey, and so is the order in which it leaves elements that compare as equal.
// If it makes no headway, as with elements made to that end, another sort takes
// over.
func Sort[E any](a []E, lo, hi int, compare func(a, b E) int) {
	p := partial[E]{compare: compare, lo: lo, hi: hi}
	p.sort(a, 0, 4*bits.Len(uint(len(a))))
}

type partial[E any] struct {
	compare func(a, b E) int
	lo, hi  int
}

// Sizes that decide how a pivot is found: the middle, the median of three, or that
// of nine in groups of three.
const (
	insertionBelow = 7
	medianAbove    = 7
	nintherAbove   = 40
)

// sort sorts a, which begins at place first, as far as it is wanted. depth is how
// many more times it may be split.
func (p *partial[E]) sort(a []E, first, depth int) {
	for len(a) >= insertionBelow {
		if depth == 0 {
			slices.SortFunc(a, p.compare)
			return
		}
		depth--
		left, right := p.split(a)
		if left > 1 && p.wanted(first, left) {
			p.sort(a[:left], first, depth)
		}
		if right <= 1 || !p.wanted(first+len(a)-right, right) {
			return
		}
		first += len(a) - right
		a = a[len(a)-right:]
	}
	p.insertionSort(a)
}

// wanted reports whether one of n places from first on is wanted.
func (p *partial[E]) wanted(first, n int) bool { return first < p.hi && p.lo < first+n }

func (p *partial[E]) insertionSort(a []E) {
	for i := 1; i < len(a); i++ {
		for j := i; j > 0 && p.compare(a[j-1], a[j]) > 0; j-- {
			a[j-1], a[j] = a[j], a[j-1]
		}
	}
}

// split brings what is less than a pivot to the beginning of a, left elements, and
// what is greater to its end, right elements.
func (p *partial[E]) split(a []E) (left, right int) {
	last := len(a) - 1
	m := p.pivot(a)
	a[0], a[m] = a[m], a[0]
	// What equals the pivot is gathered at both ends, a[:eqL] and a[eqR+1:].
	eqL, l := 1, 1
	eqR, r := last, last
	for {
		for ; l <= r; l++ {
			c := p.compare(a[l], a[0])
			if c > 0 {
				break
			}
			if c == 0 {
				a[eqL], a[l] = a[l], a[eqL]
				eqL++
			}
		}
		for ; l <= r; r-- {
			c := p.compare(a[r], a[0])
			if c < 0 {
				break
			}
			if c == 0 {
				a[r], a[eqR] = a[eqR], a[r]
				eqR--
			}
		}
		if l > r {
			break
		}
		a[l], a[r] = a[r], a[l]
		l++
		r--
	}
	swapRuns(a, 0, l, min(eqL, l-eqL))
	swapRuns(a, l, len(a), min(eqR-r, last-eqR))
	return l - eqL, eqR - r
}

// swapRuns exchanges the n elements from i on with the n before end.
func swapRuns[E any](a []E, i, end, n int) {
	for j := end - n; n > 0; n-- {
		a[i], a[j] = a[j], a[i]
		i++
		j++
	}
}

// pivot is the index of the element by which to split a.
func (p *partial[E]) pivot(a []E) int {
	l, m, r := 0, len(a)/2, len(a)-1
	if len(a) <= medianAbove {
		return m
	}
	if len(a) > nintherAbove {
		d := len(a) / 8
		l = p.median(a, l, l+d, l+2*d)
		m = p.median(a, m-d, m, m+d)
		r = p.median(a, r-2*d, r-d, r)
	}
	return p.median(a, l, m, r)
}

// median is that of the indexes i, j and k whose element is the median.
func (p *partial[E]) median(a []E, i, j, k int) int {
	if p.compare(a[i], a[j]) < 0 {
		switch {
		case p.compare(a[j], a[k]) < 0:
			return j
		case p.compare(a[i], a[k]) < 0:
			return k
		}
		return i
	}
	switch {
	case p.compare(a[j], a[k]) > 0:
		return j
	case p.compare(a[i], a[k]) < 0:
		return i
	}
	return k
}
