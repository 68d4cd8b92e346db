package server

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// manifestCase is a manifest and what else is in the folder of a server at its start.
type manifestCase struct {
	name, manifest string
	files          map[string]string // by path from the folder
	off            bool              // appendonly no
}

const (
	setA    = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
	setB    = "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n"
	noRDB   = "REDIS0009\xff\x00\x00\x00\x00\x00\x00\x00\x00" // a snapshot of nothing, without a checksum
	baseOne = "file b seq 1 type b\n"
	incrOne = "file i seq 1 type i\n"
)

// manifestCases break each rule of the manifest once, and show what is no breach.
func manifestCases() []manifestCase {
	ab := map[string]string{"appendonlydir/b": setA, "appendonlydir/i": setB}
	old := func(text string) map[string]string { return map[string]string{"appendonly.aof": text} }
	return []manifestCase{
		{name: "empty", manifest: ""},
		{name: "blank line", manifest: baseOne + "\n"},
		{name: "spaces", manifest: "   \t\n"},
		{name: "unbalanced quotes", manifest: "file \"b seq 1 type b\n"},
		{name: "too few words", manifest: "file b seq 1\n"},
		{name: "odd number of words", manifest: "file b seq 1 type b more\n"},
		{name: "path", manifest: "file ../b seq 1 type b\n"},
		{name: "no name", manifest: "seq 1 type b more 1\n"},
		{name: "no number", manifest: "file b type b more 1\n"},
		{name: "number 0", manifest: "file b seq x type b\n"},
		{name: "no type", manifest: "file b seq 1 more 1\n"},
		{name: "two bases", manifest: baseOne + "file c seq 2 type b\n"},
		{name: "numbers that fall", manifest: "file i seq 2 type i\nfile j seq 1 type i\n"},
		{name: "unknown type", manifest: "file b seq 1 type x\n"},
		{name: "long line", manifest: "file b seq 1 type b more " + strings.Repeat("x", 1000) + "\n"},
		{name: "no line end", manifest: "file b seq 1 type b"},
		{name: "bad while off", manifest: "file b\n", off: true},
		{name: "missing base", manifest: baseOne + incrOne, files: map[string]string{"appendonlydir/i": setB}},
		{name: "missing increment", manifest: baseOne + incrOne, files: map[string]string{"appendonlydir/b": setA}},
		{name: "old file nowhere", manifest: "file appendonly.aof seq 1 type b\n"},
		{name: "cut base", manifest: baseOne + incrOne, files: map[string]string{"appendonlydir/b": setA[:20], "appendonlydir/i": setB}},
		{name: "cut increment", manifest: baseOne + incrOne, files: map[string]string{"appendonlydir/b": setA, "appendonlydir/i": setB + setB[:9]}},

		{name: "sound", manifest: baseOne + incrOne, files: ab},
		{name: "comments", manifest: "#\n# x " + strings.Repeat("x", 900) + "\n" + baseOne + "#y\n" + incrOne, files: ab},
		{name: "order and case", manifest: "TYPE b SEQ 1 FILE b\n" + incrOne, files: ab},
		{name: "unknown words", manifest: "file b seq 1 type b size 7\nfile i seq 1 type i startoffset 0 endoffset 31\n", files: ab},
		{name: "quoted", manifest: "file \"b\" seq 1 type b\nfile \"\\x69\" seq 1 type i\n", files: ab},
		{name: "history", manifest: baseOne + "file h seq 1 type h\nfile gone seq 2 type h\n" + incrOne,
			files: map[string]string{"appendonlydir/b": setA, "appendonlydir/i": setB, "appendonlydir/h": setA}},
		{name: "history while off", manifest: baseOne + "file h seq 1 type h\n" + incrOne, off: true,
			files: map[string]string{"appendonlydir/b": setA, "appendonlydir/i": setB, "appendonlydir/h": setA}},
		{name: "old file", files: old(setA + setB)},
		{name: "old file with a snapshot", files: old(noRDB + setA)},
		{name: "old file named already", manifest: "file appendonly.aof seq 1 type b\n", files: old(setA)},
		{name: "old file beside a base", manifest: baseOne, files: map[string]string{"appendonlydir/b": setA, "appendonly.aof": setB}},
		{name: "no increment", manifest: baseOne, files: map[string]string{"appendonlydir/b": setA}},
	}
}

// startup is what a start came to.
type startup struct {
	up    bool
	code  int
	fatal []string // the lines of the log that tell of errors
	left  []string // files and their sizes afterwards
	keys  int64
}

// kinder are the cases in which our server leaves more than the real one, and why.
var kinder = map[string]string{
	"cut base": "the real server cuts the base off, and then finds that it must not",
}

// TestManifests starts our server and the real one on the same files: both start, with
// the same data and the same files then, or both exit with the same lines in their log.
func TestManifests(t *testing.T) {
	for _, c := range manifestCases() {
		t.Run(c.name, func(t *testing.T) {
			want := startOnManifest(t, []string{testkit.PeerBinary(t)}, c)
			got := startOnManifest(t, []string{testkit.SigrunBinary(t), "server"}, c)
			if kinder[c.name] != "" {
				want.fatal, want.left, got.fatal, got.left = nil, nil, nil, nil
			}
			if got.up != want.up || got.code != want.code || got.keys != want.keys ||
				!slices.Equal(got.fatal, want.fatal) || !slices.Equal(got.left, want.left) {
				t.Errorf("\nours %+v\npeer %+v", got, want)
			}
		})
	}
}

// startOnManifest starts a server on the files of c and ends it once it serves.
func startOnManifest(t *testing.T, argv []string, c manifestCase) (o startup) {
	t.Helper()
	dir := t.TempDir()
	testkit.NoError(t, os.Mkdir(filepath.Join(dir, "appendonlydir"), 0o755))
	write := func(name, text string) {
		testkit.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	if c.manifest != "" || len(c.files) == 0 {
		write("appendonlydir/appendonly.aof.manifest", c.manifest)
	}
	for name, text := range c.files {
		write(name, text)
	}
	port := testkit.FreePort(t)
	on := map[bool]string{false: "yes", true: "no"}[c.off]
	argv = append(argv, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", on)
	server := exec.Command(argv[0], argv[1:]...)
	server.Dir = filepath.Dir(dir)
	log := &strings.Builder{}
	server.Stdout, server.Stderr = log, log
	testkit.NoError(t, server.Start())
	exited := make(chan struct{})
	go func() {
		_ = server.Wait() // the exit code is in ProcessState
		close(exited)
	}()
	o.up = served(t, port, exited, &o.keys)
	if o.up {
		<-exited
	}
	o.code = server.ProcessState.ExitCode()
	o.fatal = complaints(log.String())
	o.left = remaining(t, dir)
	return o
}

// served waits until a server answers or has exited. It counts the keys of one that
// answers, and has it stop.
func served(t *testing.T, port int, exited <-chan struct{}, keys *int64) (up bool) {
	t.Helper()
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	testkit.Eventually(t, time.Minute, func() bool {
		select {
		case <-exited:
			return true
		default:
		}
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return false
		}
		c := testkit.NewClient(t, conn)
		defer c.Close()
		r, err := c.TryDo("DBSIZE")
		if err != nil || r.IsError() { // it is loading
			return false
		}
		*keys, up = r.Int(), true
		_, _ = c.TryDo("SHUTDOWN", "NOSAVE")
		return true
	}, "a start or an exit")
	return up
}

// tellingWords are in the lines of a log that are about the append-only file.
var tellingWords = []string{
	"AOF", "append only file", "append log file", "manifest", ">>> '", "duplicate base", "non-monotonic", "File can't be a path",
	"truncated file is not the last", "history file",
}

// complaints are the lines of a log about the append-only file, without what stands
// before their text, and without times.
func complaints(log string) (lines []string) {
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		for _, level := range []string{" * ", " # "} {
			if _, text, ok := strings.Cut(line, level); ok {
				line = text
			}
		}
		told := slices.ContainsFunc(tellingWords, func(word string) bool { return strings.Contains(line, word) })
		if told && !strings.HasSuffix(line, "seconds") {
			lines = append(lines, line)
		}
	}
	return lines
}

// remaining are all files below dir, with their sizes.
func remaining(t *testing.T, dir string) (files []string) {
	t.Helper()
	testkit.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			files = append(files, path[len(dir):]+" "+strconv.FormatInt(info.Size(), 10))
		}
		return err
	}))
	return files
}
