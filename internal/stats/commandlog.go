package stats

import (
	"strconv"
	"sync"
)

// LogKind is one of the three logs of COMMANDLOG.
type LogKind uint8

// The logs.
const (
	Slow LogKind = iota
	LargeRequest
	LargeReply
	LogKinds
)

// Entry is a command in a log.
type Entry struct {
	ID     int64
	Time   int64 // Unix seconds
	Value  int64 // microseconds, or bytes
	Args   [][]byte
	Client string // address
	Name   string // of the client
}

// The most that is kept of a command in a log.
const (
	maxLogArgs  = 32
	maxLogBytes = 128
)

// CommandLog is the three logs. It is safe for concurrent use.
type CommandLog struct {
	mu   sync.Mutex
	logs [LogKinds]struct {
		entries []Entry // newest last
		nextID  int64
	}
}

// Add logs a command line; what is long in it is cut. At most limit entries stay.
func (l *CommandLog) Add(kind LogKind, e Entry, limit int) {
	e.Args = cut(e.Args)
	l.mu.Lock()
	defer l.mu.Unlock()
	g := &l.logs[kind]
	if limit <= 0 {
		g.entries = nil
		return
	}
	e.ID = g.nextID
	g.nextID++
	g.entries = append(g.entries, e)
	if over := len(g.entries) - limit; over > 0 {
		g.entries = append(g.entries[:0:0], g.entries[over:]...)
	}
}

// Get is the newest n entries, newest first; all of them if n is negative.
func (l *CommandLog) Get(kind LogKind, n int) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.logs[kind].entries
	if n < 0 || n > len(all) {
		n = len(all)
	}
	out := make([]Entry, 0, n)
	for i := range n {
		out = append(out, all[len(all)-1-i])
	}
	return out
}

// Len is the number of entries.
func (l *CommandLog) Len(kind LogKind) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.logs[kind].entries)
}

// Reset removes all entries.
func (l *CommandLog) Reset(kind LogKind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logs[kind].entries = nil
}

// cut copies args, at most maxLogArgs of them with at most maxLogBytes each, and
// says what it left out as Valkey does.
func cut(args [][]byte) [][]byte {
	n := min(len(args), maxLogArgs)
	out := make([][]byte, n)
	for i := range n {
		switch {
		case n != len(args) && i == n-1:
			out[i] = more("... (", len(args)-n+1, " more arguments)")
		case len(args[i]) > maxLogBytes:
			out[i] = append(append([]byte(nil), args[i][:maxLogBytes]...), more("... (", len(args[i])-maxLogBytes, " more bytes)")...)
		default:
			out[i] = append([]byte(nil), args[i]...)
		}
	}
	return out
}

func more(before string, n int, after string) []byte {
	b := append([]byte(nil), before...)
	return append(strconv.AppendInt(b, int64(n), 10), after...)
}
