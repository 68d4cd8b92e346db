package logs_test

import (
	"encoding/json"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/logs"
	"sigrun/internal/vfs"
)

// noon is 23 November 2026, 12:00:00.007 UTC, in microseconds.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 7e6, time.UTC).UnixMicro()

func newLogger(t *testing.T) (*logs.Logger, *strings.Builder) {
	t.Helper()
	local := time.Local
	time.Local = time.FixedZone("test", 3600)
	t.Cleanup(func() { time.Local = local })
	out := &strings.Builder{}
	return logs.New(logs.Options{PID: 4711, Clock: clock.NewManual(noon), Stdout: out}), out
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		form  logs.Form
		stamp logs.Stamp
		want  string
	}{
		{logs.Legacy, logs.LegacyStamp, "4711:M 23 Nov 2026 13:00:00.007 # say \"it\"\n\t\x01é\n"},
		{logs.Legacy, logs.ISO8601, "4711:M 2026-11-23T13:00:00.007+01:00 # say \"it\"\n\t\x01é\n"},
		{logs.Legacy, logs.Milliseconds, "4711:M 1795435200007 # say \"it\"\n\t\x01é\n"},
		{logs.Logfmt, logs.LegacyStamp, `pid=4711 role=primary timestamp="23 Nov 2026 13:00:00.007" level=warning message="say 'it' ` + "\t\x01é\"\n"},
		{logs.JSON, logs.LegacyStamp, `{"pid":4711,"role":"primary","timestamp":"23 Nov 2026 13:00:00.007","level":"warning","message":"say \"it\"\n\t\u0001é"}` + "\n"},
	} {
		l, out := newLogger(t)
		l.SetForm(c.form, c.stamp)
		l.Logf(logs.Warning, "say %q\n\t\x01é", "it")
		if out.String() != c.want {
			t.Errorf("form %d, time %d:\n%q, want\n%q", c.form, c.stamp, out, c.want)
		}
	}
}

func TestLevels(t *testing.T) {
	want := []string{".-*#", "-*#", "*#", "#", ""}
	for n, marks := range want {
		l, out := newLogger(t)
		l.SetLevel(n)
		for _, level := range []logs.Level{logs.Debug, logs.Verbose, logs.Notice, logs.Warning} {
			l.Logf(level, "%%")
		}
		got := ""
		for line := range strings.Lines(out.String()) {
			got += strings.Fields(line)[5]
		}
		if got != marks {
			t.Errorf("loglevel %d writes %q, want %q", n, got, marks)
		}
	}
}

func TestRoles(t *testing.T) {
	l, out := newLogger(t)
	l.SetRole(logs.Replica)
	l.Logf(logs.Notice, "x")
	if !strings.HasPrefix(out.String(), "4711:S ") {
		t.Errorf("a replica writes %q", out)
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	l, out := newLogger(t)
	l.SetForm(logs.JSON, logs.LegacyStamp)
	l.Logf(logs.Notice, "%s", strings.Repeat("\x00", 5000))
	var line struct{ Message string }
	if err := json.Unmarshal([]byte(out.String()), &line); err != nil || len(line.Message) != 1023 {
		t.Errorf("%d bytes of the message are left, want 1023 (%v)", len(line.Message), err)
	}
}

// TestFileMayMove writes, moves the file as a log rotation does, and writes on.
func TestFileMayMove(t *testing.T) {
	fsys := vfs.NewMem()
	l := logs.New(logs.Options{PID: 1, Clock: clock.NewManual(noon), FS: fsys, File: "/log"})
	l.Logf(logs.Notice, "one")
	l.Logf(logs.Notice, "two")
	if err := fsys.Rename("/log", "/log.1"); err != nil {
		t.Fatal(err)
	}
	l.Logf(logs.Notice, "three")
	for name, lines := range map[string]int{"/log.1": 2, "/log": 1} {
		b, err := vfs.ReadFile(fsys, name)
		if err != nil || strings.Count(string(b), "\n") != lines {
			t.Errorf("%s holds %q, want %d lines (%v)", name, b, lines, err)
		}
	}
}

func TestUnwritableFileIsNoFailure(t *testing.T) {
	fsys := vfs.NewFaulty(vfs.NewMem(), func(vfs.Op) vfs.Fault { return vfs.Fault{Err: fs.ErrPermission} })
	l := logs.New(logs.Options{Clock: clock.NewManual(noon), FS: fsys, File: "/log"})
	l.Logf(logs.Notice, "lost")
}

func TestSyslogGetsTheMessageAlone(t *testing.T) {
	var got string
	l := logs.New(logs.Options{Clock: clock.NewManual(noon), Syslog: func(l logs.Level, m string) { got += string(l) + m }})
	l.Logf(logs.Warning, "a %d", 1)
	l.Logf(logs.Debug, "b")
	if got != "#a 1" {
		t.Errorf("the system's log got %q", got)
	}
}

func TestSlog(t *testing.T) {
	l, out := newLogger(t)
	s := slog.New(logs.NewHandler(l)).With("a", 1).WithGroup("g").With("b", "x y")
	s.Debug("not written")
	s.Warn("text", "c", true, slog.Group("h", "d", 2))
	if !strings.HasSuffix(out.String(), " # text a=1 g.b=x y g.c=true g.h.d=2\n") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("written: %q", out)
	}
}

func TestNilLoggerIsSilent(t *testing.T) {
	var l *logs.Logger
	l.Logf(logs.Warning, "nobody hears")
	l.Raw("nothing")
}
