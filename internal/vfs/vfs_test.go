package vfs_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sigrun/internal/vfs"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, fsys vfs.FS, path, data string, sync bool) {
	t.Helper()
	f, err := vfs.OpenAppend(fsys, path, 0o644)
	must(t, err)
	_, err = f.Write([]byte(data))
	must(t, err)
	if sync {
		must(t, f.Sync())
	}
	must(t, f.Close())
}

func read(t *testing.T, fsys vfs.FS, path string) string {
	t.Helper()
	b, err := vfs.ReadFile(fsys, path)
	if errors.Is(err, vfs.ErrNotExist) {
		return "<none>"
	}
	must(t, err)
	return string(b)
}

// each runs one test on the machine's file system and on the one in memory: they must agree.
func each(t *testing.T, f func(t *testing.T, fsys vfs.FS)) {
	t.Run("os", func(t *testing.T) { f(t, vfs.OS(t.TempDir())) })
	t.Run("mem", func(t *testing.T) { f(t, vfs.NewMem()) })
	t.Run("faulty", func(t *testing.T) {
		f(t, vfs.NewFaulty(vfs.NewMem(), func(vfs.Op) vfs.Fault { return vfs.Fault{} }))
	})
}

func TestFiles(t *testing.T) {
	each(t, func(t *testing.T, fsys vfs.FS) {
		must(t, fsys.MkdirAll("d/e", 0o755))
		write(t, fsys, "d/e/a", "hello", true)
		write(t, fsys, "d/e/a", " world", false)
		if got := read(t, fsys, "d/e/a"); got != "hello world" {
			t.Fatalf("content %q", got)
		}
		f, err := fsys.OpenFile("d/e/a", vfs.ReadWrite, 0)
		must(t, err)
		must(t, f.Truncate(7))
		_, err = f.Seek(-2, io.SeekEnd)
		must(t, err)
		_, err = f.Write([]byte("-W"))
		must(t, err)
		b := make([]byte, 4)
		if n, err := f.ReadAt(b, 5); n != 2 || err != io.EOF || string(b[:n]) != "-W" {
			t.Fatalf("ReadAt = %q, %v", b[:n], err)
		}
		if n, err := f.Size(); n != 7 || err != nil {
			t.Fatalf("Size = %d, %v", n, err)
		}
		must(t, f.Close())
		if err := f.Close(); !errors.Is(err, vfs.ErrClosed) {
			t.Fatalf("second Close: %v", err)
		}
		must(t, fsys.Rename("d/e/a", "d/b"))
		must(t, fsys.SyncDir("d"))
		if read(t, fsys, "d/e/a") != "<none>" || read(t, fsys, "d/b") != "hello-W" {
			t.Fatal("rename did not move the file")
		}
		must(t, fsys.Remove("d/e"))
		list, err := fsys.List("d")
		must(t, err)
		if len(list) != 1 || list[0].Name() != "b" || list[0].Size() != 7 {
			t.Fatalf("List = %v", list)
		}
	})
}

func TestErrors(t *testing.T) {
	each(t, func(t *testing.T, fsys vfs.FS) {
		must(t, fsys.MkdirAll("dir", 0o755))
		write(t, fsys, "dir/f", "x", false)
		_, err := vfs.Open(fsys, "nope")
		var pe *fs.PathError
		if !errors.Is(err, vfs.ErrNotExist) || !errors.As(err, &pe) || !strings.HasSuffix(pe.Path, "nope") {
			t.Errorf("open of a missing file: %v", err)
		}
		if got := vfs.Reason(err); got != "No such file or directory" {
			t.Errorf("Reason = %q", got)
		}
		if _, err := fsys.OpenFile("dir/f", vfs.Write|vfs.MakeNew|vfs.Exclusive, 0o644); !errors.Is(err, vfs.ErrExist) {
			t.Errorf("exclusive open of an existing file: %v", err)
		}
		if err := fsys.Remove("dir"); err == nil {
			t.Error("a directory with a file in it was removed")
		}
		if err := fsys.Rename("nope", "dir/g"); !errors.Is(err, vfs.ErrNotExist) {
			t.Errorf("rename of a missing file: %v", err)
		}
		if _, err := fsys.OpenFile("dir", vfs.Write, 0); err == nil {
			t.Error("a directory was opened for writing")
		}
		f, err := vfs.Open(fsys, "dir/f")
		must(t, err)
		if _, err := f.Write([]byte("y")); err == nil {
			t.Error("a file opened for reading was written")
		}
		must(t, f.Close())
	})
}

func TestHelpers(t *testing.T) {
	each(t, func(t *testing.T, fsys vfs.FS) {
		must(t, fsys.MkdirAll("x/y", 0o755))
		must(t, vfs.WriteFileAtomic(fsys, "x/y/conf", []byte("one"), 0o644))
		must(t, vfs.WriteFileAtomic(fsys, "x/y/conf", []byte("two"), 0o644))
		if got := read(t, fsys, "x/y/conf"); got != "two" {
			t.Fatalf("content %q", got)
		}
		write(t, fsys, "x/y/b.conf", "", false)
		got, err := vfs.Glob(fsys, "x/y/*conf")
		must(t, err)
		want := []string{filepath.Join("x", "y", "b.conf"), filepath.Join("x", "y", "conf")}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("Glob = %v, want %v", got, want)
		}
		if got, err := vfs.Glob(fsys, "missing/*"); got != nil || err != nil {
			t.Fatalf("Glob in a missing directory = %v, %v", got, err)
		}
		if !vfs.Exists(fsys, "x") {
			t.Fatal("x is not there")
		}
		must(t, fsys.Remove(filepath.Join("x", "y", "conf")))
		must(t, fsys.Remove(filepath.Join("x", "y", "b.conf")))
		must(t, fsys.Remove(filepath.Join("x", "y")))
		must(t, fsys.Remove("x"))
		if vfs.Exists(fsys, "x") {
			t.Fatal("x is still there")
		}
	})
}

func TestOSAbsolutePath(t *testing.T) {
	dir := t.TempDir()
	write(t, vfs.OS(t.TempDir()), filepath.Join(dir, "f"), "abs", true)
	if got := read(t, vfs.OS(""), filepath.Join(dir, "f")); got != "abs" {
		t.Fatalf("content %q", got)
	}
}

// TestAtomicEveryFault makes each operation of WriteFileAtomic fail in turn: the
// old content stays, or, when only the last SyncDir failed, the new one; nothing is left over.
func TestAtomicEveryFault(t *testing.T) {
	for at := 1; ; at++ {
		mem := vfs.NewMem()
		write(t, mem, "f", "old", true)
		n := 0
		var hit vfs.Op
		faulty := vfs.NewFaulty(mem, func(op vfs.Op) vfs.Fault {
			if n++; n != at {
				return vfs.Fault{}
			}
			hit = op
			return vfs.Fault{Err: syscall.ENOSPC, Short: 1}
		})
		err := vfs.WriteFileAtomic(faulty, "f", []byte("new"), 0o644)
		if n < at {
			must(t, err)
			return
		}
		if !vfs.IsNoSpace(err) || vfs.Reason(err) != "No space left on device" {
			t.Fatalf("%v failed, but the error is %v", hit, err)
		}
		want := "old"
		if hit.Kind == vfs.OpSyncDir {
			want = "new"
		}
		list, lerr := mem.List("/")
		must(t, lerr)
		if got := read(t, mem, "f"); got != want || len(list) != 1 {
			t.Fatalf("after a failed %v: content %q, files %v", hit, got, list)
		}
	}
}
