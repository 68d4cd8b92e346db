package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/vfs"
)

// The times after which a tool says how far it has come with a file, at first and
// from then on.
const (
	firstProgress = 3 * time.Second
	nextProgress  = 2 * time.Second
)

// watchedFS is an FS that says on out how far its files have been read when that
// takes long.
type watchedFS struct {
	vfs.FS
	out io.Writer
}

// watched is the machine's files, with progress on the error output, for what is
// on the other is read by programs.
func watched() vfs.FS { return watchedFS{vfs.OS(""), os.Stderr} }

// OpenFile implements vfs.FS.
func (w watchedFS) OpenFile(path string, flag vfs.Flag, perm fs.FileMode) (vfs.File, error) {
	f, err := w.FS.OpenFile(path, flag, perm)
	if err != nil {
		return nil, err
	}
	return &watchedFile{File: f, w: w.out, name: filepath.Base(path), due: clock.Real.Mono() + int64(firstProgress)}, nil
}

type watchedFile struct {
	vfs.File
	w    io.Writer
	name string
	read int64 // bytes
	due  int64 // of the next report, in monotonic nanoseconds
}

// Read implements io.Reader.
func (f *watchedFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.read += int64(n)
	if now := clock.Real.Mono(); now >= f.due {
		f.due = now + int64(nextProgress)
		f.report()
	}
	return n, err
}

func (f *watchedFile) report() {
	size, err := f.Size()
	if err != nil || size <= 0 {
		return
	}
	fmt.Fprintf(f.w, "%s: %d of %d bytes read, %d%%\n", f.name, f.read, size, f.read*100/size)
}

// Seek implements io.Seeker.
func (f *watchedFile) Seek(offset int64, whence int) (int64, error) {
	n, err := f.File.Seek(offset, whence)
	f.read = n
	return n, err
}
