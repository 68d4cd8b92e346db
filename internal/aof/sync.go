package aof

import (
	"sync"
	"sync/atomic"

	"sigrun/internal/clock"
	"sigrun/internal/vfs"
)

const (
	syncPeriod = 1e9  // between two syncs of EverySecond, in ns
	syncSlow   = 50e6 // a sync that takes longer makes writes go to the committer, in ns
	syncStuck  = 2e9  // a sync that takes longer is reported, in ns
)

// syncState is the syncing half of a Writer. Writer.syncMu guards what is not
// atomic.
type syncState struct {
	upTo         uint64 // offset up to which the current file is durable
	curBroken    bool   // a sync of the current file has failed
	brokenBefore uint64 // a sync of an earlier file has failed: bytes before here may be lost; 0 if none

	started  atomic.Int64  // when the sync under way began, monotonic; 0 if there is none
	asked    atomic.Int64  // when EverySecond last asked for a sync, monotonic
	delayed  atomic.Uint64 // syncs that were due while another was still under way
	reported atomic.Bool   // the sync under way has been logged as too slow
}

func (s *syncState) reset(upTo uint64, now int64) {
	s.upTo, s.curBroken, s.brokenBefore = upTo, false, 0
	s.asked.Store(now)
}

// broken tells whether bytes that are in no base may have been lost.
func (s *syncState) broken() bool { return s.curBroken || s.brokenBefore > 0 }

// slow tells whether a sync is under way that takes long.
func (s *syncState) slow(clk clock.Clock) bool {
	started := s.started.Load()
	return started != 0 && clk.Mono()-started > syncSlow
}

// syncCurrent syncs the current file, which holds the log's bytes before offset
// upTo and is f. REQUIRES: w.syncMu.
func (w *Writer) syncCurrent(f vfs.File, upTo uint64) error {
	s := &w.synced
	if s.upTo >= upTo || s.curBroken {
		return nil // of a broken file a later success would say nothing
	}
	s.started.Store(max(w.Clock.Mono(), 1))
	err := f.Sync()
	s.started.Store(0)
	s.reported.Store(false)
	if err != nil {
		w.syncFailed(err)
		return err
	}
	s.upTo = upTo
	if !s.broken() && !w.dead.Load() {
		w.setDurable(upTo)
	}
	return nil
}

// syncFailed enters the state in which only a rewrite helps. REQUIRES: w.syncMu.
func (w *Writer) syncFailed(err error) {
	w.synced.curBroken = true
	if w.settings.Load().Policy == Always && w.State() == On {
		w.Logf(Warning, "Can't persist AOF for fsync error when the AOF fsync policy is 'always': %s. Exiting...", vfs.Reason(err))
		w.die() // before syncErr is seen, see Safe
	} else {
		w.Logf(Warning, "Fail to fsync the AOF file: %s.", vfs.Reason(err))
	}
	w.syncErr.Store(&err)
}

// syncHealed is called when a base holds all bytes before offset split.
// REQUIRES: w.syncMu.
func (w *Writer) syncHealed(split uint64) {
	s := &w.synced
	if s.brokenBefore > 0 && s.brokenBefore <= split {
		s.brokenBefore = 0
	}
	if s.broken() || w.syncErr.Load() == nil {
		return
	}
	w.syncErr.Store(nil)
	w.setDurable(max(s.upTo, split))
	w.Logf(Notice, "AOF write error looks solved. The server can write again.")
}

// NeedsRewrite tells whether only a rewrite can end the error state.
func (w *Writer) NeedsRewrite() bool { return w.syncErr.Load() != nil }

// syncRound writes what there is to the current file and syncs it.
func (w *Writer) syncRound() {
	w.syncMu.Lock()
	w.mu.Lock()
	end := w.Log.End() // before split, see push
	err := w.writeOut(min(end, w.split.Load()))
	cur, upTo := w.out.cur, w.written.Load()
	w.mu.Unlock()
	if err == nil && cur != nil {
		_ = w.syncCurrent(cur.file, upTo) // has been dealt with
	}
	w.syncMu.Unlock()
	w.afterWrite()
}

// switchFiles goes on with the next file if a rewrite's cut asks for it. The
// present one is complete and durable before the next one gets its first byte:
// otherwise a power cut could leave a hole in the middle of the log. Loops park
// their replies meanwhile.
func (w *Writer) switchFiles() {
	if w.split.Load() == noSplit {
		return
	}
	w.syncMu.Lock()
	w.mu.Lock()
	w.switchLocked()
	w.mu.Unlock()
	w.syncMu.Unlock()
	w.afterWrite()
}

// switchLocked is switchFiles. REQUIRES: w.syncMu and w.mu.
func (w *Writer) switchLocked() {
	o, s, split := &w.out, &w.synced, w.split.Load()
	if split == noSplit || w.writeOut(split) != nil {
		return
	}
	if w.syncCurrent(o.cur.file, split) != nil && w.dead.Load() {
		return
	}
	if err := o.cur.file.Close(); err != nil {
		w.Logf(Warning, "Error closing the AOF file %s: %s", o.cur.name, vfs.Reason(err)) // its bytes are durable
	}
	if s.curBroken {
		s.curBroken, s.brokenBefore = false, split
	}
	s.upTo = split
	o.enter(o.next, o.next.db)
	o.next = nil
	w.split.Store(noSplit)
}

// commitRound does what loops leave to the committer.
func (w *Writer) commitRound() {
	w.switchFiles()
	s := w.settings.Load()
	if s.Policy == Always && !w.syncless(s) {
		w.syncRound()
	} else {
		w.push()
	}
}

// Cron is to be called some ten times a second. It repeats failed writes and
// asks for the syncs of EverySecond. It never blocks.
func (w *Writer) Cron() {
	if !w.active.Load() {
		return
	}
	s := w.settings.Load()
	behind := w.written.Load()
	if s.Policy == Always {
		behind = w.durable.Load()
	}
	if behind < w.Log.End() && !w.dead.Load() {
		w.kick.commit()
	}
	if s.Policy == EverySecond && !w.syncless(s) {
		w.syncEverySecond()
	}
}

// syncEverySecond asks for a sync if one is due.
func (w *Writer) syncEverySecond() {
	s, now := &w.synced, w.Clock.Mono()
	started := s.started.Load()
	if started != 0 && now-started > syncStuck && s.reported.CompareAndSwap(false, true) {
		w.Logf(Notice, "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer "+
			"without waiting for fsync to complete, this may slow down the server.")
	}
	asked := s.asked.Load()
	if now-asked < syncPeriod || !s.asked.CompareAndSwap(asked, now) {
		return
	}
	if started != 0 {
		s.delayed.Add(1)
		return
	}
	w.kick.sync()
}

// workers are the writer's goroutines.
type workers struct {
	toCommit, toSync chan struct{} // hold one request each
	quit             chan struct{}
	started, stopped sync.Once
	wait             sync.WaitGroup
}

func (k *workers) init() {
	k.toCommit = make(chan struct{}, 1)
	k.toSync = make(chan struct{}, 1)
	k.quit = make(chan struct{})
}

// start starts the goroutines, the first time that it is called.
func (k *workers) start(w *Writer) {
	k.started.Do(func() {
		k.wait.Go(func() { k.run(k.toCommit, w.commitRound) })
		k.wait.Go(func() { k.run(k.toSync, w.syncRound) })
	})
}

func (k *workers) run(requests chan struct{}, work func()) {
	for {
		select {
		case <-requests:
			work()
		case <-k.quit:
			return
		}
	}
}

// stop ends the goroutines and waits for them. They cannot be started again.
func (k *workers) stop() {
	k.started.Do(func() {})
	k.stopped.Do(func() { close(k.quit) })
	k.wait.Wait()
}

func (k *workers) commit() { request(k.toCommit) }
func (k *workers) sync()   { request(k.toSync) }

func request(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is already waiting
	}
}
