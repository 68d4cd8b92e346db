package offheap

import "math/bits"

// Size classes: steps of 8 bytes up to 256, then 16 steps per doubling, so that
// a block wastes at most 6 % of itself.
const (
	fineMax     = 256
	fineClasses = fineMax / 8
	classCount  = fineClasses + 16*5 // 512, 1024, 2048, 4096, 8192
)

type class struct {
	size    uint32 // bytes of a block
	inverse uint32 // ceil(2^32 / size): offset*inverse>>32 is the block's index
	pages   uint32 // of a span, but for a heap's first ones
}

var classes = buildClasses()

func buildClasses() (t [classCount]class) {
	for i := range t {
		size := classSize(i)
		c := class{size: uint32(size), inverse: uint32((uint64(1)<<32 + uint64(size) - 1) / uint64(size))}
		c.pages = spanPages(size)
		t[i] = c
	}
	return t
}

func classSize(i int) int {
	if i < fineClasses {
		return (i + 1) * 8
	}
	i -= fineClasses
	low := fineMax << (i / 16)
	return low + (i%16+1)*(low/16)
}

// spanPages chooses how many pages a span of blocks of size has: the fewest that
// leave little of it unused, else the best. Small blocks have spans of many, so
// that a heap rarely needs another. Larger ones have short spans: those of tables
// come and go with each growth, and what they leave is of use to others only once
// a whole span is empty.
func spanPages(size int) uint32 {
	step, most := 4, 1.0/48
	if size > fineMax {
		step, most = 1, 1.0/60
	}
	best, bestWaste := step, 1.0
	for pages := step; pages <= 32; pages += step {
		n := pages * pageSize
		if n/size < 2 {
			continue
		}
		waste := float64(n%size) / float64(n)
		if waste < bestWaste {
			best, bestWaste = pages, waste
		}
		if waste < most {
			break
		}
	}
	return uint32(best)
}

// firstSlabs is how many spans of a class are shorter than the others in a heap:
// most heaps need few blocks of most classes.
const firstSlabs = 3

// slabPages is how many pages the next span of c has in a heap that has n of them.
func (c *class) slabPages(n uint32) uint32 {
	if n >= firstSlabs {
		return c.pages
	}
	return min((c.size+pageSize-1)>>pageShift<<n, c.pages)
}

// classOf is the class of the smallest block that holds n bytes, 1 ≤ n ≤ MaxSlab.
func classOf(n int) int {
	if n <= fineMax {
		return (n+7)>>3 - 1
	}
	e := bits.Len(uint(n-1)) - 9 // 257..512 is doubling 0
	low := fineMax << e
	return fineClasses + e*16 + (n-low-1)/(low/16)
}

// RoundUp is the number of bytes that a block asked for with n really has.
func RoundUp(n int) int {
	switch {
	case n <= 0:
		return 8
	case n <= MaxSlab:
		return int(classes[classOf(n)].size)
	}
	return (n + pageSize - 1) &^ (pageSize - 1)
}
