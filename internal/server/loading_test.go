package server

import (
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/netio"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// TestNothingIsSavedWhileLoading: who is connected while the data are being loaded
// can't have the half of them saved, that is there so far, over the file.
func TestNothingIsSavedWhileLoading(t *testing.T) {
	mem := vfs.NewMem()
	first := startOn(t, mem, clock.Real)
	c := client(t, first)
	fillKeys(c, 1000)
	c.MustDo("SAVE")
	want := digest(c)
	testkit.NoError(t, first.Close())
	file, err := vfs.ReadFile(mem, "/dump.rdb")
	testkit.NoError(t, err)

	goOn := make(chan struct{})
	slow := vfs.NewFaulty(mem, func(op vfs.Op) (f vfs.Fault) {
		if op.Kind == vfs.OpRead && strings.HasSuffix(op.Path, "dump.rdb") {
			<-goOn
		}
		return f
	})
	port := testkit.FreePort(t)
	cfg := config.New(config.Options{FS: config.Files(slow), WorkDir: "/", Version: "9.1.2"})
	for id, text := range map[config.ID]string{config.Port: strconv.Itoa(port), config.Save: "3600 1", config.EnableDebugCommand: "yes"} {
		testkit.NoError(t, cfg.Assign(id, text))
	}
	var exit atomic.Int32
	exit.Store(-1)
	started := make(chan *Server)
	go func() {
		s, err := Start(Options{Config: cfg, FS: slow, Driver: netio.DriverNet, Exit: func(code int) { exit.Store(int32(code)) }})
		if err != nil {
			t.Error(err)
		}
		started <- s
	}()
	early := dialSoon(t, port)
	for _, line := range []string{"SAVE", "BGSAVE", "BGSAVE SCHEDULE", "BGREWRITEAOF", "SET k v"} {
		if got := early.Do(strings.Fields(line)...).Text; got != "LOADING Valkey is loading the dataset in memory" {
			t.Errorf("%s is answered with %q", line, got)
		}
	}
	early.Send("SHUTDOWN", "SAVE")
	until(t, "an exit without a save", func() bool { return exit.Load() == 0 })
	if now, err := vfs.ReadFile(mem, "/dump.rdb"); err != nil || string(now) != string(file) {
		t.Errorf("the file has changed while it was being loaded: %v", err)
	}
	close(goOn)
	s := <-started
	defer s.Close()
	if got := digest(client(t, s)); got != want {
		t.Errorf("loaded %s, want %s", got, want)
	}
}

// dialSoon is a client of the server that is about to listen on port.
func dialSoon(t *testing.T, port int) *testkit.Client {
	t.Helper()
	var conn net.Conn
	until(t, "a server that listens", func() (ok bool) {
		var err error
		conn, err = net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		return err == nil
	})
	c := testkit.NewClient(t, conn)
	t.Cleanup(c.Close)
	return c
}
