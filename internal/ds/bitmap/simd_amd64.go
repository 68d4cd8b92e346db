package bitmap

import "golang.org/x/sys/cpu"

// The loops of this file's assembly take whole blocks of so many bytes; what is
// left over is for those in Go.
const (
	countBlock   = 256
	combineBlock = 128
)

var (
	hasAVX2   = cpu.X86.HasAVX2
	hasPopcnt = cpu.X86.HasAVX512F && cpu.X86.HasAVX512VPOPCNTDQ
)

// countBlocks counts the ones in the blocks at the beginning of b, and returns what
// is behind them.
func countBlocks(b []byte) (n int, rest []byte) {
	size := len(b) &^ (countBlock - 1)
	switch {
	case size == 0:
	case hasPopcnt:
		n = countAVX512(b[:size])
	case hasAVX2:
		n = countAVX2(b[:size])
	default:
		return 0, b
	}
	return n, b[size:]
}

// notBlocks turns the blocks at the beginning of a, which is as long as dst, into
// dst, and returns how many bytes that were.
func notBlocks(dst, a []byte) int {
	size := len(dst) &^ (combineBlock - 1)
	if size == 0 || !hasAVX2 {
		return 0
	}
	notAVX2(dst[:size], a)
	return size
}

// andBlocks and orBlocks combine the blocks at the beginning of a and b, which are
// as long as dst, into dst, and return how many bytes that were.

func andBlocks(dst, a, b []byte) int {
	size := len(dst) &^ (combineBlock - 1)
	if size == 0 || !hasAVX2 {
		return 0
	}
	andAVX2(dst[:size], a, b)
	return size
}

func orBlocks(dst, a, b []byte) int {
	size := len(dst) &^ (combineBlock - 1)
	if size == 0 || !hasAVX2 {
		return 0
	}
	orAVX2(dst[:size], a, b)
	return size
}

// countAVX512 and countAVX2 count the ones in b, which is some blocks long.

//go:noescape
func countAVX512(b []byte) int

//go:noescape
func countAVX2(b []byte) int

// andAVX2, orAVX2 and notAVX2 fill dst, which is some blocks long.

//go:noescape
func andAVX2(dst, a, b []byte)

//go:noescape
func orAVX2(dst, a, b []byte)

//go:noescape
func notAVX2(dst, a []byte)
