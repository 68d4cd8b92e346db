//go:build !amd64

package hll

import "testing"

func withoutAVX2(test func(t *testing.T)) func(t *testing.T) { return test }
