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
	s.EachNode(func(key ds.ID, lp []byte) { dst = appendNode(dst, key, lp, c) })
	dst = appendHead(dst, s.Len(), s.LastID(), s.FirstID(), s.MaxDeletedID(), s.Added(), s.Groups())
	for i := range s.Groups() {
		dst = appendGroup(dst, s.Group(i), c)
	}
	return dst
}

func appendNode(dst []byte, key ds.ID, lp []byte, c *lzf.Compressor) []byte {
	return rdb.AppendString(appendKey(dst, key), lp, c)
}

// appendKey appends what comes before a block of entries.
func appendKey(dst []byte, key ds.ID) []byte { return appendRawID(rdb.AppendLen(dst, idBytes), key) }

// appendHead appends what is between the blocks and the groups.
func appendHead(dst []byte, length uint64, last, first, deleted ds.ID, added uint64, groups int) []byte {
	dst = rdb.AppendLen(dst, length)
	for _, id := range [...]ds.ID{last, first, deleted} {
		dst = appendID(dst, id)
	}
	return rdb.AppendLen(rdb.AppendLen(dst, added), uint64(groups))
}

func appendGroupHead(dst, name []byte, last ds.ID, read int64, pending uint64, c *lzf.Compressor) []byte {
	dst = appendID(rdb.AppendString(dst, name, c), last)
	return rdb.AppendLen(rdb.AppendLen(dst, uint64(read)), pending)
}

func appendNack(dst []byte, id ds.ID, ms int64, count uint64) []byte {
	dst = rdb.AppendMillis(appendRawID(dst, id), ms)
	return rdb.AppendLen(dst, count)
}

func appendConsumerHead(dst, name []byte, seen, active int64, pending uint64, c *lzf.Compressor) []byte {
	dst = rdb.AppendMillis(rdb.AppendString(dst, name, c), seen)
	return rdb.AppendLen(rdb.AppendMillis(dst, active), pending)
}

func appendGroup(dst []byte, g ds.Group, c *lzf.Compressor) []byte {
	dst = appendGroupHead(dst, g.Name(), g.LastID(), g.EntriesRead(), g.Pending(), c)
	for p := g.PendingFrom(ds.ID{}); p.Ok(); p.Next() {
		dst = appendNack(dst, p.ID(), p.Nack().Time(), p.Nack().Count())
	}
	dst = rdb.AppendLen(dst, uint64(g.Consumers()))
	for i := range g.Consumers() {
		o := g.Consumer(i)
		dst = appendConsumerHead(dst, o.Name(), o.Seen(), o.Active(), o.Pending(), c)
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
	it := s.Range(ds.ID{}, ds.MaxID, false)
	l.entries(key, &it)
	l.numbers(key, s.Len(), s.LastID(), s.Added(), s.MaxDeletedID())
	for i := range s.Groups() {
		l.group(key, s.Group(i))
	}
	return l.dst
}

// entries adds what it goes through.
func (l *line) entries(key []byte, it *ds.Iter) {
	for it.Next() {
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
}

// numbers sets what is known of a stream with so many entries besides them.
func (l *line) numbers(key []byte, length uint64, last ds.ID, added uint64, deleted ds.ID) {
	if length == 0 { // an entry that goes at once makes an empty stream
		l.begin("XADD")
		l.word(key)
		for _, w := range []string{"MAXLEN", "0", "0-1", "x", "y"} {
			l.word([]byte(w))
		}
		l.end()
	}
	l.begin("XSETID")
	l.word(key)
	l.id(last)
	l.word([]byte("ENTRIESADDED"))
	l.uint(added)
	l.word([]byte("MAXDELETEDID"))
	l.id(deleted)
	l.end()
}

func (l *line) group(key []byte, g ds.Group) {
	l.create(key, g.Name(), g.LastID(), g.EntriesRead())
	for i := range g.Consumers() {
		c := g.Consumer(i)
		l.createConsumer(key, g.Name(), c.Name())
		for p := g.PendingOf(c, ds.ID{}); p.Ok(); p.Next() {
			l.claim(key, g.Name(), c.Name(), p.ID(), p.Nack().Time(), p.Nack().Count())
		}
	}
}

func (l *line) create(key, group []byte, last ds.ID, read int64) {
	l.begin("XGROUP", "CREATE")
	l.word(key)
	l.word(group)
	l.id(last)
	l.word([]byte("ENTRIESREAD"))
	l.int(read)
	l.end()
}

func (l *line) createConsumer(key, group, name []byte) {
	l.begin("XGROUP", "CREATECONSUMER")
	l.word(key)
	l.word(group)
	l.word(name)
	l.end()
}

func (l *line) claim(key, group, name []byte, id ds.ID, ms int64, count uint64) {
	l.begin("XCLAIM")
	l.word(key)
	l.word(group)
	l.word(name)
	l.word([]byte("0"))
	l.id(id)
	l.word([]byte("TIME"))
	l.int(ms)
	l.word([]byte("RETRYCOUNT"))
	l.uint(count)
	l.word([]byte("JUSTID"))
	l.word([]byte("FORCE"))
	l.end()
}
