package server

import (
	"errors"

	"sigrun/internal/admin/persists"
	"sigrun/internal/aof"
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
	select {
	case <-s.stopped:
		return errStopping
	default:
	}
	s.Logf(aof.Warning, "User requested shutdown...")
	gate := s.ks.NewGate()
	gate.Enter()
	t := s.ks.NewTxn(gate, nil)
	t.EnterAll()
	s.engine.Stop()
	t.Leave()
	var err error
	if o.Save || !o.NoSave && len(s.Config.SavePoints()) > 0 {
		s.Logf(aof.Notice, "Saving the final RDB snapshot before exiting.")
		_ = s.persist.Cancel()
		s.persist.WaitIdle()
		err = s.persist.Save(t)
	}
	gate.Leave()
	s.ks.DropGate(gate)
	if err != nil && !o.Force {
		s.Logf(aof.Warning, "Error trying to save the DB, can't exit.")
		s.engine.Resume()
		return err
	}
	return s.end(func() { s.Logf(aof.Warning, "Valkey is now ready to exit, bye bye...") })
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
