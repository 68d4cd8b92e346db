package config

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"sigrun/internal/vfs"
)

// A FileError is a line of a config file that makes no sense.
type FileError struct {
	Version string
	Line    int    // from 1; 0 if it is not one line that is wrong but what all of them say
	Text    string // the line
	Reason  string
}

// Error is the whole report, of several lines and with a final newline.
func (e *FileError) Error() string {
	head := fmt.Sprintf("\n*** FATAL CONFIG FILE ERROR (Version %s) ***\n", e.Version)
	if e.Line == 0 {
		return head + e.Reason + "\n"
	}
	return head + fmt.Sprintf("Reading the configuration file, at line %d\n>>> '%s'\n%s\n", e.Line, e.Text, e.Reason)
}

// An OpenError is a config file that cannot be read.
type OpenError struct {
	Name string
	Err  error
}

// Error is one line for the log.
func (e *OpenError) Error() string {
	return fmt.Sprintf("Fatal error, can't open config file '%s': %s", e.Name, vfs.Reason(e.Err))
}

// Unwrap is the error of the file system.
func (e *OpenError) Unwrap() error { return e.Err }

// Directives are what a config file says beside settings, in the order of its
// lines.
type Directives struct {
	Renames  []Rename
	Users    [][]string // the words after "user": a name and its rules
	Modules  [][]string // the words after "loadmodule": a path and its arguments
	Settings [][]string // a module's setting: its name, with a dot in it, and the value
	Sentinel []SentinelLine
}

// Rename gives a command another name, or removes it if To is "".
type Rename struct{ From, To string }

// SentinelLine is a "sentinel ..." line.
type SentinelLine struct {
	Words []string // after "sentinel"
	Line  int      // its number in the file, from 1
	Text  string
}

// Directives are what the config file said beside settings.
func (s *Store) Directives() *Directives { return &s.directives }

// Load builds a Store from the arguments of the command line without the name
// of the program: a config file, or "-" for standard input, and after it
// settings as "--name value ...", which count as further lines of that file.
// The error is a *FileError or an *OpenError.
func Load(args []string, opt Options) (*Store, error) {
	opt.Sentinel = opt.Sentinel || slices.Contains(args, "--sentinel")
	s := New(opt)
	cmd := parseCommandLine(args)
	var config strings.Builder
	if cmd.file != "" {
		s.file = s.absolute(cmd.file)
		data, err := s.readFile(s.file)
		if err != nil {
			return nil, &OpenError{s.file, err}
		}
		config.Write(data)
	}
	if cmd.stdin {
		s.log(LevelNotice, "Reading config from stdin")
		data, err := s.readStdin()
		if err != nil {
			return nil, &OpenError{"-", err}
		}
		config.Write(data)
	}
	if cmd.options != "" {
		config.WriteString("\n" + cmd.options)
	}
	l := loader{s: s, table: directiveTable(), users: map[string]bool{}}
	if err := l.load(config.String(), 0); err != nil {
		return nil, err
	}
	if err := l.finish(); err != nil {
		return nil, err
	}
	return s, nil
}

// absolute is name as seen from dir as it is now.
func (s *Store) absolute(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.value(Dir).str, name)
}

var errNoFS = errors.New("no file system")

func (s *Store) readFile(name string) ([]byte, error) {
	if s.opt.FS == nil {
		return nil, errNoFS
	}
	return s.opt.FS.ReadFile(name)
}

func (s *Store) readStdin() ([]byte, error) {
	if s.opt.Stdin == nil {
		return nil, nil
	}
	return io.ReadAll(s.opt.Stdin)
}

// maxIncludeDepth ends a chain of files that include each other.
const maxIncludeDepth = 64

var errIncludeDepth = errors.New("too many levels of include")

// loader reads a config file into a Store that nobody else sees yet.
type loader struct {
	s     *Store
	table map[string]directive
	seen  [numIDs]bool    // set by an earlier line
	users map[string]bool // defined by an earlier line
}

// line is one line of a config file.
type line struct {
	words []string // the first in lower case
	num   int      // from 1
	text  string   // without white space around
	depth int      // of includes
}

// load reads a file's content.
func (l *loader) load(config string, depth int) error {
	for i, text := range strings.Split(config, "\n") {
		text = strings.Trim(text, " \t\r\n")
		if text == "" || text[0] == '#' {
			continue
		}
		ln := line{num: i + 1, text: text, depth: depth}
		words, ok := splitWords(text)
		if !ok {
			return l.wrong(&ln, "Unbalanced quotes in configuration line")
		}
		if len(words) == 0 {
			continue
		}
		words[0] = strings.ToLower(words[0])
		ln.words = words
		if err := l.do(&ln); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) wrong(ln *line, reason string) error {
	return &FileError{l.s.opt.Version, ln.num, ln.text, reason}
}

// badDirective is the reason for a name that nobody knows.
const badDirective = "Bad directive or wrong number of arguments"

// ignored are settings of older versions. They take one word and do nothing.
var ignored = map[string]bool{
	"list-max-ziplist-entries": true,
	"list-max-ziplist-value":   true,
	"lua-replicate-commands":   true,
	"io-threads-do-reads":      true,
	"dynamic-hz":               true,
	"events-per-io-thread":     true,
}

// directive is a line other than a setting. It takes at least min and at most
// max words after its name.
type directive struct {
	min, max int
	run      func(l *loader, ln *line) error
}

const anyNumber = int(^uint(0) >> 1)

// directiveTable is a function because include leads back to it.
func directiveTable() map[string]directive {
	return map[string]directive{
		"include":        {1, 1, (*loader).include},
		"rename-command": {2, 2, (*loader).renameCommand},
		"user":           {1, anyNumber, (*loader).defineUser},
		"loadmodule":     {1, anyNumber, (*loader).loadModule},
		"sentinel":       {0, anyNumber, (*loader).sentinel},
	}
}

// do obeys one line.
func (l *loader) do(ln *line) error {
	name, args := ln.words[0], ln.words[1:]
	if ignored[name] && len(args) == 1 {
		return nil
	}
	if id, found := byName[name]; found {
		return l.set(id, ln)
	}
	if d, found := l.table[name]; found && len(args) >= d.min && len(args) <= d.max {
		return d.run(l, ln)
	}
	if strings.Contains(name, ".") {
		return l.moduleSetting(ln)
	}
	return l.wrong(ln, badDirective)
}

func (l *loader) set(id ID, ln *line) error {
	s := l.s
	in := s.input(ln.words[1:], s.value(id))
	in.more = l.seen[id]
	v, err := table[id].parse(in)
	if err != nil {
		return l.wrong(ln, err.Error())
	}
	l.seen[id] = true
	s.publish(id, v)
	return nil
}

func (l *loader) include(ln *line) error {
	name := ln.words[1]
	if ln.depth == maxIncludeDepth {
		return &OpenError{name, errIncludeDepth}
	}
	names := []string{name}
	if strings.ContainsAny(name, "*?[") && l.s.opt.FS != nil {
		// A pattern that cannot be matched includes nothing, as one that
		// matches nothing.
		names, _ = l.s.opt.FS.Glob(l.s.absolute(name))
	}
	for _, n := range names {
		data, err := l.s.readFile(l.s.absolute(n))
		if err != nil {
			return &OpenError{n, err}
		}
		if err := l.load(string(data), ln.depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) renameCommand(ln *line) error {
	r := Rename{ln.words[1], ln.words[2]}
	if ask := l.s.opt.RenameCommand; ask != nil {
		if err := ask(r.From, r.To); err != nil {
			return l.wrong(ln, err.Error())
		}
	}
	d := &l.s.directives
	d.Renames = append(d.Renames, r)
	return nil
}

func (l *loader) defineUser(ln *line) error {
	words := ln.words[1:]
	if l.users[words[0]] {
		return l.wrong(ln, "Error in user declaration '"+words[0]+
			"': Duplicate user found. A user can only be defined once in config files")
	}
	if ask := l.s.opt.DefineUser; ask != nil {
		if err := ask(words); err != nil {
			return l.wrong(ln, err.Error())
		}
	}
	l.users[words[0]] = true
	d := &l.s.directives
	d.Users = append(d.Users, words)
	return nil
}

func (l *loader) loadModule(ln *line) error {
	d := &l.s.directives
	d.Modules = append(d.Modules, ln.words[1:])
	return nil
}

// sentinel keeps a line for Sentinel. Alone the word only asks for its mode.
func (l *loader) sentinel(ln *line) error {
	if len(ln.words) == 1 {
		return nil
	}
	if !l.s.opt.Sentinel {
		return l.wrong(ln, "sentinel directive while not in sentinel mode")
	}
	d := &l.s.directives
	d.Sentinel = append(d.Sentinel, SentinelLine{ln.words[1:], ln.num, ln.text})
	return nil
}

func (l *loader) moduleSetting(ln *line) error {
	if len(ln.words) < 2 {
		return l.wrong(ln, "Module config specified without value")
	}
	d := &l.s.directives
	d.Settings = append(d.Settings, ln.words)
	return nil
}

// finish checks what no single line can be wrong about.
func (l *loader) finish() error {
	s := l.s
	if s.Bool(ClusterEnabled) && s.Primary() != (Primary{}) {
		return &FileError{Version: s.opt.Version, Reason: "replicaof directive not allowed in cluster mode"}
	}
	for id := ID(1); id < numIDs; id++ {
		if l.seen[id] && !s.IsDefault(id) {
			s.tellIneffective(id)
		}
	}
	return nil
}
