package faults

import (
	"testing"

	"sigrun/test/variants"
)

// noSync never has the bytes of a file made durable.
var noSync = variants.Edit{
	File: "internal/vfs/os_linux.go",
	Old:  "func syncData(f *os.File) error {\n",
	New:  "func syncData(f *os.File) error {\n\tif f != nil {\n\t\treturn nil\n\t}\n",
}

// noLogSync never has the log made durable. It is looked at beside the file, so that it compiles.
var noLogSync = variants.Edit{
	File: "internal/aof/sync.go",
	Old:  "\terr := f.Sync()\n",
	New:  "\t_, err := f.Size()\n",
}

// noDirSync never has the name of a file made durable.
var noDirSync = variants.Edit{
	File: "internal/vfs/os.go",
	Old:  "func (o osFS) SyncDir(dir string) error { return syncDir(o.resolve(dir)) }",
	New:  "func (o osFS) SyncDir(dir string) error {\n\tif dir != \"\" {\n\t\treturn nil\n\t}\n\treturn syncDir(o.resolve(dir))\n}",
}

// keepTemp leaves the temporary file of a replacement that failed.
var keepTemp = variants.Edit{
	File: "internal/vfs/util.go",
	Old:  "_ = fsys.Remove(temp)\n",
	New:  "_ = temp\n",
}

// undying goes on after a failed write though every reply promises durability.
var undying = variants.Edit{
	File: "internal/aof/writer.go",
	Old:  "if w.dead.CompareAndSwap(false, true) && w.Fatal != nil {",
	New:  "if w.dead.Load() && w.Fatal != nil {",
}

// controlCuts is how often a control's power may be cut before it has to have failed.
const controlCuts = 40

// TestControlPower: a server that leaves out what makes files durable loses what
// it may not lose.
func TestControlPower(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   variants.Edit
		broken func(v *verdict) int
		cutter func(t *testing.T) *cutter
	}{
		{"always without sync", noLogSync, func(v *verdict) int { return v.lost }, alwaysCutter},
		{"everysec without sync", noLogSync, func(v *verdict) int { return v.lost }, everySecondCutter},
		{"snapshots without sync", noSync, func(v *verdict) int { return v.damaged }, snapshotCutter},
		{"snapshots without sync of the folder", noDirSync, func(v *verdict) int { return v.lost }, snapshotCutter},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name != "always without sync" {
				allOnly(t)
			}
			variants.Use(t, c.edit)
			v := c.cutter(t).cutRepeatedly(controlCuts)
			t.Log(v)
			if c.broken(v) == 0 {
				t.Errorf("nothing was noticed in %d cuts", v.kills)
			}
		})
	}
}

// TestControlFull: on a full disk a server is seen to leave files behind, and to go
// on when it has to end.
func TestControlFull(t *testing.T) {
	t.Run("temporary files", func(t *testing.T) {
		allOnly(t)
		variants.Use(t, keepTemp)
		f := newFullDisk(t, mode("everysec")...)
		if f.everySecond(1); len(f.complaints) == 0 {
			t.Error("the temporary files were not noticed")
		}
	})
	t.Run("always", func(t *testing.T) {
		allOnly(t)
		variants.Use(t, undying)
		if f := fullAlways(t); len(f.complaints) == 0 {
			t.Error("that the server went on was not noticed")
		}
	})
}
