package hashes

import "sigrun/internal/command"

// runHDel answers HDEL key field [field …]: how many fields were there.
func runHDel(c *command.Ctx) error {
	var t target
	ok, err := t.open(c)
	if err != nil {
		return err
	}
	var room [16][]byte
	gone := room[:0]
	if ok {
		for _, f := range c.Argv[2:] {
			if t.Remove(f) {
				gone = append(gone, f)
			}
		}
	}
	t.removed(gone, c.Argv[2:])
	c.W.Int(int64(len(gone)))
	return nil
}

// removed notes that these of the fields that a command named were deleted.
func (t *target) removed(gone, named [][]byte) {
	if len(gone) == 0 {
		return
	}
	t.done(len(gone))
	if t.anyDead(named) {
		t.logFields(gone, wordHDel, t.key.B)
	}
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
	var room [16][]byte
	gone := room[:0]
	for _, f := range c.Argv[at:] {
		replyField(c, &t.Hash, ok, f)
		if ok && t.Remove(f) {
			gone = append(gone, f)
		}
	}
	t.removed(gone, c.Argv[at:])
	return nil
}
