package keyspace

import (
	"slices"
	"sync"
)

// Gate is held by an event loop or worker while it executes. It is what a
// global Txn waits for.
type Gate struct {
	mu sync.Mutex
	_  [56]byte // a cache line of its own
}

// Enter holds the gate. Between Enter and Leave its owner may open Txns.
func (g *Gate) Enter() { g.mu.Lock() }

// Leave lets global Txns pass.
func (g *Gate) Leave() { g.mu.Unlock() }

type gates struct {
	mu  sync.Mutex // held while gates are added or all are taken, so that two global Txns take them in turn
	all []*Gate
}

// NewGate returns a gate that every global Txn will take from now on.
func (ks *Keyspace) NewGate() *Gate {
	g := &Gate{}
	ks.gates.mu.Lock()
	defer ks.gates.mu.Unlock()
	ks.gates.all = append(ks.gates.all, g)
	return g
}

// DropGate forgets a gate whose owner is gone and that nobody holds.
func (ks *Keyspace) DropGate(g *Gate) {
	ks.gates.mu.Lock()
	defer ks.gates.mu.Unlock()
	ks.gates.remove(g)
}

func (gs *gates) remove(g *Gate) {
	if i := slices.Index(gs.all, g); i >= 0 {
		gs.all = slices.Delete(gs.all, i, i+1)
	}
}

func (gs *gates) takeAll() {
	gs.mu.Lock()
	for _, g := range gs.all {
		g.mu.Lock()
	}
}

func (gs *gates) giveAll() {
	for _, g := range gs.all {
		g.mu.Unlock()
	}
	gs.mu.Unlock()
}
