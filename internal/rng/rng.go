// Package rng is the only reader of chance in the project: seeded streams that
// a test can repeat, and unguessable bytes for identifiers.
package rng

import (
	crand "crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// Source is a fast seeded stream. It is not safe for concurrent use.
type Source struct{ pcg rand.PCG }

// New returns a stream that is the same for the same seed.
func New(seed uint64) *Source {
	s := &Source{}
	s.pcg.Seed(seed, 0x9e3779b97f4a7c15)
	return s
}

// NewRandom returns a stream with an unguessable seed.
func NewRandom() *Source {
	var b [8]byte
	Read(b[:])
	return New(binary.LittleEndian.Uint64(b[:]))
}

// Uint64 returns 64 random bits.
func (s *Source) Uint64() uint64 { return s.pcg.Uint64() }

// Uint64n returns a number in [0, n); n must not be 0.
func (s *Source) Uint64n(n uint64) uint64 { return rand.New(&s.pcg).Uint64N(n) }

// Float64 returns a number in [0, 1).
func (s *Source) Float64() float64 { return float64(s.pcg.Uint64()>>11) / (1 << 53) }

// Read fills b with unguessable bytes.
func Read(b []byte) { _, _ = crand.Read(b) } // never fails: it aborts the process instead

// Hex returns n unguessable hexadecimal digits, as run and replication ids have.
func Hex(n int) string {
	b := make([]byte, (n+1)/2)
	Read(b)
	return hex.EncodeToString(b)[:n]
}
