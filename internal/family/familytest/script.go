package familytest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/resp"
)

// A script is a file of commands with all that they do:
//
//	# A comment.
//	> SET k v EX 10
//	+"OK"                        the reply
//	log SET k v PXAT now+10000   a command that went into the log
//	event set:k expire:k         the keyspace events
//	@wait 50                     milliseconds pass
//	@select 1                    another database
//
// Words may be quoted as in the inline form of the protocol. What a command
// does was recorded from the real server.

// step is one command of a script.
type step struct {
	line int
	text string   // without the sign
	want []string // the lines that follow
}

// Scripts plays each script of folder dir, each on a Rig of its own.
func Scripts(t *testing.T, dir string, newRig func(t testing.TB) *Rig) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := newRig(t)
			for _, s := range parseScript(string(text)) {
				r.play(t, file, s)
			}
		})
	}
}

func parseScript(text string) (steps []step) {
	for i, line := range strings.Split(text, "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '>' || line[0] == '@':
			steps = append(steps, step{line: i + 1, text: line})
		case len(steps) > 0:
			last := &steps[len(steps)-1]
			last.want = append(last.want, line)
		}
	}
	return steps
}

// play runs one step and compares.
func (r *Rig) play(t *testing.T, file string, s step) {
	t.Helper()
	argv, ok := resp.AppendWords(nil, []byte(s.text[1:]))
	if !ok {
		t.Fatalf("%s:%d: unbalanced quotes", file, s.line)
	}
	if s.text[0] == '@' {
		r.direct(argv)
		return
	}
	r.Run(argv)
	if got, want := r.outcome(t), strings.Join(s.want, "\n"); got != want {
		t.Errorf("%s:%d: %s\n%s\nwant\n%s", file, s.line, s.text, got, want)
	}
}

// direct does what a line that begins with "@" says.
func (r *Rig) direct(argv [][]byte) {
	n, err := strconv.Atoi(string(argv[1]))
	switch {
	case err != nil:
		r.t.Fatal(err)
	case string(argv[0]) == "wait":
		r.Advance(int64(n))
	case string(argv[0]) == "select":
		r.Select(n)
	}
}

// outcome is what the last command did, in the lines of a script.
func (r *Rig) outcome(t *testing.T) string {
	reply, err := resp.ReadReply(bufio.NewReader(bytes.NewReader(r.writer.Buf)))
	if err != nil {
		t.Fatalf("%q is no reply: %v", r.writer.Buf, err)
	}
	lines := []string{reply.String()}
	for _, e := range r.Effects() {
		lines = append(lines, "log "+Quote(e, r.now))
	}
	if len(r.events) > 0 {
		lines = append(lines, "event "+Quote(strings.Join(r.events, " "), r.now))
	}
	return strings.Join(lines, "\n")
}

// near is how far from now, in milliseconds, a number may be that is shown as a
// time.
const near = 100_000_000_000

// Quote shows text on one line, times as their distance from now.
func Quote(text string, now int64) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		if ms, err := strconv.ParseInt(w, 10, 64); err == nil && max(ms-now, now-ms) < near {
			words[i] = fmt.Sprintf("now%+d", ms-now)
		}
	}
	q := strconv.Quote(strings.Join(words, " "))
	return q[1 : len(q)-1]
}
