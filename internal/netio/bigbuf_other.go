//go:build !linux

package netio

// reservation is the capacity to reserve for a connection that wants want bytes in
// all and has proved have of them.
func reservation(want, have int) int { return min(want, max(64<<10, 2*have)) }

func bigAlloc(n int) []byte { return make([]byte, 0, n) }

func bigFree([]byte) {}

func bigGrow([]byte, int) ([]byte, bool) { return nil, false }
