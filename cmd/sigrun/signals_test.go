//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// temps are the temporary files in a folder.
func temps(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "temp-*"))
	testkit.NoError(t, err)
	return found
}

const patience = 20 * time.Second

// TestSignals: the first SIGTERM or SIGINT ends the server in order, a second SIGINT
// at once, without a trace.
func TestSignals(t *testing.T) {
	lines := []string{"Received SIGTERM scheduling shutdown...", "User requested shutdown...", "Calling fsync() on the AOF file.",
		"Saving the final RDB snapshot before exiting.", "Removing the pid file.", "Removing the unix socket file.", "Valkey is now ready to exit, bye bye..."}
	s := testkit.StartSigrun(t, "--save", "3600 1", "--appendonly", "yes", "--pidfile", "pid", "--unixsocket", "socket", "--unixsocketperm", "700")
	s.Do("SET", "k", "v")
	testkit.NoError(t, syscall.Kill(s.Pid, syscall.SIGTERM))
	if status := s.WaitExit(patience); status != 0 {
		t.Errorf("status %d", status)
	}
	rest := s.Log()
	for _, line := range lines {
		at := strings.Index(rest, line)
		if at < 0 {
			t.Fatalf("no %q where it is due", line)
		}
		rest = rest[at:]
	}
	for _, name := range []string{"pid", "socket"} {
		if _, err := os.Stat(filepath.Join(s.Dir, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}

	stale := filepath.Join(s.Dir, "temp-"+strconv.Itoa(s.Pid)+".rdb")
	testkit.NoError(t, os.WriteFile(stale, []byte("half"), 0o600))
	s.Restart("--save", "3600 1", "--rdb-key-save-delay", "1000000000")
	if left := temps(t, s.Dir); len(left) > 0 {
		t.Errorf("left by the process before: %q", left)
	}
	s.Do("SET", "k", "v")
	testkit.NoError(t, syscall.Kill(s.Pid, syscall.SIGTERM))
	testkit.Eventually(t, patience, func() bool { return len(temps(t, s.Dir)) == 1 }, "a save under way")
	testkit.NoError(t, syscall.Kill(s.Pid, syscall.SIGINT))
	if status := s.WaitExit(patience); status != 1 || !strings.Contains(s.Log(), "You insist... exiting now.") {
		t.Errorf("status %d", status)
	}
	if left := temps(t, s.Dir); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
