package aof

import (
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/feed"
	"sigrun/internal/vfs"
)

// Policy says when what was written is made durable (appendfsync).
type Policy uint8

// The policies.
const (
	EverySecond Policy = iota // once a second, in the background
	Always                    // before any reply that tells of it
	Never                     // when the operating system likes
)

// Settings are the directives that can change while the writer works.
type Settings struct {
	Policy          Policy
	Timestamps      bool // aof-timestamp-enabled
	Checksums       bool // aof-checksum
	NoSyncOnRewrite bool // no-appendfsync-on-rewrite
	KeepHistory     bool // aof-disable-auto-gc
	IncrementalSync bool // aof-rewrite-incremental-fsync
}

// Options are what a Writer is made of.
type Options struct {
	Config
	Settings Settings
	Log      *feed.Log
	Clock    clock.Clock
	// OnSafe, unless nil, is called when Safe has moved and a Flush has returned
	// false since it last did: replies that are parked up to Safe may leave. It
	// is called on any goroutine and must neither block nor use the writer, but
	// for Safe.
	OnSafe func()
	// OnDurable, unless nil, is called when Durable has moved. It is called on any
	// goroutine and must neither block nor use the writer, but for Durable.
	OnDurable func()
	// Fatal is called once, after the reason has been logged, when nothing can be
	// promised any more: the server must exit. Nothing becomes safe from then on.
	// It must not use the writer.
	Fatal func()
	// Trouble, unless nil, is called when a write fails, and may be called again
	// before it works: Err has commands refused until then. Replies that tell of
	// a change stay parked. Those that only tell of what there is, parked up to
	// upTo, may leave: they could wait for hours. It must not use the writer.
	Trouble func(upTo uint64)
}

// State tells whether the append-only file is on.
type State uint32

// The states.
const (
	Off     State = iota
	Waiting       // switched on, but only the first rewrite will make it complete
	On
)

// Writer appends the log of effects to the last increment.
//
// Event loops call Flush at the end of a tick, before their replies leave. The
// first to come writes, with one write(2), for all of them; those that come
// meanwhile do not wait but park their replies until Safe has moved. Two
// goroutines do what may take long: the committer writes for the policy Always,
// while a sync is slow, and where a rewrite changes files; the syncer syncs once
// a second.
//
//	Log.End >= written >= durable
//	    |         |          |
//	    |         |          bytes before it survive a power cut
//	    |         bytes before it survive the death of the process
//	    appended by commands
//
// Locks, in the order in which they are taken:
//
//	admin   one change of state, manifest or rewrite at a time; held across I/O
//	syncMu  one sync of the current file at a time; who holds it may change files
//	mu      one writer at a time; loops only ever try it
//
// The writer's own errors: with Always any is fatal. Otherwise a failed write is
// undone and repeated until it succeeds, and a failed sync needs a rewrite;
// until then Err tells, for write commands to be refused. What the failed write
// was to hold is not acknowledged before it is written.
type Writer struct {
	Options
	settings atomic.Pointer[Settings]
	saving   atomic.Bool
	nap      atomic.Int64 // before each write, in nanoseconds

	state    atomic.Uint32
	active   atomic.Bool   // there is a current file
	written  atomic.Uint64 // see above; written under mu
	durable  atomic.Uint64 // written under syncMu
	split    atomic.Uint64 // from this offset on bytes belong to the next file; noSplit if there is none
	parked   atomic.Uint64 // the highest offset that a Flush has refused, 0 if none waits
	writeErr atomic.Pointer[error]
	syncErr  atomic.Pointer[error]
	dead     atomic.Bool // Fatal has been called

	admin    sync.Mutex
	manifest *Manifest
	rewrite  *Rewrite
	rewrites rewriteStats

	syncMu sync.Mutex
	synced syncState

	mu  sync.Mutex
	out output

	kick workers
}

// noSplit is the split that is never reached.
const noSplit = math.MaxUint64

// NewWriter returns a writer for the files of m, which it takes over. It is Off.
func NewWriter(o Options, m *Manifest) *Writer {
	w := &Writer{Options: o, manifest: m}
	w.rewrites.init()
	w.settings.Store(&o.Settings)
	w.split.Store(noSplit)
	w.kick.init()
	return w
}

// Configure changes the settings. They hold from now on.
func (w *Writer) Configure(s Settings) {
	old := w.settings.Swap(&s)
	if old.KeepHistory && !s.KeepHistory {
		w.RemoveHistory()
	}
	w.kick.commit()
}

// SetSaving tells whether a snapshot is being written, for NoSyncOnRewrite.
func (w *Writer) SetSaving(on bool) {
	w.saving.Store(on)
	w.kick.commit()
}

// SetNap makes each write come d later, as on a slow disk.
func (w *Writer) SetNap(d time.Duration) { w.nap.Store(int64(d)) }

// State is the present state.
func (w *Writer) State() State { return State(w.state.Load()) }

// Err is why write commands must be refused at present, or nil. The text for
// the client is that of vfs.Reason.
func (w *Writer) Err() error {
	if w.State() == Off {
		return nil // what failed is not wanted any more
	}
	for _, p := range []*atomic.Pointer[error]{&w.writeErr, &w.syncErr} {
		if err := p.Load(); err != nil {
			return *err
		}
	}
	return nil
}

// Written is the offset up to which the operating system has the bytes.
func (w *Writer) Written() uint64 { return w.written.Load() }

// Quiet reports whether nothing is left to be written, synced or mended.
func (w *Writer) Quiet() bool {
	if !w.active.Load() {
		return true
	}
	end, s := w.Log.End(), w.settings.Load()
	return w.Err() == nil && w.written.Load() >= end && (w.syncless(s) || w.durable.Load() >= end)
}

// Durable is the offset up to which the bytes survive a power cut. It means
// nothing unless the writer is On.
func (w *Writer) Durable() uint64 { return w.durable.Load() }

// setDurable moves Durable. REQUIRES: syncMu.
func (w *Writer) setDurable(upTo uint64) {
	w.durable.Store(upTo)
	if w.OnDurable != nil {
		w.OnDurable()
	}
}

// syncless tells whether nothing is synced at present by the user's wish.
func (w *Writer) syncless(s *Settings) bool {
	return s.Policy == Never || s.NoSyncOnRewrite && w.saving.Load()
}

// Safe is the offset up to which the present policy's promise is kept: replies
// that tell of bytes before it may leave. It is the highest number there is
// while nothing is promised, that is, while the writer is not On.
func (w *Writer) Safe() uint64 {
	s := w.settings.Load()
	switch {
	case w.State() != On:
		return math.MaxUint64
	case s.Policy == Always && (w.dead.Load() || !w.syncless(s) && w.syncErr.Load() == nil):
		return w.durable.Load()
	}
	return w.written.Load()
}

// Flush is for an event loop at the end of a tick. It sees to it that the bytes
// before offset upTo become safe, and reports whether they are: then the replies
// may leave. If not, they must be parked until Safe has reached upTo, of which
// OnSafe tells. upTo is the end of the log when the loop's last command ran,
// also if that only read: it may have read what is not safe yet.
func (w *Writer) Flush(upTo uint64) bool {
	if w.written.Load() < upTo && w.active.Load() && w.writeErr.Load() == nil {
		if w.mayBlock() {
			w.kick.commit()
		} else {
			w.push()
		}
	}
	if w.Safe() >= upTo {
		return true
	}
	w.park(upTo)
	if w.Safe() >= upTo {
		return true // it became so before OnSafe could know of us
	}
	switch {
	case w.written.Load() >= upTo:
		w.kick.commit() // only the sync is missing
	case w.writeErr.Load() != nil:
		w.trouble(upTo) // it may have failed before it could know of us
	}
	return false
}

// WriteAll writes what the log holds to the file. The caller keeps others from
// appending.
func (w *Writer) WriteAll() error {
	w.syncRound()
	if w.written.Load() < w.Log.End() {
		if err := w.Err(); err != nil {
			return err
		}
		return errBehind
	}
	return nil
}

// errBehind tells that the file could not be brought up to the end of the log.
var errBehind = errors.New("the append-only file is behind the log")

// mayBlock tells whether a write is better left to the committer.
func (w *Writer) mayBlock() bool {
	if w.settings.Load().Policy == Always {
		return true
	}
	return w.synced.slow(w.Clock)
}

// pushRounds is how often a loop writes what others have appended meanwhile
// before it leaves that to the committer.
const pushRounds = 3

// push writes what the log has, unless somebody else is doing so: he will then
// write ours, too.
func (w *Writer) push() {
	for range pushRounds {
		end := w.Log.End() // before split: whoever sees bytes after a cut must see the cut
		limit := min(end, w.split.Load())
		if w.written.Load() >= limit || !w.mu.TryLock() {
			break
		}
		err := w.writeOut(limit)
		w.mu.Unlock()
		if err != nil {
			break
		}
	}
	w.afterWrite()
}

// afterWrite hands what others have appended while mu was held to the committer,
// and wakes those whose replies are safe now.
func (w *Writer) afterWrite() {
	if w.active.Load() && w.written.Load() < w.Log.End() && w.writeErr.Load() == nil && !w.dead.Load() {
		w.kick.commit()
	}
	w.wake()
}

// park notes that somebody waits for offset upTo.
func (w *Writer) park(upTo uint64) {
	for {
		p := w.parked.Load()
		if p >= upTo || w.parked.CompareAndSwap(p, upTo) {
			return
		}
	}
}

// trouble tells that a write failed.
func (w *Writer) trouble(upTo uint64) {
	if w.Trouble != nil && !w.dead.Load() {
		w.Trouble(upTo)
	}
}

// wake calls OnSafe if somebody is parked.
func (w *Writer) wake() {
	p := w.parked.Load()
	if p == 0 {
		return
	}
	if w.Safe() >= p {
		w.parked.CompareAndSwap(p, 0) // if it fails, somebody waits for more
	}
	if w.OnSafe != nil {
		w.OnSafe()
	}
}

// die ends all promises.
func (w *Writer) die() {
	if w.dead.CompareAndSwap(false, true) && w.Fatal != nil {
		w.Fatal()
	}
}

// Start switches the writer on when the server starts, after Load: it goes on
// with the last increment, or creates the first, and a base that writeBase fills
// if there is nothing yet. Of an error everything has been logged: the server
// must exit.
func (w *Writer) Start(loaded LoadResult, rdb bool, writeBase func(io.Writer) error) error {
	w.admin.Lock()
	defer w.admin.Unlock()
	if err := w.makeDir(); err != nil {
		return err
	}
	w.sweep()
	m := w.manifest.clone()
	if m.Empty() {
		name := m.addBase(w.Name, rdb)
		if err := vfs.ReplaceFile(w.FS, w.path(name), w.path(tempBaseName), filePerm, writeBase); err != nil {
			w.Logf(Warning, writeErrorText, vfs.Reason(err))
			return err
		}
		w.Logf(Notice, "Creating AOF base file %s on server start", name)
	}
	next, verb, flag := "", "Opening", vfs.Write
	if n := len(m.Incrs); n > 0 {
		next = m.Incrs[n-1].Name
	} else {
		next, verb, flag = m.addIncr(w.Name), "Creating", vfs.Write|vfs.MakeNew|vfs.Trunc
	}
	seg, err := w.openSegment(next, flag)
	if err != nil {
		return err
	}
	if verb == "Creating" {
		if _, err := w.writeManifest(m); err != nil {
			return errors.Join(err, seg.file.Close())
		}
	}
	w.manifest = m
	w.Logf(Notice, "%s AOF incr file %s on server start", verb, next)
	w.begin(seg, On)
	w.out.total.Store(loaded.Total)
	w.rewrites.baseSize.Store(loaded.Base)
	return nil
}

// Reread takes m, which has just been read from the disk, for the manifest if the
// writer is Off: numbers that no file has any more are given again, as after a
// restart.
func (w *Writer) Reread(m *Manifest) {
	w.admin.Lock()
	defer w.admin.Unlock()
	if w.State() == Off && w.rewrite == nil {
		w.manifest = m
	}
}

// sweep removes what a rewrite left behind when the process died.
func (w *Writer) sweep() {
	for _, name := range []string{tempBaseName, w.tempIncrName(), w.tempManifestName()} {
		_ = w.FS.Remove(w.path(name)) // nearly always it is not there
	}
}

// openSegment opens the increment called name for writing at its end, durable up
// to there. An error has been logged.
func (w *Writer) openSegment(name string, flag vfs.Flag) (*segment, error) {
	f, err := w.FS.OpenFile(w.path(name), flag, filePerm)
	if err != nil {
		w.Logf(Warning, "Can't open the append-only file %s: %s", name, vfs.Reason(err))
		return nil, err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && size > 0 {
		err = f.Sync() // what was loaded will be shown to clients, so it must not vanish
	}
	if err != nil {
		w.Logf(Warning, "Fail to fsync the AOF file %s: %s.", name, vfs.Reason(err))
		return nil, errors.Join(err, f.Close())
	}
	return &segment{file: f, name: name, size: size}, nil
}

// begin makes seg the current file, for the bytes from the present end of the
// log on, which it returns. REQUIRES: admin. Nothing else is at work while the state is Off or
// there is no current file.
func (w *Writer) begin(seg *segment, s State) feed.Pos {
	w.syncMu.Lock()
	w.mu.Lock()
	reader, pos := w.Log.Tail()
	w.out.reader = reader
	w.out.enter(seg, pos.DB)
	w.written.Store(pos.Offset)
	w.durable.Store(pos.Offset)
	w.synced.reset(pos.Offset, w.Clock.Mono())
	w.writeErr.Store(nil)
	w.syncErr.Store(nil)
	w.state.Store(uint32(s))
	w.active.Store(true)
	w.mu.Unlock()
	w.syncMu.Unlock()
	w.kick.start(w)
	return pos
}

// Enable switches the writer to Waiting: the next Rewrite, which the caller must
// start, will switch it On. A rewrite that is under way is given up.
func (w *Writer) Enable() {
	w.admin.Lock()
	defer w.admin.Unlock()
	if w.State() != Off {
		return
	}
	w.abandon()
	if w.Err() != nil {
		w.Logf(Warning, "AOF reopen, just ignore the last error.")
	}
	w.writeErr.Store(nil)
	w.syncErr.Store(nil)
	w.state.Store(uint32(Waiting))
}

// Disable writes and syncs all there is, and switches the writer Off. A rewrite
// that is under way is given up. The error is that of the last write or sync.
func (w *Writer) Disable() error {
	w.admin.Lock()
	defer w.admin.Unlock()
	w.abandon()
	err := w.finish()
	w.state.Store(uint32(Off))
	w.wake()
	return err
}

// Close is Disable when the server stops; it also ends the writer's goroutines.
func (w *Writer) Close() error {
	err := w.Disable()
	w.kick.stop()
	return err
}

// finish writes, syncs and closes the current file, if there is one.
// REQUIRES: admin.
func (w *Writer) finish() error {
	w.switchFiles()
	w.syncMu.Lock()
	defer w.syncMu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out.cur == nil {
		return nil
	}
	err := w.writeOut(w.Log.End())
	if serr := w.out.cur.file.Sync(); serr != nil {
		w.Logf(Warning, "Fail to fsync the AOF file: %s", vfs.Reason(serr))
		err = errors.Join(err, serr)
	} else if err == nil && !w.synced.broken() {
		w.setDurable(w.written.Load())
	}
	w.active.Store(false)
	w.split.Store(noSplit)
	if cerr := w.out.close(); cerr != nil {
		err = errors.Join(err, cerr)
	}
	if err != nil {
		return fmt.Errorf("closing the append-only file: %w", err)
	}
	return nil
}
