package server

import (
	"runtime/debug"

	"sigrun/internal/aof"
	"sigrun/internal/config"
	"sigrun/internal/version"
)

// crashStatus is the exit status of a process that ended by a failure of its own.
const crashStatus = 134

// crash logs a report on what the server is doing and ends the process.
func (s *Server) crash(headline string) {
	if s.Config.Bool(config.CrashLogEnabled) {
		s.Logf(aof.Warning, "=== SIGRUN BUG REPORT START: Cut & paste starting from here ===")
		s.Logf(aof.Warning, "Sigrun %s (valkey %s) %s", version.Sigrun, version.Valkey, headline)
		s.Logf(aof.Warning, "------ STACK TRACE ------")
		s.writeRaw(string(debug.Stack()))
		s.Logf(aof.Warning, "=== SIGRUN BUG REPORT END. Make sure to include from START to END. ===")
	} else {
		s.Logf(aof.Warning, "Sigrun %s %s", version.Sigrun, headline)
	}
	s.Exit(crashStatus)
}

func (s *Server) writeRaw(text string) {
	if s.Logger != nil {
		s.Logger.Raw(text)
	}
}
