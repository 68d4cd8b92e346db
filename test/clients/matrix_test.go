//go:build clients

package clients

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"sigrun/internal/testkit"
)

// program is a client library of another language: how its package is fetched
// into a folder of .cache, and how its checks are run with it. In the words DIR
// stands for that folder and SRC for the one that holds the program.
type program struct {
	manifest string   // names the library's version; a change of it fetches anew
	fetch    []string // a command, run in DIR beside a copy of the manifest
	env      []string
	run      []string // a command; host, port and protocol follow
}

// programs by the name of the library.
var programs = map[string]program{
	"redis-py": {
		manifest: "python/requirements.txt",
		fetch:    []string{"python3", "-m", "pip", "install", "--quiet", "--upgrade", "--target", ".", "-r", "requirements.txt"},
		env:      []string{"PYTHONPATH=DIR", "PYTHONDONTWRITEBYTECODE=1"},
		run:      []string{"python3", "SRC/redis_py.py"},
	},
	"ioredis":    javaScript("ioredis.js"),
	"node-redis": javaScript("node_redis.js"),
	"Jedis": {
		manifest: "java/pom.xml",
		fetch: []string{"mvn", "-q", "-B", "-Dmaven.repo.local=DIR/repository", "dependency:copy-dependencies",
			"-DoutputDirectory=DIR/lib"},
		run: []string{"java", "-cp", "DIR/lib/*", "SRC/JedisChecks.java"},
	},
}

func javaScript(file string) program {
	return program{
		manifest: "javascript/package.json",
		fetch:    []string{"npm", "install", "--silent", "--no-package-lock", "--no-audit", "--no-fund"},
		env:      []string{"NODE_PATH=DIR/node_modules"},
		run:      []string{"node", "SRC/" + file},
	}
}

const (
	fetchTimeout = 5 * time.Minute
	runTimeout   = 3 * time.Minute
)

// servers are the columns of the table.
var servers = []struct {
	name  string
	start func(t testing.TB, args ...string) *testkit.Server
}{{"peer", testkit.StartPeer}, {"sigrun", testkit.StartSigrun}}

// libraries are its lines.
var libraries = slices.Concat(slices.Sorted(maps.Keys(workers)), slices.Sorted(maps.Keys(programs)))

// figure is the place of one verdict in the table.
type figure struct {
	library  string
	protocol int
	server   string
}

var table = map[figure]string{}

func TestMain(m *testing.M) {
	code := m.Run()
	printTable(os.Stdout) // below the many lines of the tests themselves
	os.Exit(code)
}

// TestClients runs every library with both protocols, against the real server
// and against ours.
func TestClients(t *testing.T) {
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			s := server.start(t)
			for _, library := range libraries {
				for _, protocol := range protocols {
					t.Run(fmt.Sprintf("%s/resp%d", library, protocol), func(t *testing.T) {
						place := figure{library, protocol, server.name}
						table[place] = "failed" // should it stop early
						table[place] = verdict(t, runLibrary(t, library, s.Addr, protocol))
					})
				}
			}
		})
	}
}

// runLibrary returns the names of the checks that failed.
func runLibrary(t *testing.T, library, addr string, protocol int) []string {
	if newWorker := workers[library]; newWorker != nil {
		return runChecks(t, newWorker(t, addr, protocol))
	}
	return programs[library].check(t, addr, protocol)
}

func verdict(t *testing.T, failed []string) string {
	if !t.Failed() {
		return fmt.Sprintf("passed %d of %d", len(checkNames), len(checkNames))
	}
	return "failed " + strings.Join(failed, ", ")
}

func printTable(w io.Writer) {
	tab := tabwriter.NewWriter(w, 0, 8, 3, ' ', 0)
	fmt.Fprint(tab, "\nclient\tprotocol")
	for _, server := range servers {
		fmt.Fprint(tab, "\t"+server.name)
	}
	for _, library := range libraries {
		for _, protocol := range protocols {
			fmt.Fprintf(tab, "\n%s\tRESP%d", library, protocol)
			for _, server := range servers {
				fmt.Fprint(tab, "\t"+cmp.Or(table[figure{library, protocol, server.name}], "-"))
			}
		}
	}
	fmt.Fprintln(tab)
	tab.Flush()
}

// places replaces SRC and DIR in words.
func (p program) places(words []string) []string {
	src, err := filepath.Abs(filepath.Dir(p.manifest))
	if err != nil {
		panic(fmt.Sprintf("BUG: the working folder is gone: %v", err))
	}
	dir := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(src))), ".cache", "clients", filepath.Base(src))
	replaced := make([]string, len(words))
	for i, word := range words {
		replaced[i] = strings.NewReplacer("SRC", src, "DIR", dir).Replace(word)
	}
	return replaced
}

// install fetches the library, unless that was done for this very manifest.
func (p program) install() error {
	text, err := os.ReadFile(p.manifest)
	if err != nil {
		return err
	}
	dir := p.places([]string{"DIR"})[0]
	stamp := filepath.Join(dir, "fetched")
	want := fmt.Sprintf("%x\n", sha256.Sum256(text))
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return nil
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(p.manifest)), text, 0o644); err != nil {
		return err
	}
	words := p.places(p.fetch)
	fetch := exec.CommandContext(ctx, words[0], words[1:]...)
	fetch.Dir = dir
	if out, err := fetch.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(words, " "), err, out)
	}
	return os.WriteFile(stamp, []byte(want), 0o644)
}

// check runs the program and makes a test of each check it reports.
func (p program) check(t *testing.T, addr string, protocol int) (failed []string) {
	testkit.NoError(t, p.install())
	ctx, cancel := context.WithTimeout(t.Context(), runTimeout)
	defer cancel()
	host, port, _ := strings.Cut(addr, ":")
	words := append(p.places(p.run), host, port, strconv.Itoa(protocol))
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append(os.Environ(), p.places(p.env)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s: %v\n%s", words[0], err, stderr.String())
	}
	said := map[string]string{} // check → the rest of its line
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		result, rest, _ := strings.Cut(lines.Text(), " ")
		name, why, _ := strings.Cut(rest, ": ")
		said[name] = strings.TrimSpace(result + " " + why)
	}
	for _, name := range checkNames {
		passed := t.Run(name, func(t *testing.T) {
			if said[name] != "ok" {
				t.Errorf("the program says %q", said[name])
			}
		})
		if !passed {
			failed = append(failed, name)
		}
	}
	return failed
}
