package lists

import (
	"bytes"

	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/types/list"
)

// runLMove answers LMOVE source destination <LEFT|RIGHT> <LEFT|RIGHT>: the element
// that it moves, or nil if the source is absent.
func runLMove(c *command.Ctx) error {
	from, to, err := ends(c)
	if err != nil {
		return err
	}
	if done, err := move(c, from, to); done || err != nil {
		return err
	}
	c.W.Null()
	return nil
}

// runRPopLPush answers RPOPLPUSH source destination, as LMOVE RIGHT LEFT.
func runRPopLPush(c *command.Ctx) error {
	if done, err := move(c, back, front); done || err != nil {
		return err
	}
	c.W.Null()
	return nil
}

// ends are the ends that LMOVE and BLMOVE name.
func ends(c *command.Ctx) (from, to bool, err error) {
	if from, err = end(c.Arg(3)); err == nil {
		to, err = end(c.Arg(4))
	}
	return from, to, err
}

// longElement is the length from which on an element that moves is allocated.
const longElement = 512

// move moves an element from an end of the first key's list to an end of the
// second's, which may be the same list, and replies with it. It reports whether the
// first key is there.
func move(c *command.Ctx, from, to bool) (done bool, err error) {
	src, dst := c.Keys[0], c.Keys[1]
	s, ok, err := mutate(c, src)
	if !ok || err != nil {
		return false, err
	}
	var room [longElement]byte
	b := list.AppendText(room[:0], s.End(from))
	if bytes.Equal(src.B, dst.B) {
		s.Drop(1, from)
		s.Grow(c.Limits, b)
		s.Push(b, to)
		c.Event(command.EventList, wordsOf(to).push, dst.B)
		c.W.Bulk(b)
		s.shrunk(c, src, 1, wordsOf(from).pop)
		return true, nil
	}
	d, there, err := mutate(c, dst)
	if err != nil {
		return false, err
	}
	pushTo(c, dst, &d, there, to, b)
	c.W.Bulk(b)
	s, _, _ = mutate(c, src) // the view of it was dead
	s.Drop(1, from)
	s.shrunk(c, src, 1, wordsOf(from).pop)
	c.Tx.Dirty-- // it is one change
	return true, nil
}

// runBLMove answers BLMOVE source destination <LEFT|RIGHT> <LEFT|RIGHT> timeout, as
// LMOVE, but waits for an element.
func runBLMove(c *command.Ctx) error {
	from, to, err := ends(c)
	if err != nil {
		return err
	}
	return moveOrWait(c, from, to, 5, wordLMove)
}

// runBRPopLPush answers BRPOPLPUSH source destination timeout, as BLMOVE RIGHT LEFT.
func runBRPopLPush(c *command.Ctx) error { return moveOrWait(c, back, front, 3, wordRPopLPush) }

// moveOrWait moves an element, which goes into the log as a command of this name
// without the timeout, or waits for one.
func moveOrWait(c *command.Ctx, from, to bool, timeout int, name []byte) error {
	until, err := c.TimeoutSeconds(c.Arg(timeout))
	if err != nil {
		return err
	}
	done, err := move(c, from, to)
	switch {
	case err != nil:
		return err
	case done:
		if c.Logging() {
			c.Effect(append([][]byte{name}, c.Argv[1:timeout]...)...)
		}
		return nil
	case !c.MayBlock():
		c.W.Null()
		return nil
	}
	return wait(c, until, c.Keys[:1])
}

// wait has the client wait for a list under one of the keys.
func wait(c *command.Ctx, until int64, keys []keyspace.Key) error {
	return c.Block(command.Block{Until: until, Timeout: noElements, Keys: keys, Class: "list"})
}
