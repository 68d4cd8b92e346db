package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// tool is a binary under the name of one of its tools.
type tool struct{ path string }

// called makes a link to a binary.
func called(t *testing.T, binary, name string) tool {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	testkit.NoError(t, os.Symlink(binary, path))
	return tool{path}
}

// run returns what the tool says in a folder, and its exit status.
func (c tool) run(t *testing.T, dir string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(c.path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// fill stores values of all types, small and large ones.
func fill(c *testkit.Client) {
	c.MustDo("SET", "text", strings.Repeat("ab", 3000))
	c.MustDo("SET", "number", "12345", "PX", "100000000")
	for _, n := range []int{3, 700} {
		batch := make([][]string, 0, 4*n)
		for i := range n {
			field, name := fmt.Sprint("field:", i), fmt.Sprint(":", n)
			batch = append(batch,
				[]string{"RPUSH", "list" + name, field}, []string{"SADD", "set" + name, field}, []string{"SADD", "ints" + name, fmt.Sprint(i)},
				[]string{"HSET", "hash" + name, field, name}, []string{"XADD", "stream" + name, fmt.Sprint(i + 1), "a", field, "b", "c"})
		}
		c.Pipeline(batch...)
	}
	for i := range 300 { // in skip lists, for the peer counts the scores in small ones as elements
		c.MustDo("ZADD", "zset", fmt.Sprint(float64(i)/4), fmt.Sprint("m", i))
	}
	c.MustDo("HPEXPIRE", "hash:700", "100000000", "FIELDS", "1", "field:0")
	c.MustDo("XGROUP", "CREATE", "stream:3", "g", "0")
	c.MustDo("XREADGROUP", "GROUP", "g", "c", "STREAMS", "stream:3", ">")
	c.MustDo("SELECT", "3")
	c.MustDo("SADD", "other", "x", "y")
}

var logLine = regexp.MustCompile(`(?m)^\d+:[MC] \d\d \w+ .*\n`)

// TestCheckRDB compares the tool with the real one: on a file, with figures, and on
// the same file with a byte changed or cut off somewhere.
func TestCheckRDB(t *testing.T) {
	peer := testkit.StartPeer(t)
	c := peer.Dial(t)
	fill(c)
	c.MustDo("SAVE")
	dir := t.TempDir()
	file, err := os.ReadFile(filepath.Join(peer.Dir, "dump.rdb"))
	testkit.NoError(t, err)
	theirs := called(t, testkit.PeerBinary(t), "valkey-check-rdb")
	ours := called(t, testkit.SigrunBinary(t), "redis-check-rdb")
	both := func(content []byte, args ...string) (got, want string, same bool) {
		testkit.NoError(t, os.WriteFile(filepath.Join(dir, "f"), content, 0o600))
		want, _, status := theirs.run(t, dir, args...)
		got, _, ourStatus := ours.run(t, dir, args...)
		return got, logLine.ReplaceAllString(want, ""), ourStatus == status
	}
	for _, args := range [][]string{{"f"}, {"f", "--stats"}, {"f", "--stats", "--format", "csv"}, {"f", "--format", "info", "--stats"},
		{"f", "--format", "table"}, {"missing"}, {}, {"f", "--stats", "--format"}, {"f", "--bogus"}} {
		if got, want, same := both(file, args...); got != want || !same {
			t.Errorf("%q\n%s\nwant\n%s", args, got, want)
		}
	}
	seed := uint64(time.Now().UnixNano())
	random := rng.New(seed)
	for range 60 {
		damaged, at := bytes.Clone(file), random.Uint64n(uint64(len(file)))
		if random.Uint64n(4) == 0 {
			damaged = damaged[:at]
		} else {
			damaged[at] ^= byte(1 + random.Uint64n(255))
		}
		const told = "--- RDB ERROR DETECTED ---\n" // in which words, and how early, may differ
		if got, want, same := both(damaged, "f"); !same || !strings.Contains(got, told) || !strings.Contains(want, told) {
			t.Fatalf("seed %d, byte %d\n%s\nwant\n%s", seed, at, got, want)
		}
	}
}

// TestCheckRDBOutput wants figures in a file of their own, and a document.
func TestCheckRDBOutput(t *testing.T) {
	s := testkit.StartSigrun(t)
	s.Do("SET", "k", "v")
	s.Do("SAVE")
	ours := called(t, testkit.SigrunBinary(t), "valkey-check-rdb")
	report, _, status := ours.run(t, s.Dir, "dump.rdb", "--stats", "--format", "csv", "--output", "figures", "--biggest", "1")
	figures, err := os.ReadFile(filepath.Join(s.Dir, "figures"))
	if err != nil || status != 0 || strings.Contains(report, "db.0") || !strings.HasSuffix(string(figures), "biggest.1,0,string,2,1,\"k\"\n") {
		t.Errorf("status %d, %v\n%s\n%s", status, err, report, figures)
	}
	if _, errs, status := ours.run(t, s.Dir, "dump.rdb", "--stats", "--output", "no/folder"); status != 1 || errs != "Cannot open output file: 'no/folder': No such file or directory\n" {
		t.Errorf("status %d, %s", status, errs)
	}
	document, _, status := ours.run(t, s.Dir, "dump.rdb", "--format", "json")
	if status != 0 || !strings.HasPrefix(document, "{\n  \"file\": \"dump.rdb\",\n  \"ok\": true,") {
		t.Errorf("status %d\n%s", status, document)
	}
	if _, errs, status := ours.run(t, s.Dir, "missing"); status != 1 || errs != "Cannot open file missing: No such file or directory\n" {
		t.Errorf("status %d, %s", status, errs)
	}
}

// TestProgress wants to be told how far a file has been read, once it is due.
func TestProgress(t *testing.T) {
	var out strings.Builder
	fs := vfs.NewMem()
	f, err := vfs.Create(fs, "dump.rdb", 0o600)
	testkit.NoError(t, err)
	_, err = f.Write(make([]byte, 400))
	testkit.NoError(t, err)
	in, err := vfs.Open(watchedFS{fs, &out}, "dump.rdb")
	testkit.NoError(t, err)
	read := func(due bool) {
		if due {
			in.(*watchedFile).due = 0
		}
		_, err := in.Read(make([]byte, 100))
		testkit.NoError(t, err)
	}
	read(false)
	read(true)
	read(false)
	if want := "dump.rdb: 200 of 400 bytes read, 50%\n"; out.String() != want {
		t.Errorf("said %q", out.String())
	}
}
