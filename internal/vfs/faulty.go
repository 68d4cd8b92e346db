package vfs

import (
	"fmt"
	"io/fs"
)

// OpKind names an operation that a Faulty file system can be made to fail.
type OpKind uint8

// The operations. Those of a File carry the path it was opened by.
const (
	OpOpen OpKind = iota
	OpRename
	OpRemove
	OpMkdir
	OpStat
	OpList
	OpSyncDir
	OpRead
	OpWrite
	OpSync
	OpTruncate
	OpClose
)

var opNames = [...]string{
	OpOpen: "open", OpRename: "rename", OpRemove: "remove", OpMkdir: "mkdir",
	OpStat: "stat", OpList: "list", OpSyncDir: "syncdir", OpRead: "read",
	OpWrite: "write", OpSync: "fdatasync", OpTruncate: "truncate", OpClose: "close",
}

// String is the name of the operation as it stands in errors.
func (k OpKind) String() string { return opNames[k] }

// Op is one operation about to happen.
type Op struct {
	Kind OpKind
	Path string // of a rename the new path
	Size int    // bytes of a read or write
	Flag Flag   // of an open
}

// String describes op for a test's log.
func (o Op) String() string { return fmt.Sprintf("%s %s %d", o.Kind, o.Path, o.Size) }

// Mutates tells whether the operation can change what is on the disk.
func (o Op) Mutates() bool {
	switch o.Kind {
	case OpOpen:
		return o.Flag&(MakeNew|Trunc) != 0
	case OpRename, OpRemove, OpMkdir, OpSyncDir, OpWrite, OpSync, OpTruncate:
		return true
	}
	return false
}

// Fault is what befalls an operation. The zero Fault lets it pass.
type Fault struct {
	Err   error // the operation fails with it, wrapped with name and path
	Short int   // with Err: a write first puts that many bytes into the file
}

// Faulty wraps a file system and asks Inject before every operation.
type Faulty struct {
	FS
	// Inject decides about op. It may block, to play a stalled disk, and may be
	// called by several goroutines at once.
	Inject func(op Op) Fault
}

// NewFaulty returns inner with faults as inject says.
func NewFaulty(inner FS, inject func(op Op) Fault) *Faulty {
	return &Faulty{FS: inner, Inject: inject}
}

// check asks about op and returns the error it is to fail with.
func (f *Faulty) check(op Op) error {
	if fault := f.Inject(op); fault.Err != nil {
		return &fs.PathError{Op: op.Kind.String(), Path: op.Path, Err: fault.Err}
	}
	return nil
}

// OpenFile implements FS.
func (f *Faulty) OpenFile(path string, flag Flag, perm fs.FileMode) (File, error) {
	if err := f.check(Op{Kind: OpOpen, Path: path, Flag: flag}); err != nil {
		return nil, err
	}
	inner, err := f.FS.OpenFile(path, flag, perm)
	if err != nil {
		return nil, err
	}
	return &faultyFile{File: inner, fs: f}, nil
}

// Rename implements FS.
func (f *Faulty) Rename(oldPath, newPath string) error {
	if err := f.check(Op{Kind: OpRename, Path: newPath}); err != nil {
		return err
	}
	return f.FS.Rename(oldPath, newPath)
}

// Remove implements FS.
func (f *Faulty) Remove(path string) error {
	if err := f.check(Op{Kind: OpRemove, Path: path}); err != nil {
		return err
	}
	return f.FS.Remove(path)
}

// MkdirAll implements FS.
func (f *Faulty) MkdirAll(path string, perm fs.FileMode) error {
	if err := f.check(Op{Kind: OpMkdir, Path: path}); err != nil {
		return err
	}
	return f.FS.MkdirAll(path, perm)
}

// Stat implements FS.
func (f *Faulty) Stat(path string) (FileInfo, error) {
	if err := f.check(Op{Kind: OpStat, Path: path}); err != nil {
		return nil, err
	}
	return f.FS.Stat(path)
}

// List implements FS.
func (f *Faulty) List(dir string) ([]FileInfo, error) {
	if err := f.check(Op{Kind: OpList, Path: dir}); err != nil {
		return nil, err
	}
	return f.FS.List(dir)
}

// SyncDir implements FS.
func (f *Faulty) SyncDir(dir string) error {
	if err := f.check(Op{Kind: OpSyncDir, Path: dir}); err != nil {
		return err
	}
	return f.FS.SyncDir(dir)
}

type faultyFile struct {
	File
	fs *Faulty
}

func (f *faultyFile) check(kind OpKind, size int) error {
	return f.fs.check(Op{Kind: kind, Path: f.Name(), Size: size})
}

func (f *faultyFile) Read(b []byte) (int, error) {
	if err := f.check(OpRead, len(b)); err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

func (f *faultyFile) ReadAt(b []byte, off int64) (int, error) {
	if err := f.check(OpRead, len(b)); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, off)
}

func (f *faultyFile) Write(b []byte) (int, error) {
	op := Op{Kind: OpWrite, Path: f.Name(), Size: len(b)}
	fault := f.fs.Inject(op)
	if fault.Err == nil {
		return f.File.Write(b)
	}
	n, err := f.File.Write(b[:min(fault.Short, len(b))])
	if err != nil {
		return n, err
	}
	return n, &fs.PathError{Op: op.Kind.String(), Path: op.Path, Err: fault.Err}
}

func (f *faultyFile) Sync() error {
	if err := f.check(OpSync, 0); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *faultyFile) Truncate(size int64) error {
	if err := f.check(OpTruncate, 0); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *faultyFile) Close() error {
	if err := f.check(OpClose, 0); err != nil {
		_ = f.File.Close() // as with close(2): the file is closed whatever it says
		return err
	}
	return f.File.Close()
}
