package hashes

import (
	"sigrun/internal/command"
	"sigrun/internal/glob"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/types/hash"
)

// runHScan answers HSCAN key cursor [MATCH pattern] [COUNT n] [NOVALUES]: the next
// cursor and some fields with their values. A hash in a small form is all there at
// once.
func runHScan(c *command.Ctx) error {
	p, err := c.ScanCursor()
	if err != nil {
		return err
	}
	h, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	if !ok {
		c.ReplyCursor(0)
		c.W.Array(0)
		return nil
	}
	if err := c.ScanOptions(&p, "novalues"); err != nil {
		return err
	}
	var room [64]offheap.Ref
	step := h.Scan(p.Cursor, p.Count, room[:0])
	c.ReplyCursor(step.Next)
	mark, n := c.W.Mark(), 0
	step.Each(func(field, v hash.Value) bool {
		if p.Pattern != nil && !matches(p.Pattern, field) {
			return true
		}
		reply(c.W, field)
		n++
		if !p.Bare {
			reply(c.W, v)
			n++
		}
		return true
	})
	c.W.PatchArray(mark, n)
	return nil
}

// matches reports whether a field matches pattern; "*" matches the empty one too.
func matches(pattern []byte, field hash.Value) bool {
	if string(pattern) == "*" {
		return true
	}
	var room [num.MaxIntLen]byte
	return glob.Match(pattern, text(field, room[:]))
}
