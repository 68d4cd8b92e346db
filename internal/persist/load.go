package persist

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"time"

	"sigrun/internal/aof"
	"sigrun/internal/config"
	"sigrun/internal/keyspace"
	"sigrun/internal/rdb"
	"sigrun/internal/snapshot"
	"sigrun/internal/vfs"
)

// Open loads the data and starts the append-only file, if it is on. Of an error
// everything has been logged: the server must exit.
func (m *Manager) Open() error {
	if err := m.claim(); err != nil { // clients are connected already
		return err
	}
	defer m.unclaim()
	m.sweepTemp()
	cfg := m.aofConfig()
	manifest, err := aof.ReadManifest(&cfg)
	if err != nil {
		return err
	}
	began := m.Clock.Mono()
	on := m.Config.Bool(config.AppendOnly)
	var loaded aof.LoadResult
	if on {
		loaded, err = m.loadAOF(manifest, cfg, m.Config.Bool(config.AOFLoadTruncated))
	} else {
		err = m.loadRDB(false)
	}
	if err != nil {
		var damage *rdb.Error
		if errors.As(err, &damage) && damage.Kind == rdb.Corrupt {
			m.Logf(aof.Warning, "Terminating server after rdb file reading failure.")
		}
		return err
	}
	took := time.Duration(m.Clock.Mono() - began).Seconds()
	if on && loaded.Found {
		m.Logf(aof.Notice, "DB loaded from append only file: %.3f seconds", took)
	}
	m.AOF = aof.NewWriter(aof.Options{
		Config: cfg, Settings: m.aofSettings(), Log: m.Log, Clock: m.Clock,
		OnSafe: m.onSafe, OnDurable: m.Durable, Fatal: m.Fatal, Trouble: m.Trouble,
	}, manifest)
	m.Dirty.Store(0)
	if on {
		if err := m.AOF.Start(loaded, m.Config.Bool(config.AOFUseRDBPreamble), m.emptyBase); err != nil {
			return err
		}
	}
	m.AOF.RemoveHistory()
	return nil
}

func (m *Manager) aofConfig() aof.Config {
	return aof.Config{
		FS:   m.FS,
		Dir:  filepath.Join(m.Config.String(config.Dir), m.Config.String(config.AppendDirName)),
		Name: m.Config.String(config.AppendFilename),
		Logf: m.Logf,
	}
}

// onSafe lets replies go. What is said to be safe must not lie beyond the end of
// the log, even while nothing is promised: later promises begin there.
func (m *Manager) onSafe() {
	end := m.Log.End()
	m.Safe(min(m.AOF.Safe(), end))
}

// loadAOF loads the append-only file; mend lets it cut off a command that is
// not complete at its end.
func (m *Manager) loadAOF(manifest *aof.Manifest, cfg aof.Config, mend bool) (aof.LoadResult, error) {
	m.progress.begin(m.Clock.Wall()/1e6, 0)
	return aof.Load(manifest, &aof.LoadOptions{
		Config:    cfg,
		Clock:     m.Clock,
		Truncated: mend,
		Apply:     m.replay,
		Ahead:     m.Ahead,
		NewFile: func(string) {
			m.progress.before.Store(m.progress.loaded.Load())
			m.Selected()
		},
		Progress: func(done, total int64) {
			m.progress.total.Store(total)
			m.progress.loaded.Store(done)
		},
		LoadRDB: func(f vfs.File, _ string) (int64, error) {
			stats, err := m.read(f, true, false)
			return stats.Bytes, err
		},
	})
}

// replay runs a command of the append-only file.
func (m *Manager) replay(args [][]byte) error {
	m.progress.waitABit(m.Config.Int(config.KeyLoadDelay))
	if m.libraries.replay(args) {
		return nil
	}
	return m.Apply(args)
}

// loadRDB loads the last snapshot, maybe to what is there; that there is none is
// fine.
func (m *Manager) loadRDB(merge bool) error {
	path := m.Path()
	f, err := vfs.Open(m.FS, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		m.Logf(aof.Warning, "Fatal error: can't open the RDB file %s for reading: %s", path, vfs.Reason(err))
		return err
	}
	defer f.Close()
	began := m.Clock.Mono()
	m.progress.begin(m.Clock.Wall()/1e6, fileSize(f))
	if _, err := m.read(f, false, merge); err != nil {
		m.Logf(aof.Warning, "Fatal error loading the DB, check server logs. Exiting. %s: %v", path, err)
		return &snapshot.LoadError{Path: path, Err: err}
	}
	m.Logf(aof.Notice, "DB loaded from disk: %.3f seconds", time.Duration(m.Clock.Mono()-began).Seconds())
	return nil
}

// fileSize is the size of f in bytes, 0 if that can't be told.
func fileSize(f vfs.File) int64 {
	size, err := f.Size()
	if err != nil {
		return 0
	}
	return size
}

// read loads an RDB file into the keyspace, on as many cores as there are.
func (m *Manager) read(f vfs.File, keepExpired, merge bool) (rdb.LoadStats, error) {
	newSink := func() sink {
		l := snapshot.NewLoader(m.Keyspace, m.Config.Limits(), keepExpired)
		if merge {
			l.Merge()
		}
		return sink{l, m}
	}
	first := newSink()
	defer first.Close()
	first.Expect(fileSize(f))
	var helpers []rdb.SharedSink
	if m.Config.Int(config.KeyLoadDelay) == 0 {
		for range runtime.GOMAXPROCS(0) - 1 {
			s := newSink()
			defer s.Close()
			helpers = append(helpers, s)
		}
	}
	stats, err := rdb.Load(f, rdb.LoadOptions{
		Helpers:      helpers,
		Databases:    m.Keyspace.Databases(),
		SkipModules:  m.Config.Bool(config.RDBSkipModules),
		Relaxed:      m.Config.Int(config.RDBVersionCheck) == config.RDBVersionRelaxed,
		SkipChecksum: !m.Config.Bool(config.RDBChecksum),
		ShowUserData: !m.Config.Bool(config.HideUserDataFromLog),
		Clock:        m.Clock,
		Log:          m.logRDB,

		Progress:      m.progress.at,
		ProgressEvery: m.Config.Int(config.LoadingProcessEventsIntervalBytes),
	}, first)
	m.mu.Lock()
	m.loadedKeys, m.expiredKeys = stats.Loaded, stats.Expired
	m.mu.Unlock()
	return stats, err
}

func (m *Manager) logRDB(level rdb.Level, format string, args ...any) {
	m.Logf([]Level{rdb.Debug: aof.Debug, rdb.Notice: aof.Notice, rdb.Warning: aof.Warning}[level], format, args...)
}

// emptyBase writes the base of a new append-only file: what there is now.
func (m *Manager) emptyBase(w io.Writer) error {
	gate := m.Keyspace.NewGate()
	defer m.Keyspace.DropGate(gate)
	gate.Enter()
	t := m.Keyspace.NewTxn(gate, nil)
	t.EnterAll()
	asRDB := m.Config.Bool(config.AOFUseRDBPreamble)
	c, o := m.startBase(t, asRDB)
	t.Leave()
	gate.Leave()
	return m.writeBase(c, w, o, asRDB)
}

// Reload saves a snapshot, empties the keyspace and loads the snapshot again
// (DEBUG RELOAD). noSave loads what is on disk; noFlush keeps what is there. t
// has its gate held and no shard entered.
func (m *Manager) Reload(t *keyspace.Txn, noSave, noFlush bool) error {
	if !noSave {
		if err := m.Save(t); err != nil {
			return err
		}
	}
	if err := m.claim(); err != nil {
		return err
	}
	defer m.unclaim()
	if _, err := m.FS.Stat(m.Path()); err != nil {
		return fmt.Errorf("%s: %w", m.Path(), err)
	}
	if !noFlush {
		t.EnterAll()
		t.Flush(-1, false)
		t.Leave()
		m.libraries.flush()
	}
	var err error
	t.Outside(func() { err = m.loadRDB(noFlush) })
	return err
}

// claim keeps saves and rewrites from starting while data are being loaded, which
// would save half of them.
func (m *Manager) claim() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.job {
	case saving:
		return ErrSaving
	case rewriting:
		return ErrBusy
	case loading:
		return ErrLoading
	}
	m.job = loading
	return nil
}

func (m *Manager) unclaim() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.job = idle
}

// ReloadLog empties the keyspace and loads the append-only file again (DEBUG
// LOADAOF). t has its gate held and no shard entered.
func (m *Manager) ReloadLog(t *keyspace.Txn) error {
	if err := m.claim(); err != nil {
		return err
	}
	defer m.unclaim()
	if m.AOF.State() == aof.On {
		if err := m.AOF.WriteAll(); err != nil {
			return err
		}
	}
	t.EnterAll()
	t.Flush(-1, false)
	t.Leave()
	m.libraries.flush()
	cfg := m.aofConfig()
	manifest, err := aof.ReadManifest(&cfg)
	if err != nil {
		return err
	}
	// The writer knows how long the file is: nothing may be cut off.
	t.Outside(func() { _, err = m.loadAOF(manifest, cfg, false) })
	if err == nil {
		m.AOF.Reread(manifest)
	}
	return err
}
