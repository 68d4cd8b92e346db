package persists

import (
	"sigrun/internal/aof"
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/num"
	"sigrun/internal/resp"
)

// WAIT numreplicas timeout

// wait answers how many replicas have all that the client wrote.
func wait(c *command.Ctx) error {
	need, ok := num.ParseInt(c.Arg(1))
	if !ok {
		return command.ErrNotInteger
	}
	until, err := c.TimeoutMillis(c.Arg(2))
	if err != nil {
		return err
	}
	acked := func() int64 { return 0 }
	if !c.MayBlock() || acked() >= need {
		c.W.Int(acked())
		return nil
	}
	return c.Block(command.Block{
		Until:   until,
		Timeout: func(w *resp.Writer) { w.Int(acked()) },
		Done: func(w *resp.Writer) bool {
			n := acked()
			if n >= need {
				w.Int(n)
			}
			return n >= need
		},
	})
}

const (
	errLocalRange = command.ReplyError("ERR value is out of range, value must between 0 and 1")
	errNoAOF      = command.ReplyError("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
)

// WAITAOF numlocal numreplicas timeout

// waitAOF answers whether the server itself, and how many replicas, have all that
// the client wrote in their append-only files, on disk.
func (h handlers) waitAOF(c *command.Ctx) error {
	local, ok := num.ParseInt(c.Arg(1))
	if !ok {
		return command.ErrNotInteger
	}
	if local < 0 || local > 1 {
		return errLocalRange
	}
	replicas, ok := num.ParseInt(c.Arg(2))
	if !ok || replicas < 0 {
		return command.ErrNotPositive
	}
	until, err := c.TimeoutMillis(c.Arg(3))
	if err != nil {
		return err
	}
	settings := exec.Of(c).Engine().Config
	log := func() bool { return settings.Bool(config.AppendOnly) }
	file := h.Persist().AOF
	if local > 0 && !log() {
		return errNoAOF
	}
	end := exec.Of(c).Wrote()
	here := func() int64 {
		if file.State() == aof.On && file.Durable() >= end {
			return 1
		}
		return 0
	}
	reply := func(w *resp.Writer) {
		w.Array(2)
		w.Int(here())
		w.Int(0)
	}
	done := func() bool { return here() >= local && replicas <= 0 }
	if !c.MayBlock() || done() {
		reply(c.W)
		return nil
	}
	return c.Block(command.Block{
		Until:   until,
		Timeout: reply,
		Done: func(w *resp.Writer) bool {
			if !log() && local > 0 {
				w.Error(errNoAOF.Error())
				return true
			}
			if !done() {
				return false
			}
			reply(w)
			return true
		},
	})
}
