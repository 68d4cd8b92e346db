package stream

import (
	"encoding/binary"

	"sigrun/internal/ds/listpack"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/lzf"
	"sigrun/internal/num"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

// appendRDB appends the form of TypeStream3, see rdb.
func appendRDB(dst []byte, o value.Object, c *lzf.Compressor) []byte {
	s := Of(o)
	dst = rdb.AppendLen(dst, s.Nodes())
	s.EachNode(func(key ds.ID, lp []byte) {
		dst = rdb.AppendLen(dst, idBytes)
		dst = appendRawID(dst, key)
		dst = rdb.AppendString(dst, lp, c)
	})
	dst = rdb.AppendLen(dst, s.Len())
	for _, id := range []ds.ID{s.LastID(), s.FirstID(), s.MaxDeletedID()} {
		dst = appendID(dst, id)
	}
	dst = rdb.AppendLen(dst, s.Added())
	dst = rdb.AppendLen(dst, uint64(s.Groups()))
	for i := range s.Groups() {
		dst = appendGroup(dst, s.Group(i), c)
	}
	return dst
}

func appendGroup(dst []byte, g ds.Group, c *lzf.Compressor) []byte {
	dst = rdb.AppendString(dst, g.Name(), c)
	dst = appendID(dst, g.LastID())
	dst = rdb.AppendLen(dst, uint64(g.EntriesRead()))
	dst = rdb.AppendLen(dst, g.Pending())
	for p := g.PendingFrom(ds.ID{}); p.Ok(); p.Next() {
		n := p.Nack()
		dst = appendRawID(dst, p.ID())
		dst = rdb.AppendMillis(dst, n.Time())
		dst = rdb.AppendLen(dst, n.Count())
	}
	dst = rdb.AppendLen(dst, uint64(g.Consumers()))
	for i := range g.Consumers() {
		o := g.Consumer(i)
		dst = rdb.AppendString(dst, o.Name(), c)
		dst = rdb.AppendMillis(dst, o.Seen())
		dst = rdb.AppendMillis(dst, o.Active())
		dst = rdb.AppendLen(dst, o.Pending())
		for p := g.PendingOf(o, ds.ID{}); p.Ok(); p.Next() {
			dst = appendRawID(dst, p.ID())
		}
	}
	return dst
}

// idBytes is the length of an ID in a file where it isn't two numbers.
const idBytes = 16

func appendRawID(dst []byte, id ds.ID) []byte {
	dst = binary.BigEndian.AppendUint64(dst, id.Ms)
	return binary.BigEndian.AppendUint64(dst, id.Seq)
}

func appendID(dst []byte, id ds.ID) []byte {
	return rdb.AppendLen(rdb.AppendLen(dst, id.Ms), id.Seq)
}

// line is a command line in the making, in memory that the next one uses again.
type line struct {
	dst   []byte
	words [][]byte
	texts []byte
}

func (l *line) begin(words ...string) {
	l.words, l.texts = l.words[:0], l.texts[:0]
	for _, w := range words {
		l.words = append(l.words, []byte(w))
	}
}

func (l *line) word(b []byte) { l.words = append(l.words, b) }

func (l *line) text(add func(dst []byte) []byte) {
	start := len(l.texts)
	l.texts = add(l.texts)
	l.word(l.texts[start:len(l.texts):len(l.texts)])
}

func (l *line) id(id ds.ID)   { l.text(id.AppendText) }
func (l *line) int(n int64)   { l.text(func(b []byte) []byte { return num.AppendInt(b, n) }) }
func (l *line) uint(n uint64) { l.text(func(b []byte) []byte { return num.AppendUint(b, n) }) }
func (l *line) entry(e listpack.Entry) {
	l.text(func(b []byte) []byte { return listpack.AppendText(b, e) })
}
func (l *line) end() { l.dst = resp.AppendCommand(l.dst, l.words...) }

// appendCommands appends an XADD for each entry, then what they don't bring
// about: counters, groups, consumers, pending entries.
func appendCommands(dst, key []byte, o value.Object) []byte {
	s := Of(o)
	l := &line{dst: dst}
	for it := s.Range(ds.ID{}, ds.MaxID, false); it.Next(); {
		l.begin("XADD")
		l.word(key)
		l.id(it.ID())
		for range it.Pairs() {
			field, value := it.Pair()
			l.entry(field)
			l.entry(value)
		}
		l.end()
	}
	if s.Len() == 0 { // an entry that goes at once makes an empty stream
		l.begin("XADD")
		l.word(key)
		for _, w := range []string{"MAXLEN", "0", "0-1", "x", "y"} {
			l.word([]byte(w))
		}
		l.end()
	}
	l.begin("XSETID")
	l.word(key)
	l.id(s.LastID())
	l.word([]byte("ENTRIESADDED"))
	l.uint(s.Added())
	l.word([]byte("MAXDELETEDID"))
	l.id(s.MaxDeletedID())
	l.end()
	for i := range s.Groups() {
		l.group(key, s.Group(i))
	}
	return l.dst
}

func (l *line) group(key []byte, g ds.Group) {
	l.begin("XGROUP", "CREATE")
	l.word(key)
	l.word(g.Name())
	l.id(g.LastID())
	l.word([]byte("ENTRIESREAD"))
	l.int(g.EntriesRead())
	l.end()
	for i := range g.Consumers() {
		c := g.Consumer(i)
		l.begin("XGROUP", "CREATECONSUMER")
		l.word(key)
		l.word(g.Name())
		l.word(c.Name())
		l.end()
		for p := g.PendingOf(c, ds.ID{}); p.Ok(); p.Next() {
			l.claim(key, g, c, p.ID(), p.Nack())
		}
	}
}

func (l *line) claim(key []byte, g ds.Group, c ds.Consumer, id ds.ID, n ds.Nack) {
	l.begin("XCLAIM")
	l.word(key)
	l.word(g.Name())
	l.word(c.Name())
	l.word([]byte("0"))
	l.id(id)
	l.word([]byte("TIME"))
	l.int(n.Time())
	l.word([]byte("RETRYCOUNT"))
	l.uint(n.Count())
	l.word([]byte("JUSTID"))
	l.word([]byte("FORCE"))
	l.end()
}
