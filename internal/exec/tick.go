package exec

import (
	"bytes"
	"strings"

	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/keyspace"
	"sigrun/internal/logs"
	"sigrun/internal/netio"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
)

// windowSize is how many commands are parsed and touched before they are
// executed: enough for their cache misses to overlap, few enough that what was
// touched is still in the first level cache when it is used.
const windowSize = 64

// windowKeys is how many keys end a window early.
const windowKeys = 128

// request is a parsed command that waits to be executed in its window.
type request struct {
	session *Session
	spec    *command.Spec
	err     error // a protocol error, instead of a command
	args    int32 // its first argument in Worker.args
	argc    int32 // and how many there are
	start   int32 // where it begins and ends in the connection's input
	end     int32
	keys    int32 // its first key in Worker.keys, and how many there are,
	keyc    int32 // if hashed
	hashed  bool  // its keys could be told from the number of its arguments
	part    keyspace.Place
}

// Tick implements netio.Handler.
func (e *Engine) Tick(l *netio.Loop, ready []*netio.Conn) {
	w := e.worker(l)
	w.gate.Enter()
	w.begin(l)
	w.ticking = true
	w.W.Buf = l.Out
	i := 0
	for i < len(ready) && len(w.W.Buf) < tickOutput {
		i = w.fill(ready, i)
		l.Requests += len(w.window)
		w.locate()
		w.run()
	}
	w.settle()
	w.postpone(ready[i:])
	for _, c := range ready {
		c.User.(*Session).consumed()
	}
	l.Out, w.W.Buf = w.W.Buf, nil // the loop's, which it may replace
	w.deliver()
	w.gate.Leave()
	w.makeSafe(l)
	w.trim()
}

// deliver answers those on this loop for whom the tick had what they waited for.
func (w *Worker) deliver() {
	w.ticking = false
	for i, answer := range w.soon {
		answer(w)
		w.soon[i] = nil
	}
	w.soon = w.soon[:0]
}

// tickOutput is how much output, in bytes, ends a tick: it should be sent, and the
// limits of clients looked at, before there is more.
const tickOutput = 1 << 20

// postpone has the rest of the input of these connections wait for the next tick.
func (w *Worker) postpone(late []*netio.Conn) {
	for _, c := range late {
		if s := c.User.(*Session); s.at < len(c.In) && s.flags&(Closing|Held) == 0 {
			c.Resume()
		}
	}
}

// keptArgs is how many arguments, and keys, a worker keeps room for.
const keptArgs = 16 << 10

// trim drops what a huge request made grow.
func (w *Worker) trim() {
	if cap(w.args) > keptArgs {
		w.args = nil
	}
	if cap(w.keys) > keptArgs || cap(w.moreKeys) > keptArgs || cap(w.keyPos) > keptArgs {
		w.keys, w.moreKeys, w.keyPos, w.places, w.ctx.Keys = nil, nil, nil, nil, nil
	}
	if cap(w.lines) > keptArgs {
		w.lines = nil
	}
}

// makeSafe sees to it that no reply leaves before what it tells of is as durable
// as was promised: what a command wrote, and also what it read that others wrote.
func (w *Worker) makeSafe(l *netio.Loop) {
	d := w.engine.durability.Load()
	if d == nil {
		return
	}
	if end := w.engine.Log.End(); !(*d).Flush(end) {
		l.SetBarrier(end)
	}
}

// fill parses commands of the connections from i on into the window and returns
// the first connection that may have more.
func (w *Worker) fill(ready []*netio.Conn, i int) int {
	w.window, w.args, w.lines, w.keys = w.window[:0], w.args[:0], w.lines[:0], w.keys[:0]
	w.places, w.touched, w.deeper = w.places[:0], 0, 0
	w.partly, w.valued, w.reached = false, 0, 0
	lim := resp.Limits{MaxBulk: int(w.ctx.MaxBulk)}
	for i < len(ready) {
		c := ready[i]
		s := c.User.(*Session)
		for {
			if s.flags&(Closing|Held) != 0 {
				i++
				break
			}
			lim.Unauthenticated = s.flags&Authenticated == 0
			before, start := len(w.args), s.at
			args, n, err := s.parser.Next(w.private(c.In[s.at:]), w.args, lim)
			w.args = args
			s.at += n
			if err != nil {
				w.next(s, start).err = err
				i++
				break
			}
			if len(args) == before {
				if n > 0 && s.at < len(c.In) {
					continue // that was a line without words
				}
				w.wait(s)
				i++
				break
			}
			w.add(s, before, start)
			// A client that has to authenticate may do so with this request,
			// which changes how the next one is to be parsed.
			if len(w.window) == windowSize || len(w.keys) >= windowKeys || lim.Unauthenticated {
				return i
			}
		}
	}
	return i
}

// private is in, or if that begins with an inline request a copy of its line: it
// is unquoted in place, and may have to be parsed again if it is held.
func (w *Worker) private(in []byte) []byte {
	if len(in) == 0 || in[0] == '*' {
		return in
	}
	end := bytes.IndexByte(in, '\n') + 1
	if end == 0 {
		return in
	}
	at := len(w.lines)
	w.lines = append(w.lines, in[:end]...)
	return w.lines[at:len(w.lines):len(w.lines)]
}

// wait is for a session whose next request is not complete.
func (w *Worker) wait(s *Session) {
	unread := len(s.Conn.In) - s.at
	if w.checkInput(s, unread) {
		s.Conn.Want(w.patience(s, unread, s.parser.Want()))
	}
}

// add puts the request whose arguments begin at before into the window.
func (w *Worker) add(s *Session, before, start int) {
	argv := w.args[before:]
	r := w.next(s, start)
	r.args, r.argc = int32(before), int32(len(argv))
	if r.spec = w.lookup(argv[0]); r.spec != nil {
		r.keys = int32(len(w.keys))
		w.keys, r.hashed = appendSimpleKeys(w.keys, r.spec, argv)
		r.keyc = int32(len(w.keys)) - r.keys
		w.noteParts(r)
	}
}

// next is a new request at the end of the window, of the bytes that s has just
// consumed. It is filled where it lies: the processor waits when it is to copy
// what it has just written in smaller pieces.
func (w *Worker) next(s *Session, start int) *request {
	n := len(w.window)
	if n < cap(w.window) {
		w.window = w.window[:n+1]
	} else {
		w.window = append(w.window, request{})
	}
	r := &w.window[n]
	*r = request{session: s, start: int32(start), end: int32(s.at)}
	return r
}

// lookup finds a command. Most requests name the same one as the request before.
func (w *Worker) lookup(name []byte) *command.Spec {
	if string(name) == string(w.name) {
		return w.named
	}
	w.name = append(w.name[:0], name...)
	w.named = w.engine.Table.Lookup(name)
	return w.named
}

// locate starts loading the buckets of the window's keys: in a loop of its own,
// short enough for the processor to look at many directories at once.
func (w *Worker) locate() {
	ks := w.engine.Keyspace
	for i := range w.window {
		r := &w.window[i]
		for _, k := range w.keys[r.keys : r.keys+r.keyc] {
			w.places = append(w.places, ks.Touch(r.session.DB, k.Hash))
		}
	}
}

// lookAhead is how many keys before their use the loading of records starts: as
// many as the machine loads at once. Half that many before, those are looked for
// that lie deeper.
const lookAhead = 24

// touch starts loading the records of the keys up to lookAhead after the given
// one, whose buckets have been on their way since the window was full.
func (w *Worker) touch(key int) {
	ks := w.engine.Keyspace
	for to := min(key+lookAhead, len(w.places)); w.touched < to; w.touched++ {
		ks.TouchRecord(&w.places[w.touched])
	}
	for to := min(key+lookAhead/2, len(w.places)); w.deeper < to; w.deeper++ {
		ks.TouchChild(&w.places[w.deeper])
	}
}

// run executes the window and accounts for its time. Reading the clock costs as
// much as a tenth of a quick command: so commands that may take long are timed
// each, and of the others one window in timedWindows is.
func (w *Worker) run() {
	w.windows++
	var began int64
	if w.windows%timedWindows == 0 {
		began = w.engine.Clock.Mono()
	}
	w.timed, w.allTimed = 0, w.engine.Config.Int(config.CommandLogExecutionSlowerThan) < briefMicros
	for i := range w.window {
		r := &w.window[i]
		s := r.session
		if s.flags&(Closing|Held) != 0 {
			r.spec = nil
			if start := int(r.start); s.at > start {
				s.rewind(start) // it comes again when s goes on
			}
			continue
		}
		if s != w.current {
			w.settle()
			w.current, w.from = s, len(w.W.Buf)
			w.W.Proto3 = s.proto3
		}
		if r.err != nil {
			w.protocolError(s, r.err)
			continue
		}
		w.touch(int(r.keys + r.keyc))
		w.touchParts(i)
		w.execute(r)
	}
	if n := w.brief; n > 0 && began != 0 {
		w.share(uint64(max(w.engine.Clock.Mono()-began-w.timed, 0)) / uint64(n))
	}
	w.brief = 0
}

// timedWindows is how many windows share the time of the one that is timed.
const timedWindows = 16

// briefMicros is the least threshold of the slow log under which quick commands
// are not timed one by one.
const briefMicros = 1000

// share notes that each command of the window that was not timed took nanos, and
// those of the windows that this one stands for.
func (w *Worker) share(nanos uint64) {
	for i := range w.window {
		if s := w.window[i].spec; s != nil && s.Brief {
			w.Commands[s.ID()].Nanos += timedWindows * nanos
			w.record(s.ID(), nanos)
		}
	}
}

// settle hands the output of the current session to the loop.
func (w *Worker) settle() {
	s := w.current
	if s == nil {
		return
	}
	w.current = nil
	if to := len(w.W.Buf); to > w.from {
		w.NetOut += uint64(to - w.from)
		s.usage.NetOut += uint64(to - w.from)
		w.loop.Out = w.W.Buf
		w.loop.Queue(s.Conn, w.from, to)
		w.from = to
	}
}

// protocolError answers what can't be parsed and closes the connection.
func (w *Worker) protocolError(s *Session, err error) {
	w.ctx.Argv = nil
	if w.engine.logs(config.LevelVerbose) {
		w.engine.Logf(logs.Verbose, "Protocol error (%s) from client: %s.", strings.TrimPrefix(err.Error(), "ERR Protocol error: "), w.forLog(s))
	}
	w.replyError(err)
	s.flags |= Closing
	w.settle()
	s.Conn.CloseAfterFlush()
}

func (e *Engine) maxBulk() int64 { return e.Config.Int(config.ProtoMaxBulkLen) }

func (e *Engine) dumpRules() (d command.DumpRules) {
	d.Relaxed = e.Config.Int(config.RDBVersionCheck) == config.RDBVersionRelaxed
	d.SkipChecksum = e.Host.Knobs.NoChecksum.Load()
	d.Plain = !e.Config.Bool(config.RDBCompression)
	d.Damaged = e.damaged
	return d
}

// logDamage logs why a payload of DUMP can't be decoded, in words that name no
// data.
func (e *Engine) logDamage(reason *rdb.Error) {
	if e.logs(config.LevelVerbose) {
		e.Logf(logs.Verbose, "%s", reason.Internal())
	}
}
