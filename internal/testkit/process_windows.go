package testkit

import "os"

// terminate kills: Windows has no signal that asks.
func terminate(p *os.Process) error { return p.Kill() }
