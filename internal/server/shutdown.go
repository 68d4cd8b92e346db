package server

import (
	"errors"

	"sigrun/internal/admin/persists"
	"sigrun/internal/aof"
	"sigrun/internal/exec"
	"sigrun/internal/persist"
)

// Persist is what keeps the data on disk.
func (s *Server) Persist() *persist.Manager { return s.persist }

// AbortShutdown implements persists.Server: a shutdown waits for nobody yet, so
// there is none to abort.
func (s *Server) AbortShutdown() bool { return false }

// errStopping tells that a shutdown is under way already.
var errStopping = errors.New("the server is stopping already")

// Shutdown saves what is to be saved and stops the server. If saving fails the
// server goes on, unless o.Force.
func (s *Server) Shutdown(o persists.ShutdownOptions) error {
	if !s.shutting.CompareAndSwap(false, true) {
		return errStopping
	}
	defer s.shutting.Store(false)
	select {
	case <-s.stopped:
		return errStopping
	default:
	}
	s.Logf(aof.Warning, "User requested shutdown...")
	if s.engine.State()&exec.Loading != 0 {
		// What is loaded so far must not replace what is on disk.
		s.Logf(aof.Warning, "Valkey is now ready to exit, bye bye...")
		s.Exit(0)
		return nil
	}
	err := s.saveLast(o.Save || !o.NoSave && len(s.Config.SavePoints()) > 0)
	if err != nil && !o.Force {
		s.Logf(aof.Warning, "Error trying to save the DB, can't exit.")
		s.engine.Resume()
		return err
	}
	return s.end(func() { s.Logf(aof.Warning, "Valkey is now ready to exit, bye bye...") })
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

// saveLast keeps all clients waiting from now on, ends the jobs under way and, if
// wanted, saves.
func (s *Server) saveLast(save bool) (err error) {
	gate := s.ks.NewGate()
	defer s.ks.DropGate(gate)
	gate.Enter()
	defer gate.Leave()
	t := s.ks.NewTxn(gate, nil)
	t.EnterAll()
	s.engine.Stop()
	t.Leave()
	if !save {
		return nil
	}
	s.Logf(aof.Notice, "Saving the final RDB snapshot before exiting.")
	t.Outside(s.persist.StopJobs)
	return s.persist.Save(t)
}
