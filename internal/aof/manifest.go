package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"sigrun/internal/resp"
	"sigrun/internal/vfs"
)

// Type is what a file of the manifest is.
type Type byte

// The types, by the letters that the manifest has for them.
const (
	Base    Type = 'b' // a snapshot; the first file to load
	Incr    Type = 'i' // effects; loaded in the order of their numbers
	History Type = 'h' // no longer needed, waits for its removal
)

// File is one file of the manifest.
type File struct {
	Name string // in the directory of the manifest
	Seq  int64  // number within its type, never 0
	Type Type
}

// Manifest is the list of files that make up the append-only file.
type Manifest struct {
	Base    *File  // nil if there is none
	Incrs   []File // in the order of their numbers, which increase
	History []File

	baseSeq, incrSeq int64 // the last numbers given, so that none is given twice
}

// Empty tells whether there is nothing to load.
func (m *Manifest) Empty() bool { return m.Base == nil && len(m.Incrs) == 0 }

// Files returns the files to load, in order.
func (m *Manifest) Files() []File {
	var out []File
	if m.Base != nil {
		out = append(out, *m.Base)
	}
	return append(out, m.Incrs...)
}

func (m *Manifest) clone() *Manifest {
	c := *m
	c.Incrs = slices.Clone(m.Incrs)
	c.History = slices.Clone(m.History)
	if m.Base != nil {
		base := *m.Base
		c.Base = &base
	}
	return &c
}

// addBase makes a new base the base, and the old one history. It returns the
// new one's name.
func (m *Manifest) addBase(name string, rdb bool) string {
	if m.Base != nil {
		m.addHistory(*m.Base)
	}
	suffix := baseSuffix + aofSuffix
	if rdb {
		suffix = baseSuffix + rdbSuffix
	}
	m.Base = &File{Type: Base}
	m.Base.Name, m.Base.Seq = m.next(&m.baseSeq, name, suffix)
	return m.Base.Name
}

// addIncr adds an increment after all others and returns its name.
func (m *Manifest) addIncr(name string) string {
	f := File{Type: Incr}
	f.Name, f.Seq = m.next(&m.incrSeq, name, incrSuffix+aofSuffix)
	m.Incrs = append(m.Incrs, f)
	return f.Name
}

// next counts seq up and returns the name that goes with it. A name that waits
// for removal is passed over.
func (m *Manifest) next(seq *int64, prefix, suffix string) (string, int64) {
	for {
		*seq++
		name := prefix + "." + strconv.FormatInt(*seq, 10) + suffix
		if !slices.ContainsFunc(m.History, func(f File) bool { return f.Name == name }) {
			return name, *seq
		}
	}
}

// retire makes history of all increments before the one called name, or of all
// if there is none of that name.
func (m *Manifest) retire(name string) {
	n := 0
	for n < len(m.Incrs) && m.Incrs[n].Name != name {
		n++
	}
	for i := n - 1; i >= 0; i-- {
		m.addHistory(m.Incrs[i])
	}
	m.Incrs = slices.Delete(m.Incrs, 0, n)
}

func (m *Manifest) addHistory(f File) {
	f.Type = History
	m.History = slices.Insert(m.History, 0, f)
}

// AppendTo appends the manifest as it stands in its file.
func (m *Manifest) AppendTo(dst []byte) []byte {
	if m.Base != nil {
		dst = m.Base.appendLine(dst)
	}
	for i := range m.History {
		dst = m.History[i].appendLine(dst)
	}
	for i := range m.Incrs {
		dst = m.Incrs[i].appendLine(dst)
	}
	return dst
}

func (f *File) appendLine(dst []byte) []byte {
	dst = append(dst, "file "...)
	dst = appendName(dst, f.Name)
	dst = append(dst, " seq "...)
	dst = strconv.AppendInt(dst, f.Seq, 10)
	return append(dst, " type "+string(rune(f.Type))+"\n"...)
}

// escapes are the characters that a quoted name holds in another form, but for
// those that are written as two hexadecimal digits.
var escapes = map[byte]string{
	'\\': `\\`, '"': `\"`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\a': `\a`, '\b': `\b`,
}

// appendName appends name, quoted if it would not survive otherwise.
func appendName(dst []byte, name string) []byte {
	plain := len(name) > 0
	for i := range len(name) {
		plain = plain && name[i] > ' ' && name[i] < 0x7f && escapes[name[i]] == ""
	}
	if plain {
		return append(dst, name...)
	}
	dst = append(dst, '"')
	for i := range len(name) {
		c := name[i]
		switch {
		case escapes[c] != "":
			dst = append(dst, escapes[c]...)
		case c < ' ' || c >= 0x7f:
			dst = fmt.Appendf(dst, `\x%02x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// ManifestError is a manifest that breaks the rules.
type ManifestError struct {
	Path   string
	Line   int    // counted from 1; 0 if the error is of no line
	Text   string // the line without the white space around it
	Reason string
	err    error // what the system said
}

// Error implements error.
func (e *ManifestError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("%s:%d: %s: %q", e.Path, e.Line, e.Reason, e.Text)
}

// Unwrap says that the file is damaged, or what kept it from being read.
func (e *ManifestError) Unwrap() error {
	if e.err != nil {
		return e.err
	}
	return ErrDamaged
}

// Log writes the error the way that tools wait for.
func (e *ManifestError) Log(logf func(level Level, format string, args ...any)) {
	logf(Warning, "\n*** FATAL AOF MANIFEST FILE ERROR ***\n")
	if e.Line > 0 {
		logf(Warning, "Reading the manifest file, at line %d\n", e.Line)
		logf(Warning, ">>> '%s'\n", e.Text)
	}
	logf(Warning, "%s\n", e.Reason)
}

// What can be wrong with a manifest.
const (
	reasonEmpty     = "Found an empty AOF manifest"
	reasonLong      = "The AOF manifest file contains too long line"
	reasonFormat    = "Invalid AOF manifest file format"
	reasonPath      = "File can't be a path, just a filename"
	reasonTwoBases  = "Found duplicate base file information"
	reasonMonotonic = "Found a non-monotonic sequence number"
	reasonType      = "Unknown AOF file type"
	reasonRead      = "Read AOF manifest failed"
)

// maxLine is the most bytes of a manifest's line, with its line end.
const maxLine = 1024

// ParseManifest reads a manifest's text. The error is a *ManifestError without
// a path.
func ParseManifest(text []byte) (*Manifest, error) {
	if len(text) == 0 {
		return nil, &ManifestError{Reason: reasonEmpty}
	}
	m := &Manifest{}
	for n := 1; len(text) > 0; n++ {
		size := min(len(text), maxLine)
		if end := bytes.IndexByte(text[:size], '\n'); end >= 0 {
			size = end + 1
		}
		line := text[:size]
		text = text[size:]
		if line[0] == '#' {
			continue
		}
		if line[size-1] != '\n' || bytes.IndexByte(line, 0) >= 0 {
			return nil, &ManifestError{Reason: reasonLong}
		}
		trimmed := bytes.Trim(line, " \t\r\n")
		if reason := m.parseLine(trimmed); reason != "" {
			return nil, &ManifestError{Line: n, Text: string(trimmed), Reason: reason}
		}
	}
	return m, nil
}

// parseLine adds the file that line names to m, or returns what is wrong.
func (m *Manifest) parseLine(line []byte) (reason string) {
	words, ok := resp.AppendWords(nil, bytes.Clone(line))
	if !ok || len(words) < 6 || len(words)%2 != 0 {
		return reasonFormat
	}
	var f File
	for ; len(words) > 0; words = words[2:] {
		value := string(words[1])
		switch strings.ToLower(string(words[0])) { // other words are for later versions
		case "file":
			if strings.ContainsAny(value, `/\`) {
				return reasonPath
			}
			f.Name = value
		case "seq":
			f.Seq = leadingInt(value)
		case "type":
			f.Type = Type((value + "\x00")[0])
		}
	}
	if f.Name == "" || f.Seq == 0 || f.Type == 0 {
		return reasonFormat
	}
	return m.add(f)
}

// add adds a file that was read, or returns why it cannot be there.
func (m *Manifest) add(f File) (reason string) {
	switch f.Type {
	case Base:
		if m.Base != nil {
			return reasonTwoBases
		}
		m.Base, m.baseSeq = &f, f.Seq
	case History:
		m.History = append(m.History, f)
	case Incr:
		if f.Seq <= m.incrSeq {
			return reasonMonotonic
		}
		m.Incrs, m.incrSeq = append(m.Incrs, f), f.Seq
	default:
		return reasonType
	}
	return ""
}

// leadingInt is the number that s begins with, 0 if it begins with none. A
// number too large is the largest.
func leadingInt(s string) int64 {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[end] == '-' || s[end] == '+')) {
		end++
	}
	v, _ := strconv.ParseInt(s[:end], 10, 64) // out of range gives the nearest number, no digits give 0
	return v
}

// ReadManifest reads the manifest of the append-only file. A missing directory
// or manifest gives an empty one. An error has been logged.
func ReadManifest(c *Config) (*Manifest, error) {
	path := c.path(c.manifestName())
	info, err := c.FS.Stat(c.Dir)
	if errors.Is(err, vfs.ErrNotExist) || err == nil && !info.IsDir() {
		c.Logf(Debug, "The AOF directory %s doesn't exist", c.shownDir())
		return &Manifest{}, nil
	}
	m, err := LoadManifest(c.FS, path)
	bad := (*ManifestError)(nil)
	switch {
	case errors.Is(err, vfs.ErrNotExist):
		c.Logf(Debug, "The AOF manifest file %s doesn't exist", c.manifestName())
		return &Manifest{}, nil
	case errors.As(err, &bad):
		bad.Log(c.Logf)
	case err != nil:
		c.Logf(Warning, "Fatal error: can't open the AOF manifest file %s for reading: %s", c.shown(c.manifestName()), vfs.Reason(err))
	}
	return m, err
}

// LoadManifest reads the manifest at path. One that breaks the rules, or breaks
// off, gives a *ManifestError.
func LoadManifest(fs vfs.FS, path string) (*Manifest, error) {
	f, err := vfs.Open(fs, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, &ManifestError{Path: path, Reason: reasonRead, err: err}
	}
	m, err := ParseManifest(text)
	if bad := (*ManifestError)(nil); errors.As(err, &bad) {
		bad.Path = path
	}
	return m, err
}

// writeManifest replaces the manifest on disk by m. placed tells whether the new
// one is in place: if so and there is an error, nobody knows which one a power
// cut would leave. An error has been logged.
func (c *Config) writeManifest(m *Manifest) (placed bool, err error) {
	temp, name := c.tempManifestName(), c.manifestName()
	f, err := vfs.Create(c.FS, c.path(temp), filePerm)
	if err != nil {
		c.Logf(Warning, "Can't open the AOF manifest file %s: %s", temp, vfs.Reason(err))
		return false, err
	}
	if _, err = f.Write(m.AppendTo(nil)); err != nil {
		c.Logf(Warning, "Error trying to write the temporary AOF manifest file %s: %s", temp, vfs.Reason(err))
	} else if err = f.Sync(); err != nil {
		c.Logf(Warning, "Fail to fsync the temp AOF file %s: %s.", temp, vfs.Reason(err))
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		if err = c.FS.Rename(c.path(temp), c.path(name)); err != nil {
			c.Logf(Warning, "Error trying to rename the temporary AOF manifest file %s into %s: %s", temp, name, vfs.Reason(err))
		}
	}
	if err != nil {
		_ = c.FS.Remove(c.path(temp)) // a leftover is overwritten by the next
		return false, err
	}
	if err = c.FS.SyncDir(c.Dir); err != nil {
		c.Logf(Warning, "Fail to fsync AOF directory %s: %s.", c.shown(name), vfs.Reason(err))
	}
	return true, err
}
