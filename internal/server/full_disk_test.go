package server

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// fullDisk is a file system whose increments of the append-only file take no
// more bytes while full is set: of a write the first three.
func fullDisk(mem vfs.FS, full *atomic.Bool) vfs.FS {
	return vfs.NewFaulty(mem, func(op vfs.Op) (f vfs.Fault) {
		if full.Load() && op.Kind == vfs.OpWrite && strings.Contains(op.Path, ".incr.") {
			f = vfs.Fault{Err: syscall.ENOSPC, Short: min(3, op.Size-1)}
		}
		return f
	})
}

// expect takes the next reply of c, which must be text.
func expect(t *testing.T, c *testkit.Client, text string) {
	t.Helper()
	r, err := c.Receive()
	testkit.NoError(t, err)
	if r.Text != text {
		t.Fatalf("answered %q, want %q", r.Text, text)
	}
}

// TestFullDisk is promise P5 with everysec: what could not be written is not
// acknowledged before it is, writes are refused meanwhile, reads are served, and
// all of it ends when there is room.
func TestFullDisk(t *testing.T) {
	var full atomic.Bool
	mem := vfs.NewMem()
	s := startOn(t, fullDisk(mem, &full), clock.Real, "appendonly", "yes")
	c := client(t, s)
	c.MustDo("SET", "k", "before")
	for round := range 5 {
		full.Store(true)
		writer, popper, transaction := client(t, s), client(t, s), client(t, s)
		popper.Send("BLPOP", "list", "0")
		until(t, "a client that waits", func() bool { return s.engine.Counts.Blocked.Load() == 1 })
		writer.Send("RPUSH", "list", "a")
		until(t, "the write to fail", func() bool { return s.persist.AOF.Err() != nil })
		transaction.Send("MULTI")
		transaction.Send("SET", "k", "refused")
		transaction.Send("EXEC")
		for _, want := range []string{"OK", "MISCONF", "EXECABORT"} {
			if r, err := transaction.Receive(); err != nil || !strings.HasPrefix(r.Text, want) {
				t.Fatalf("answered %v, %v, want %s", r, err, want)
			}
		}
		if r := c.Do("SET", "k", "after"); r.Text != "MISCONF Errors writing to the AOF file: No space left on device" {
			t.Fatalf("a write was answered with %v", r)
		}
		if r := c.Do("GET", "k"); r.Text != "before" {
			t.Fatalf("a read was answered with %v", r)
		}
		if s.net.Released() >= s.log.End() {
			t.Fatalf("round %d: what is not in the file was acknowledged", round)
		}
		back := startOn(t, mem.Clone(), clock.Real, "appendonly", "yes")
		if r := client(t, back).MustDo("DBSIZE"); r.Int() != 1 {
			t.Fatalf("a restart finds %d keys", r.Int())
		}
		full.Store(false)
		expect(t, writer, "1")
		if r, err := popper.Receive(); err != nil || len(r.Elems) != 2 {
			t.Fatalf("BLPOP answers %v, %v", r, err)
		}
		until(t, "writes to be taken", func() bool { return !c.Do("SET", "k", "before").IsError() })
	}
	if got, want := digest(client(t, startOn(t, mem.Clone(), clock.Real, "appendonly", "yes"))), digest(c); got != want {
		t.Errorf("a restart finds %s, not %s", got, want)
	}
}

// TestReadsWaitForTheDisk is the contract of appendfsync always: nobody is told of
// a value that a power cut could take back, not even who only reads it.
func TestReadsWaitForTheDisk(t *testing.T) {
	var stuck atomic.Bool
	goOn := make(chan struct{})
	fsys := vfs.NewFaulty(vfs.NewMem(), func(op vfs.Op) (f vfs.Fault) {
		if stuck.Load() && op.Kind == vfs.OpSync && strings.Contains(op.Path, ".incr.") {
			<-goOn
		}
		return f
	})
	s := startOn(t, fsys, clock.Real, "appendonly", "yes", "appendfsync", "always")
	writer := client(t, s)
	writer.MustDo("SET", "k", "1")
	stuck.Store(true)
	durable := s.log.End()
	writer.Send("SET", "k", "2")
	until(t, "the write to be in the log", func() bool { return s.log.End() > durable })
	var readers []*testkit.Client
	for range 4 { // on all loops
		c := client(t, s)
		readers = append(readers, c)
		c.Send("GET", "k")
	}
	before := s.engine.CallsOfLate()
	until(t, "the readers to have read", func() bool { return s.engine.CallsOfLate() >= before+4 })
	if released := s.net.Released(); released > durable {
		t.Fatalf("replies up to %d may leave, but only %d is durable", released, durable)
	}
	stuck.Store(false)
	close(goOn)
	expect(t, writer, "OK")
	for _, c := range readers {
		expect(t, c, "2")
	}
}
