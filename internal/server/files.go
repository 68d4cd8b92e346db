package server

import (
	"fmt"
	"strconv"

	"sigrun/internal/aof"
	"sigrun/internal/config"
	"sigrun/internal/netio"
	"sigrun/internal/vfs"
)

// ownFiles is how many open files the server needs beside those of its clients.
const ownFiles = 32

// fitClients sees to it that the process may have as many open files as
// maxclients needs, or lowers maxclients to what the system allows. The limit of
// a process that is not the server's alone is not its business.
func (s *Server) fitClients() error {
	if !s.OwnProcess {
		return nil
	}
	got, err := s.openFiles()
	switch {
	case err == nil:
		return nil
	case got <= ownFiles:
		need := s.Config.Uint(config.MaxClients) + ownFiles
		s.Logf(aof.Warning, "Your current 'ulimit -n' of %d is not enough for the server to start. Please increase your open file limit to at least %d. Exiting.", got, need)
		return err
	}
	return s.Config.Assign(config.MaxClients, strconv.FormatUint(got-ownFiles, 10))
}

// raiseFiles follows a change of maxclients.
func (s *Server) raiseFiles() error {
	if !s.OwnProcess {
		return nil
	}
	if got, err := s.openFiles(); err != nil {
		return fmt.Errorf("The operating system is not able to handle the specified number of clients, try with %d", max(int64(got)-ownFiles, 0))
	}
	return nil
}

// openFiles raises the limit of open files to what maxclients needs, if it is
// lower, and returns it. When the system refuses it says so in the log too.
func (s *Server) openFiles() (got uint64, err error) {
	clients := s.Config.Uint(config.MaxClients)
	need := clients + ownFiles
	had, err := netio.RaiseFileLimit(0)
	if err != nil || had == 0 || had >= need {
		return had, nil // what can't be read, or isn't there, limits nobody
	}
	if got, err = netio.RaiseFileLimit(need); err == nil {
		s.Logf(aof.Notice, "Increased maximum number of open files to %d (it was originally set to %d).", got, had)
		return got, nil
	}
	if got <= ownFiles {
		return got, err // not even worth a try with fewer clients
	}
	s.Logf(aof.Warning, "You requested maxclients of %d requiring at least %d max file descriptors.", clients, need)
	s.Logf(aof.Warning, "Server can't set maximum open files to %d because of OS error: %s.", need, vfs.Reason(err))
	s.Logf(aof.Warning, "Current maximum open files is %d. maxclients has been reduced to %d to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.",
		got, max(int64(got)-ownFiles, 0))
	return got, err
}
