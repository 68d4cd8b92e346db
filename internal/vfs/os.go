package vfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sort"
)

// OS is the machine's file system. A relative path is taken from dir, or from
// the working directory of the process if dir is empty.
func OS(dir string) FS { return osFS{dir: dir} }

type osFS struct{ dir string }

// resolve is path as the system is to see it.
func (o osFS) resolve(path string) string {
	if o.dir == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(o.dir, path)
}

// osFlags pairs our flags with the system's, but for the access mode.
var osFlags = [...]struct {
	ours Flag
	os   int
}{
	{Append, os.O_APPEND},
	{MakeNew, os.O_CREATE},
	{Trunc, os.O_TRUNC},
	{Exclusive, os.O_EXCL},
}

func (o osFS) OpenFile(path string, flag Flag, perm fs.FileMode) (File, error) {
	mode := os.O_RDONLY
	switch {
	case flag&ReadWrite == ReadWrite:
		mode = os.O_RDWR
	case flag&Write != 0:
		mode = os.O_WRONLY
	}
	for _, f := range osFlags {
		if flag&f.ours != 0 {
			mode |= f.os
		}
	}
	f, err := openFile(o.resolve(path), mode, perm)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (o osFS) Rename(oldPath, newPath string) error {
	return os.Rename(o.resolve(oldPath), o.resolve(newPath))
}

func (o osFS) Remove(path string) error { return os.Remove(o.resolve(path)) }

func (o osFS) MkdirAll(path string, perm fs.FileMode) error {
	return os.MkdirAll(o.resolve(path), perm)
}

func (o osFS) Stat(path string) (FileInfo, error) { return os.Stat(o.resolve(path)) }

func (o osFS) List(dir string) ([]FileInfo, error) {
	entries, err := os.ReadDir(o.resolve(dir))
	if err != nil {
		return nil, err
	}
	out := make([]FileInfo, 0, len(entries))
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			if os.IsNotExist(err) {
				continue // it went away while we looked
			}
			return nil, err
		}
		out = append(out, info)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out, nil
}

func (o osFS) SyncDir(dir string) error { return syncDir(o.resolve(dir)) }

type osFile struct{ *os.File }

// SetCrashOutput has the runtime report a failure of the process to f too. f, which is
// one of OS's, may be closed afterwards.
func SetCrashOutput(f File) error {
	o, ok := f.(osFile)
	if !ok {
		return nil // no process fails into a file in memory
	}
	return debug.SetCrashOutput(o.File, debug.CrashOptions{})
}

func (f osFile) Sync() error { return syncData(f.File) }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
