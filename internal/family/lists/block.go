package lists

import (
	"sigrun/internal/command"
	"sigrun/internal/resp"
)

// noElements answers who has waited in vain.
func noElements(w *resp.Writer) { w.NullArray() }

// runBLPop answers BLPOP key [key ...] timeout: the first key that holds a list and
// its first element, nil after the timeout.
func runBLPop(c *command.Ctx) error { return popOrWait(c, front) }

// runBRPop answers BRPOP key [key ...] timeout, as BLPOP, from the end.
func runBRPop(c *command.Ctx) error { return popOrWait(c, back) }

func popOrWait(c *command.Ctx, where bool) error {
	until, err := c.TimeoutSeconds(c.Arg(len(c.Argv) - 1))
	if err != nil {
		return err
	}
	for _, k := range c.Keys {
		e, ok, err := mutate(c, k)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		c.W.Array(2)
		c.W.Bulk(k.B)
		takeOne(c, k, &e, where)
		c.Effect(popWord(where), k.B)
		return nil
	}
	if !c.MayBlock() {
		noElements(c.W)
		return nil
	}
	return wait(c, until, c.Keys)
}

// runBLMPop answers BLMPOP timeout numkeys key [key ...] <LEFT|RIGHT> [COUNT count],
// as LMPOP, but waits for elements.
func runBLMPop(c *command.Ctx) error {
	p, err := parseMPop(c, 2)
	if err != nil {
		return err
	}
	until, err := c.TimeoutSeconds(c.Arg(1))
	if err != nil {
		return err
	}
	if done, err := p.run(c); done || err != nil {
		return err
	}
	if !c.MayBlock() {
		noElements(c.W)
		return nil
	}
	return wait(c, until, c.Keys)
}
