package aof

import (
	"errors"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/feed"
	"sigrun/internal/hash"
	"sigrun/internal/vfs"
)

// segment is an increment that is open for writing.
type segment struct {
	file vfs.File
	name string
	size int64 // bytes in it
	db   int   // of next: selected in the log where it takes over
}

// output is the writing half of a Writer: Writer.mu guards it.
type output struct {
	reader  *feed.Reader // nil while there is no current file
	cur     *segment
	next    *segment     // takes over at Writer.split
	total   atomic.Int64 // bytes of base and increments (aof_current_size)
	db      int          // to select before the next bytes of the log; -1 if they do it themselves
	stamp   int64        // the second of the last timestamp in cur
	head    []byte       // goes into the file before the next bytes of the log, of which it is no part
	tail    []byte       // goes behind them: their checksum
	sums    blockState
	torn    bool // cur ends inside of a command, for an undo has failed
	views   [][]byte
	lastLog int64 // when an error was last logged, monotonic; 0 if never
}

// blockState tells where the end of the file stands in its blocks, see Sums.
type blockState uint8

const (
	uncovered blockState = iota // in no block
	begins                      // the head begins one
	between                     // at the end of a block
)

// enter goes on with file cur, in which no database is selected yet; where the
// log stands it is db.
func (o *output) enter(cur *segment, db int) {
	o.cur, o.db, o.stamp, o.head, o.torn, o.sums = cur, db, 0, o.head[:0], false, uncovered
}

// close lets go of the log and of the files.
func (o *output) close() error {
	o.reader.Close()
	err := o.cur.file.Close()
	if o.next != nil {
		err = errors.Join(err, o.next.file.Close())
	}
	o.reader, o.cur, o.next = nil, nil, nil
	return err
}

// writeOut writes the bytes before offset end, or none of them. An error has
// been dealt with. REQUIRES: w.mu, and that end is the end of a unit.
func (w *Writer) writeOut(end uint64) error {
	o := &w.out
	if o.cur == nil || w.written.Load() >= end {
		return nil
	}
	if !o.torn && len(o.head) == 0 {
		w.makeHead()
	}
	o.views = o.views[:0]
	if len(o.head) > 0 {
		o.views = append(o.views, o.head)
	}
	o.views = o.reader.Views(o.views, end)
	if w.makeTail(); len(o.tail) > 0 {
		o.views = append(o.views, o.tail)
	}
	if nap := w.nap.Load(); nap > 0 {
		clock.Sleep(time.Duration(nap))
	}
	n, err := o.cur.append(o.views)
	clear(o.views)
	if err != nil {
		w.writeFailed(n, end, err)
		return err
	}
	o.sums = uncovered
	if len(o.tail) > 0 {
		o.sums = between
	}
	o.pass(n, end)
	o.torn = false
	w.written.Store(end)
	w.writeWorked()
	return nil
}

// makeHead makes what belongs into the file but not into the log: the beginning of a
// block, a timestamp, and the SELECT that makes a file readable by itself.
// REQUIRES: w.mu.
func (w *Writer) makeHead() {
	o, s := &w.out, w.settings.Load()
	if s.Checksums && o.sums == uncovered {
		o.head = append(o.head, sumStart...)
		o.sums = begins
	}
	if s.Timestamps {
		if second := clock.Millis(w.Clock) / 1000; second > o.stamp {
			o.stamp = second
			o.head = AppendTimestamp(o.head, second)
		}
	}
	if o.db >= 0 {
		o.head = feed.AppendSelect(o.head, o.db)
		o.db = -1
	}
}

// makeTail makes the checksum of what is about to be written, w.out.views, if it is a
// block. REQUIRES: w.mu.
func (w *Writer) makeTail() {
	o := &w.out
	o.tail = o.tail[:0]
	if !w.settings.Load().Checksums || o.sums == uncovered {
		return
	}
	crc, n := uint64(0), int64(0)
	for i, v := range o.views {
		if i == 0 && o.sums == begins {
			v = v[len(sumStart):]
		}
		crc = hash.UpdateCRC64(crc, v)
		n += int64(len(v))
	}
	o.tail = appendSum(o.tail, n, crc)
}

// AppendTimestamp appends the annotation that tells when what follows was written, in
// Unix seconds.
func AppendTimestamp(dst []byte, second int64) []byte {
	return append(strconv.AppendInt(append(dst, "#TS:"...), second, 10), "\r\n"...)
}

// pass counts n more bytes in the current file: those of the head, those of the log
// before offset end, and those of the tail, in this order. What is left of a tail
// that has been begun is the next head.
func (o *output) pass(n int64, end uint64) {
	o.cur.size += n
	o.total.Add(n)
	head := min(int(n), len(o.head))
	log := min(int(n)-head, int(end-o.reader.Offset()))
	o.reader.Advance(log)
	if tail := int(n) - head - log; tail > 0 {
		o.head = append(o.head[:0], o.tail[tail:]...)
	} else {
		o.head = append(o.head[:0], o.head[head:]...)
	}
}

// append writes all views at the end of the file, as far as it can, and returns
// how many bytes that were.
func (s *segment) append(views [][]byte) (n int64, err error) {
	for _, v := range views {
		k, err := s.file.Write(v)
		n += int64(k)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// undo removes n bytes that a failed append has left.
func (s *segment) undo() error {
	if err := s.file.Truncate(s.size); err != nil {
		return err
	}
	_, err := s.file.Seek(s.size, io.SeekStart)
	return err
}

// writeErrorPause is the time between two reports of write errors, in ns.
const writeErrorPause = 30e9

// writeFailed undoes a write of head, the log up to end, and tail, of which n bytes
// reached the file, and enters the error state. REQUIRES: w.mu.
func (w *Writer) writeFailed(n int64, end uint64, err error) {
	o := &w.out
	want := len(o.head) + int(end-o.reader.Offset()) + len(o.tail)
	now := w.Clock.Mono()
	loud := o.lastLog == 0 || now-o.lastLog > writeErrorPause
	if loud {
		o.lastLog = now
	}
	say := func(format string, args ...any) {
		if loud {
			w.Logf(Warning, format, args...)
		}
	}
	if n == 0 {
		say("Error writing to the AOF file: %s", vfs.Reason(err))
	} else {
		say("Short write while writing to the AOF file: (nwritten=%d, expected=%d)", n, want)
		if uerr := o.cur.undo(); uerr != nil {
			say("Could not remove short write from the append-only file. The server may refuse to load the AOF "+
				"the next time it starts.  ftruncate: %s", vfs.Reason(uerr))
			o.pass(n, end) // they stay: the rest will have to follow them
			o.torn, o.sums = true, uncovered
			err = errors.Join(err, uerr)
		}
	}
	if w.settings.Load().Policy == Always && w.State() == On {
		w.Logf(Warning, "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...")
		w.die()
	}
	w.writeErr.Store(&err)
	w.trouble(w.parked.Load())
}

// writeWorked leaves the error state. REQUIRES: w.mu.
func (w *Writer) writeWorked() {
	if w.writeErr.Load() == nil {
		return
	}
	w.Logf(Notice, "AOF write error looks solved. The server can write again.")
	w.out.lastLog = 0
	w.writeErr.Store(nil)
}
