// Package vfs is the only door to files in the project. Everything that reads
// or writes a file is given an FS, so that a test can hold the files in memory,
// make a chosen operation fail, or cut the power between any two operations.
//
// There are three of them: OS is the machine's, Mem lives in memory and knows
// what would survive a power cut (CrashClone), Faulty wraps another and fails
// on demand.
//
// Paths use the separator of the machine; Mem takes both. Every error is an
// *fs.PathError or an *os.LinkError in its chain and so names operation and
// path; compare with ErrNotExist and the like through errors.Is.
package vfs

import (
	"io"
	"io/fs"
)

// The errors that callers tell apart with errors.Is.
var (
	ErrNotExist   = fs.ErrNotExist
	ErrExist      = fs.ErrExist
	ErrPermission = fs.ErrPermission
	ErrClosed     = fs.ErrClosed
)

// FileInfo describes a file: its base name, size in bytes, mode and whether it
// is a directory.
type FileInfo = fs.FileInfo

// Flag says how OpenFile opens. One of Read, Write and ReadWrite, or'ed with
// the others.
type Flag uint8

// The flags of OpenFile.
const (
	Read      Flag = 1 << iota // the file can be read
	Write                      // the file can be written
	Append                     // every write goes to the end of the file
	MakeNew                    // create the file if it is missing
	Trunc                      // cut an existing file to zero bytes
	Exclusive                  // with MakeNew: fail with ErrExist if it is there

	ReadWrite = Read | Write
)

// FS is a tree of files. Implementations are safe for concurrent use.
type FS interface {
	// OpenFile opens path as flag says. perm applies to a file that is created.
	OpenFile(path string, flag Flag, perm fs.FileMode) (File, error)
	// Rename moves a file, which may be open, and replaces newPath atomically.
	// It is durable only after SyncDir of the directories involved.
	Rename(oldPath, newPath string) error
	// Remove deletes a file or an empty directory. A missing one is ErrNotExist.
	Remove(path string) error
	// MkdirAll creates a directory and its missing parents.
	MkdirAll(path string, perm fs.FileMode) error
	// Stat describes the file at path.
	Stat(path string) (FileInfo, error)
	// List describes the entries of a directory, sorted by name.
	List(dir string) ([]FileInfo, error)
	// SyncDir makes the entries of dir durable: files created, renamed and
	// removed in it. It does nothing where the system offers no such call.
	SyncDir(dir string) error
}

// File is an open file. One goroutine may Sync while another writes; otherwise
// a File has one user at a time. After an error of Write the bytes it says it
// wrote are in the file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Seeker
	io.Closer
	// Sync makes the file's bytes and its length durable (fdatasync where there
	// is one). After an error nobody knows which bytes are durable, and a later
	// success says nothing about them.
	Sync() error
	// Truncate sets the length to size bytes.
	Truncate(size int64) error
	// Size is the current length in bytes.
	Size() (int64, error)
	// Name is the path the file was opened by.
	Name() string
}
