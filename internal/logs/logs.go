// Package logs is the server's log: lines in the forms that tools for Valkey
// read, to a file, to standard output and to the system's log.
//
//	legacy  4711:M 23 Nov 2026 11:11:53.079 * Ready to accept connections tcp
//	logfmt  pid=4711 role=primary timestamp="23 Nov 2026 11:11:53.079" level=notice message="Ready to ..."
//	json    {"pid":4711,"role":"primary","timestamp":"...","level":"notice","message":"Ready to ..."}
//
// The file is opened for each line, so that it may be moved away at any time.
package logs

import (
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/vfs"
)

// Level is the weight of a line, as the mark that stands for it in the legacy
// form.
type Level byte

// The levels.
const (
	Debug   Level = '.'
	Verbose Level = '-'
	Notice  Level = '*'
	Warning Level = '#'
)

// rank is the place of l among the numbers of loglevel.
func (l Level) rank() int32 {
	for i := range levels {
		if levels[i].mark == l {
			return int32(i)
		}
	}
	return int32(len(levels)) - 1
}

// levels are the levels in the order of loglevel, whose last word silences all
// of them.
var levels = [...]struct {
	mark Level
	name string // in logfmt and JSON
}{{Debug, "debug"}, {Verbose, "info"}, {Notice, "notice"}, {Warning, "warning"}}

// Role is who writes, as the letter that stands for it in the legacy form.
type Role byte

// The roles.
const (
	Primary  Role = 'M'
	Replica  Role = 'S'
	Child    Role = 'C'
	Sentinel Role = 'X'
)

var roleNames = map[Role]string{Primary: "primary", Replica: "replica", Child: "RDB/AOF", Sentinel: "sentinel"}

// Form is the form of a line.
type Form uint8

// The forms, as the values of log-format are numbered.
const (
	Legacy Form = iota
	Logfmt
	JSON
)

// Stamp is the form of a line's time.
type Stamp uint8

// The forms of time, as the values of log-timestamp-format are numbered.
const (
	LegacyStamp Stamp = iota
	ISO8601
	Milliseconds
)

// maxMessage is the longest message in bytes; the rest of a longer one is cut
// off, for clients can make the server log what they like.
const maxMessage = 1023

// Options of a Logger.
type Options struct {
	PID   int
	Clock clock.Clock
	// File is the absolute name of the log; "" stands for Stdout.
	File   string
	FS     vfs.FS
	Stdout io.Writer
	// Syslog gets each message without pid and time; nil for none.
	Syslog func(l Level, message string)
}

// Logger writes the log. It is safe for concurrent use.
type Logger struct {
	opt   Options
	level atomic.Int32 // the least rank that is written
	form  atomic.Uint32
	stamp atomic.Uint32
	role  atomic.Uint32

	mu  sync.Mutex // held while a line is put together and written
	buf []byte
}

// New returns a logger that writes notices and warnings in the legacy form.
func New(o Options) *Logger {
	l := &Logger{opt: o}
	l.level.Store(Notice.rank())
	l.role.Store(uint32(Primary))
	return l
}

// SetLevel makes lines below the level with that number be dropped: 0 is
// debug, 3 warning, and with 4 nothing is written.
func (l *Logger) SetLevel(n int) { l.level.Store(int32(n)) }

// SetForm changes the form of lines and of their times.
func (l *Logger) SetForm(f Form, s Stamp) {
	l.form.Store(uint32(f))
	l.stamp.Store(uint32(s))
}

// SetRole changes who writes.
func (l *Logger) SetRole(r Role) { l.role.Store(uint32(r)) }

// Enabled reports whether lines of that level are written.
func (l *Logger) Enabled(level Level) bool { return level.rank() >= l.level.Load() }

// Logf writes a line. A nil Logger writes nothing.
func (l *Logger) Logf(level Level, format string, args ...any) {
	if l == nil || !l.Enabled(level) {
		return
	}
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	if len(message) > maxMessage {
		message = message[:maxMessage]
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = l.appendLine(l.buf[:0], level, message)
	l.write(l.buf)
	if l.opt.Syslog != nil {
		l.opt.Syslog(level, message)
	}
}

// Raw writes text as it is, as the logo at the start and the lines of a crash
// report.
func (l *Logger) Raw(text string) {
	if l == nil || Notice.rank() < l.level.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write([]byte(text))
}

// write puts b at the end of the log. Where that fails there is nobody left to
// tell. REQUIRES: l.mu.
func (l *Logger) write(b []byte) {
	if l.opt.File == "" {
		if l.opt.Stdout != nil {
			_, _ = l.opt.Stdout.Write(b)
		}
		return
	}
	f, err := vfs.OpenAppend(l.opt.FS, l.opt.File, 0o644)
	if err != nil {
		return
	}
	_, _ = f.Write(b)
	_ = f.Close()
}

func (l *Logger) appendLine(b []byte, level Level, message string) []byte {
	role := Role(l.role.Load())
	now := l.opt.Clock.Wall()
	stamp := Stamp(l.stamp.Load())
	name := levels[level.rank()].name
	switch Form(l.form.Load()) {
	case Logfmt:
		b = strconv.AppendInt(append(b, "pid="...), int64(l.opt.PID), 10)
		b = append(append(b, " role="...), roleNames[role]...)
		b = append(appendTime(append(b, ` timestamp="`...), now, stamp), `" level=`...)
		b = append(append(b, name...), ` message="`...)
		return append(appendPlain(b, message), "\"\n"...)
	case JSON:
		b = strconv.AppendInt(append(b, `{"pid":`...), int64(l.opt.PID), 10)
		b = append(append(b, `,"role":"`...), roleNames[role]...)
		b = append(appendTime(append(b, `","timestamp":"`...), now, stamp), `","level":"`...)
		b = append(append(b, name...), `","message":"`...)
		return append(appendEscaped(b, message), "\"}\n"...)
	}
	b = strconv.AppendInt(b, int64(l.opt.PID), 10)
	b = append(appendTime(append(b, ':', byte(role), ' '), now, stamp), ' ', byte(level), ' ')
	return append(append(b, message...), '\n')
}

// appendTime appends a time in Unix microseconds.
func appendTime(b []byte, wall int64, s Stamp) []byte {
	t := time.UnixMicro(wall)
	switch s {
	case ISO8601:
		return t.AppendFormat(b, "2006-01-02T15:04:05.000-07:00")
	case Milliseconds:
		return strconv.AppendInt(b, wall/1000, 10)
	}
	return t.AppendFormat(b, "02 Jan 2006 15:04:05.000")
}
