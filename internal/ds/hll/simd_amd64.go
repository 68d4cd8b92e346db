package hll

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2

// The assembly takes chunks of 32 registers, but for the last, as it reads and
// writes a few bytes beyond each.
const (
	chunk      = 32
	fastChunks = Registers/chunk - 1
)

// mergeFast merges all registers of regs, which are packed, into s but the last
// ones, and returns how many.
func (s *Set) mergeFast(regs []byte) int {
	if !hasAVX2 {
		return 0
	}
	mergeAVX2(s, &regs[0])
	return fastChunks * chunk
}

// packFast packs all registers of s into regs but the last ones, and returns how
// many.
func (s *Set) packFast(regs []byte) int {
	if !hasAVX2 {
		return 0
	}
	packAVX2(&regs[0], s)
	return fastChunks * chunk
}

// uniteFast makes all registers of dst but the last ones the largest of those of
// dst, a and b, which are packed, and returns how many.
func uniteFast(dst, a, b []byte) int {
	if !hasAVX2 {
		return 0
	}
	uniteAVX2(&dst[0], &a[0], &b[0])
	return fastChunks * chunk
}

// tallyFast counts the registers of s by what they hold, and reports whether it
// could. It takes four values at a time, from 0 up to the largest there is: usually
// few are in use.
func (s *Set) tallyFast(h *histogram) bool {
	if !hasAVX2 {
		return false
	}
	for first, left := 0, int64(Registers); left > 0 && first < len(h); first += 4 {
		var counts [4]int64
		tallyAVX2(s, uint8(first), &counts)
		for i, n := range counts {
			h[first+i] = int32(n)
			left -= n
		}
	}
	return true
}

//go:noescape
func tallyAVX2(s *Set, first uint8, counts *[4]int64)

//go:noescape
func mergeAVX2(s *Set, regs *byte)

//go:noescape
func packAVX2(regs *byte, s *Set)

//go:noescape
func uniteAVX2(dst, a, b *byte)
