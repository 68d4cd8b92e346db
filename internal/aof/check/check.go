// Package check examines append-only files without running their commands, and
// shortens damaged ones if it is told to. It reports like valkey-check-aof: a
// single file, old or new, or all files of a manifest, each up to where it is
// sound.
//
// A file holds an RDB preamble, or not, and then commands and annotations:
//
//	REDIS... or VALKEY...   everything up to the snapshot's own end
//	#TS:1700000000          an annotation: a line of text
//	*2 $3 DEL $1 k          a command, in the protocol's form
package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/rdb"
	rdbcheck "sigrun/internal/rdb/check"
	"sigrun/internal/vfs"
)

// Options says what to examine and what to do about it.
type Options struct {
	Path  string // of a file or a manifest, relative to the FS
	FS    vfs.FS
	Out   io.Writer // the report's; what it refuses is lost
	Clock clock.Clock
	// Tool is the program's name in the advice to run it again.
	Tool string
	// Fix cuts the last file after its last whole command, if Confirm, which is
	// asked after the question has been written, agrees.
	Fix     bool
	Confirm func() bool
	// Until, unless 0, cuts the last file before the first annotation of a later
	// time, in Unix seconds.
	Until int64
	// Values looks into the values of a preamble; nil: at their outer form only.
	Values rdbcheck.Values
	// Logf writes what is wrong with a manifest.
	Logf func(level aof.Level, format string, args ...any)
}

// Check examines the file and reports whether it is sound, now at least.
func Check(o *Options) bool {
	head, err := readHead(o.FS, o.Path)
	switch {
	case errors.Is(err, vfs.ErrNotExist), errors.Is(err, vfs.ErrPermission):
		return o.sayf("Cannot open file %s: %s\n", o.Path, vfs.Reason(err))
	case err != nil:
		return o.sayf("Cannot read file: %s\n", o.Path)
	case isManifest(head):
		return o.manifest()
	}
	o.sayf("Start checking Old-Style AOF\n")
	return o.file(&file{path: o.Path, name: o.Path, kind: "AOF", last: true, line: new(int64)})
}

// sayf writes to the report and returns false, as most that is said is bad news.
func (o *Options) sayf(format string, args ...any) bool {
	fmt.Fprintf(o.Out, format, args...)
	return false
}

// headSize is enough to know a kind of file by.
const headSize = 1024

func readHead(fs vfs.FS, path string) ([]byte, error) {
	f, err := vfs.Open(fs, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, headSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return head[:n], nil
}

// isManifest: the first line that is no comment begins so.
func isManifest(head []byte) bool {
	for len(head) > 0 && head[0] == '#' {
		_, head, _ = bytes.Cut(head, []byte("\n"))
	}
	return bytes.HasPrefix(head, []byte("file"))
}

// hasPreamble: the file begins with a snapshot.
func hasPreamble(head []byte) bool {
	return len(head) >= 8 && (bytes.HasPrefix(head, []byte("REDIS")) || bytes.HasPrefix(head, []byte("VALKEY")))
}

// manifest examines all files that a manifest names, up to the first bad one.
func (o *Options) manifest() bool {
	o.sayf("Start checking Multi Part AOF\n")
	m, err := aof.LoadManifest(o.FS, o.Path)
	if err != nil {
		if bad := (*aof.ManifestError)(nil); errors.As(err, &bad) {
			bad.Log(o.Logf)
			return false
		}
		return o.sayf("Cannot read file %s: %s, aborting...\n", o.Path, vfs.Reason(err))
	}
	dir, line := filepath.Dir(o.Path), new(int64)
	files := m.Files()
	for i, part := range files {
		f := &file{path: dir + string(filepath.Separator) + part.Name, name: part.Name, kind: "INCR AOF", last: i == len(files)-1, line: line}
		if part.Type == aof.Base {
			f.kind = "BASE AOF"
			head, _ := readHead(o.FS, f.path) // an error comes again at once
			form := "RESP"
			if hasPreamble(head) {
				form = "RDB"
			}
			o.sayf("Start to check BASE AOF (%s format).\n", form)
		}
		if i == len(files)-len(m.Incrs) {
			o.sayf("Start to check INCR files.\n")
		}
		if !o.file(f) {
			return false
		}
	}
	o.sayf("All AOF files and manifest are valid\n")
	return true
}

// file is one file under examination.
type file struct {
	path, name string
	kind       string // in the verdict
	last       bool   // of its manifest
	line       *int64 // lines of commands read so far, in all files
	size       int64
}

// file examines f, mends it if that is wanted, and reports whether it is sound
// then.
func (o *Options) file(f *file) bool {
	flag := vfs.Read
	if o.Fix || o.Until != 0 {
		flag = vfs.ReadWrite
	}
	opened, err := o.FS.OpenFile(f.path, flag, 0)
	if err != nil {
		return o.sayf("Cannot open file %s: %s, aborting...\n", f.path, vfs.Reason(err))
	}
	defer opened.Close()
	in := &source{File: opened}
	if f.size, err = in.Size(); err != nil {
		return o.sayf("Cannot stat file: %s, aborting...\n", f.path)
	}
	if f.size == 0 {
		o.sayf("%s %s is empty\n", f.kind, f.name)
		return true
	}
	s, ok := o.scan(in, f)
	switch {
	case !ok:
		return false
	case s.late:
		return o.cutToTime(in, f, s.good)
	case o.Until != 0 && s.good == f.size:
		o.sayf("Truncate nothing in AOF %s to timestamp %d\n", f.name, o.Until)
	default:
		o.sayf("AOF analyzed: filename=%s, size=%d, ok_up_to=%d, ok_up_to_line=%d, diff=%d\n", f.name, f.size, s.good, *f.line, f.size-s.good)
		if s.good < f.size {
			return o.cut(in, f, s.good)
		}
	}
	o.sayf("%s %s is valid\n", f.kind, f.name)
	return true
}

// source is a file that remembers that it could not be read. What follows may be
// sound, so nothing may be cut off then.
type source struct {
	vfs.File
	err error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.File.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// scan reads f to its end, or as far as it goes; ok is false if even its preamble
// is bad, or the disk is.
func (o *Options) scan(in *source, f *file) (s *scanner, ok bool) {
	s = newScanner(in, f.name, f.line, o.Until)
	head, _ := s.r.Peek(8)
	if hasPreamble(head) {
		if _, err := in.Seek(0, io.SeekStart); err != nil || !o.preamble(in, f, s) {
			return nil, false
		}
	}
	s.run()
	if in.err != nil {
		return nil, o.sayf("Cannot read file %s: %s, aborting...\n", f.path, vfs.Reason(in.err))
	}
	if s.format {
		o.sayf("AOF %s format error\n", f.name)
	}
	if s.problem != "" {
		o.sayf("0x%16x: %s\n", s.item, s.problem)
	}
	return s, true
}

// preamble examines the snapshot that f begins with and moves s behind it.
func (o *Options) preamble(in vfs.File, f *file, s *scanner) bool {
	r := rdb.NewReader(in)
	if !rdbcheck.Check(r, o.Out, rdbcheck.Options{Name: f.name, Clock: o.Clock, Values: o.Values}).OK {
		return o.sayf("RDB preamble of AOF file is not sane, aborting.\n")
	}
	o.sayf("RDB preamble is OK, proceeding with AOF tail...\n")
	end := r.Offset() // r itself has read ahead
	if _, err := in.Seek(end, io.SeekStart); err != nil {
		return o.sayf("Cannot read file: %s\n", f.path)
	}
	s.restart(in, end)
	return true
}

// cut offers to shorten f to its sound bytes.
func (o *Options) cut(in vfs.File, f *file, good int64) bool {
	switch {
	case !o.Fix:
		return o.sayf("AOF %s is not valid. Use the --fix option to try fixing it.\n", f.name)
	case !f.last:
		return o.sayf("Failed to truncate AOF %s because it is not the last file\n", f.name)
	}
	o.sayf("This will shrink the AOF %s from %d bytes, with %d bytes, to %d bytes\n", f.name, f.size, f.size-good, good)
	o.sayf("Continue? [y/N]: ")
	if !o.Confirm() {
		return o.sayf("Aborting...\n")
	}
	if err := shorten(in, good); err != nil {
		return o.sayf("Failed to truncate AOF %s: %s\n", f.name, vfs.Reason(err))
	}
	o.sayf("Successfully truncated AOF %s\n", f.name)
	return true
}

// cutToTime shortens f to the bytes from before the time asked for.
func (o *Options) cutToTime(in vfs.File, f *file, good int64) bool {
	switch {
	case good == 0:
		return o.sayf("AOF %s has nothing before timestamp %d, aborting...\n", f.path, o.Until)
	case !f.last:
		o.sayf("Failed to truncate AOF %s to timestamp %d to offset %d because it is not the last file.\n", f.path, o.Until, good)
		return o.sayf("If you insist, please delete all files after this file according to the manifest file "+
			"and delete the corresponding records in manifest file manually. Then re-run %s.\n", o.Tool)
	}
	if err := shorten(in, good); err != nil {
		return o.sayf("Failed to truncate AOF %s to timestamp %d: %s\n", f.name, o.Until, vfs.Reason(err))
	}
	o.sayf("Successfully truncated AOF %s to timestamp %d\n", f.name, o.Until)
	return true
}

func shorten(f vfs.File, size int64) error {
	if err := f.Truncate(size); err != nil {
		return err
	}
	return f.Sync()
}
