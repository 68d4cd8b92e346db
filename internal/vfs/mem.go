package vfs

import (
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Mem is a file system in memory that remembers what a power cut would leave.
//
// A file is a node with the bytes that it has now and those of its last Sync. A
// directory is a node with the entries it has now and those that are durable.
// Every change of entries (create, rename, remove, mkdir) is also an edit in one
// journal, in order, until a SyncDir makes it durable:
//
//	journal:  [ "/a": x=n1 ] [ "/a": x=nil, "/b": y=n1 ] [ "/b": z=n2 ]
//	               create            rename                  create
//
// Invariants: (1) the durable entries plus the journal's edits, in order, are
// the present entries; (2) an edit becomes durable only together with all
// earlier edits of its directories, so that a rename is never torn apart and
// the edits of one directory never overtake each other.
type Mem struct {
	mu      sync.Mutex
	root    *memNode
	journal []memEdit
}

// memNode is a file or a directory. Mem.mu guards it.
type memNode struct {
	dir     bool
	mode    fs.FileMode
	data    []byte              // of a file
	synced  []byte              // data at the last Sync; nobody writes into it
	entries map[string]*memNode // of a directory
	durable map[string]*memNode // entries that a power cut leaves
}

// memEdit is one atomic change of the entries of one or two directories.
type memEdit [2]memSet

// memSet puts node, or nothing if it is nil, at name in dir. A zero memSet
// does nothing.
type memSet struct {
	dir  *memNode
	name string
	node *memNode
}

// NewMem returns a file system with an empty root and working directory "/".
func NewMem() *Mem { return &Mem{root: newMemDir()} }

func newMemDir() *memNode {
	return &memNode{
		dir: true, mode: fs.ModeDir | 0o755,
		entries: map[string]*memNode{}, durable: map[string]*memNode{},
	}
}

// clean is p as an absolute slash path.
func clean(p string) string { return path.Clean("/" + filepath.ToSlash(p)) }

func memError(op, p string, err error) error { return &fs.PathError{Op: op, Path: p, Err: err} }

// find returns the node at p, or nil. REQUIRES: m.mu.
func (m *Mem) find(p string) *memNode {
	n := m.root
	for _, name := range strings.Split(clean(p)[1:], "/") {
		if name == "" {
			continue
		}
		if n == nil || !n.dir {
			return nil
		}
		n = n.entries[name]
	}
	return n
}

// parent returns the directory that holds p, and p's name in it. REQUIRES: m.mu.
func (m *Mem) parent(p string) (*memNode, string, error) {
	dir, name := path.Split(clean(p))
	n := m.find(dir)
	switch {
	case n == nil:
		return nil, "", syscall.ENOENT
	case !n.dir:
		return nil, "", syscall.ENOTDIR
	case name == "":
		return nil, "", syscall.EISDIR
	}
	return n, name, nil
}

// edit applies e to the present entries and enters it in the journal.
// REQUIRES: m.mu.
func (m *Mem) edit(e memEdit) {
	for _, s := range e {
		if s.dir != nil {
			s.put(s.dir.entries)
		}
	}
	m.journal = append(m.journal, e)
}

func (s memSet) put(entries map[string]*memNode) {
	if s.node == nil {
		delete(entries, s.name)
	} else {
		entries[s.name] = s.node
	}
}

// OpenFile implements FS.
func (m *Mem) OpenFile(p string, flag Flag, perm fs.FileMode) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, name, err := m.parent(p)
	if err != nil {
		return nil, memError("open", p, err)
	}
	n := dir.entries[name]
	switch {
	case n == nil && flag&MakeNew == 0:
		return nil, memError("open", p, syscall.ENOENT)
	case n == nil:
		n = &memNode{mode: perm.Perm()}
		m.edit(memEdit{{dir, name, n}})
	case flag&Exclusive != 0:
		return nil, memError("open", p, syscall.EEXIST)
	case n.dir && flag&Write != 0:
		return nil, memError("open", p, syscall.EISDIR)
	case flag&Trunc != 0:
		n.data = nil
	}
	return &memFile{mem: m, node: n, name: p, flag: flag}, nil
}

// Rename implements FS.
func (m *Mem) Rename(oldPath, newPath string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	from, oldName, err := m.parent(oldPath)
	if err != nil {
		return memError("rename", oldPath, err)
	}
	to, newName, err := m.parent(newPath)
	if err != nil {
		return memError("rename", newPath, err)
	}
	n, there := from.entries[oldName], to.entries[newName]
	switch {
	case n == nil:
		return memError("rename", oldPath, syscall.ENOENT)
	case there != nil && there.dir != n.dir:
		return memError("rename", newPath, syscall.EISDIR)
	case there != nil && len(there.entries) > 0:
		return memError("rename", newPath, syscall.ENOTEMPTY)
	case n == there:
		return nil
	}
	m.edit(memEdit{{from, oldName, nil}, {to, newName, n}})
	return nil
}

// Remove implements FS.
func (m *Mem) Remove(p string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, name, err := m.parent(p)
	if err != nil {
		return memError("remove", p, err)
	}
	switch n := dir.entries[name]; {
	case n == nil:
		return memError("remove", p, syscall.ENOENT)
	case len(n.entries) > 0:
		return memError("remove", p, syscall.ENOTEMPTY)
	}
	m.edit(memEdit{{dir, name, nil}})
	return nil
}

// MkdirAll implements FS.
func (m *Mem) MkdirAll(p string, perm fs.FileMode) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := m.root
	for _, name := range strings.Split(clean(p)[1:], "/") {
		if name == "" {
			continue
		}
		n := at.entries[name]
		if n == nil {
			n = newMemDir()
			n.mode = fs.ModeDir | perm.Perm()
			m.edit(memEdit{{at, name, n}})
		}
		if !n.dir {
			return memError("mkdir", p, syscall.ENOTDIR)
		}
		at = n
	}
	return nil
}

// Stat implements FS.
func (m *Mem) Stat(p string) (FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.find(p)
	if n == nil {
		return nil, memError("stat", p, syscall.ENOENT)
	}
	return n.info(path.Base(clean(p))), nil
}

// List implements FS.
func (m *Mem) List(dir string) ([]FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.find(dir)
	if n == nil {
		return nil, memError("open", dir, syscall.ENOENT)
	}
	if !n.dir {
		return nil, memError("readdir", dir, syscall.ENOTDIR)
	}
	out := make([]FileInfo, 0, len(n.entries))
	for name, e := range n.entries {
		out = append(out, e.info(name))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out, nil
}

// SyncDir implements FS.
func (m *Mem) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.find(dir)
	if n == nil {
		return memError("open", dir, syscall.ENOENT)
	}
	chosen := m.closure(func(i int) bool { return m.journal[i].touches(n) })
	rest := m.journal[:0]
	for i, e := range m.journal {
		if !chosen[i] {
			rest = append(rest, e)
			continue
		}
		for _, s := range e {
			if s.dir != nil {
				s.put(s.dir.durable)
			}
		}
	}
	m.journal = rest
	return nil
}

func (e memEdit) touches(n *memNode) bool { return e[0].dir == n || e[1].dir == n }

// closure marks the journal's edits that want names, and all earlier ones that
// those rest on (invariant 2). REQUIRES: m.mu.
func (m *Mem) closure(want func(i int) bool) []bool {
	chosen := make([]bool, len(m.journal))
	needed := map[*memNode]bool{}
	for i := len(m.journal) - 1; i >= 0; i-- {
		e := m.journal[i]
		if !want(i) && !needed[e[0].dir] && (e[1].dir == nil || !needed[e[1].dir]) {
			continue
		}
		chosen[i] = true
		needed[e[0].dir] = true
		if e[1].dir != nil {
			needed[e[1].dir] = true
		}
	}
	return chosen
}

func (n *memNode) info(name string) FileInfo {
	return memInfo{name: name, size: int64(len(n.data)), mode: n.mode, node: n}
}

// memInfo is a FileInfo that stays as it was when it was asked for.
type memInfo struct {
	name string
	size int64
	mode fs.FileMode
	node *memNode
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) Mode() fs.FileMode  { return i.mode }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) IsDir() bool        { return i.mode.IsDir() }
func (i memInfo) Sys() any           { return i.node }

// memFile is an open file of a Mem.
type memFile struct {
	mem    *Mem
	node   *memNode
	name   string
	flag   Flag
	pos    int64
	closed bool
}

// enter locks the file system for an operation on an open file.
func (f *memFile) enter(op string, need Flag) error {
	f.mem.mu.Lock()
	switch {
	case f.closed:
		return memError(op, f.name, fs.ErrClosed)
	case f.flag&need != need:
		return memError(op, f.name, syscall.EBADF)
	case f.node.dir:
		return memError(op, f.name, syscall.EISDIR)
	}
	return nil
}

func (f *memFile) Read(b []byte) (int, error) {
	defer f.mem.mu.Unlock()
	if err := f.enter("read", Read); err != nil {
		return 0, err
	}
	n, err := f.readAt(b, f.pos)
	f.pos += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (f *memFile) ReadAt(b []byte, off int64) (int, error) {
	defer f.mem.mu.Unlock()
	if err := f.enter("read", Read); err != nil {
		return 0, err
	}
	return f.readAt(b, off)
}

func (f *memFile) readAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, memError("read", f.name, syscall.EINVAL)
	}
	if off >= int64(len(f.node.data)) {
		if len(b) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	n := copy(b, f.node.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) Write(b []byte) (int, error) {
	defer f.mem.mu.Unlock()
	if err := f.enter("write", Write); err != nil {
		return 0, err
	}
	n := f.node
	if f.flag&Append != 0 {
		f.pos = int64(len(n.data))
	}
	n.grow(f.pos)
	have := copy(n.data[f.pos:], b)
	n.data = append(n.data, b[have:]...)
	f.pos += int64(len(b))
	return len(b), nil
}

// grow fills n's data with zeros up to size bytes.
func (n *memNode) grow(size int64) {
	if missing := size - int64(len(n.data)); missing > 0 {
		n.data = append(n.data, make([]byte, missing)...)
	}
}

func (f *memFile) Seek(off int64, whence int) (int64, error) {
	defer f.mem.mu.Unlock()
	if err := f.enter("seek", 0); err != nil {
		return 0, err
	}
	switch whence {
	case io.SeekCurrent:
		off += f.pos
	case io.SeekEnd:
		off += int64(len(f.node.data))
	}
	if off < 0 {
		return 0, memError("seek", f.name, syscall.EINVAL)
	}
	f.pos = off
	return off, nil
}

func (f *memFile) Sync() error {
	defer f.mem.mu.Unlock()
	if err := f.enter("fdatasync", 0); err != nil {
		return err
	}
	f.node.synced = append([]byte(nil), f.node.data...)
	return nil
}

func (f *memFile) Truncate(size int64) error {
	defer f.mem.mu.Unlock()
	if err := f.enter("truncate", Write); err != nil {
		return err
	}
	if size < 0 {
		return memError("truncate", f.name, syscall.EINVAL)
	}
	f.node.grow(size)
	f.node.data = f.node.data[:size]
	return nil
}

func (f *memFile) Size() (int64, error) {
	defer f.mem.mu.Unlock()
	if err := f.enter("stat", 0); err != nil {
		return 0, err
	}
	return int64(len(f.node.data)), nil
}

func (f *memFile) Name() string { return f.name }

func (f *memFile) Close() error {
	f.mem.mu.Lock()
	defer f.mem.mu.Unlock()
	if f.closed {
		return memError("close", f.name, fs.ErrClosed)
	}
	f.closed = true
	return nil
}
