package server_test

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigrun/internal/hash"
	"sigrun/internal/testkit"
)

// TestLibrariesAreKept loads a file with functions, which run nowhere here, and
// wants the real server to have them again from every file that is written then.
func TestLibrariesAreKept(t *testing.T) {
	maker := testkit.StartPeer(t)
	c := maker.Dial(t)
	for _, name := range []string{"one", "two"} {
		c.MustDo("FUNCTION", "LOAD", "#!lua name="+name+"\nserver.register_function('f_"+name+"', function() return '"+strings.Repeat("x", 300)+"' end)")
	}
	c.MustDo("SET", "k", "v")
	want := libraries(c)
	c.MustDo("SAVE")
	maker.Stop()

	for _, kind := range []struct {
		name     string
		commands [][]string
		args     []string
	}{
		{"SAVE", [][]string{{"SAVE"}}, nil},
		{"DEBUG RELOAD", [][]string{{"DEBUG", "RELOAD"}, {"DEBUG", "RELOAD"}}, nil},
		{"FLUSHALL", [][]string{{"FLUSHALL"}, {"SAVE"}}, nil},
		{"AOF", [][]string{{"CONFIG", "SET", "appendonly", "yes"}}, []string{"--appendonly", "yes"}},
		{"AOF of commands", [][]string{
			{"CONFIG", "SET", "aof-use-rdb-preamble", "no"}, {"CONFIG", "SET", "appendonly", "yes"}, {"DEBUG", "LOADAOF"},
		}, []string{"--appendonly", "yes", "--aof-use-rdb-preamble", "no"}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			dir := t.TempDir()
			data, err := os.ReadFile(filepath.Join(maker.Dir, "dump.rdb"))
			testkit.NoError(t, err)
			testkit.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), data, 0o600))
			s := testkit.StartSigrun(t, "--dir", dir)
			c := s.Dial(t)
			for _, command := range kind.commands {
				c.MustDo(command...)
				eventually(t, "the rewrite", func() bool {
					return info(t, c, "aof_rewrite_in_progress")+info(t, c, "aof_rewrite_scheduled") == 0
				})
			}
			s.Stop()
			for range 2 { // again with what has been loaded from there
				s.Restart(append([]string{"--dir", dir}, kind.args...)...)
				if len(kind.args) == 0 {
					s.Do("SAVE")
				}
				s.Stop()
			}
			peer := testkit.StartPeer(t, append([]string{"--dir", dir}, kind.args...)...)
			if got := libraries(peer.Dial(t)); got != want {
				t.Errorf("the peer has %s, had %s", got, want)
			}
		})
	}
}

// libraries are the sources of the libraries that a real server has.
func libraries(c *testkit.Client) string {
	var codes []string
	for _, l := range c.MustDo("FUNCTION", "LIST", "WITHCODE").Elems {
		code, _ := l.Get("library_code")
		codes = append(codes, code.Text)
	}
	slices.Sort(codes)
	return strings.Join(codes, "\n")
}

// TestModulesAreSkipped starts with a file that holds a module's value, which it
// does only if it is told to leave that out.
func TestModulesAreSkipped(t *testing.T) {
	const json = "\x81\x45\xe2\x52\x38\xdf\x91\x2c\x03" // ReJSON-RL, version 3
	file := []byte("REDIS0012\xf7" + json + "\x02\x01\x02\x01\x00\xfe\x00\x07\x04json" + json + "\x05\x02{}\x00\x00\x01k\x01v\xff")
	file = binary.LittleEndian.AppendUint64(file, hash.CRC64(file))
	dir := t.TempDir()
	testkit.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), file, 0o600))
	const refusal = "The RDB file contains AUX module data I can't load: no matching module 'ReJSON-RL'"
	log, err := exec.Command(testkit.SigrunBinary(t), "server", "--port", "0", "--dir", dir).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(log), refusal) {
		t.Errorf("%v, log %s", err, log)
	}
	s := testkit.StartSigrun(t, "--dir", dir, "--rdb-skip-modules", "yes")
	if got := s.Do("GET", "k").Text + s.Do("DBSIZE").String(); got != "v(integer) 1" {
		t.Errorf("loaded %q", got)
	}
	if !strings.Contains(s.Log(), "Left out what belongs to modules: 1 keys, and 1 other records.") {
		t.Errorf("log %s", s.Log())
	}
}
