package stats

import "math/bits"

// Histogram counts times by their length. Up to 255 ns each length has a count of
// its own, from there on each power of two is cut into 128 slots, so that a time is
// known to less than 1 %. Slots and the questions asked of them are those of
// Valkey's histograms, so that equal times give equal answers.
//
// Only the blocks of 128 slots exist in which something was counted: a command whose
// times lie within a factor of 100 takes 7 KB. The zero value is empty.
type Histogram struct {
	blocks [histogramBlocks]*[blockSlots]uint64
	total  uint64
}

// The range that is told apart, in nanoseconds; what lies outside counts as the end
// that it is nearest to.
const (
	leastTime = 1
	mostTime  = 1e9
)

// Slot i is the i-th of its block: blocks 0 and 1 hold lengths up to 255, block b
// those from 64<<b on.
const (
	histogramBlocks = 24
	blockBits       = 7
	blockSlots      = 1 << blockBits
	slots           = histogramBlocks * blockSlots
)

// slotOf is the slot of a time.
func slotOf(nanos uint64) int {
	nanos = min(max(nanos, leastTime), mostTime)
	shift := max(bits.Len64(nanos)-blockBits-1, 0)
	return shift<<blockBits + int(nanos>>shift)
}

// bounds are the shortest and the longest time of a slot, in nanoseconds.
func bounds(slot int) (least, most uint64) {
	shift := max(slot>>blockBits-1, 0)
	least = uint64(slot-shift<<blockBits) << shift
	return least, least + 1<<shift - 1
}

// Record counts n times of this length.
func (h *Histogram) Record(nanos, n uint64) {
	slot := slotOf(nanos)
	b := h.blocks[slot>>blockBits]
	if b == nil {
		b = new([blockSlots]uint64)
		h.blocks[slot>>blockBits] = b
	}
	b[slot%blockSlots] += n
	h.total += n
}

// Add adds what o has counted.
func (h *Histogram) Add(o *Histogram) {
	for i, from := range o.blocks {
		if from == nil {
			continue
		}
		if h.blocks[i] == nil {
			h.blocks[i] = new([blockSlots]uint64)
		}
		for j, n := range from {
			h.blocks[i][j] += n
		}
	}
	h.total += o.total
}

// Total is how many times were counted.
func (h *Histogram) Total() uint64 { return h.total }

// upTo is the first slot by whose end at least n times are counted.
func (h *Histogram) upTo(n uint64) (slot int) {
	var sum uint64
	for i, b := range h.blocks {
		if b == nil {
			continue
		}
		for j, k := range b {
			if sum += k; sum >= n {
				return i<<blockBits + j
			}
		}
	}
	return slots - 1
}

// Percentile is the length in nanoseconds that p percent of the times don't exceed;
// for 0 it is the shortest one. Something must have been counted.
func (h *Histogram) Percentile(p float64) uint64 {
	n := uint64(p/100*float64(h.total) + 0.5)
	least, most := bounds(h.upTo(max(n, 1)))
	if p == 0 {
		return least
	}
	return most
}

// firstStep is the length of the first of Steps, in nanoseconds.
const firstStep = 1024

// Steps calls f for lengths in nanoseconds, each about twice the one before, with how
// many times don't exceed it; it leaves out those to which nothing was added.
func (h *Histogram) Steps(f func(nanos, count uint64)) {
	var sum, told uint64
	slot := 0
	for step := uint64(firstStep); told < h.total; step *= 2 {
		end := slots - 1
		if step < mostTime {
			end = slotOf(step)
		}
		for ; slot <= end; slot++ {
			if b := h.blocks[slot>>blockBits]; b != nil {
				sum += b[slot%blockSlots]
			}
		}
		if sum > told {
			told = sum
			_, most := bounds(end)
			f(most, sum)
		}
	}
}
