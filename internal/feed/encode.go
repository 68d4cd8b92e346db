package feed

import (
	"math"
	"strconv"

	"sigrun/internal/invariant"
	"sigrun/internal/resp"
)

// Multi and Exec stand around a unit of several commands.
const (
	Multi = "*1\r\n$5\r\nMULTI\r\n"
	Exec  = "*1\r\n$4\r\nEXEC\r\n"
)

// AppendSelect appends the command that selects database db.
func AppendSelect(dst []byte, db int) []byte {
	var digits [20]byte
	d := strconv.AppendInt(digits[:0], int64(db), 10)
	dst = append(dst, "*2\r\n$6\r\nSELECT\r\n$"...)
	dst = strconv.AppendInt(dst, int64(len(d)), 10)
	dst = append(dst, "\r\n"...)
	dst = append(dst, d...)
	return append(dst, "\r\n"...)
}

// checkUnit panics unless p is one or more whole RESP commands.
func checkUnit(p []byte) {
	if len(p) == 0 {
		invariant.Failf("feed: an empty unit")
	}
	var parser resp.Parser
	var args [][]byte
	for rest := p; len(rest) > 0; {
		out, n, err := parser.Next(rest, args[:0], resp.Limits{MaxBulk: math.MaxInt / 4})
		if err != nil || n == 0 || rest[0] != '*' {
			invariant.Failf("feed: no whole command at byte %d of a unit of %d: %v", len(p)-len(rest), len(p), err)
		}
		args, rest = out, rest[n:]
	}
}

// poison spoils the bytes of a freed chunk in a build that checks invariants,
// so that a view that outlived its Advance is noticed.
func poison(b []byte) {
	if !invariant.Enabled {
		return
	}
	for i := range b {
		b[i] = 0xDB
	}
}
