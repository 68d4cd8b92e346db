package server

import (
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/vfs"
)

// TestRest: the keeper of a server that nobody uses has less to do, until somebody
// sends a command; and while there are keys that expire it does not rest.
func TestRest(t *testing.T) {
	s := startOn(t, vfs.NewMem(), clock.Real, "appendonly", "yes")
	c := client(t, s)
	until(t, "rest", s.resting.Load)
	c.MustDo("SET", "k", "v", "PX", "300")
	until(t, "an end of the rest", func() bool { return !s.resting.Load() })
	until(t, "the key's end", func() bool { return expired(s) == 1 })
}

// expired is how many keys have expired.
func expired(s *Server) (n uint64) {
	g := s.ks.NewGate()
	defer s.ks.DropGate(g)
	g.Enter()
	defer g.Leave()
	tx := s.ks.NewTxn(g, nil)
	tx.EnterAll()
	defer tx.Leave()
	return s.engine.Totals().Keys.Expired
}

// TestResetWhileKeysExpire sets the counts to zero while the keeper counts: the race
// detector looks on.
func TestResetWhileKeysExpire(t *testing.T) {
	s := startOn(t, vfs.NewMem(), clock.Real, "hz", "500")
	c := client(t, s)
	for range 200 {
		c.MustDo("SET", "k", "v", "PX", "1")
		c.MustDo("CONFIG", "RESETSTAT")
	}
}
