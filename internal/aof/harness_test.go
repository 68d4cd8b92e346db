package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/feed"
	"sigrun/internal/vfs"
)

// command encodes one command.
func command(words ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.Bytes()
}

// journal is a log of log lines.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) Logf(level Level, format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, string(rune(level))+" "+fmt.Sprintf(format, args...))
}

// has counts the lines that hold text.
func (j *journal) has(text string) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, l := range j.lines {
		if strings.Contains(l, text) {
			n++
		}
	}
	return n
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.lines, "\n")
}

// model is a data set whose whole history is one sequence: effect n is "PUSH n".
// What a file recovers must be the numbers 0 to k-1, each once and in order.
type model struct {
	next int
	db   int
}

func (m *model) apply(args [][]byte) error {
	switch {
	case len(args) != 2:
		return UnknownCommandError(fmt.Sprintf("unknown command '%s'", args[0]))
	case string(args[0]) == "SELECT":
		m.db, _ = strconv.Atoi(string(args[1]))
		return nil
	case string(args[0]) != "PUSH":
		return UnknownCommandError(fmt.Sprintf("unknown command '%s'", args[0]))
	case string(args[1]) != strconv.Itoa(m.next):
		return fmt.Errorf("effect %s came when %d was next", args[1], m.next)
	case m.db != dbOf(m.next):
		return fmt.Errorf("effect %d was applied to database %d", m.next, m.db)
	}
	m.next++
	return nil
}

// dbOf is the database of effect n.
func dbOf(n int) int { return n / 3 % 3 }

// snapshot is the model as a file that begins like an RDB: "REDIS", how many
// effects it holds, and a line end.
func snapshot(n int) []byte { return fmt.Appendf(nil, "REDIS %d\n", n) }

func (m *model) loadSnapshot(r vfs.File, _ string) (int64, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return 0, err
	}
	line, _, ok := bytes.Cut(b, []byte("\n"))
	n, err := strconv.Atoi(strings.TrimPrefix(string(line), "REDIS "))
	if !ok || err != nil {
		return 0, errors.New("a broken snapshot")
	}
	m.next = n
	return int64(len(line) + 1), nil
}

// config is the usual place.
func config(fsys vfs.FS, j *journal) Config {
	return Config{FS: fsys, Dir: "appendonlydir", Name: "appendonly.aof", Logf: j.Logf}
}

// recovered is what a start finds.
type recovered struct {
	model
	manifest *Manifest
	result   LoadResult
	journal  journal
}

// recover loads what is in fsys.
func recoverFrom(fsys vfs.FS, truncated bool) (*recovered, error) {
	r := &recovered{}
	c := config(fsys, &r.journal)
	m, err := ReadManifest(&c)
	if err != nil {
		return r, err
	}
	r.manifest = m
	r.result, err = Load(m, &LoadOptions{
		Config: c, Clock: clock.NewManual(0), Truncated: truncated,
		Apply: r.apply, LoadRDB: r.loadSnapshot,
		NewFile: func(string) { r.db = 0 },
	})
	return r, err
}

// rig is a writer at work on a model.
type rig struct {
	t     *testing.T
	w     *Writer
	log   *feed.Log
	clk   *clock.Manual
	j     journal
	next  int      // effects appended
	ends  []uint64 // ends[n] is the offset after effect n
	safe  chan struct{}
	fatal atomic.Int32
	// readable is up to where replies to reads need not wait for a failing disk.
	readable atomic.Uint64
}

// newRig starts a writer on what recovered has found; nil for an empty place.
func newRig(t *testing.T, fsys vfs.FS, s Settings, from *recovered) *rig {
	t.Helper()
	r := &rig{t: t, log: feed.New(1000), clk: clock.NewManual(1e12), safe: make(chan struct{}, 1)}
	m, loaded := &Manifest{}, LoadResult{}
	if from != nil {
		m, loaded, r.next = from.manifest, from.result, from.next
		r.ends = make([]uint64, r.next)
	}
	r.w = NewWriter(Options{
		Config: config(fsys, &r.j), Settings: s, Log: r.log, Clock: r.clk,
		OnSafe: func() {
			select {
			case r.safe <- struct{}{}:
			default:
			}
		},
		Fatal:   func() { r.fatal.Add(1) },
		Trouble: func(upTo uint64) { r.readable.Store(upTo) },
	}, m)
	t.Cleanup(func() { _ = r.w.Close() })
	if err := r.w.Start(loaded, true, func(w io.Writer) error {
		_, err := w.Write(snapshot(0))
		return err
	}); err != nil {
		t.Logf("Start: %v", err)
	}
	return r
}

// push appends effects and flushes as a loop does. It reports whether the replies
// may leave at once.
func (r *rig) push(effects int) bool {
	for range effects {
		end := r.log.Append(dbOf(r.next), command("PUSH", strconv.Itoa(r.next)))
		r.next++
		r.ends = append(r.ends, end)
	}
	return r.w.Flush(r.log.End())
}

// await waits until all replies may leave, as a loop with parked replies does. A
// failed write is repeated.
func (r *rig) await() {
	r.t.Helper()
	for !r.w.Flush(r.log.End()) {
		if r.w.writeErr.Load() != nil {
			r.w.Cron()
		}
		select {
		case <-r.safe:
		case <-time.After(10 * time.Second):
			r.t.Fatalf("nobody was told of Safe = %d, End = %d\n%s", r.w.Safe(), r.log.End(), r.j.String())
		}
	}
}

// effects is how many effects lie before offset off.
func effects(ends []uint64, off uint64) (n int) {
	for n < len(ends) && ends[n] <= off {
		n++
	}
	return n
}

// rewrite runs one rewrite to the end, with effects between its steps.
func (r *rig) rewrite() error {
	rw, err := r.w.BeginRewrite(true)
	if err != nil {
		return err
	}
	r.push(2)
	if err := r.base(rw); err != nil {
		return err
	}
	r.push(2)
	return rw.Commit()
}

// base cuts and writes the base.
func (r *rig) base(rw *Rewrite) error {
	rw.Cut()
	at := r.next
	r.push(2)
	if _, err := rw.Write(snapshot(at)); err != nil {
		rw.Abort(true)
		return err
	}
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, fsys vfs.FS, path string, data []byte) {
	t.Helper()
	must(t, vfs.WriteFileAtomic(fsys, path, data, 0o644))
}

func readFile(t *testing.T, fsys vfs.FS, path string) string {
	t.Helper()
	b, err := vfs.ReadFile(fsys, path)
	must(t, err)
	return string(b)
}

// names lists the files of the directory.
func names(t *testing.T, fsys vfs.FS) string {
	t.Helper()
	list, err := fsys.List("appendonlydir")
	must(t, err)
	var out []string
	for _, f := range list {
		out = append(out, f.Name())
	}
	return strings.Join(out, " ")
}
