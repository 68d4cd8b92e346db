package persist

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// libraries are the function libraries that came with the data. Nothing runs
// them; they are kept so that the next snapshot has them again. Safe for
// concurrent use.
type libraries struct {
	mu   sync.Mutex
	list []library // in the order in which they came
}

type library struct {
	name string
	code []byte
}

// keep takes over a library; one of the same name makes room.
func (l *libraries) keep(code []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := libraryName(code)
	l.list = append(slices.DeleteFunc(l.list, func(o library) bool { return o.name == name }), library{name, bytes.Clone(code)})
}

func (l *libraries) drop(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(o library) bool { return o.name == name })
}

func (l *libraries) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = nil
}

// all returns the sources, which must not be changed.
func (l *libraries) all() (codes [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.list {
		codes = append(codes, o.code)
	}
	return codes
}

// libraryName is the name in a library's first line: #!engine name=the-name.
func libraryName(code []byte) string {
	line, _, _ := bytes.Cut(code, []byte("\n"))
	for word := range strings.FieldsSeq(string(line)) {
		if name, ok := strings.CutPrefix(word, "name="); ok {
			return name
		}
	}
	return ""
}

// replay does what a command of an append-only file does to libraries, and
// reports whether it is such a command.
func (l *libraries) replay(args [][]byte) bool {
	if len(args) < 2 || !strings.EqualFold(string(args[0]), "FUNCTION") {
		return false
	}
	last := args[len(args)-1]
	switch strings.ToUpper(string(args[1])) {
	case "LOAD":
		l.keep(last)
	case "DELETE":
		l.drop(string(last))
	case "FLUSH":
		l.flush()
	default:
		return false
	}
	return true
}
