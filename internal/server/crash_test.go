//go:build unix

package server_test

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

// TestTraceBySignal asks a server what it is doing; it goes on.
func TestTraceBySignal(t *testing.T) {
	s := testkit.StartSigrun(t)
	testkit.NoError(t, syscall.Kill(s.Pid, syscall.SIGALRM))
	s.WaitLog(20*time.Second, "STACK TRACE DONE")
	for _, w := range []string{"Received SIGALRM", "STACK TRACE -", "goroutine "} {
		if !strings.Contains(s.Log(), w) {
			t.Errorf("no %q in the log", w)
		}
	}
	s.Do("PING")
	if status := s.Stop(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestCrashBySignal sends what stands for failures, and finds the report in the log
// file, whose place is the server's folder. What the runtime says when the process
// fails by itself, here since it is asked to by SIGQUIT, is there too.
func TestCrashBySignal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGABRT, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := testkit.StartSigrun(t, "--logfile", "server.log")
			path := filepath.Join(s.Dir, "server.log")
			testkit.NoError(t, syscall.Kill(s.Pid, sig))
			if s.WaitExit(20*time.Second) == 0 {
				t.Error("the exit status is 0")
			}
			log, err := os.ReadFile(path)
			testkit.NoError(t, err)
			want := []string{"crashed by signal: " + strconv.Itoa(int(sig)), "STACK TRACE -", "goroutine ", "BUG REPORT END"}
			if sig == syscall.SIGQUIT {
				want = []string{"SIGQUIT", "goroutine "}
			}
			for _, w := range want {
				if !strings.Contains(string(log), w) {
					t.Errorf("no %q in the log", w)
				}
			}
		})
	}
}
