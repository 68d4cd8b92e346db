package server

import (
	"time"

	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/keyspace"
)

// cron does what is due some times a second, until the server stops.
func (s *Server) cron() {
	defer close(s.cronDone)
	k := newKeeper(s)
	defer k.close()
	for {
		hz := max(s.Config.Int(config.Hz), 1)
		select {
		case <-s.quit:
			return
		case <-time.After(time.Second / time.Duration(hz)):
			k.round()
		}
	}
}

// keeper is the worker that does it.
type keeper struct {
	s       *Server
	gate    *keyspace.Gate
	tx      *keyspace.Txn
	sweeper keyspace.Sweeper
}

func newKeeper(s *Server) *keeper {
	k := &keeper{s: s, gate: s.ks.NewGate()}
	k.tx = s.ks.NewTxn(k.gate, nil)
	return k
}

func (k *keeper) close() { k.s.ks.DropGate(k.gate) }

func (k *keeper) round() {
	s := k.s
	s.persist.Cron()
	s.engine.SetState(exec.DiskError, s.persist.AOF.Err() != nil || s.persist.SaveBroken())
}
