// Package persist keeps the data on disk: it loads it when the server starts,
// saves snapshots on demand, at save points and at the end, and rewrites the
// append-only file.
//
// One background job runs at a time, for there is one cut of the keyspace at a
// time. What is asked for meanwhile is refused or scheduled, as Valkey does.
package persist

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"

	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/feed"
	"sigrun/internal/keyspace"
	"sigrun/internal/rdb"
	"sigrun/internal/snapshot"
	"sigrun/internal/vfs"
)

// Level is the weight of a log line.
type Level = aof.Level

// Options are what a Manager needs.
type Options struct {
	Keyspace *keyspace.Keyspace
	Config   *config.Store
	FS       vfs.FS
	Log      *feed.Log
	Clock    clock.Clock
	Version  string        // of the server that files name
	PID      int           // for the names of temporary files
	Dirty    *atomic.Int64 // changes since the last save
	Settle   func()        // brings Dirty up to date, with all shards entered
	Logf     func(level Level, format string, args ...any)
	// Apply runs a command of the append-only file being loaded, of which Ahead was
	// told some time before; Selected tells that database 0 is selected again.
	Apply    func(args [][]byte) error
	Ahead    func(args [][]byte)
	Selected func()
	// Safe is called, on any goroutine, when more of the log has become safe.
	Safe func(upTo uint64)
	// Durable is called, on any goroutine, when more of the log is on disk.
	Durable func()
	// Fatal ends the server: what was promised can't be kept.
	Fatal func()
	// Trouble is called, on any goroutine, when the append-only file can't be written.
	// Replies to mere reads, held up to upTo, need not wait for it.
	Trouble func(upTo uint64)
	// Alive reports whether a process runs; nil: nobody knows.
	Alive func(pid int) bool
}

// job is what runs in the background.
type job uint8

const (
	idle job = iota
	saving
	rewriting
	loading // again, at run time
)

// Manager does all this. It is safe for concurrent use.
type Manager struct {
	Options
	AOF *aof.Writer // set by Open

	libraries libraries
	progress  progress

	mu          sync.Mutex
	job         job
	cut         *keyspace.Cut
	cancelled   bool
	stopped     bool // no background job begins
	background  bool // the save that runs may be cancelled
	wantSave    bool // BGSAVE SCHEDULE
	wantRewrite bool
	lastSave    int64 // Unix seconds
	lastTry     int64
	lastOK      bool
	began       int64 // Unix seconds, of the running save
	lastSeconds int64
	saves       int64
	dirtyAtSave int64
	loadedKeys  int64
	expiredKeys int64
	done        sync.WaitGroup
}

// Errors that the commands answer with.
var (
	ErrSaving    = errors.New("ERR Background save already in progress")
	ErrBusy      = errors.New("ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.")
	ErrRewriting = errors.New("ERR Background append only file rewriting already in progress")
	ErrNoRewrite = errors.New("ERR Can't execute an AOF background rewriting. Please check the server logs for more information.")
	ErrLoading   = errors.New("LOADING Valkey is loading the dataset in memory")
	ErrNoSave    = errors.New("ERR Background saving is currently not in progress or scheduled")
)

// errNotOn is why CONFIG SET cannot switch the append-only file on.
var errNotOn = errors.New("Unable to turn on AOF. Check server logs.")

// errCancelled ends a save that was cancelled.
var errCancelled = errors.New("cancelled")

// New returns a Manager that has loaded nothing.
func New(o Options) *Manager {
	m := &Manager{Options: o, lastOK: true, lastSeconds: -1}
	m.lastSave = o.Clock.Wall() / 1e6
	return m
}

// Path is the file that snapshots are saved to.
func (m *Manager) Path() string {
	return filepath.Join(m.Config.String(config.Dir), m.Config.String(config.DBFilename))
}

func (m *Manager) tempPath() string {
	return filepath.Join(m.Config.String(config.Dir), fmt.Sprintf(tempForm, m.PID))
}

// tempForm is the name of the file that a process saves to.
const tempForm = "temp-%d.rdb"

// sweepTemp removes what processes that have been killed left of their saves. One
// that runs may be saving.
func (m *Manager) sweepTemp() {
	dir := m.Config.String(config.Dir)
	files, err := m.FS.List(dir)
	if err != nil {
		return // who loads from there will tell
	}
	for _, f := range files {
		pid := 0
		if n, _ := fmt.Sscanf(f.Name(), tempForm, &pid); n == 0 || pid <= 0 || fmt.Sprintf(tempForm, pid) != f.Name() {
			continue
		}
		if pid != m.PID && (m.Alive == nil || m.Alive(pid)) {
			continue
		}
		m.Logf(aof.Notice, "Removing %s, which a save of an earlier process left", f.Name())
		if err := m.FS.Remove(filepath.Join(dir, f.Name())); err != nil {
			m.Logf(aof.Warning, "Can't remove %s: %s", f.Name(), vfs.Reason(err))
		}
	}
}

// snapshotOptions are those of a file made now.
func (m *Manager) snapshotOptions(t *keyspace.Txn, base bool) snapshot.Options {
	return snapshot.Options{
		Keyspace: m.Keyspace,
		Header: rdb.Header{
			Version:   rdb.Version,
			ValkeyVer: m.Version,
			CTime:     m.Clock.Wall() / 1e6,
			UsedMem:   m.Keyspace.Used(),
			AOFBase:   base,
		},
		Compress: m.Config.Bool(config.RDBCompression),
		Checksum: m.Config.Bool(config.RDBChecksum),
		Access:   t.AccessReader(),

		Functions: m.libraries.all(),
	}
}

// StartSave starts saving in the background. t has entered all shards: what it
// sees is what will be saved.
func (m *Manager) StartSave(t *keyspace.Txn) error {
	c, o, err := m.beginSave(t, true)
	if err != nil {
		return err
	}
	m.Logf(aof.Notice, "Background saving started by pid %d", m.PID)
	m.done.Go(func() {
		m.AOF.SetSaving(true)
		err := m.write(c, o)
		m.AOF.SetSaving(false)
		m.endSave(err, true)
	})
	return nil
}

// Emptying precedes FLUSHALL, with all shards entered: a background save of the
// data is given up, and if there are save points the snapshot on disk is replaced
// soon, lest a restart brings the data back.
func (m *Manager) Emptying() {
	if _, err := m.Cancel(); err == nil {
		m.Logf(aof.Notice, "The background save was given up, for all data are being deleted")
	}
	if len(m.Config.SavePoints()) > 0 {
		m.Schedule()
	}
}

// Schedule makes the next possible moment start a save.
func (m *Manager) Schedule() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wantSave = true
}

// Saving reports whether a save runs.
func (m *Manager) Saving() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.job == saving
}

// Save saves in the foreground: the caller waits, and so does whoever waits for
// the caller, but nobody else. t has its gate held and no shard entered.
func (m *Manager) Save(t *keyspace.Txn) error {
	t.EnterAll()
	c, o, err := m.beginSave(t, false)
	t.Leave()
	if err != nil {
		return err
	}
	defer m.done.Done()
	t.Outside(func() { err = m.write(c, o) })
	m.endSave(err, false)
	return err
}

// beginSave makes the cut. A save in the foreground is one of m.done's when it
// returns.
func (m *Manager) beginSave(t *keyspace.Txn, background bool) (*keyspace.Cut, snapshot.Options, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.job {
	case saving:
		return nil, snapshot.Options{}, ErrSaving
	case rewriting:
		return nil, snapshot.Options{}, ErrBusy
	case loading:
		return nil, snapshot.Options{}, ErrLoading
	}
	if background && m.stopped {
		return nil, snapshot.Options{}, ErrBusy
	}
	if m.background = background; !background {
		m.done.Add(1)
	}
	now := m.Clock.Wall() / 1e6
	m.job, m.wantSave, m.cancelled = saving, false, false
	m.began, m.lastTry = now, now
	m.Settle()
	m.dirtyAtSave = m.Dirty.Load()
	o := m.snapshotOptions(t, false)
	m.cut = t.StartCut(snapshot.NewEncoders(o))
	m.saves++
	return m.cut, o, nil
}

// write writes the file of a cut and ends the cut.
func (m *Manager) write(c *keyspace.Cut, o snapshot.Options) error {
	walked := false
	err := vfs.ReplaceFile(m.FS, m.Path(), m.tempPath(), 0o600, func(w io.Writer) error {
		walked = true
		if f, ok := w.(vfs.File); ok && m.Config.Bool(config.RDBSaveIncrementalFsync) {
			w = &steadyFile{File: f}
		}
		_, err := snapshot.Write(c, w, o, m.delay)
		if err == nil && m.isCancelled() {
			return errCancelled
		}
		return err
	})
	if !walked {
		c.Abort()
		_ = c.Walk(func([]byte) error { return nil })
	}
	return err
}

// syncEvery is after how many bytes a file is synced with rdb-save-incremental-fsync,
// so that the disk is kept busy steadily and no sync takes long at the end.
const syncEvery = 4 << 20

// steadyFile is a file that is synced while it is written.
type steadyFile struct {
	vfs.File
	unsynced int // bytes
}

// Write implements io.Writer.
func (f *steadyFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	if f.unsynced += n; err == nil && f.unsynced >= syncEvery {
		f.unsynced = 0
		err = f.Sync()
	}
	return n, err
}

func (m *Manager) isCancelled() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cancelled
}

// endSave notes how a save ended.
func (m *Manager) endSave(err error, background bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.Clock.Wall() / 1e6
	m.job, m.cut = idle, nil
	if background {
		m.lastSeconds = now - m.began
	}
	switch {
	case errors.Is(err, errCancelled):
		m.Logf(aof.Warning, "Background saving terminated by signal %d", 10)
	case err != nil:
		m.logFailure(err)
		if background { // who saves in the foreground is told
			m.lastOK = false
			m.Logf(aof.Warning, "Background saving error")
		}
	default:
		m.lastOK = true
		m.lastSave = now
		m.Dirty.Add(-m.dirtyAtSave)
		m.Logf(aof.Notice, "DB saved on disk")
		if background {
			m.Logf(aof.Notice, "Background saving terminated with success")
		}
	}
}

// logFailure tells why a save failed.
func (m *Manager) logFailure(err error) {
	dir, temp := m.Config.String(config.Dir), filepath.Base(m.tempPath())
	switch step, reason := vfs.Step(err), vfs.Reason(err); step {
	case "open":
		m.Logf(aof.Warning, "Failed opening the temp RDB file %s (in server root dir %s) for saving: %s", temp, dir, reason)
	case "rename":
		m.Logf(aof.Warning, "Error moving temp DB file %s on the final destination %s (in server root dir %s): %s",
			temp, m.Config.String(config.DBFilename), dir, reason)
	default:
		m.Logf(aof.Warning, "Write error while saving DB to the disk(%s): %s", step, reason)
	}
}

// RemoveTemp removes what a save has written so far, for a process that ends at
// once.
func (m *Manager) RemoveTemp() { _ = m.FS.Remove(m.tempPath()) }

// FirstRewrite reports whether the rewrite runs that makes the append-only file
// complete: without it, nothing on disk holds the data.
func (m *Manager) FirstRewrite() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.job == rewriting && m.AOF.State() == aof.Waiting
}

// Cancel stops the save that runs, or forgets the one that is scheduled, and tells
// which.
func (m *Manager) Cancel() (scheduled bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.job == saving && m.background:
		m.cancelJob()
	case m.wantSave:
		m.wantSave, scheduled = false, true
	default:
		return false, ErrNoSave
	}
	return scheduled, nil
}

// LastSave is when the last snapshot was saved, in Unix seconds.
func (m *Manager) LastSave() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lastSave
}

// SaveBroken reports whether the last save failed though there are save points,
// and writes are to be refused for that.
func (m *Manager) SaveBroken() bool {
	if !m.Config.Bool(config.StopWritesOnBGSaveError) || len(m.Config.SavePoints()) == 0 {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.lastOK
}

// Info is what INFO tells about snapshots.
type Info struct {
	Saving          bool
	Dirty           int64
	LastSave        int64 // Unix seconds
	LastOK          bool
	LastSeconds     int64 // of the last save in the background; -1 if there was none
	CurrentSeconds  int64 // -1 if none runs
	Saves           int64
	KeysSaved       int64 // by the running save
	KeysTotal       int64
	LoadedKeys      int64
	ExpiredAtLoad   int64
	RewriteWaits    bool
	RewriteRunning  bool
	SnapshotRunning bool
}

// Info returns the present figures.
func (m *Manager) Info() Info {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := Info{
		Saving: m.job == saving, Dirty: m.Dirty.Load(), LastSave: m.lastSave, LastOK: m.lastOK,
		LastSeconds: m.lastSeconds, CurrentSeconds: -1, Saves: m.saves,
		LoadedKeys: m.loadedKeys, ExpiredAtLoad: m.expiredKeys,
		RewriteWaits: m.wantRewrite, RewriteRunning: m.job == rewriting, SnapshotRunning: m.cut != nil,
	}
	if m.job == saving && m.background {
		i.CurrentSeconds = m.Clock.Wall()/1e6 - m.began
	}
	if m.cut != nil {
		i.KeysSaved, i.KeysTotal = m.cut.Saved(), m.cut.Total()
	}
	return i
}
