// Package streams holds the commands of the stream type.
//
// There is a file for each command or small group: its parsed form, its parser
// and its handler. Replies go straight from the blocks of a stream to the reply
// buffer.
//
// What a command puts into the log are its effects: IDs that were chosen, limits
// that a trimming reached, one XCLAIM for each entry that a consumer got. As the
// real server does it, what only concerns groups counts as a change but does not
// touch transactions that watch the key.
package streams

import (
	"sync"

	"sigrun/internal/command"
	"sigrun/internal/ds/listpack"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/resp"
	"sigrun/internal/types/stream"
	"sigrun/internal/value"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"xack":                  runXAck,
		"xadd":                  runXAdd,
		"xautoclaim":            runXAutoClaim,
		"xclaim":                runXClaim,
		"xdel":                  runXDel,
		"xgroup|create":         runGroupCreate,
		"xgroup|createconsumer": runGroupCreateConsumer,
		"xgroup|delconsumer":    runGroupDelConsumer,
		"xgroup|destroy":        runGroupDestroy,
		"xgroup|help":           runGroupHelp,
		"xgroup|setid":          runGroupSetID,
		"xinfo|consumers":       runInfoConsumers,
		"xinfo|groups":          runInfoGroups,
		"xinfo|help":            runInfoHelp,
		"xinfo|stream":          runInfoStream,
		"xlen":                  runXLen,
		"xpending":              runXPending,
		"xrange":                runXRange,
		"xread":                 runXRead,
		"xreadgroup":            runXReadGroup,
		"xrevrange":             runXRevRange,
		"xsetid":                runXSetID,
		"xtrim":                 runXTrim,
	}
}

// read looks k up for a reading command: ok is false if it is absent, and err
// set if it holds no stream.
func read(c *command.Ctx, k keyspace.Key) (s ds.Stream, ok bool, err error) {
	o, ok := c.Tx.Read(k)
	switch {
	case !ok:
		c.Event(command.EventKeyMiss, "keymiss", k.B)
	case o.Rec.Kind() != value.KindStream:
		err = command.ErrWrongType
	default:
		s = stream.Of(o)
	}
	return s, ok, err
}

// mutate looks k up for a command that may change it.
func mutate(c *command.Ctx, k keyspace.Key) (m keyspace.Mutable, s ds.Stream, ok bool, err error) {
	m, ok = c.Tx.Mutate(k)
	switch {
	case !ok:
	case m.Kind() != value.KindStream:
		err = command.ErrWrongType
	default:
		s = stream.Of(m.Object)
	}
	return m, s, ok, err
}

// readToChange looks k up for a command that may change it, but looks it up as if
// it only read.
func readToChange(c *command.Ctx, k keyspace.Key) (s ds.Stream, ok bool, err error) {
	_, s, ok, err = mutate(c, k)
	lookedUp(c, k, ok)
	return s, ok, err
}

// store makes k, which is absent, hold a new stream.
func store(c *command.Ctx, k keyspace.Key) ds.Stream {
	s, ref := ds.New(c.Tx.Heap(k))
	c.Tx.Store(k, value.KindStream, uint64(ref), keyspace.NoExpiry)
	c.Event(command.EventNew, "new", k.B)
	return s
}

// replyID answers with an ID.
func replyID(w *resp.Writer, id ds.ID) {
	w.BulkHeader(id.TextLen())
	w.Buf = id.AppendText(w.Buf)
	w.BulkEnd()
}

// replyEntry answers with the entry where it stands.
func replyEntry(w *resp.Writer, it *ds.Iter) {
	w.Array(2)
	replyID(w, it.ID())
	w.Array(2 * it.Pairs())
	for range it.Pairs() {
		field, value := it.Pair()
		replyText(w, field)
		replyText(w, value)
	}
}

func replyText(w *resp.Writer, e listpack.Entry) {
	if e.IsInt {
		w.BulkInt(e.Int)
		return
	}
	w.Bulk(e.Bytes)
}

// replyRange answers with up to count entries of it, 0 meaning all.
func replyRange(w *resp.Writer, it ds.Iter, count int64) {
	mark, n := w.Mark(), 0
	for it.Next() {
		replyEntry(w, &it)
		if n++; int64(n) == count {
			break
		}
	}
	w.PatchArray(mark, n)
}

// line is a command for the log in the making.
type line struct {
	words [][]byte
	text  []byte
}

var lines = sync.Pool{New: func() any { return &line{text: make([]byte, 0, 8*ds.MaxIDLen)} }}

// newLine begins a line with words, which live until the line is logged.
func newLine(words ...[]byte) *line {
	l := lines.Get().(*line)
	l.words, l.text = append(l.words[:0], words...), l.text[:0]
	return l
}

// word adds words.
func (l *line) word(words ...[]byte) { l.words = append(l.words, words...) }

// int, uint and id add numbers.
func (l *line) int(n int64) {
	start := len(l.text)
	l.text = num.AppendInt(l.text, n)
	l.word(l.since(start))
}

func (l *line) uint(n uint64) {
	start := len(l.text)
	l.text = num.AppendUint(l.text, n)
	l.word(l.since(start))
}

func (l *line) id(id ds.ID) { l.word(l.idText(id)) }

func (l *line) idText(id ds.ID) []byte {
	start := len(l.text)
	l.text = id.AppendText(l.text)
	return l.since(start)
}

// since is the text that was added; it stays as it is when more is.
func (l *line) since(start int) []byte { return l.text[start:len(l.text):len(l.text)] }

// log puts the line into the log.
func (l *line) log(c *command.Ctx) {
	c.Effect(l.words...)
	clear(l.words)
	lines.Put(l)
}
