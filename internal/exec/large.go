package exec

import "sigrun/internal/command"

// sendLarge implements resp.Writer.Large for the session whose command is
// running: the string goes from where it lies to the socket, while the shard that
// holds it is entered. It does not if the reply may yet be taken back, or tells of
// what is not as durable as was promised: what the command itself is changing, or
// others have just changed.
func (w *Worker) sendLarge(b []byte, end string) (sent int) {
	s := w.current
	if s == nil || w.ctx.Nested || w.ctx.Spec.Is(command.Write) || s.flags&(Closing|ReplyOff|ReplySkip|ReplySkipping) != 0 {
		return 0
	}
	if d := w.engine.durability.Load(); d != nil && (*d).Safe() < w.engine.Log.End() {
		return 0
	}
	to := len(w.W.Buf)
	w.loop.Out = w.W.Buf
	n := w.loop.Send(s.Conn, w.from, to, b, end)
	w.NetOut += uint64(to - w.from + n)
	s.usage.NetOut += uint64(to - w.from + n)
	w.from = to
	w.direct += n
	return n
}
