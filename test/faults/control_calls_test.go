package faults

import (
	"syscall"
	"testing"

	"sigrun/test/variants"
)

// deafWrite takes a failed write for a good one, deafSync a failed sync.
var (
	deafWrite = variants.Edit{
		File: "internal/aof/output.go",
		Old:  "\tclear(o.views)\n\tif err != nil {\n",
		New:  "\tclear(o.views)\n\tif err != nil && w == nil {\n",
	}
	deafSync = variants.Edit{
		File: "internal/aof/sync.go",
		Old:  "\tif err != nil {\n\t\tw.syncFailed(err)\n",
		New:  "\tif err != nil && w == nil {\n\t\tw.syncFailed(err)\n",
	}
)

// waitingLoops wait for a sync that is under way.
var waitingLoops = variants.Edit{
	File: "internal/aof/writer.go",
	Old:  "func (w *Writer) push() {\n",
	New:  "func (w *Writer) push() {\n\tw.syncMu.Lock()\n\tdefer w.syncMu.Unlock()\n",
}

func with(more variants.Edit) []variants.Edit {
	return append([]variants.Edit{more}, injecting...)
}

// TestControlCalls: a server that does not listen to errors, or whose clients wait
// for syncs, is found out.
func TestControlCalls(t *testing.T) {
	t.Run("write", func(t *testing.T) {
		allOnly(t)
		variants.Use(t, with(deafWrite)...)
		if err := failingWrite(t); err == nil {
			t.Error("a write that failed and was forgotten was not noticed")
		}
	})
	t.Run("sync with always", func(t *testing.T) {
		allOnly(t)
		variants.Use(t, with(deafSync)...)
		if err := failingSyncAlways(t, 5); err == nil {
			t.Error("a sync that failed and was forgotten was not noticed")
		}
	})
	t.Run("sync with everysec", func(t *testing.T) {
		allOnly(t)
		variants.Use(t, with(deafSync)...)
		if err := failingSyncEverySecond(t); err == nil {
			t.Error("a sync that failed and was forgotten was not noticed")
		}
	})
	t.Run("slow sync", func(t *testing.T) {
		allOnly(t)
		variants.Use(t, with(waitingLoops)...)
		if longest, _ := slowSyncs(t); longest < slowSync()/2 {
			t.Errorf("nobody waited for longer than %v", longest)
		}
	})
}

// failingWrite has the fifth write of a server fail that ends right after it.
func failingWrite(t *testing.T) error {
	inject(t, fault{kind: "write", place: "internal/aof.(*segment).append", nth: 5, errno: syscall.EIO})
	defer noInjection()
	l := &life{t: t, dir: quickDir(t, 64<<20), args: append(mode("always"), "--save", ""), logged: true}
	if err := steps(func() error { return l.start() }, func() error { return l.set(5) }); err != nil {
		return err
	}
	l.p.kill()
	noInjection()
	return l.judge()
}
