package examine

import "math/bits"

// A histogram counts values with three significant digits: exactly below
// exactBelow, and in classes twice as wide for each further power of two.
// Percentiles are the ends of classes, as in the reports of valkey-check-rdb.
type histogram struct {
	most   int64 // larger values are not counted
	counts []int64
	total  int64
}

const (
	exactBits  = 11
	exactBelow = 1 << exactBits
	half       = exactBelow / 2
)

// class is the index of n's class.
func class(n int64) int {
	if n < exactBelow {
		return int(n)
	}
	shift := bits.Len64(uint64(n)) - exactBits
	return int(n>>shift) + shift*half
}

// lastOf is the largest value in a class.
func lastOf(class int) int64 {
	if class < exactBelow {
		return int64(class)
	}
	shift := class/half - 1
	return int64(class-shift*half+1)<<shift - 1
}

func (h *histogram) add(n int64) {
	if n > h.most {
		return
	}
	c := class(n)
	if c >= len(h.counts) {
		h.counts = append(h.counts, make([]int64, c+1-len(h.counts))...)
	}
	h.counts[c]++
	h.total++
}

// percentile is the value that p percent of all do not exceed; 0 if there are
// none.
func (h *histogram) percentile(p float64) int64 {
	rank := max(int64(p/100*float64(h.total)+0.5), 1)
	for c, n := range h.counts {
		if rank -= n; rank <= 0 {
			return lastOf(c)
		}
	}
	return 0
}
