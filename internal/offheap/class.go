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
	pages   uint16 // of a span
	blocks  uint16 // in a span
}

var classes = buildClasses()

func buildClasses() (t [classCount]class) {
	for i := range t {
		size := classSize(i)
		c := class{size: uint32(size), inverse: uint32((uint64(1)<<32 + uint64(size) - 1) / uint64(size))}
		c.pages = spanPages(size)
		c.blocks = uint16(int(c.pages) * pageSize / size)
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

// spanStep is what the lengths of slab spans are multiples of, in pages, so that
// no remainder is too short to be used again.
const spanStep = 4

// spanPages chooses how many pages a span of blocks of size has: the fewest that
// leave less than 1/48 of it unused, else the best.
func spanPages(size int) uint16 {
	best, bestWaste := 4, 1.0
	for pages := spanStep; pages <= 32; pages += spanStep {
		n := pages * pageSize
		if n/size < 4 {
			continue
		}
		waste := float64(n%size) / float64(n)
		if waste < bestWaste {
			best, bestWaste = pages, waste
		}
		if waste < 1.0/48 {
			break
		}
	}
	return uint16(best)
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
