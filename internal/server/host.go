package server

import (
	"os"

	"sigrun/internal/clock"
	"sigrun/internal/netio"
	"sigrun/internal/rng"
	"sigrun/internal/stats"
)

// newHost is what the server tells about itself. The keyspace is still empty.
func (s *Server) newHost() *stats.Host {
	executable, _ := os.Executable() // or "", where it can't be known
	m := machine()
	return &stats.Host{
		RunID:      rng.Hex(40),
		Executable: executable,
		PID:        os.Getpid(),
		Started:    clock.Millis(s.Clock),
		Machine:    m,
		Meter:      stats.NewMeter(s.ks, m.RSS),
	}
}

// Network is the server's connections; it implements infos.Server.
func (s *Server) Network() *netio.Server { return s.net }
