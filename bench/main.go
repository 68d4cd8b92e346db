// Command bench measures Sigrun beside a real Valkey and prints one table: what
// the peer needs, what ours needs, their ratio, the bar that has to be held and
// the goal.
//
//	go run ./bench                          everything, about an hour
//	go run ./bench -cells speed,types       some groups of cells; -list shows all
//	go run ./bench -scale 0.05 -rounds 2    a first impression
//	go run ./bench -cells get-p16,mem-16+16 -json figures.json
//	go run ./bench -check                   exit status 1 when a bar is missed
//
// How it measures:
//
//   - Both servers run side by side and take turns, peer ours, ours peer, peer
//     ours…, so that whatever else the machine does meets both.
//   - Server and load generator are pinned to cores of their own. On a machine
//     with one core they share it, and the table says so.
//   - Speed is the CPU time that the scheduler booked on all threads of the
//     server, divided by the operations: it stays meaningful where the generator
//     is the bottleneck. The least of the rounds counts, for both.
//   - Memory is the growth of the resident size of a fresh server.
//   - Growth is what one command costs among 10^3, 10^5 and 10^7 elements: the
//     ratio is that among most, the note has all three.
//   - Latency comes from an open loop: requests leave at a fixed rate whether or
//     not earlier ones were answered, and each is timed from the moment at which
//     it was due, so that a stall counts for all whom it held up.
//
// The peer is the server that test/peers installs, with jemalloc preloaded if
// the machine has it, as Valkey is shipped.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

// options are the command line.
type options struct {
	cells       string
	rounds      int
	scale       float64
	keys        int64
	jsonFile    string
	profile     string
	check       bool
	list        bool
	peer        string
	ours        string
	serverCores string
	clientCores string
}

func parseFlags() options {
	var o options
	flag.StringVar(&o.cells, "cells", "all", "what to measure: names or groups, comma-separated")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each server; the least counts")
	flag.Float64Var(&o.scale, "scale", 1, "factor on the numbers of operations, and of keys where memory or latency is measured")
	flag.Int64Var(&o.keys, "keys", 1_000_000, "keys of the cells that measure speed; fewer than fill the caches flatter everybody")
	flag.StringVar(&o.jsonFile, "json", "", "also write figures and environment to this `file`")
	flag.StringVar(&o.profile, "profile", "", "measure nothing, but write a CPU profile of ours under the chosen cells' loads to this `file`")
	flag.BoolVar(&o.check, "check", false, "exit with status 1 when a bar is missed")
	flag.BoolVar(&o.list, "list", false, "list the cells and stop")
	flag.StringVar(&o.peer, "peer", "", "valkey-server to compare with (default: the one that test/peers installs)")
	flag.StringVar(&o.ours, "ours", "", "sigrun to measure (default: built from this tree)")
	flag.StringVar(&o.serverCores, "server-cores", "", "cores of the server, as 0,2 (default: the first)")
	flag.StringVar(&o.clientCores, "client-cores", "", "cores of the generator (default: all others)")
	flag.Parse()
	return o
}

func main() {
	if file := os.Getenv(profiledEnv); file != "" {
		if err := serveProfiled(file, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(parseFlags()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// errMissed is the outcome of a run that measured everything, with -check.
var errMissed = errors.New("a bar is missed")

func run(o options) error {
	if o.list {
		printCells(os.Stdout)
		return nil
	}
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if o.rounds < 1 || o.scale <= 0 || o.keys < 1 {
		return errors.New("-rounds, -scale and -keys must be positive")
	}
	chosen, err := chooseCells(o.cells)
	if err != nil {
		return err
	}
	r, err := newRig(o)
	if err != nil {
		return err
	}
	defer r.close()
	go cleanUpOn(os.Interrupt, r)
	if o.profile != "" {
		return r.recordProfile(chosen, o.profile)
	}
	rep := newReport(r, os.Stdout)
	rep.head()
	for _, c := range chosen {
		rep.begin(c)
		rep.add(c, r.measure(c))
	}
	rep.foot()
	if o.jsonFile != "" {
		if err := rep.writeJSON(o.jsonFile); err != nil {
			return err
		}
	}
	return rep.verdict(o.check)
}

// cleanUpOn removes what the servers wrote when the run is interrupted. The
// servers themselves go with this process.
func cleanUpOn(sig os.Signal, r *rig) {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, sig)
	<-interrupted
	_ = os.RemoveAll(r.dir)
	os.Exit(1)
}

// chooseCells returns the cells that the comma-separated list names, in the
// order of the table. A name stands for a cell or for a group of cells.
func chooseCells(list string) ([]*cell, error) {
	wanted := map[string]bool{} // name → found
	for name := range strings.SplitSeq(list, ",") {
		wanted[strings.TrimSpace(name)] = false
	}
	var chosen []*cell
	for i := range cells {
		c := &cells[i]
		take := false
		for _, name := range []string{"all", c.name, c.group} {
			if _, ok := wanted[name]; ok {
				wanted[name], take = true, true
			}
		}
		if take {
			chosen = append(chosen, c)
		}
	}
	for name, found := range wanted {
		if !found {
			return nil, fmt.Errorf("no cell or group %q; -list shows them", name)
		}
	}
	return chosen, nil
}
