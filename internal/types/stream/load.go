package stream

import (
	"bytes"
	"encoding/binary"

	ds "sigrun/internal/ds/stream"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// loader decodes streams in version 1 to 5 of their form, the last two of which
// are Redis's. What can't be is an error: blocks, order and counts are checked
// entry by entry.
func loader(version int) value.Loader {
	return func(r *rdb.Reader, b value.Builder) error {
		s, ref := ds.New(b.Heap())
		l := loading{r: r, s: s, version: version}
		if err := l.stream(); err != nil {
			ds.Free(b.Heap(), ref)
			return err
		}
		b.Value(value.KindStream, uint64(ref))
		return nil
	}
}

// loading is a stream being read. The first error stays.
type loading struct {
	r       *rdb.Reader
	s       ds.Stream
	version int
	err     error
	name    []byte
}

func (l *loading) len() (n uint64) {
	if l.err == nil {
		n, l.err = l.r.Len()
	}
	return n
}

func (l *loading) millis() (ms int64) {
	if l.err == nil {
		ms, l.err = l.r.Millis()
	}
	return ms
}

func (l *loading) id() ds.ID { return ds.ID{Ms: l.len(), Seq: l.len()} }

func (l *loading) rawID() (id ds.ID) {
	if l.err != nil {
		return id
	}
	b, err := l.r.Bytes(idBytes)
	if err != nil {
		l.err = err
		return id
	}
	return parseID(b)
}

func parseID(b []byte) ds.ID {
	return ds.ID{Ms: binary.BigEndian.Uint64(b), Seq: binary.BigEndian.Uint64(b[8:])}
}

// text is a name that stays valid until the next one is read.
func (l *loading) text() []byte {
	if l.err == nil {
		l.name, l.err = l.r.AppendString(l.name[:0])
	}
	return l.name
}

// fail remembers damage that no error of the reader told.
func (l *loading) fail(format string, args ...any) {
	if l.err == nil {
		l.err = l.r.Corruptf(format, args...)
	}
}

func (l *loading) stream() error {
	for n := l.len(); n > 0 && l.err == nil; n-- {
		l.node()
	}
	l.s.Loaded()
	l.head()
	for n := l.len(); n > 0 && l.err == nil; n-- {
		l.group()
	}
	if l.err == nil && l.version >= 4 {
		l.err = l.r.SkipProducers()
	}
	return l.err
}

// node reads a block of entries.
func (l *loading) node() {
	var key ds.ID
	b, err := l.r.String()
	switch {
	case err != nil:
		l.err = err
		return
	case len(b) != idBytes:
		l.fail("Stream node key entry is not the size of a stream ID")
		return
	}
	key = parseID(bytes.Clone(b))
	if b, l.err = l.r.String(); l.err != nil {
		return
	}
	if l.s.AddNode(key, b) != nil {
		l.fail("Stream listpack integrity check failed.")
	}
}

// head reads the numbers between blocks and groups. The first ID is known.
func (l *loading) head() {
	top := l.s.LastID()
	if n := l.len(); l.err == nil && n != l.s.Len() {
		l.fail("Stream length inconsistent with rax entries")
	}
	last := l.id()
	if last.Less(top) {
		l.fail("Stream last ID is lower than that of its last entry")
	}
	l.s.SetLastID(last)
	l.s.SetAdded(l.s.Len())
	if l.version >= 2 {
		l.id()
		l.s.SetMaxDeletedID(l.id())
		l.s.SetAdded(l.len())
	}
}

func (l *loading) group() {
	name := bytes.Clone(l.text())
	last := l.id()
	read := l.s.EntriesUpTo(last)
	if l.version >= 2 {
		read = int64(l.len())
	}
	if l.err != nil {
		return
	}
	g, ok := l.s.AddGroup(name, last, read)
	if !ok {
		l.fail("Duplicated consumer group name loaded from RDB")
		return
	}
	for n := l.len(); n > 0 && l.err == nil; n-- {
		id, ms, count := l.rawID(), l.millis(), l.len()
		if l.err == nil && !g.AddLoose(id, ms, count) {
			l.fail("Duplicated global PEL entry loading stream consumer group")
		}
	}
	for n := l.len(); n > 0 && l.err == nil; n-- {
		l.consumer(g)
	}
	if l.version >= 5 {
		l.released(g)
	}
	if l.err == nil && !g.AllTaken() {
		l.fail("NACK entry without consumer loading stream consumer group")
	}
}

func (l *loading) consumer(g ds.Group) {
	name := l.text()
	seen := l.millis()
	active := seen
	if l.version >= 3 {
		active = l.millis()
	}
	if l.err != nil {
		return
	}
	c, ok := g.AddConsumer(name, seen)
	if !ok {
		l.fail("Duplicate stream consumer detected")
		return
	}
	c.SetActive(active)
	for n := l.len(); n > 0 && l.err == nil; n-- {
		id := l.rawID()
		if l.err == nil && !g.Take(id, c) {
			l.fail("Consumer entry not found in group global PEL")
		}
	}
}

// released reads which pending entries no consumer owns, since one has given them
// back. Here each has an owner: they become those of a consumer for them all, so
// that XAUTOCLAIM finds them.
func (l *loading) released(g ds.Group) {
	n := l.len()
	if n == 0 || l.err != nil {
		return
	}
	l.r.Note(rdb.NoteReleased)
	name := []byte(rdb.ReleasedConsumer)
	c, ok := g.FindConsumer(name)
	if !ok {
		c, _ = g.AddConsumer(name, 0)
		c.SetActive(-1) // never
	}
	for ; n > 0 && l.err == nil; n-- {
		id := l.rawID()
		if l.err == nil && !g.Take(id, c) {
			l.fail("NACK zone entry not found in group global PEL")
		}
	}
}
