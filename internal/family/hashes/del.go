package hashes

import "sigrun/internal/command"

// runHDel answers HDEL key field [field …]: how many fields were there.
func runHDel(c *command.Ctx) error {
	var t target
	ok, err := t.open(c)
	if err != nil {
		return err
	}
	n := 0
	if ok {
		for _, f := range c.Argv[2:] {
			if t.Remove(f) {
				n++
			}
		}
	}
	t.removed(n)
	c.W.Int(int64(n))
	return nil
}

// removed notes that n fields were deleted by a command.
func (t *target) removed(n int) {
	if n == 0 {
		return
	}
	t.done(n)
	t.event("hdel")
	t.dropIfEmpty()
}

// runHGetDel answers HGETDEL key FIELDS n field [field …]: the values of the
// fields, which are deleted.
func runHGetDel(c *command.Ctx) error {
	if !command.Is(c.Arg(2), "fields") {
		return command.ErrSyntax
	}
	at, err := fieldsBehind(c, 2, 1)
	if err != nil {
		return err
	}
	var t target
	ok, err := t.open(c)
	if err != nil {
		return err
	}
	c.W.Array(len(c.Argv) - at)
	n := 0
	for _, f := range c.Argv[at:] {
		replyField(c, &t.Hash, ok, f)
		if ok && t.Remove(f) {
			n++
		}
	}
	t.removed(n)
	return nil
}
