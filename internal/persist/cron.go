package persist

import (
	"time"

	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/config"
)

// retryDelay is how long, in seconds, a save point waits after a failed save.
const retryDelay = 5

// Cron is to be called some ten times a second. It starts what is due.
func (m *Manager) Cron() {
	m.AOF.Cron()
	m.mu.Lock()
	busy := m.job != idle || m.stopped
	wantSave, wantRewrite := m.wantSave, m.wantRewrite
	m.mu.Unlock()
	switch {
	case busy:
	case wantRewrite && !m.AOF.RewriteLimited():
		m.autoRewrite()
	case wantSave, m.savePointDue():
		m.startSave()
	case m.rewriteDue():
		m.autoRewrite()
	}
}

// autoRewrite starts a rewrite that no command has asked for, unless another job has
// just begun. It does not wait for the files.
func (m *Manager) autoRewrite() {
	m.mu.Lock()
	claimed := m.claimRewrite()
	m.mu.Unlock()
	if claimed {
		go func() { _ = m.startRewrite() }() // what is wrong has been logged
	}
}

// Quiet reports whether no job runs or waits, and the append-only file is complete:
// then there is nothing to do for Cron that could not wait a second.
func (m *Manager) Quiet() bool {
	m.mu.Lock()
	quiet := m.job == idle && !m.wantSave && !m.wantRewrite
	m.mu.Unlock()
	return quiet && m.AOF.Quiet()
}

// savePointDue reports whether a save point asks for a save.
func (m *Manager) savePointDue() bool {
	dirty := m.Dirty.Load()
	now := m.Clock.Wall() / 1e6
	m.mu.Lock()
	last, ok, try := m.lastSave, m.lastOK, m.lastTry
	m.mu.Unlock()
	for _, p := range m.Config.SavePoints() {
		if dirty >= int64(p.Changes) && now-last > int64(p.Seconds) && (ok || now-try > retryDelay) {
			m.Logf(aof.Notice, "%d changes in %d seconds. Saving...", p.Changes, p.Seconds)
			return true
		}
	}
	return false
}

// startSave starts a save from outside of any command.
func (m *Manager) startSave() {
	gate := m.Keyspace.NewGate()
	defer m.Keyspace.DropGate(gate)
	gate.Enter()
	t := m.Keyspace.NewTxn(gate, nil)
	t.EnterAll()
	_ = m.StartSave(t) // nobody to tell if somebody was quicker
	t.Leave()
	gate.Leave()
}

// rewriteDue reports whether the append-only file has grown enough, or needs a
// rewrite to be complete. Failures before make it pause.
func (m *Manager) rewriteDue() bool {
	state := m.AOF.State()
	if state == aof.Waiting || state == aof.On && m.AOF.NeedsRewrite() {
		return !m.AOF.RewriteLimited()
	}
	percentage := m.Config.Int(config.AutoAOFRewritePercentage)
	info := m.AOF.Info()
	if state != aof.On || percentage <= 0 || info.CurrentSize <= m.Config.Int(config.AutoAOFRewriteMinSize) {
		return false
	}
	base := max(info.BaseSize, 1)
	growth := info.CurrentSize*100/base - 100
	if growth < percentage || m.AOF.RewriteLimited() {
		return false
	}
	m.Logf(aof.Notice, "Starting automatic rewriting of AOF on %d%% growth", growth)
	return true
}

// delaySlice is how long a delay takes at least to see that it is over.
const delaySlice = 10 * time.Millisecond

// delay waits when so many keys have been saved (rdb-key-save-delay), unless the job
// is cancelled or the setting is lowered meanwhile.
func (m *Manager) delay(keys int64) {
	for waited := time.Duration(0); ; waited += delaySlice {
		left := time.Duration(m.Config.Int(config.RDBKeySaveDelay)*keys)*time.Microsecond - waited
		if left <= 0 || m.isCancelled() {
			return
		}
		clock.Sleep(min(left, delaySlice))
	}
}

// Close ends all jobs and the append-only file.
func (m *Manager) Close() error {
	m.StopJobs()
	return m.AOF.Close()
}

// StopJobs cancels what is being saved or rewritten in the background and waits
// until nothing is. None begins from then on, unless AllowJobs is called. The caller
// holds no gate.
func (m *Manager) StopJobs() {
	m.mu.Lock()
	m.stopped = true
	m.wantSave, m.wantRewrite = false, false
	if m.job == rewriting || m.job == saving && m.background {
		text := "There is a child saving an .rdb. Killing it!"
		if m.job == rewriting {
			text = "There is a child rewriting the AOF. Killing it!"
		}
		m.Logf(aof.Warning, "%s", text)
		m.cancelJob()
	}
	m.mu.Unlock()
	m.done.Wait()
}

// AllowJobs takes back StopJobs: the server goes on.
func (m *Manager) AllowJobs() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = false
}
