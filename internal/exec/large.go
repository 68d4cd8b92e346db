package exec

import (
	"bytes"

	"sigrun/internal/command"
	"sigrun/internal/netio"
)

// sendLarge implements resp.Writer.Large for the session whose command is
// running: the string goes from where it lies to the socket, while the shard that
// holds it is entered, as far as the socket takes it. If much of it is left the
// connection gets a copy that it may share with others.
func (w *Worker) sendLarge(b []byte, end string) (sent int) {
	s := w.current
	if s == nil || w.ctx.Nested || s.flags&(Closing|ReplyOff|ReplySkip|ReplySkipping) != 0 {
		return 0 // the reply may yet be taken back
	}
	to, n := len(w.W.Buf), 0
	w.loop.Out = w.W.Buf
	if w.maySend() {
		n = w.loop.Send(s.Conn, w.from, to, b, end)
	} else {
		w.loop.Queue(s.Conn, w.from, to)
	}
	if len(b)-n >= shareMin {
		w.loop.QueueShared(s.Conn, w.copyOf(b), n)
		n = len(b)
	}
	w.NetOut += uint64(to - w.from + n)
	s.usage.NetOut += uint64(to - w.from + n)
	w.from = to
	w.direct += n
	return n
}

// maySend reports whether the reply of the running command may leave at once. It
// may not if it tells of what is not as durable as was promised: what the command
// itself is changing, or others have just changed.
func (w *Worker) maySend() bool {
	d := w.engine.durability.Load()
	return !w.ctx.Spec.Is(command.Write) && (d == nil || (*d).Safe() >= w.engine.Log.End())
}

// shareMin is how much of a string must be left for a copy that may be shared: what
// is less goes the way of all output.
const shareMin = 256 << 10

// copies are the last large strings that were copied for connections. They are not
// held here.
type copies struct {
	last [4]*netio.Shared
	next int
}

// copyOf is a copy of b, held: one of the last, if many ask for the same string and
// take it slowly. To compare costs less than to copy.
func (c *copies) copyOf(b []byte) *netio.Shared {
	for _, s := range c.last {
		if s == nil || !s.Hold() {
			continue
		}
		if bytes.Equal(s.Bytes(), b) {
			return s
		}
		s.Release()
	}
	s := netio.NewShared(b)
	c.last[c.next] = s
	c.next = (c.next + 1) % len(c.last)
	return s
}
