package sets

import (
	"sigrun/internal/command"
	"sigrun/internal/glob"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/types/set"
)

// runSScan answers SSCAN key cursor [MATCH pattern] [COUNT n]: the next cursor and
// some members. A set in a small form is all there at once.
func runSScan(c *command.Ctx) error {
	p, err := c.ScanCursor()
	if err != nil {
		return err
	}
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	if !ok {
		c.ReplyCursor(0)
		c.W.Array(0)
		return nil
	}
	if err := c.ScanOptions(&p, ""); err != nil {
		return err
	}
	var room [64]offheap.Ref
	step := s.Scan(p.Cursor, p.Count, room[:0])
	c.ReplyCursor(step.Next)
	mark, n := c.W.Mark(), 0
	step.Each(func(m set.Member) bool {
		if p.Pattern == nil || matches(p.Pattern, m) {
			replyMember(c.W, m)
			n++
		}
		return true
	})
	c.W.PatchArray(mark, n)
	return nil
}

// matches reports whether m matches pattern; "*" matches the empty member too.
func matches(pattern []byte, m set.Member) bool {
	if string(pattern) == "*" {
		return true
	}
	if !m.IsInt {
		return glob.Match(pattern, m.Bytes)
	}
	var room [num.MaxIntLen]byte
	return glob.Match(pattern, num.AppendInt(room[:0], m.Int))
}
