package aof

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"sigrun/internal/clock"
	"sigrun/internal/feed"
	"sigrun/internal/vfs"
)

// Rewrite replaces base and increments by a new base, in steps:
//
//	                             on disk                      a crash here loads
//	BeginRewrite                 base1 incr1                  base1 incr1
//	  manifest + empty incr2     base1 incr1 incr2            base1 incr1
//	Cut, inside the snapshot's   the committer completes and  base1 incr1 incr2
//	                             syncs incr1, then writes
//	                             incr2
//	Write ... the new base       temp file                    base1 incr1 incr2
//	Commit                       base2 synced and renamed     base1 incr1 incr2
//	  manifest                   base2 incr2                  base2 incr2
//	  the old files removed
//
// While the writer is Waiting the increment has a temporary name, for it is not
// complete without the base, and only Commit enters it in the manifest. While
// it is Off there is a base only.
//
// A Rewrite has one user. Commit or Abort ends it.
type Rewrite struct {
	w        *Writer
	rdb      bool
	state    State
	base     vfs.File
	incr     string // name of the new increment; empty if there is none
	next     *segment
	split    uint64
	cut      bool
	unsynced int64 // bytes of the base since it was last synced
	gone     atomic.Bool
}

// syncEvery is after how many bytes of a base it is synced with IncrementalSync,
// so that no sync takes long at the end.
const syncEvery = 4 << 20

// BeginRewrite opens the files of a rewrite, whose base is an RDB or RESP
// commands. It is slow. Of an error the reason has been logged.
func (w *Writer) BeginRewrite(rdb bool) (*Rewrite, error) {
	w.admin.Lock()
	defer w.admin.Unlock()
	if w.rewrite != nil {
		return nil, ErrRewriting
	}
	r := &Rewrite{w: w, rdb: rdb, state: w.State()}
	w.rewrites.begin(w.Clock)
	if err := r.open(); err != nil {
		w.rewrites.end(w.Clock, outcomeFailed)
		return nil, fmt.Errorf("append-only file rewriting: %w", err)
	}
	w.rewrite = r
	return r, nil
}

// open opens the base and, if effects are written, the next increment.
// REQUIRES: w.admin.
func (r *Rewrite) open() error {
	w := r.w
	if err := w.makeDir(); err != nil {
		return err
	}
	base, err := vfs.Create(w.FS, w.path(tempBaseName), filePerm)
	if err != nil {
		w.Logf(Warning, "Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): %s", vfs.Reason(err))
		return err
	}
	r.base = base
	switch r.state {
	case On:
		err = r.openNext()
	case Waiting:
		r.incr = w.tempIncrName()
		r.next, err = w.openSegment(r.incr, vfs.Write|vfs.MakeNew|vfs.Trunc)
	}
	if err != nil {
		r.dropBase()
		return err
	}
	if r.next != nil {
		w.Logf(Notice, "Creating AOF incr file %s on background rewrite", r.incr)
	}
	return nil
}

// openNext creates the next increment and enters it in the manifest. Most of the
// present one is synced now, so that little is left for the switch.
func (r *Rewrite) openNext() error {
	w := r.w
	w.switchFiles() // what an earlier rewrite has left to do
	if w.split.Load() != noSplit {
		return fmt.Errorf("the last rewrite's increment cannot be written: %w", w.Err())
	}
	m := w.manifest.clone()
	r.incr = m.addIncr(w.Name)
	next, err := w.openSegment(r.incr, vfs.Write|vfs.MakeNew|vfs.Trunc)
	if err != nil {
		return err
	}
	placed, err := w.writeManifest(m)
	if placed {
		w.manifest = m // an empty last file does no harm, whatever comes
	}
	if err != nil {
		return errors.Join(err, next.file.Close())
	}
	w.syncRound()
	w.mu.Lock()
	if w.out.next != nil { // of a rewrite that was given up before its cut
		_ = w.out.next.file.Close()
	}
	w.out.next, r.next = next, next
	w.mu.Unlock()
	w.afterWrite()
	return nil
}

// Cut fixes the offset that the snapshot belongs to: the effects before it are
// in the base, those after it in the new increment. Call it once, inside the
// snapshot's cut of the keyspace, so that no command is half-way.
func (r *Rewrite) Cut() (offset uint64) {
	w := r.w
	w.admin.Lock()
	defer w.admin.Unlock()
	if r.cut || r.gone.Load() {
		return r.split
	}
	r.cut = true
	switch r.state {
	case On:
		r.split = w.Log.Cut(func(pos feed.Pos) {
			r.next.db = pos.DB
			w.split.Store(pos.Offset)
		}).Offset
		w.kick.commit()
	case Waiting:
		r.split = w.begin(r.next, Waiting).Offset
	default:
		r.split = w.Log.Cut(nil).Offset
	}
	return r.split
}

// RDB tells in which format the base is to be.
func (r *Rewrite) RDB() bool { return r.rdb }

// Write appends p to the new base. An error has been logged.
func (r *Rewrite) Write(p []byte) (int, error) {
	if r.gone.Load() {
		return 0, ErrAborted
	}
	n, err := r.base.Write(p)
	r.unsynced += int64(n)
	if err == nil && r.unsynced >= syncEvery && r.w.settings.Load().IncrementalSync {
		r.unsynced = 0
		err = r.base.Sync()
	}
	if err != nil {
		r.w.Logf(Warning, writeErrorText, vfs.Reason(err))
	}
	return n, err
}

const writeErrorText = "Write error writing append only file on disk: %s"

// Commit makes the new base the base. If it fails, the old files are all still
// valid, and the reason has been logged.
func (r *Rewrite) Commit() error {
	w := r.w
	w.admin.Lock()
	defer w.admin.Unlock()
	if r.gone.Load() {
		return ErrAborted
	}
	if !r.cut {
		panic("BUG: aof: a rewrite is committed that has no cut")
	}
	err := r.commit()
	if err != nil {
		r.abort(outcomeFailed)
		return fmt.Errorf("append-only file rewriting: %w", err)
	}
	w.rewrite = nil
	r.gone.Store(true)
	w.rewrites.end(w.Clock, outcomeDone)
	w.removeHistory()
	w.Logf(Notice, "Background AOF rewrite finished successfully")
	w.wake()
	return nil
}

// commit is Commit up to where there is no way back. REQUIRES: w.admin.
func (r *Rewrite) commit() error {
	w := r.w
	size, err := r.closeBase()
	if err != nil {
		w.Logf(Warning, writeErrorText, vfs.Reason(err))
		return err
	}
	w.Logf(Notice, "Successfully created the temporary AOF base file %s", tempBaseName)
	w.Logf(Notice, "Background AOF rewrite terminated with success")
	if err := r.settleIncr(); err != nil {
		return err
	}
	m := w.manifest.clone()
	name := m.addBase(w.Name, r.rdb)
	if err := w.FS.Rename(w.path(tempBaseName), w.path(name)); err != nil {
		w.Logf(Warning, "Error trying to rename the temporary AOF base file %s into %s: %s", tempBaseName, name, vfs.Reason(err))
		return err
	}
	w.Logf(Notice, "Successfully renamed the temporary AOF base file %s into %s", tempBaseName, name)
	keep := r.incr
	if r.state == Waiting {
		keep = m.addIncr(w.Name)
		if err := w.FS.Rename(w.path(r.incr), w.path(keep)); err != nil {
			w.Logf(Warning, "Error trying to rename the temporary AOF incr file %s into %s: %s", r.incr, keep, vfs.Reason(err))
			_ = w.FS.Remove(w.path(name))
			return err
		}
		w.Logf(Notice, "Successfully renamed the temporary AOF incr file %s into %s", r.incr, keep)
		r.incr = keep
	}
	m.retire(keep)
	placed, err := w.writeManifest(m)
	if !placed {
		_ = w.FS.Remove(w.path(name))
		return err
	}
	w.manifest = m
	r.adopted(size, err)
	return err
}

// settleIncr sees to it that the effects after the cut, and only those, are in
// the new increment.
func (r *Rewrite) settleIncr() error {
	w := r.w
	if r.next == nil {
		return nil
	}
	w.switchFiles()
	w.mu.Lock()
	current := w.out.cur == r.next
	w.mu.Unlock()
	if !current {
		if err := w.Err(); err != nil {
			return err
		}
		return ErrAborted
	}
	return nil
}

// adopted brings the writer in line with the manifest that names the new base of
// size bytes, and that is in place, but with an error maybe not for long.
// REQUIRES: w.admin.
func (r *Rewrite) adopted(size int64, err error) {
	w := r.w
	if r.next == nil {
		return
	}
	w.syncMu.Lock()
	switch {
	case err == nil:
		w.syncHealed(r.split)
	case r.state == Waiting:
		w.syncFailed(err) // the older manifest does not know the increment
	}
	w.syncMu.Unlock()
	w.mu.Lock()
	r.next.name = r.incr
	size += r.next.size
	w.out.total.Store(size)
	w.mu.Unlock()
	w.rewrites.baseSize.Store(size)
	w.state.CompareAndSwap(uint32(Waiting), uint32(On))
	w.afterWrite()
}

// Abort gives the rewrite up. failed tells whether it counts as a failure, or
// somebody just wanted it to stop. After Commit, or if the writer has given it up
// itself, it does nothing.
func (r *Rewrite) Abort(failed bool) {
	r.w.admin.Lock()
	defer r.w.admin.Unlock()
	if r.gone.Load() {
		return
	}
	if failed {
		r.w.Logf(Warning, "Background AOF rewrite terminated with error")
		r.abort(outcomeFailed)
	} else {
		r.abort(outcomeStopped)
	}
}

// abandon gives up the rewrite that is under way, if there is one.
// REQUIRES: w.admin.
func (w *Writer) abandon() {
	if w.rewrite != nil {
		w.rewrite.abort(outcomeStopped)
	}
}

// abort ends the rewrite. The writer keeps writing to the new increment, which
// the manifest already names, if the cut has been; if not, it is left empty.
// While Waiting nothing is written before the next rewrite. REQUIRES: w.admin.
func (r *Rewrite) abort(o outcome) {
	w := r.w
	r.gone.Store(true)
	w.rewrite = nil
	w.rewrites.end(w.Clock, o)
	r.dropBase()
	if r.state != Waiting || w.State() == On {
		return
	}
	if r.cut {
		_ = w.finish() // what was written counts for nothing
	} else {
		_ = r.next.file.Close()
	}
	w.Logf(Notice, "Removing the temp incr aof file %s in the background", r.incr)
	_ = w.FS.Remove(w.path(r.incr))
}

// closeBase makes the new base durable and returns its size in bytes.
func (r *Rewrite) closeBase() (int64, error) {
	size, err := r.base.Size()
	if err == nil {
		err = r.base.Sync()
	}
	err = errors.Join(err, r.base.Close())
	r.base = nil
	return size, err
}

// dropBase removes the unfinished base, if it is there.
func (r *Rewrite) dropBase() {
	if r.base != nil {
		_ = r.base.Close()
		r.base = nil
	}
	_ = r.w.FS.Remove(r.w.path(tempBaseName))
}

// RemoveHistory deletes the files that are no longer needed, as a server does
// after its start whether the writer is on or not.
func (w *Writer) RemoveHistory() {
	w.admin.Lock()
	defer w.admin.Unlock()
	w.removeHistory()
}

// removeHistory is RemoveHistory. A file that cannot be removed stays listed, for
// the next time. REQUIRES: w.admin.
func (w *Writer) removeHistory() {
	if len(w.manifest.History) == 0 || w.settings.Load().KeepHistory {
		return
	}
	m := w.manifest.clone()
	m.History = nil
	for _, f := range w.manifest.History {
		w.Logf(Notice, "Removing the history file %s in the background", f.Name)
		if err := w.FS.Remove(w.path(f.Name)); err != nil && !errors.Is(err, vfs.ErrNotExist) {
			w.Logf(Warning, "Error removing the history file %s: %s", f.Name, vfs.Reason(err))
			m.History = append(m.History, f)
		}
	}
	if placed, _ := w.writeManifest(m); placed {
		w.manifest = m
	}
}

// outcome is how a rewrite ended.
type outcome uint8

const (
	outcomeDone outcome = iota
	outcomeFailed
	outcomeStopped // by the user's wish; neither a success nor a failure
)

// rewriteStats are the figures about rewrites that INFO shows.
type rewriteStats struct {
	baseSize atomic.Int64 // bytes of all files after the last rewrite or, of the base, at the start

	mu        sync.Mutex
	count     int64
	failures  int64 // in a row
	failed    bool  // the last one
	seconds   int64 // the last one took; -1 if there was none
	startedAt int64 // the present one, in seconds of the wall clock; -1 if there is none
	limit     rewriteLimit
}

func (s *rewriteStats) init() { s.seconds, s.startedAt = -1, -1 }

func (s *rewriteStats) begin(c clock.Clock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	s.startedAt = clock.Millis(c) / 1000
}

func (s *rewriteStats) end(c clock.Clock, o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seconds = clock.Millis(c)/1000 - s.startedAt
	s.startedAt = -1
	switch o {
	case outcomeDone:
		s.failed, s.failures = false, 0
	case outcomeFailed:
		s.failed = true
		s.failures++
	}
}
