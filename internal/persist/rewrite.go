package persist

import (
	"errors"
	"io"

	"sigrun/internal/aof"
	"sigrun/internal/config"
	"sigrun/internal/keyspace"
	"sigrun/internal/snapshot"
)

// StartRewrite starts rewriting the append-only file because somebody has asked for
// it: failures before do not delay it. If another job runs, the rewrite is
// scheduled, which is what scheduled tells. The new files have been opened when it
// returns, which may take long: no loop may wait for it.
func (m *Manager) StartRewrite() (scheduled bool, err error) {
	m.mu.Lock()
	if m.job == rewriting && !m.cancelled {
		m.mu.Unlock()
		return false, ErrRewriting
	}
	claimed := m.claimRewrite()
	m.mu.Unlock()
	if !claimed {
		m.ScheduleRewrite()
		return true, nil
	}
	return false, m.startRewrite()
}

// ScheduleRewrite makes the next possible moment start a rewrite.
func (m *Manager) ScheduleRewrite() {
	m.AOF.ForgetFailures() // asked for by hand, it need not wait
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wantRewrite = true
	m.Logf(aof.Notice, "Background append only file rewriting scheduled.")
}

// claimRewrite makes a rewrite the job that runs, unless another one does. It is
// one of m.done's. REQUIRES: m.mu.
func (m *Manager) claimRewrite() bool {
	if m.job != idle || m.stopped {
		return false
	}
	m.job, m.wantRewrite, m.cancelled = rewriting, false, false
	m.done.Add(1)
	return true
}

// endRewrite lets other jobs run.
func (m *Manager) endRewrite() {
	m.mu.Lock()
	m.job, m.cut = idle, nil
	m.mu.Unlock()
	m.done.Done()
}

// startRewrite opens the files of a rewrite and goes on in the background.
// REQUIRES: claimRewrite. Of an error the reason has been logged.
func (m *Manager) startRewrite() error {
	r, err := m.AOF.BeginRewrite(m.Config.Bool(config.AOFUseRDBPreamble))
	if err != nil {
		m.endRewrite()
		return ErrNoRewrite
	}
	m.Logf(aof.Notice, "Background append only file rewriting started by pid %d", m.PID)
	go func() {
		defer m.endRewrite()
		if err := m.rewrite(r); errors.Is(err, aof.ErrAborted) {
			m.Logf(aof.Notice, "Background AOF rewrite was given up")
		}
	}()
	return nil
}

// rewrite writes a new base from a cut and makes it the base. Of an error the
// reason has been logged.
func (m *Manager) rewrite(r *aof.Rewrite) error {
	c, o := m.cutForRewrite(r)
	m.mu.Lock()
	m.cut = c
	if m.cancelled {
		c.Abort()
	}
	m.mu.Unlock()
	m.AOF.SetSaving(true)
	err := m.writeBase(c, r, o, r.RDB())
	m.AOF.SetSaving(false)
	switch {
	case m.isCancelled():
		r.Abort(false) // half of the data must not become the base
		return aof.ErrAborted
	case err != nil:
		r.Abort(true)
		return err
	}
	return r.Commit()
}

// cutForRewrite makes the cut of keyspace and log that belongs to r.
func (m *Manager) cutForRewrite(r *aof.Rewrite) (*keyspace.Cut, snapshot.Options) {
	gate := m.Keyspace.NewGate()
	defer m.Keyspace.DropGate(gate)
	gate.Enter()
	defer gate.Leave()
	t := m.Keyspace.NewTxn(gate, nil)
	t.EnterAll()
	defer t.Leave()
	c, o := m.startBase(t, r.RDB())
	r.Cut()
	return c, o
}

// startBase makes the cut for a base, whose form is RDB or commands. t has entered
// all shards.
func (m *Manager) startBase(t *keyspace.Txn, asRDB bool) (*keyspace.Cut, snapshot.Options) {
	o := m.snapshotOptions(t, true)
	if asRDB {
		return t.StartCut(snapshot.NewEncoders(o)), o
	}
	commands := snapshot.Commands{Keyspace: m.Keyspace}
	return t.StartCut(commands, commands), o
}

// writeBase writes the base of a cut that startBase has made. It ends the cut in any
// case.
func (m *Manager) writeBase(c *keyspace.Cut, w io.Writer, o snapshot.Options, asRDB bool) (err error) {
	if asRDB {
		_, err = snapshot.Write(c, w, o, m.delay)
		return err
	}
	var head []byte
	if m.Config.Bool(config.AOFTimestampEnabled) {
		head = aof.AppendTimestamp(nil, o.Header.CTime)
	}
	if m.Config.Bool(config.AOFChecksum) {
		w = aof.NewSumWriter(w)
	}
	return snapshot.WriteCommands(c, w, head, o.Functions, m.delay)
}

// SetAppendOnly switches the append-only file on or off while the server runs. On
// it is complete only after a rewrite, which is started, or scheduled if another
// job runs. Of an error the reason has been logged.
func (m *Manager) SetAppendOnly(on bool) error {
	switch {
	case on == (m.AOF.State() != aof.Off):
		return nil
	case !on:
		return m.disable()
	}
	m.AOF.Enable()
	if !m.claimFirst() {
		return nil
	}
	if m.startRewrite() != nil {
		m.Logf(aof.Warning, "The server needs to enable the AOF but can't trigger a background AOF rewrite operation. "+
			"Check the above logs for more info about the error.")
		_ = m.AOF.Disable() // nothing has been written
		return errNotOn
	}
	return nil
}

// claimFirst is claimRewrite for the rewrite that completes the append-only file, or
// schedules it. A rewrite under way is of no use any more.
func (m *Manager) claimFirst() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.claimRewrite() {
		return true
	}
	m.wantRewrite = true
	if m.job == rewriting {
		m.Logf(aof.Notice, "AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a rewrite now.")
		m.cancelJob()
	} else {
		m.Logf(aof.Notice, "AOF was enabled but there is already another background operation. An AOF background was scheduled to start when possible.")
	}
	return false
}

// disable switches the append-only file off, and gives up a rewrite that runs or is
// scheduled.
func (m *Manager) disable() error {
	err := m.AOF.Disable()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.wantRewrite {
		m.wantRewrite = false
		m.Logf(aof.Notice, "AOF was disabled but there is a scheduled AOF background, cancel it.")
	}
	if m.job == rewriting {
		m.cancelJob()
	}
	if err != nil {
		m.Logf(aof.Warning, "The append-only file was disabled, but may lack the last changes: %v", err)
	}
	return nil
}

// cancelJob has the job that runs end soon, without a result. REQUIRES: m.mu.
func (m *Manager) cancelJob() {
	m.cancelled = true
	if m.cut != nil { // else it will see that it is cancelled
		m.cut.Abort()
	}
}

// aofSettings are the writer's settings as configured.
func (m *Manager) aofSettings() aof.Settings {
	policy := map[int64]aof.Policy{
		config.FsyncEverySec: aof.EverySecond, config.FsyncAlways: aof.Always, config.FsyncNo: aof.Never,
	}[m.Config.Int(config.AppendFsync)]
	return aof.Settings{
		Policy:          policy,
		Timestamps:      m.Config.Bool(config.AOFTimestampEnabled),
		Checksums:       m.Config.Bool(config.AOFChecksum),
		NoSyncOnRewrite: m.Config.Bool(config.NoAppendFsyncOnRewrite),
		KeepHistory:     m.Config.Bool(config.AOFDisableAutoGC),
		IncrementalSync: m.Config.Bool(config.AOFRewriteIncrementalFsync),
	}
}

// Configure takes over changed settings.
func (m *Manager) Configure() error {
	m.AOF.Configure(m.aofSettings())
	return m.SetAppendOnly(m.Config.Bool(config.AppendOnly))
}
