package hll

import "testing"

// withoutAVX2 runs a test with the instructions that this machine has, and with
// those of any.
func withoutAVX2(test func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) {
		has := hasAVX2
		defer func() { hasAVX2 = has }()
		t.Run("all", test)
		hasAVX2 = false
		t.Run("none", test)
	}
}
