// Package feed is the one ordered log of effects: what write commands did, as
// whole RESP commands, addressed by replication offset (a count of bytes). The
// append-only file, the backlog, every replica and slot migration are readers
// of it, each at its own offset.
//
//	          start                                            End
//	            |                                               |
//	chunks  [#########]->[#########]->[#######################..|......]
//	                          ^                      ^
//	                        reader                 reader
//
// Appenders copy their bytes into the last chunk under a short lock and then
// publish the new End. Readers see bytes below End only, straight in the chunks
// and without the lock. A chunk is reused when no reader is in it or before it
// and the backlog does not need it.
//
// Invariants: (1) End never falls, and moves over one whole unit at a time, so
// that a reader never sees half of a command, and a transaction that was
// appended as one unit is never torn apart; (2) bytes below End never change;
// (3) chunks are full but for the last, and every chunk starts where the one
// before it ends.
package feed

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"

	"sigrun/internal/invariant"
)

// chunkSize is the usual size of a chunk in bytes. A unit that is larger than
// the rest of the last chunk gets a chunk of its own size for what is left.
const chunkSize = 256 << 10

// spareChunks is how many chunks are kept for reuse.
const spareChunks = 4

// noDB is the selected database when none is: the next effect must select.
const noDB = -1

// Pos is a place in the log between two units.
type Pos struct {
	Offset uint64 // bytes before it
	DB     int    // database selected there, -1 if the bytes that follow select one
}

// Log is the log. It is safe for concurrent use.
type Log struct {
	end     atomic.Uint64 // offset after the last published byte; written under mu
	enabled atomic.Bool   // somebody reads: readers or a backlog; written under mu

	mu      sync.Mutex
	head    *chunk // oldest, nil while nobody reads
	tail    *chunk // newest
	db      int    // selected by the last effect, or noDB
	backlog uint64 // bytes before end to keep though nobody reads them
	readers map[*Reader]struct{}
	spare   []*chunk
}

// chunk is a run of the log's bytes. buf is as long as the chunk can get.
type chunk struct {
	start uint64
	buf   []byte
	next  *chunk // guarded by Log.mu
}

func (c *chunk) end() uint64 { return c.start + uint64(len(c.buf)) }

// New returns an empty log that begins at offset start.
func New(start uint64) *Log {
	l := &Log{db: noDB, readers: map[*Reader]struct{}{}}
	l.end.Store(start)
	return l
}

// Enabled tells whether anybody reads the log. While it is false effects need
// not even be encoded. NewReader, Tail and SetBacklog switch it on: call them
// inside a cut of the keyspace, so that no command misses it half-way.
func (l *Log) Enabled() bool { return l.enabled.Load() }

// End is the offset after the last byte.
func (l *Log) End() uint64 { return l.end.Load() }

// Append adds p, one unit of one or more whole RESP commands that apply to
// database db, and returns the offset after it. A SELECT goes before it, or behind
// the MULTI that it begins with, if the last unit left another database selected.
// p must leave db selected; it is copied. While nobody reads, the bytes are dropped and no offset moves.
//
// It is called inside the critical section of the keys concerned, so that the
// effects of commands that share a key stand in the order of their execution.
func (l *Log) Append(db int, p []byte) (end uint64) {
	if invariant.Enabled {
		checkUnit(p)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.enabled.Load() {
		return l.end.Load()
	}
	at := l.end.Load()
	if db != l.db {
		if rest, ok := bytes.CutPrefix(p, []byte(Multi)); ok {
			at = l.put(at, p[:len(Multi)])
			p = rest
		}
		var b [48]byte
		at = l.put(at, AppendSelect(b[:0], db))
		l.db = db
	}
	at = l.put(at, p)
	l.publish(at)
	return at
}

// publish shows readers the bytes before offset at. REQUIRES: l.mu.
func (l *Log) publish(at uint64) {
	l.end.Store(at)
	if l.head != l.tail {
		l.settle()
	}
}

// Relay adds bytes of the primary's stream as they came. p ends with a whole
// command after which database db is selected. Unlike Append it never adds a
// SELECT, so that the offsets here are those of the primary.
func (l *Log) Relay(db int, p []byte) (end uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.db = db
	at := l.end.Load()
	if !l.enabled.Load() {
		at += uint64(len(p))
		l.end.Store(at)
		return at
	}
	at = l.put(at, p)
	l.publish(at)
	return at
}

// Cut returns the present end of the log. Inside a cut of the keyspace it is
// the place that the snapshot belongs to. mark, which may be nil, is called with
// it before anything more can be appended, and must not use the log.
func (l *Log) Cut(mark func(Pos)) Pos {
	l.mu.Lock()
	defer l.mu.Unlock()
	pos := Pos{Offset: l.end.Load(), DB: l.db}
	if mark != nil {
		mark(pos)
	}
	return pos
}

// Reselect makes the next Append select its database again, for a reader that
// starts here and knows of none.
func (l *Log) Reselect() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.db = noDB
}

// Reset empties the log and sets its end to offset, as after a full sync from a
// primary. Nobody may be reading.
func (l *Log) Reset(offset uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	invariant.Assert(len(l.readers) == 0, "feed: Reset while somebody reads")
	l.head, l.tail, l.db = nil, nil, noDB
	l.end.Store(offset)
	if l.enabled.Load() {
		l.grow(offset, chunkSize)
	}
}

// SetBacklog keeps the last n bytes readable though nobody reads them; 0 keeps
// none.
func (l *Log) SetBacklog(n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.backlog = n
	l.settle()
}

// Start is the offset of the oldest byte that a new reader can begin with.
func (l *Log) Start() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.start()
}

// start is Start. REQUIRES: l.mu.
func (l *Log) start() uint64 {
	if l.head == nil {
		return l.end.Load()
	}
	return l.head.start
}

// put copies p into the chunks from offset at on, and returns the offset after
// it. REQUIRES: l.mu.
func (l *Log) put(at uint64, p []byte) uint64 {
	for {
		n := copy(l.tail.buf[at-l.tail.start:], p)
		at += uint64(n)
		p = p[n:]
		if len(p) == 0 {
			return at
		}
		l.grow(at, len(p))
	}
}

// grow adds a chunk that begins at offset start and holds size bytes or more.
// REQUIRES: l.mu.
func (l *Log) grow(start uint64, size int) {
	var c *chunk
	if n := len(l.spare); n > 0 && size <= chunkSize {
		c, l.spare = l.spare[n-1], l.spare[:n-1]
	} else {
		c = &chunk{buf: make([]byte, max(size, chunkSize))}
	}
	c.start, c.next = start, nil
	if l.tail == nil {
		l.head = c
	} else {
		invariant.Assert(l.tail.end() == start, "feed: a gap between two chunks")
		l.tail.next = c
	}
	l.tail = c
}

// settle lets go of chunks that nobody needs any more, and switches the log on
// or off. REQUIRES: l.mu.
func (l *Log) settle() {
	on := len(l.readers) > 0 || l.backlog > 0
	switch {
	case !on:
		l.head, l.tail, l.spare, l.db = nil, nil, nil, noDB
	case l.head == nil:
		l.grow(l.end.Load(), chunkSize)
	}
	l.enabled.Store(on)
	for on && l.head != l.tail && !l.needed(l.head) {
		c := l.head
		l.head = c.next
		if len(c.buf) == chunkSize && len(l.spare) < spareChunks {
			poison(c.buf)
			l.spare = append(l.spare, c)
		}
	}
}

// needed tells whether a reader is in c or the backlog reaches into it; c is
// the oldest chunk. REQUIRES: l.mu.
func (l *Log) needed(c *chunk) bool {
	if c.end()+l.backlog > l.end.Load() {
		return true
	}
	for r := range l.readers {
		if r.at == c {
			return true
		}
	}
	return false
}

// NewReader returns a reader whose first byte is the one at offset from, which
// must be between Start and End. Called inside a cut of the keyspace with
// End(), it misses nothing and reads nothing twice.
func (l *Log) NewReader(from uint64) (*Reader, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first, end := l.start(), l.end.Load(); from < first || from > end {
		return nil, fmt.Errorf("feed: offset %d is outside of the log's %d to %d", from, first, end)
	}
	return l.open(from), nil
}

// Tail returns a reader that begins at the end of the log, and that place.
func (l *Log) Tail() (*Reader, Pos) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pos := Pos{Offset: l.end.Load(), DB: l.db}
	return l.open(pos.Offset), pos
}

// open enters a new reader at offset from, which the log holds.
// REQUIRES: l.mu.
func (l *Log) open(from uint64) *Reader {
	r := &Reader{log: l, off: from}
	l.readers[r] = struct{}{}
	if l.head == nil {
		l.settle()
	}
	r.at = l.head
	r.walk()
	return r
}
