package config

import (
	"errors"
	"io/fs"
	"path/filepath"

	"sigrun/internal/vfs"
)

// FS is what config needs of the file system. Names given to it are absolute.
type FS interface {
	// ReadFile is the content of a file.
	ReadFile(name string) ([]byte, error)
	// WriteFileAtomic replaces a file: after a crash there is the old or the
	// new one, and after a return without error the new one.
	WriteFileAtomic(name string, data []byte, perm fs.FileMode) error
	// Glob lists the names that match pattern in ascending order.
	Glob(pattern string) ([]string, error)
	// ResolveDir is the full name of a directory that must exist.
	ResolveDir(dir string) (string, error)
}

// Files is the FS of fsys.
func Files(fsys vfs.FS) FS { return files{fsys} }

type files struct{ fsys vfs.FS }

func (f files) ReadFile(name string) ([]byte, error) { return vfs.ReadFile(f.fsys, name) }

func (f files) Glob(pattern string) ([]string, error) { return vfs.Glob(f.fsys, pattern) }

func (f files) WriteFileAtomic(name string, data []byte, perm fs.FileMode) error {
	return vfs.WriteFileAtomic(f.fsys, name, data, perm)
}

func (f files) ResolveDir(dir string) (string, error) {
	info, err := f.fsys.Stat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", &fs.PathError{Op: "chdir", Path: dir, Err: errNotDir}
	}
	return filepath.Clean(dir), nil
}

var errNotDir = errors.New("not a directory")
