package hll

import (
	"encoding/binary"
	"slices"
)

// DenseAdd adds elem to b, which is valid and dense, in place. It reports whether a
// register changed; the estimate is not marked stale.
func DenseAdd(b, elem []byte) bool {
	index, rank := place(elem)
	return raise(b[HeaderSize:DenseSize], index, rank)
}

// raise makes a dense register at least rank, and reports whether it was less.
func raise(regs []byte, index int, rank uint8) bool {
	at, shift := index*registerBits/8, uint(index*registerBits%8)
	if shift <= 8-registerBits { // all of it is in one byte
		old := regs[at] >> shift & registerMax
		if rank <= old {
			return false
		}
		regs[at] = regs[at]&^(registerMax<<shift) | rank<<shift
		return true
	}
	pair := binary.LittleEndian.Uint16(regs[at:])
	if uint16(rank) <= pair>>shift&registerMax {
		return false
	}
	binary.LittleEndian.PutUint16(regs[at:], pair&^(registerMax<<shift)|uint16(rank)<<shift)
	return true
}

// Set is the registers of a value, or of the union of several, unpacked.
type Set [Registers]uint8

// Merge adds the elements of b, which is valid, to s. If it fails some of them may
// have been added.
func (s *Set) Merge(b []byte) error {
	if !IsDense(b) {
		return s.mergeSparse(b[HeaderSize:])
	}
	s.mergeDense(b[HeaderSize:DenseSize])
	return nil
}

// Words that hold eight registers, one a byte.
const (
	lanes     = 0x0101010101010101
	laneTops  = 0x8080808080808080
	packBytes = 8 * registerBits / 8 // that eight packed registers take
)

// unpack spreads the eight registers in the lowest 48 bits of v over its bytes: the
// halves first, then pairs, then single ones.
func unpack(v uint64) uint64 {
	v = v&0xffffff | v<<8&0xffffff00000000
	v = v&0x00000fff00000fff | v<<4&0x0fff00000fff0000
	return v&0x003f003f003f003f | v<<2&0x3f003f003f003f00
}

// pack is the reverse of unpack.
func pack(v uint64) uint64 {
	v = v&0x003f003f003f003f | v&0x3f003f003f003f00>>2
	v = v&0x00000fff00000fff | v&0x0fff00000fff0000>>4
	return v&0xffffff | v&0xffffff00000000>>8
}

// larger has in each byte the larger of those of a and b, which are below 128.
func larger(a, b uint64) uint64 {
	less := (b | laneTops) - a&^laneTops // its top bits are set where b >= a
	mask := (less & laneTops >> 7) * 0xff
	return b&mask | a&^mask
}

func (s *Set) mergeDense(regs []byte) {
	done := s.mergeFast(regs)
	regs = regs[done*registerBits/8:]
	for i := done; i < Registers; i += 8 {
		out := s[i : i+8]
		v := unpack(load48(regs))
		regs = regs[packBytes:]
		if v != 0 {
			binary.LittleEndian.PutUint64(out, larger(binary.LittleEndian.Uint64(out), v))
		}
	}
}

// Unite adds the elements of a and b to dst, all of which are valid and dense. The
// estimate is stale then.
func Unite(dst, a, b []byte) {
	Invalidate(dst)
	dst, a, b = dst[HeaderSize:DenseSize], a[HeaderSize:DenseSize], b[HeaderSize:DenseSize]
	done := uniteFast(dst, a, b)
	for at := done * registerBits / 8; at < len(dst); at += packBytes {
		v := larger(unpack(load48(a[at:])), unpack(load48(b[at:])))
		store48(dst[at:], pack(larger(unpack(load48(dst[at:])), v)))
	}
}

// load48 is the first 48 bits of b.
func load48(b []byte) uint64 {
	return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint16(b[4:]))<<32
}

// store48 makes v the first 48 bits of b.
func store48(b []byte, v uint64) {
	binary.LittleEndian.PutUint32(b, uint32(v))
	binary.LittleEndian.PutUint16(b[4:], uint16(v>>32))
}

// AppendDense appends a dense value of the elements of s, whose estimate is that of
// like.
func (s *Set) AppendDense(dst, like []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, DenseSize)[:at+DenseSize]
	copy(dst[at:], like[:HeaderSize])
	dst[at+encodingAt] = encDense
	s.pack(dst[at+HeaderSize:])
	return dst
}

// Overwrite makes the elements of b, which is valid and dense, those of s. The
// estimate is stale then.
func (s *Set) Overwrite(b []byte) {
	s.pack(b[HeaderSize:DenseSize])
	Invalidate(b)
}

func (s *Set) pack(regs []byte) {
	done := s.packFast(regs)
	regs = regs[done*registerBits/8:]
	for i := done; i < Registers; i += 8 {
		store48(regs, pack(binary.LittleEndian.Uint64(s[i:])))
		regs = regs[packBytes:]
	}
}
