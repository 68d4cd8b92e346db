package aof

import (
	"sigrun/internal/clock"
)

// Info is what INFO tells about the append-only file.
type Info struct {
	Enabled        bool
	RewriteRunning bool
	LastRewrite    int64 // seconds that the last rewrite took; -1 if there was none
	CurrentRewrite int64 // seconds that the present rewrite has been running; -1 if there is none
	LastRewriteOK  bool
	Rewrites       int64
	RewriteFails   int64 // in a row
	LastWriteOK    bool
	CurrentSize    int64  // bytes of all files
	BaseSize       int64  // bytes of all files after the last rewrite or, of the base, at the start
	BufferLength   uint64 // bytes of the log that are not written yet
	PendingSyncs   int    // syncs under way
	DelayedSyncs   uint64 // syncs that were due while another was still under way
}

// Info returns the present figures. It never waits for a disk.
func (w *Writer) Info() Info {
	info := Info{
		Enabled:      w.State() != Off,
		LastWriteOK:  w.Err() == nil,
		CurrentSize:  w.out.total.Load(),
		BaseSize:     w.rewrites.baseSize.Load(),
		DelayedSyncs: w.synced.delayed.Load(),
	}
	if w.active.Load() {
		end, written := w.Log.End(), w.written.Load()
		info.BufferLength = max(end, written) - written
	}
	if w.synced.started.Load() != 0 {
		info.PendingSyncs = 1
	}
	s := &w.rewrites
	s.mu.Lock()
	defer s.mu.Unlock()
	info.RewriteRunning = s.startedAt >= 0
	info.LastRewrite, info.CurrentRewrite = s.seconds, -1
	if s.startedAt >= 0 {
		info.CurrentRewrite = clock.Millis(w.Clock)/1000 - s.startedAt
	}
	info.LastRewriteOK, info.Rewrites, info.RewriteFails = !s.failed, s.count, s.failures
	return info
}

// The bounds of the pause between rewrites that fail.
const (
	limitAfter      = 3  // failures in a row
	limitMaxMinutes = 60 // the longest pause
)

// rewriteLimit is the pause after rewrites that failed. Times are in seconds of
// the wall clock.
type rewriteLimit struct {
	minutes int64 // the last pause; 0 if there was none
	until   int64 // the end of the present pause; 0 if there is none
}

// RewriteLimited tells whether automatic rewrites are to pause because several
// have failed in a row: for a minute, then for two, for four and so on up to an
// hour. Ask it only when a rewrite is otherwise due.
func (w *Writer) RewriteLimited() bool {
	s := &w.rewrites
	s.mu.Lock()
	defer s.mu.Unlock()
	now := clock.Millis(w.Clock) / 1000
	switch {
	case s.failures < limitAfter:
		s.limit = rewriteLimit{}
		return false
	case s.limit.until != 0 && now < s.limit.until:
		return true
	case s.limit.until != 0:
		s.limit.until = 0
		return false
	}
	s.limit.minutes = min(max(2*s.limit.minutes, 1), limitMaxMinutes)
	s.limit.until = now + s.limit.minutes*60
	w.Logf(Warning, "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in %d minutes", s.limit.minutes)
	return true
}

// ForgetFailures lets the next automatic rewrite run at once, as when a user has
// asked for one.
func (w *Writer) ForgetFailures() {
	s := &w.rewrites
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = 0
}
