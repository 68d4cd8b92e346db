package persist

import (
	"errors"

	"sigrun/internal/aof"
	"sigrun/internal/config"
	"sigrun/internal/keyspace"
	"sigrun/internal/snapshot"
	"sigrun/internal/vfs"
)

// StartRewrite starts rewriting the append-only file in the background. If
// another job runs, the rewrite is scheduled, which is what scheduled tells.
func (m *Manager) StartRewrite() (scheduled bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.job {
	case rewriting:
		return false, ErrRewriting
	case saving, loading:
		m.wantRewrite = true
		return true, nil
	}
	m.startRewrite()
	return false, nil
}

// ScheduleRewrite makes the next possible moment start a rewrite.
func (m *Manager) ScheduleRewrite() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wantRewrite = true
}

// startRewrite starts a rewrite. REQUIRES: m.mu, idle.
func (m *Manager) startRewrite() {
	m.job, m.wantRewrite, m.cancelled = rewriting, false, false
	m.Logf(aof.Notice, "Background append only file rewriting started by pid %d", m.PID)
	m.done.Go(func() {
		err := m.rewrite()
		m.mu.Lock()
		m.job, m.cut = idle, nil
		m.mu.Unlock()
		switch {
		case err == nil:
			m.Logf(aof.Notice, "Background AOF rewrite terminated with success")
		case errors.Is(err, aof.ErrAborted):
			m.Logf(aof.Notice, "Background AOF rewrite was given up")
		default:
			m.Logf(aof.Warning, "Background AOF rewrite terminated with error: %v", err)
		}
	})
}

// rewrite writes a new base from a cut and makes it the base.
func (m *Manager) rewrite() error {
	r, err := m.AOF.BeginRewrite(m.Config.Bool(config.AOFUseRDBPreamble))
	if err != nil {
		return err
	}
	gate := m.Keyspace.NewGate()
	defer m.Keyspace.DropGate(gate)
	gate.Enter()
	t := m.Keyspace.NewTxn(gate, nil)
	t.EnterAll()
	o := m.snapshotOptions(t, true)
	var c *keyspace.Cut
	if r.RDB() {
		c = t.StartCut(snapshot.NewEncoders(o))
	} else {
		commands := snapshot.Commands{Keyspace: m.Keyspace}
		c = t.StartCut(commands, commands)
	}
	r.Cut()
	t.Leave()
	gate.Leave()
	m.mu.Lock()
	m.cut = c
	m.mu.Unlock()
	m.AOF.SetSaving(true)
	if r.RDB() {
		_, err = snapshot.Write(c, r, o, m.delay())
	} else {
		err = snapshot.WriteCommands(c, r, o.Functions)
	}
	m.AOF.SetSaving(false)
	if err == nil && m.isCancelled() {
		r.Abort(false) // half of the data must not become the base
		return aof.ErrAborted
	}
	if err != nil {
		m.Logf(aof.Warning, "Write error writing append only file on disk: %s", vfs.Reason(err))
		r.Abort(true)
		return err
	}
	return r.Commit()
}

// SetAppendOnly switches the append-only file on or off while the server runs.
func (m *Manager) SetAppendOnly(on bool) error {
	if !on {
		return m.AOF.Disable()
	}
	if m.AOF.State() != aof.Off {
		return nil
	}
	m.AOF.Enable()
	m.ScheduleRewrite()
	return nil
}

// aofSettings are the writer's settings as configured.
func (m *Manager) aofSettings() aof.Settings {
	policy := map[int64]aof.Policy{
		config.FsyncEverySec: aof.EverySecond, config.FsyncAlways: aof.Always, config.FsyncNo: aof.Never,
	}[m.Config.Int(config.AppendFsync)]
	return aof.Settings{
		Policy:          policy,
		Timestamps:      m.Config.Bool(config.AOFTimestampEnabled),
		NoSyncOnRewrite: m.Config.Bool(config.NoAppendFsyncOnRewrite),
		KeepHistory:     m.Config.Bool(config.AOFDisableAutoGC),
		IncrementalSync: m.Config.Bool(config.AOFRewriteIncrementalFsync),
	}
}

// Configure takes over changed settings.
func (m *Manager) Configure() error {
	m.AOF.Configure(m.aofSettings())
	if on := m.Config.Bool(config.AppendOnly); on != (m.AOF.State() != aof.Off) {
		return m.SetAppendOnly(on)
	}
	return nil
}
