package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// Open opens path for reading.
func Open(fsys FS, path string) (File, error) { return fsys.OpenFile(path, Read, 0) }

// Create opens path for reading and writing, empty, creating it if it is
// missing.
func Create(fsys FS, path string, perm fs.FileMode) (File, error) {
	return fsys.OpenFile(path, ReadWrite|MakeNew|Trunc, perm)
}

// OpenAppend opens path for writing at its end, creating it if it is missing.
func OpenAppend(fsys FS, path string, perm fs.FileMode) (File, error) {
	return fsys.OpenFile(path, Write|Append|MakeNew, perm)
}

// ReadFile returns the whole content of path. The caller owns the bytes.
func ReadFile(fsys FS, path string) ([]byte, error) {
	f, err := Open(fsys, path)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(f)
	return b, errors.Join(err, f.Close())
}

// Exists tells whether there is something at path. An error other than
// ErrNotExist counts as yes: better to fail on opening than to overwrite.
func Exists(fsys FS, path string) bool {
	_, err := fsys.Stat(path)
	return !errors.Is(err, ErrNotExist)
}

// Glob returns the paths that match pattern, sorted. Only the last element may
// hold wildcards, in the syntax of filepath.Match. A missing directory matches
// nothing.
func Glob(fsys FS, pattern string) ([]string, error) {
	dir, last := filepath.Split(pattern)
	if dir == "" {
		dir = "."
	}
	if _, err := filepath.Match(last, ""); err != nil {
		return nil, err
	}
	list, err := fsys.List(dir)
	if errors.Is(err, ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range list {
		if ok, _ := filepath.Match(last, e.Name()); ok {
			out = append(out, filepath.Join(filepath.Dir(pattern), e.Name()))
		}
	}
	return out, nil
}

// tempSeq keeps the temporary names of concurrent WriteFileAtomic calls apart.
var tempSeq atomic.Uint64

// WriteFileAtomic replaces the content of path by data: after a crash at any
// moment there is the old file or the new one, whole; after success the new one
// is durable. The temporary file, in the same directory, is removed on error.
func WriteFileAtomic(fsys FS, path string, data []byte, perm fs.FileMode) error {
	return ReplaceFile(fsys, path, tempName(path), perm, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// ReplaceFile is WriteFileAtomic for content that write produces, by way of the
// given temporary path, which must be in the same directory as path.
func ReplaceFile(fsys FS, path, temp string, perm fs.FileMode, write func(io.Writer) error) error {
	f, err := Create(fsys, temp, perm)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = fsys.Rename(temp, path)
	}
	if err != nil {
		// The error to tell is the first; a leftover file is swept by its name.
		_ = fsys.Remove(temp)
		return err
	}
	return fsys.SyncDir(filepath.Dir(path))
}

func tempName(path string) string {
	dir, base := filepath.Split(path)
	return dir + "temp-" + base + "." + strconv.FormatUint(tempSeq.Add(1), 10)
}

// IsNoSpace tells whether err says that the disk or the quota is full.
func IsNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, errQuota)
}

// Reason is the system's own text for err without operation and path, as C
// programs print it: "No such file or directory".
func Reason(err error) string {
	var no syscall.Errno
	switch {
	case err == nil:
		return "Success"
	case errors.As(err, &no):
		return capital(no.Error())
	case errors.Is(err, ErrNotExist):
		return capital(syscall.ENOENT.Error())
	case errors.Is(err, io.ErrShortWrite):
		return "Short write"
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return capital(err.Error())
}

// Step is the operation that err says has failed: "open", "write", "sync", "rename"
// and so on; "" if it doesn't say.
func Step(err error) string {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Op
	case errors.As(err, &le):
		return le.Op
	}
	return ""
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || unicode.IsUpper(r) {
		return s
	}
	return strings.ToUpper(string(r)) + s[n:]
}
