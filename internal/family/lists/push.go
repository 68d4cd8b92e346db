package lists

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/types/list"
)

// runLPush answers LPUSH key element [element ...]: the length.
func runLPush(c *command.Ctx) error { return push(c, front, false) }

// runRPush answers RPUSH key element [element ...]: the length.
func runRPush(c *command.Ctx) error { return push(c, back, false) }

// runLPushX answers LPUSHX key element [element ...]: the length, 0 if the key is
// absent.
func runLPushX(c *command.Ctx) error { return push(c, front, true) }

// runRPushX answers RPUSHX key element [element ...], as LPUSHX.
func runRPushX(c *command.Ctx) error { return push(c, back, true) }

func push(c *command.Ctx, where, ifThere bool) error {
	k, elements := c.Keys[0], c.Argv[2:]
	e, ok, err := mutate(c, k)
	switch {
	case err != nil:
		return err
	case !ok && ifThere:
		c.W.Int(0)
		return nil
	}
	n := pushTo(c, k, &e, ok, where, elements...)
	c.W.Int(int64(n))
	return nil
}

// pushTo puts elements on an end of the list of k, which e is if there is one, and
// tells of it. It returns the length.
func pushTo(c *command.Ctx, k keyspace.Key, e *edit, there, where bool, elements ...[]byte) int {
	if !there {
		e.List = list.New(c.Tx.Heap(k))
	}
	e.Grow(c.Limits, elements...)
	for _, b := range elements {
		e.Push(b, where)
	}
	n := e.Len()
	if there {
		e.save(len(elements))
	} else {
		c.Tx.Store(k, e.Kind, e.Word, keyspace.NoExpiry)
		c.Tx.Dirty += len(elements) - 1
		c.Event(command.EventNew, "new", k.B)
	}
	c.Event(command.EventList, wordsOf(where).push, k.B)
	return n
}
