package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"sigrun/internal/admin/persists"
	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/netio"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// TestAbortShutdown takes back what a signal asked for before the keeper got to it.
func TestAbortShutdown(t *testing.T) {
	s := startOn(t, vfs.NewMem(), clock.Real)
	c := client(t, s)
	want := func(text string) {
		t.Helper()
		if got := c.Do("SHUTDOWN", "ABORT").Text; got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	c.MustDo("DEBUG", "PAUSE-CRON", "1")
	want("ERR No shutdown in progress.")
	s.ShutdownBySignal("SIGTERM", persists.ShutdownOptions{})
	want("OK")
	want("ERR No shutdown in progress.")
	c.MustDo("DEBUG", "PAUSE-CRON", "0")
	c.MustDo("PING")
	s.ShutdownBySignal("SIGTERM", persists.ShutdownOptions{})
	s.Wait()
}

// TestFailedShutdown: a server whose data can't be saved goes on, and stops when it
// is forced to.
func TestFailedShutdown(t *testing.T) {
	fsys := vfs.NewMem()
	s := startOn(t, fsys, clock.Real, "save", "3600 1000000")
	testkit.NoError(t, fsys.MkdirAll("/dump.rdb", 0o700)) // nothing can be renamed to it
	c := client(t, s)
	for range 2 {
		if got := c.Do("SHUTDOWN").Text; got != "ERR Errors trying to SHUTDOWN. Check logs." {
			t.Errorf("got %q", got)
		}
		c.MustDo("SET", "k", "v")
	}
	s.ShutdownBySignal("SIGINT", persists.ShutdownOptions{})
	until(t, "the attempt ends", func() bool { return !s.shutdowns.isAsked() })
	c.MustDo("PING")
	c.Send("SHUTDOWN", "FORCE")
	s.Wait()
}

// TestFirstRewriteStopsShutdown: while the append-only file is being written for
// the first time there is nothing on disk to come back to.
func TestFirstRewriteStopsShutdown(t *testing.T) {
	s := startOn(t, vfs.NewMem(), clock.Real)
	c := client(t, s)
	fillKeys(c, 1000)
	c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "1000000000", "appendonly", "yes")
	until(t, "the rewrite runs", s.persist.FirstRewrite)
	if got := c.Do("SHUTDOWN").Text; !strings.HasPrefix(got, "ERR Errors trying to SHUTDOWN") {
		t.Errorf("got %q", got)
	}
	c.MustDo("PING")
	c.Send("SHUTDOWN", "FORCE")
	s.Wait()
}

// TestSignalWhileLoading ends a server that loads, without waiting for its data and
// without touching them.
func TestSignalWhileLoading(t *testing.T) {
	mem := vfs.NewMem()
	first := startOn(t, mem, clock.Real)
	fillKeys(client(t, first), 1000)
	client(t, first).MustDo("SAVE")
	testkit.NoError(t, first.Close())
	file, err := vfs.ReadFile(mem, "/dump.rdb")
	testkit.NoError(t, err)

	goOn, exits := make(chan struct{}), make(chan int, 1)
	slow := vfs.NewFaulty(mem, func(op vfs.Op) (f vfs.Fault) {
		if op.Kind == vfs.OpRead && strings.HasSuffix(op.Path, "dump.rdb") {
			<-goOn
		}
		return f
	})
	cfg := config.New(config.Options{FS: config.Files(slow), WorkDir: "/", Version: "9.1.2"})
	testkit.NoError(t, cfg.Assign(config.Port, "0"))
	testkit.NoError(t, cfg.Assign(config.Save, "3600 1"))
	var log logged
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s, err := Start(Options{Config: cfg, FS: slow, Driver: netio.DriverNet, Logf: log.add, Exit: func(code int) { exits <- code },
			Loading: func(s *Server) { go s.ShutdownBySignal("SIGTERM", persists.ShutdownOptions{Save: true}) }})
		if err != nil {
			t.Error(err)
			return
		}
		testkit.NoError(t, s.Close())
	}()
	if code := <-exits; code != 0 {
		t.Errorf("status %d", code)
	}
	if text := log.text(); !strings.Contains(text, "Received shutdown signal during loading, scheduling shutdown.\n") ||
		!strings.Contains(text, "ready to exit, bye bye") || strings.Contains(text, "Saving") {
		t.Errorf("logged\n%s", text)
	}
	if now, err := vfs.ReadFile(mem, "/dump.rdb"); err != nil || string(now) != string(file) {
		t.Errorf("the file is not what it was (%v)", err)
	}
	close(goOn)
	<-ended
}

// logged keeps the lines of a log.
type logged struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (l *logged) add(_ aof.Level, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.lines, format+"\n", args...)
}

func (l *logged) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}
