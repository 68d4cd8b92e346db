package rdb

import (
	"errors"
	"sync"
	"sync/atomic"

	"sigrun/internal/invariant"
)

// A crew loads the keys of a file on several goroutines. The one that reads the
// file only looks for where records end (Skip), and hands runs of whole records,
// with their expiries and the like, to whoever is free; it works itself while the
// others are busy. Records that are not keys, and keys too big for the buffer, it
// loads itself as they come. So the keys of a database are delivered in no order,
// by several sinks at the same time; everything else is in the order of the file. A
// worker that would have to wait for a key's place loads the rest of its run first.
//
// A run that cannot be looked over is left to the reading goroutine too: damage is
// found and reported by the code that reads records one by one, with the offset
// that it would have had there.
type crew struct {
	runs    chan *run // to the workers
	spare   chan *run
	workers []*worker
	done    sync.WaitGroup
	own     *worker      // of the goroutine that reads the file
	scan    Reader       // looks for the ends of records
	barren  int64        // up to which offset it found none
	limit   atomic.Int64 // offset of err

	mu  sync.Mutex
	err error // of all that workers met the one at the lowest offset
}

// run is a part of the file that consists of whole records of keys.
type run struct {
	data    []byte
	records []span
	offset  int64 // of data[0] in the file
	db      int
}

// span is where in a run a record begins and where its key does.
type span struct{ start, key int32 }

// end is where record i of r ends.
func (r *run) end(i int) int {
	if i+1 < len(r.records) {
		return int(r.records[i+1].start)
	}
	return len(r.data)
}

// worker loads runs.
type worker struct {
	loader
	sink  SharedSink
	later []int // records whose turn comes when the others have been loaded
}

// keysAhead is by how many keys a sink is told of them before they come.
const keysAhead = 12

// retries is how many times a worker comes back to keys that it could not take
// before it waits for them.
const retries = 3

// noLimit is the offset of an error that has not happened.
const noLimit = int64(1) << 62

// runsAhead is how many runs may wait for each worker.
const runsAhead = 2

// newCrew starts a worker for each of l's helpers. The caller calls end.
func newCrew(l *loader) *crew {
	n := len(l.o.Helpers)
	c := &crew{runs: make(chan *run, runsAhead*n), spare: make(chan *run, (runsAhead+1)*n+1)}
	c.limit.Store(noLimit)
	c.scan.SameFile(l.r)
	c.own = newWorker(l, l.sink.(SharedSink))
	for _, sink := range l.o.Helpers {
		w := newWorker(l, sink)
		c.workers = append(c.workers, w)
		c.done.Go(func() {
			for r := range c.runs {
				c.work(w, r)
			}
		})
	}
	for range cap(c.spare) {
		c.spare <- &run{}
	}
	return c
}

func newWorker(l *loader, sink SharedSink) *worker {
	r := &Reader{}
	r.SameFile(l.r)
	return &worker{sink: sink, loader: loader{
		r: r, o: l.o, sink: sink, file: l.file, emptyLogged: l.emptyLogged,
	}}
}

// work loads r, unless the file is known to be damaged in front of it.
func (c *crew) work(w *worker, r *run) {
	if r.offset < c.limit.Load() {
		if err := w.load(r); err != nil {
			c.fail(w.start, err)
		}
	}
	c.spare <- r
}

func (w *worker) load(r *run) error {
	w.start = r.offset
	if w.db != r.db {
		if err := w.sink.SelectDB(r.db); err != nil {
			return err
		}
		w.db = r.db
	}
	w.r.Reset(r.data)
	w.r.base = r.offset
	w.deliver, w.later = w.sink.TryKey, w.later[:0]
	for i := range r.records {
		w.announce(r, i+keysAhead)
		if err := w.try(r, i); err != nil {
			return err
		}
	}
	for range retries {
		again := w.later
		w.later = w.later[:0]
		for _, i := range again {
			if err := w.try(r, i); err != nil {
				return err
			}
		}
	}
	w.deliver = w.sink.Key
	for _, i := range w.later {
		if err := w.key(r, i); err != nil {
			return err
		}
	}
	return nil
}

// try loads record i of r, or puts it off.
func (w *worker) try(r *run, i int) error {
	err := w.key(r, i)
	if err == ErrBusy {
		w.later = append(w.later, i)
		return nil
	}
	return err
}

// key loads record i of r.
func (w *worker) key(r *run, i int) error {
	w.r.pos, w.meta = int(r.records[i].start), NoMeta
	for end := r.end(i); w.r.pos < end; {
		if err := w.record(); err != nil {
			return err
		}
	}
	return nil
}

// announce tells the sink of the key of record i of r, if its text stands there as
// it is.
func (w *worker) announce(r *run, i int) {
	if i >= len(r.records) {
		return
	}
	p := r.data[r.records[i].key:]
	if n := int(p[0]); n < len14 {
		w.sink.KeyAhead(p[1 : 1+n])
	}
}

// fail notes an error at an offset. That at the lowest one counts, so that who
// was faster does not matter.
func (c *crew) fail(offset int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if offset < c.limit.Load() {
		c.err = err
		c.limit.Store(offset)
	}
}

// share hands out the records of keys that stand complete in l's buffer. It leaves
// l at a record that somebody else has to load, or at one that is not complete.
func (c *crew) share(l *loader) error {
	if l.meta != NoMeta || l.r.Offset() < c.barren { // the next record begins in front of here, or was looked at
		return nil
	}
	view := l.r.buffered()
	r := <-c.spare
	n := c.wholeKeys(l, view, r)
	if n == 0 {
		c.barren = l.r.Offset() + int64(c.scan.pos)
		c.spare <- r
		return nil
	}
	r.data, r.offset, r.db = append(r.data[:0], view[:n]...), l.r.Offset(), l.db
	l.r.pos += n
	select {
	case c.runs <- r:
	default:
		c.own.db = l.db // that is what the sink is at
		c.work(c.own, r)
	}
	if c.limit.Load() != noLimit {
		return errStopped
	}
	return nil
}

// errStopped ends the reading of a file in which a worker has found damage.
var errStopped = errors.New("damage was found further in front")

// wholeKeys returns how many bytes at the start of p are whole records of keys,
// and notes in r where they are.
func (c *crew) wholeKeys(l *loader, p []byte, r *run) (n int) {
	r.records = r.records[:0]
	c.scan.Reset(p)
	for {
		code, err := c.scan.Byte()
		if err != nil {
			return n
		}
		if size := attributes[code]; size != nil {
			if size(&c.scan) != nil {
				return n
			}
			continue
		}
		typ, known := TypeOf(code, l.file.Version)
		if !known || l.handler(code) != nil {
			return n
		}
		key := c.scan.pos
		if err := c.scan.SkipString(); err != nil {
			return n
		}
		if err := Skip(&c.scan, typ); err != nil && err != ErrEmptyKey {
			return n
		}
		r.records = append(r.records, span{start: int32(n), key: int32(key)})
		n = c.scan.pos
	}
}

// attributes read over what may stand in front of a key.
var attributes = [256]func(*Reader) error{
	OpExpireMs: fixed(8),
	OpExpire:   fixed(4),
	OpIdle:     skipLen,
	OpFreq:     fixed(1),
}

// end waits for the workers and adds their counts to l's. It returns the error that
// a reader of the records one by one would have met first; err is that of l itself.
func (c *crew) end(l *loader, err error) error {
	close(c.runs)
	c.done.Wait()
	for _, w := range append(c.workers, c.own) {
		l.stats.add(&w.stats)
	}
	invariant.Assert(c.err != nil || err != errStopped, "rdb: stopped without an error")
	if c.err != nil {
		return c.err
	}
	return err
}

func (s *LoadStats) add(o *LoadStats) {
	s.Loaded += o.Loaded
	s.Expired += o.Expired
	s.Empty += o.Empty
	s.ExpiredFields += o.ExpiredFields
	s.ModuleKeys += o.ModuleKeys
	s.ModuleData += o.ModuleData
}
