package faults

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// maxHeal is how long a server may take to mend what one failed call has broken.
const maxHeal = 15 * time.Second

// life is what happens to a folder of data: some processes work on it, one after
// the other, with faults; then a last one without.
type life struct {
	t        *testing.T
	dir      string
	args     []string // of all servers
	p        *process
	written  int   // keys that may be there
	acked    []int // keys whose writes were acknowledged
	promised []int // those of them that have to survive
	logged   bool  // what is acknowledged is promised
}

func (l *life) path(name string) string { return filepath.Join(l.dir, name) }

func (l *life) file(name, content string) {
	testkit.NoError(l.t, os.MkdirAll(filepath.Dir(l.path(name)), 0o755))
	testkit.NoError(l.t, os.WriteFile(l.path(name), []byte(content), 0o644))
}

// start starts the next server, with the settings of all and more.
func (l *life) start(more ...string) (err error) {
	l.p, err = startProcess(l.t, l.dir, slices.Concat(l.args, more)...)
	return err
}

// do runs a command whose reply does not matter.
func (l *life) do(args ...string) error {
	_, err := l.p.do(args...)
	return err
}

// set writes n new keys.
func (l *life) set(n int) error {
	for range n {
		i := l.written
		l.written++
		reply, err := l.p.do("SET", fmt.Sprint("key:", i), fmt.Sprint("value:", i))
		if err != nil {
			return err
		}
		if reply.IsOK() {
			l.acked = append(l.acked, i)
			if l.logged {
				l.promised = append(l.promised, i)
			}
		}
	}
	return nil
}

// info waits until all fields of INFO are as wanted and reports whether they
// ever were.
func (l *life) info(limit time.Duration, want map[string]string) (bool, error) {
	for began := time.Now(); time.Since(began) < limit; time.Sleep(2 * time.Millisecond) {
		reply, err := l.p.do("INFO", "everything")
		if err != nil {
			return false, err
		}
		good := true
		for name, value := range want {
			good = good && field(reply.Text, name) == value
		}
		if good {
			return true, nil
		}
	}
	return false, nil
}

var (
	nothingRuns = map[string]string{"rdb_bgsave_in_progress": "0", "aof_rewrite_in_progress": "0", "aof_rewrite_scheduled": "0"}
	logged      = map[string]string{
		"aof_enabled": "1", "aof_rewrite_in_progress": "0", "aof_rewrite_scheduled": "0",
		"aof_last_write_status": "ok", "aof_last_bgrewrite_status": "ok",
	}
)

// idle waits for the end of all jobs.
func (l *life) idle() error {
	good, err := l.info(maxHeal, nothingRuns)
	if err == nil && !good {
		return fmt.Errorf("a job does not come to its end")
	}
	return err
}

// heal waits until the append-only file is in order, helping as an operator
// would. Then all that was acknowledged is promised.
func (l *life) heal() error {
	for began := time.Now(); time.Since(began) < maxHeal; {
		good, err := l.info(maxHeal/50, logged)
		if err != nil {
			return err
		}
		if good {
			l.promised, l.logged = slices.Clone(l.acked), true
			return nil
		}
		if err := l.do("CONFIG", "SET", "appendonly", "yes"); err != nil {
			return err
		}
		if err := l.do("BGREWRITEAOF"); err != nil {
			return err
		}
	}
	return fmt.Errorf("the append-only file is not in order after %v", maxHeal)
}

// steps runs all steps until one fails. That the server has exited is no error.
func steps(all ...func() error) error {
	for _, step := range all {
		if err := step(); err != nil {
			if errors.Is(err, errExited) {
				return nil
			}
			return err
		}
	}
	return nil
}

// logLife goes through all that an append-only file goes through.
func logLife(l *life) error {
	do := func(args ...string) func() error { return func() error { return l.do(args...) } }
	set := func() error { return l.set(5) }
	reload := func(word string) func() error {
		return func() error {
			reply, err := l.p.do("DEBUG", word)
			if reply.IsError() { // then the server has nothing, as upstream
				l.acked, l.promised = nil, nil
			}
			return err
		}
	}
	l.logged = true
	l.file("conf.d/one.conf", "hz 20\n")
	err := steps(
		func() error { return l.start("--pidfile", l.path("pid"), "--logfile", l.path("log")) },
		set, do("BGREWRITEAOF"), l.idle, set, do("BGREWRITEAOF"), set, l.idle, l.heal, set,
		do("BGSAVE"), l.idle, do("CONFIG", "SET", "maxmemory", "100mb"), do("CONFIG", "REWRITE"), do("CONFIG", "SET", "dir", l.dir),
		reload("RELOAD"), reload("LOADAOF"), set,
		do("CONFIG", "SET", "aof-use-rdb-preamble", "no"), do("BGREWRITEAOF"), set, l.idle, l.heal,
		func() error { l.logged = false; return nil },
		do("CONFIG", "SET", "appendonly", "no"), set, do("CONFIG", "SET", "appendonly", "yes"), set, l.heal, set, l.heal,
		do("SHUTDOWN", "NOSAVE"),
	)
	if err != nil {
		return err
	}
	if l.p.c != nil && !l.p.gone() {
		l.p.kill() // its shutdown has failed
	}
	return steps(func() error { return l.start() }, set, l.heal, set, l.heal)
}

// snapshotLife has snapshots and nothing else. What is promised is what was
// acknowledged before a snapshot that succeeded.
func snapshotLife(l *life) error {
	set := func() error { return l.set(5) }
	save := func() error {
		before := slices.Clone(l.acked)
		if err := l.do("BGSAVE"); err != nil {
			return err
		}
		if err := l.idle(); err != nil {
			return err
		}
		good, err := l.info(time.Millisecond, map[string]string{"rdb_last_bgsave_status": "ok"})
		if good {
			l.promised = before
		}
		return err
	}
	again := func() error { return l.start() }
	if err := steps(again, set, save, set, save, func() error { return l.do("SHUTDOWN", "NOSAVE") }); err != nil {
		return err
	}
	l.p.kill()
	return steps(again, set, save)
}

// torn is an append-only file whose end is missing.
const (
	tornHead = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
	tornTail = "*3\r\n$3\r\nSET\r\n$3\r\nkey"
)

func setLine(i int) string {
	key, value := fmt.Sprint("key:", i), fmt.Sprint("value:", i)
	return fmt.Sprintf("*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(key), key, len(value), value)
}

// wrote writes an append-only file of n keys with the given end.
func (l *life) wrote(name string, n int, tail string) {
	content := tornHead
	for i := range n {
		content += setLine(i)
		l.acked = append(l.acked, i)
	}
	l.written, l.promised, l.logged = n, slices.Clone(l.acked), true
	l.file(name, content+tail)
}

// adoptLife begins with a file from before there were manifests.
func adoptLife(l *life) error {
	l.wrote("appendonly.aof", 5, "")
	if err := steps(func() error { return l.start() }, func() error { return l.set(2) }, l.heal); err != nil {
		return err
	}
	l.p.kill()
	return steps(func() error { return l.start() }, func() error { return l.set(2) }, l.heal)
}

// bigLife has a base that is synced while it is being written.
func bigLife(l *life) error {
	return steps(func() error { return l.start() }, func() error { return l.set(2) },
		func() error { return l.do("DEBUG", "POPULATE", "30000", "big", "200") },
		func() error { return l.do("BGREWRITEAOF") }, l.idle, l.heal)
}

const oneIncrement = "file appendonly.aof.1.incr.aof seq 1 type i\n"

// tornLife begins with a file that lacks its end, zerosLife with one that ends in zeros.
func tornLife(l *life) error { return l.tornWith(tornTail) }

func zerosLife(l *life) error { return l.tornWith(strings.Repeat("\x00", 100)) }

func (l *life) tornWith(tail string) error {
	l.wrote("appendonlydir/appendonly.aof.1.incr.aof", 5, tail)
	l.file("appendonlydir/appendonly.aof.manifest", oneIncrement)
	return steps(func() error { return l.start() }, func() error { return l.set(2) }, l.heal)
}

// toolLife has the tools mend and look at files.
func toolLife(l *life) error {
	l.wrote("appendonlydir/appendonly.aof.1.incr.aof", 5, "#TS:4000000000\r\n"+setLine(5)+tornTail)
	l.file("appendonlydir/appendonly.aof.manifest", oneIncrement)
	l.file("dump.rdb", "VALKEY080\xff\x00\x00\x00\x00\x00\x00\x00\x00")
	manifest := l.path("appendonlydir/appendonly.aof.manifest")
	for _, args := range [][]string{
		{"check-aof", manifest}, {"check-aof", "--fix", manifest}, {"check-aof", "--truncate-to-timestamp", "3000000000", manifest},
		{"check-rdb", manifest}, {"check-rdb", l.path("dump.rdb"), "--stats", "--format", "json", "--output", l.path("figures")},
	} {
		cmd := exec.Command(testkit.SigrunBinary(l.t), args...)
		cmd.Stdin = strings.NewReader("y\n")
		out, err := cmd.CombinedOutput()
		l.file("out", string(out))
		if crashed(cmd, string(out)) {
			return fmt.Errorf("%v: %w\n%s", args, err, out)
		}
	}
	return nil
}

// lives are all of them, with the settings of their servers.
var lives = map[string]struct {
	run  func(l *life) error
	args []string
}{
	"always":   {logLife, []string{"conf", "--save", "", "--appendonly", "yes", "--appendfsync", "always"}},
	"everysec": {logLife, []string{"conf", "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"}},
	"snapshot": {snapshotLife, []string{"--save", ""}},
	"adopt":    {adoptLife, []string{"--save", "", "--appendonly", "yes"}},
	"big":      {bigLife, []string{"--save", "", "--rdbcompression", "no", "--appendonly", "yes"}},
	"torn":     {tornLife, []string{"--save", "", "--appendonly", "yes"}},
	"zeros":    {zerosLife, []string{"--save", "", "--appendonly", "yes"}},
	"tools":    {toolLife, []string{"--save", "", "--appendonly", "yes"}},
}

// live runs the life called name with faults, and a server without them on what
// that left. The error says what must not have happened.
func live(t *testing.T, name string, faults ...fault) (*injection, error) {
	in := inject(t, faults...)
	defer noInjection()
	l := &life{t: t, dir: quickDir(t, 64<<20), args: lives[name].args}
	l.file("conf", "include conf.d/*.conf\nmaxmemory 50mb\n")
	err := lives[name].run(l)
	if l.p != nil {
		l.p.kill()
	}
	noInjection()
	if err == nil {
		err = l.judge()
	}
	if err != nil {
		keep(t, func(w io.Writer) error { return l.report(w, in) })
	}
	return in, err
}

// judge starts a server without faults and looks for all that was promised.
func (l *life) judge() error {
	out, err := os.ReadFile(l.path("out"))
	if err != nil || l.p != nil && crashed(l.p.cmd, string(out)) {
		return fmt.Errorf("a crash: %w", errors.Join(err, errExited))
	}
	if err := l.start(); err != nil {
		return err
	}
	defer l.p.kill()
	if l.p.gone() {
		return errors.New("it cannot be started any more")
	}
	for i := range l.written {
		reply, err := l.p.do("GET", fmt.Sprint("key:", i))
		if err != nil {
			return err
		}
		switch {
		case reply.Nil && slices.Contains(l.promised, i):
			return fmt.Errorf("key:%d is lost", i)
		case !reply.Nil && reply.Text != fmt.Sprint("value:", i):
			return fmt.Errorf("key:%d is %s", i, reply)
		}
	}
	return nil
}

// report writes what there is to know of a life that went wrong.
func (l *life) report(w io.Writer, in *injection) error {
	for _, path := range []string{in.hits, l.path("out"), l.path("log")} {
		if _, err := fmt.Fprintf(w, "--- %s\n%s\n", filepath.Base(path), strings.Join(lines(path), "\n")); err != nil {
			return err
		}
	}
	return nil
}
