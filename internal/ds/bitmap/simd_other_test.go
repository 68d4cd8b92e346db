//go:build !amd64

package bitmap

import "testing"

func withoutAVX2(test func(t *testing.T)) func(t *testing.T) { return test }
