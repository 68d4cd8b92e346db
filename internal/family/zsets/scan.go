package zsets

import (
	"math"
	"strconv"

	"sigrun/internal/command"
	"sigrun/internal/glob"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
)

// scanDigits is the precision, in decimal digits, of scores in the reply of a
// scan of a large set.
const scanDigits = 17

// runZScan answers ZSCAN key cursor [MATCH pattern] [COUNT n] [NOSCORES]: the next
// cursor and some members with their scores. A small set is all there at once.
func runZScan(c *command.Ctx) error {
	p, err := c.ScanCursor()
	if err != nil {
		return err
	}
	s, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case !ok:
		c.ReplyCursor(0)
		c.W.Array(0)
		return nil
	}
	if err := c.ScanOptions(&p, "noscores"); err != nil {
		return err
	}
	var room [64]offheap.Ref
	step := s.Scan(p.Cursor, p.Count, room[:0])
	c.ReplyCursor(step.Next)
	mark, n, small := c.W.Mark(), 0, s.Small()
	step.Each(func(member []byte, score float64) bool {
		if p.Pattern != nil && !matches(p.Pattern, member) {
			return true
		}
		c.W.Bulk(member)
		n++
		if !p.Bare {
			var text [num.MaxDoubleLen]byte
			c.W.Bulk(appendScanned(text[:0], score, small))
			n++
		}
		return true
	})
	c.W.PatchArray(mark, n)
	return nil
}

// matches reports whether member matches pattern; "*" matches the empty one too.
func matches(pattern, member []byte) bool {
	return string(pattern) == "*" || glob.Match(pattern, member)
}

// appendScanned appends a score as Valkey shows it in a scan: as a small set
// holds it, of a large one with all digits.
func appendScanned(dst []byte, score float64, small bool) []byte {
	if small || math.IsInf(score, 0) {
		return num.AppendDouble(dst, score)
	}
	return strconv.AppendFloat(dst, score, 'g', scanDigits, 64)
}
