package server

import (
	"errors"
	"sync"
	"time"

	"sigrun/internal/admin/persists"
	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/persist"
	"sigrun/internal/vfs"
)

// reloadPoll is how often a shutdown looks whether the data have been loaded again.
const reloadPoll = 5 * time.Millisecond

// Persist is what keeps the data on disk.
func (s *Server) Persist() *persist.Manager { return s.persist }

// shutdowns are the attempts to stop a server. One runs at a time; one that was
// asked for by a signal begins with the next round of the keeper, and may be taken
// back until then.
type shutdowns struct {
	mu      sync.Mutex
	asked   *persists.ShutdownOptions // by a signal, and not begun
	signal  bool                      // the attempt that runs was asked for by one
	running bool
}

// ask notes that a signal asked.
func (d *shutdowns) ask(o *persists.ShutdownOptions) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = o
}

// isAsked reports whether a signal has asked and its attempt is not over.
func (d *shutdowns) isAsked() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked != nil || d.signal
}

// takeBack forgets what a signal asked for and reports whether it did.
func (d *shutdowns) takeBack() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.asked != nil
	d.asked = nil
	return asked
}

// begin begins an attempt, unless one runs.
func (d *shutdowns) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running {
		return false
	}
	d.running = true
	return true
}

// beginAsked begins the attempt that a signal asked for; nil if there is none to
// begin.
func (d *shutdowns) beginAsked() *persists.ShutdownOptions {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running || d.asked == nil {
		return nil
	}
	o := d.asked
	d.running, d.signal, d.asked = true, true, nil
	return o
}

// end ends an attempt.
func (d *shutdowns) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running, d.signal = false, false
}

// ShutdownBySignal has the server shut down soon, as a signal of the name asked.
// A second SIGINT doesn't wait until the data are saved: the process ends at once.
func (s *Server) ShutdownBySignal(name string, o persists.ShutdownOptions) {
	if name == "SIGINT" && s.shutdowns.isAsked() {
		s.Logf(aof.Warning, "You insist... exiting now.")
		s.persist.RemoveTemp()
		s.Exit(1)
		return
	}
	s.shutdowns.ask(&o)
	if !s.loaded.Load() { // there is no keeper yet
		s.Logf(aof.Warning, "Received shutdown signal during loading, scheduling shutdown.")
		s.shutdownAsAsked()
		return
	}
	s.Logf(aof.Warning, "Received %s scheduling shutdown...", name)
	select {
	case s.stirred <- struct{}{}:
	default: // a round is due anyway
	}
}

// shutdownAsAsked shuts the server down if a signal asked for it.
func (s *Server) shutdownAsAsked() {
	if o := s.shutdowns.beginAsked(); o != nil {
		go func() {
			defer s.shutdowns.end()
			_ = s.shutdown(*o) // the log tells
		}()
	}
}

// AbortShutdown implements persists.Server: what a signal asked for is forgotten if
// it has not begun. What has begun waits for nobody yet, so it can't be aborted.
func (s *Server) AbortShutdown() bool {
	if !s.shutdowns.takeBack() {
		return false
	}
	s.Logf(aof.Notice, "Shutdown manually aborted.")
	return true
}

// The reasons why a server does not stop.
var (
	errStopping   = errors.New("the server is stopping already")
	errFirstWrite = errors.New("the append-only file has not been written yet")
)

// Shutdown saves what is to be saved and stops the server. If saving fails the
// server goes on, unless o.Force.
func (s *Server) Shutdown(o persists.ShutdownOptions) error {
	if !s.shutdowns.begin() {
		return errStopping
	}
	defer s.shutdowns.end()
	return s.shutdown(o)
}

// shutdown is Shutdown for who has begun it.
func (s *Server) shutdown(o persists.ShutdownOptions) error {
	select {
	case <-s.stopped:
		return errStopping
	default:
	}
	by := ""
	if o.By != "" {
		by = " (user request from '" + o.By + "')"
	}
	s.Logf(aof.Notice, "User requested shutdown...%s", by)
	for s.loaded.Load() && s.engine.State()&exec.Loading != 0 {
		clock.Sleep(reloadPoll) // DEBUG RELOAD: what there is must be whole to be saved
	}
	if s.engine.State()&exec.Loading != 0 {
		// What is loaded so far must not replace what is on disk.
		s.farewell()
		s.Exit(0)
		return nil
	}
	if err := s.lastWords(o); err != nil {
		s.Logf(aof.Warning, "Errors trying to shut down the server. Check the logs for more information.")
		s.persist.AllowJobs()
		s.engine.Resume()
		return err
	}
	return s.end(s.farewell)
}

// lastWords brings what is in memory only to disk. An error stands against the
// shutdown.
func (s *Server) lastWords(o persists.ShutdownOptions) error {
	if s.persist.FirstRewrite() {
		if !o.Force {
			s.Logf(aof.Warning, "Writing initial AOF, can't exit.")
			return errFirstWrite
		}
		s.Logf(aof.Warning, "Writing initial AOF. Exit anyway.")
	}
	err := s.saveLast(o.Save || !o.NoSave && len(s.Config.SavePoints()) > 0)
	switch {
	case err == nil:
		return nil
	case o.Force:
		s.Logf(aof.Warning, "Error trying to save the DB. Exit anyway.")
		return nil
	}
	s.Logf(aof.Warning, "Error trying to save the DB, can't exit.")
	return err
}

// farewell ends what others see of the server.
func (s *Server) farewell() {
	if path := s.Config.String(config.PIDFile); path != "" && s.OwnProcess {
		s.Logf(aof.Notice, "Removing the pid file.")
		_ = s.FS.Remove(path)
	}
	if path := s.Config.String(config.UnixSocket); path != "" {
		s.Logf(aof.Notice, "Removing the unix socket file.")
		_ = s.FS.Remove(path) // closing it has, unless the server ends in a hurry
	}
	s.Logf(aof.Warning, "Valkey is now ready to exit, bye bye...")
}

// diskFailed has writes refused from now on, and lets go of replies to reads that
// wait for what can't be written.
func (s *Server) diskFailed(upTo uint64) {
	s.engine.SetState(exec.DiskError, true)
	s.net.ReleaseReads(upTo)
}

// diskError is the reply to writes while the disk can't be written.
func (s *Server) diskError() error {
	if err := s.persist.AOF.Err(); err != nil {
		return misconfAOF(err)
	}
	if s.persist.SaveBroken() {
		return errMisconfRDB
	}
	return nil
}

// saveLast keeps all clients waiting from now on, ends the jobs under way, brings
// the log to disk and, if wanted, saves.
func (s *Server) saveLast(save bool) (err error) {
	gate := s.ks.NewGate()
	defer s.ks.DropGate(gate)
	gate.Enter()
	defer gate.Leave()
	t := s.ks.NewTxn(gate, nil)
	t.EnterAll()
	s.engine.Stop()
	t.Leave()
	t.Outside(s.persist.StopJobs)
	if s.persist.AOF.State() != aof.Off {
		s.Logf(aof.Notice, "Calling fsync() on the AOF file.")
		if err := s.persist.AOF.WriteAll(); err != nil {
			s.Logf(aof.Warning, "Fail to fsync the AOF file: %s.", vfs.Reason(err))
		}
	}
	if !save {
		return nil
	}
	s.Logf(aof.Notice, "Saving the final RDB snapshot before exiting.")
	return s.persist.Save(t)
}
