package dict

import (
	"encoding/binary"
	"math/bits"

	"sigrun/internal/rng"
)

// seed holds the secret of this process's hashes; without it nobody can choose
// keys that collide.
var seed = randomSeed()

func randomSeed() (s [4]uint64) {
	var b [32]byte
	rng.Read(b[:])
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(b[i*8:]) | 1
	}
	return s
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Hash is the seeded 64-bit hash of a key, for tables and shards alike: chained
// 64×64-bit multiplications as in wyhash (Wang Yi), with secret constants.
func Hash(key []byte) uint64 {
	n := len(key)
	h := seed[0] ^ uint64(n)
	if n <= 16 {
		var a, b uint64
		switch {
		case n >= 8:
			a = binary.LittleEndian.Uint64(key)
			b = binary.LittleEndian.Uint64(key[n-8:])
		case n >= 4:
			a = uint64(binary.LittleEndian.Uint32(key))
			b = uint64(binary.LittleEndian.Uint32(key[n-4:]))
		case n > 0:
			a = uint64(key[0])<<16 | uint64(key[n>>1])<<8 | uint64(key[n-1])
		}
		return mix(mix(a^seed[1], b^h), h^seed[2])
	}
	p := key
	for len(p) > 16 {
		h = mix(binary.LittleEndian.Uint64(p)^seed[1], binary.LittleEndian.Uint64(p[8:])^h)
		p = p[16:]
	}
	a := binary.LittleEndian.Uint64(key[n-16:])
	b := binary.LittleEndian.Uint64(key[n-8:])
	return mix(mix(a^seed[3], b^h), h^seed[2])
}
