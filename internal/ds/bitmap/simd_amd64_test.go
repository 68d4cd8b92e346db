package bitmap

import "testing"

// withoutAVX2 runs a test with each set of instructions that this machine has, and
// with none.
func withoutAVX2(test func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) {
		avx2, popcnt := hasAVX2, hasPopcnt
		defer func() { hasAVX2, hasPopcnt = avx2, popcnt }()
		t.Run("all", test)
		hasPopcnt = false
		t.Run("AVX2", test)
		hasAVX2 = false
		t.Run("none", test)
	}
}
