// Package hll counts the distinct elements of a set approximately: HyperLogLogs
// as Valkey stores them in strings, byte for byte. An element is hashed; the hash
// names one of 16384 registers and a rank, and the register keeps the largest rank
// that it has seen.
//
//	 0      4    5        8                16
//	+------+----+--------+----------------+------------+
//	| HYLL | en | unused | card u64       | registers  |
//	+------+----+--------+----------------+------------+
//
//	en    0 dense, 1 sparse
//	card  the last estimate, little endian; its top bit is set if it is stale
//
// Dense registers have 6 bits each, the first one in the lowest bits of the first
// byte, 12288 bytes in all. Sparse ones are a sequence of runs:
//
//	00llllll            zero    l+1 registers of 0
//	01llllll llllllll   zeros   l+1 registers of 0, up to 16384
//	1vvvvvll            value   l+1 registers of v+1
//
// Invariants of a sound sparse value: the runs cover exactly 16384 registers, and
// no run is cut off. Bytes from outside need not be sound: Valid looks at the
// header only, and everything that walks over runs reports ErrCorrupt and reads or
// writes nothing beyond the value.
//
// Adding costs O(1) for dense and O(runs) for sparse values, estimating O(registers).
package hll

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Sizes in bytes, but for the number of registers.
const (
	Registers  = 1 << indexBits
	HeaderSize = 16
	DenseSize  = HeaderSize + Registers*registerBits/8
)

const (
	indexBits    = 14
	registerBits = 6
	registerMax  = 1<<registerBits - 1
	maxRank      = 64 - indexBits + 1
)

const (
	magic       = "HYLL"
	encodingAt  = 4
	encDense    = 0
	encSparse   = 1
	cardAt      = 8
	staleAt     = 15
	staleBit    = 0x80
	emptySparse = "\x7f\xff" // all registers are 0
)

// ErrCorrupt tells that runs do not cover the registers.
var ErrCorrupt = errors.New("hll: the runs don't cover the registers")

// Valid reports whether b may be a HyperLogLog: whether the header and the size are
// right.
func Valid(b []byte) bool {
	if len(b) < HeaderSize || string(b[:encodingAt]) != magic || b[encodingAt] > encSparse {
		return false
	}
	return b[encodingAt] == encSparse || len(b) == DenseSize
}

// IsDense reports whether b, which is valid, is dense.
func IsDense(b []byte) bool { return b[encodingAt] == encDense }

// AppendEmpty appends a sparse value without elements.
func AppendEmpty(dst []byte) []byte {
	dst = append(dst, magic...)
	dst = append(dst, encSparse, 0, 0, 0)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	return append(dst, emptySparse...)
}

// Card is the estimate that b holds; ok is false if it is stale.
func Card(b []byte) (n uint64, ok bool) {
	return binary.LittleEndian.Uint64(b[cardAt:]), b[staleAt]&staleBit == 0
}

// SetCard makes b hold the estimate n.
func SetCard(b []byte, n uint64) { binary.LittleEndian.PutUint64(b[cardAt:], n) }

// Invalidate marks the estimate in b stale.
func Invalidate(b []byte) { b[staleAt] |= staleBit }

const hashSeed = 0xadc83b19

// place is the register of an element and the rank that its hash has.
func place(elem []byte) (index int, rank uint8) {
	h := hash(elem, hashSeed)
	return int(h & (Registers - 1)), uint8(bits.TrailingZeros64(h>>indexBits|1<<(maxRank-1))) + 1
}

// hash is the 64-bit variant A of MurmurHash2.
func hash(b []byte, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := seed ^ uint64(len(b))*m
	for ; len(b) >= 8; b = b[8:] {
		k := binary.LittleEndian.Uint64(b) * m
		k = (k ^ k>>r) * m
		h = (h ^ k) * m
	}
	if len(b) > 0 {
		var tail uint64
		for i := len(b) - 1; i >= 0; i-- {
			tail = tail<<8 | uint64(b[i])
		}
		h = (h ^ tail) * m
	}
	h = (h ^ h>>r) * m
	return h ^ h>>r
}

// Check reports what is wrong with b, which is valid.
func Check(b []byte) error {
	if IsDense(b) {
		return nil
	}
	return eachRun(b[HeaderSize:], func(int, int, uint8) {})
}
