//go:build unix

package testkit

import (
	"os"
	"syscall"
)

// terminate asks the process to end in good order.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// Pause stops the process where it stands, as a machine that hangs would.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("%v to %s: %v", sig, s.name, err)
	}
}
