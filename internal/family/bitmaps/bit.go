package bitmaps

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/bitmap"
	"sigrun/internal/num"
	"sigrun/internal/resp"
)

// runGetBit answers GETBIT key offset: the bit, 0 beyond the end.
func runGetBit(c *command.Ctx) error {
	i, err := bitOffset(c, c.Arg(2))
	if err != nil {
		return err
	}
	var buf [num.MaxIntLen]byte
	b, _, err := read(c, c.Keys[0], buf[:])
	if err != nil {
		return err
	}
	replyBit(c.W, bitmap.Get(b, i))
	return nil
}

// runSetBit answers SETBIT key offset value: what the bit was. A string that is
// too short for it grows, even if the bit is 0.
func runSetBit(c *command.Ctx) error {
	i, err := bitOffset(c, c.Arg(2))
	if err != nil {
		return err
	}
	v, ok := num.ParseInt(c.Arg(3))
	if !ok || v&^1 != 0 {
		return errBit
	}
	k := c.Keys[0]
	e, err := edit(c, k, int(i/8)+1)
	if err != nil {
		return err
	}
	was, on := bitmap.Get(e.b, i), v == 1
	if e.added {
		c.Event(command.EventNew, "new", k.B)
	}
	if was != on {
		bitmap.Put(e.b, i, on)
	}
	if was != on || e.grown {
		e.changed(c, k, 1)
	}
	replyBit(c.W, was)
	return nil
}

func replyBit(w *resp.Writer, on bool) {
	if on {
		w.Int(1)
	} else {
		w.Int(0)
	}
}
