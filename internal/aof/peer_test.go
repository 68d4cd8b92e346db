package aof

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/feed"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// waitForPeer is how long the real server may take for what it does in the background.
const waitForPeer = 10 * time.Second

// damage is a directory that some accident has left.
type damage struct {
	name, manifest string
	files          map[string]string
}

// damages are loaded by the real server and by us: both start, or neither, and
// the log says the same.
func damages() []damage {
	sel, multi, exec := string(command("SELECT", "0")), string(command("MULTI")), string(command("EXEC"))
	two := sel + string(command("SET", "a", "1")) + string(command("SET", "b", "2"))
	txn := multi + string(command("SET", "c", "3")) + string(command("SET", "d", "4")) + exec
	one := "file i seq 1 type i\n"
	var out []damage
	add := func(name, manifest string, files ...string) {
		d := damage{name, manifest, map[string]string{}}
		for i := 0; i < len(files); i += 2 {
			d.files[files[i]] = files[i+1]
		}
		out = append(out, d)
	}
	for _, m := range badManifests {
		add("manifest: "+m.name, m.text)
	}
	for name, m := range map[string]string{
		"comment": "# x\n", "line ends": "file i seq 1 type i\r\n", "lenient": "FILE i seq 7x type incr more 1\n",
		"spaces": "  file i  seq 1\ttype i  \n", "history": "file nope seq 1 type h\nfile i seq 2 type i\n",
	} {
		add("manifest: "+name, m, "i", two)
	}
	for name, tail := range map[string]string{
		"whole": "", "transaction": txn, "cut in length": "*3\r\n$3", "cut in count": "*", "cut in transaction": txn[:40],
		"no EXEC": txn[:len(txn)-len(exec)], "cut in EXEC": txn[:len(txn)-3], "garbage": "!!!",
		"unknown command": string(command("bla", "x")), "length beyond the end": "*2\r\n$3\r\nGET\r\n$1000000\r\nx",
		"no arguments": "*0\r\n", "no dollar": "*1\r\nPING\r\n", "stray EXEC": exec, "nested MULTI": multi + txn,
		"timestamp": "#TS:123\r\n", "unknown in transaction": multi + string(command("bla")) + exec,
	} {
		add("tail: "+name, one, "i", two+tail)
	}
	add("cut in value", one, "i", two[:len(two)-4])
	add("missing file", one+"file j seq 2 type i\n", "i", two)
	add("empty base", "file b seq 1 type b\n", "b", "")
	add("all empty", "file b seq 1 type b\nfile i seq 1 type i\n", "b", "", "i", "")
	add("empty increment", one+"file j seq 2 type i\n", "i", two, "j", "")
	return out
}

// intended are the damages that we treat in another way than the real server,
// and why. All lead to the same result but those of the log.
var intended = map[string]string{
	"manifest: empty name": "the server takes it for the directory and fails later",
}

func TestDamageAsThePeer(t *testing.T) {
	for _, d := range damages() {
		for _, truncated := range []bool{true, false} {
			t.Run(d.name+", "+yesNo(truncated), func(t *testing.T) {
				dir := t.TempDir()
				lay(t, vfs.OS(dir), d)
				wantUp, wantLog := peerStart(t, dir, truncated)
				ours := vfs.NewMem()
				lay(t, ours, d)
				gotUp, gotLog := ourStart(ours, truncated)
				if gotUp != wantUp {
					t.Fatalf("starts: %v, the real server: %v\nours: %q\npeer: %q", gotUp, wantUp, gotLog, wantLog)
				}
				if intended[d.name] == "" && !slices.Equal(gotLog, wantLog) {
					t.Errorf("log\n%q\nof the real server\n%q", gotLog, wantLog)
				}
				for name := range d.files {
					if got, want := readFile(t, ours, "appendonlydir/"+name), readFile(t, vfs.OS(dir), "appendonlydir/"+name); got != want {
						t.Errorf("%s is left as %q, by the real server as %q", name, got, want)
					}
				}
			})
		}
	}
}

func yesNo(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }

func lay(t *testing.T, fsys vfs.FS, d damage) {
	t.Helper()
	must(t, fsys.MkdirAll("appendonlydir", 0o755))
	writeFile(t, fsys, manifestPath, []byte(d.manifest))
	for name, text := range d.files {
		writeFile(t, fsys, "appendonlydir/"+name, []byte(text))
	}
}

// telling are the parts of log lines that are about the append-only file.
var telling = []string{
	"AOF", "append only file", "manifest", ">>> '", "duplicate base", "non-monotonic", "File can't be a path",
	"truncated file is not the last", "sending an error to its", "history file",
}

// tell appends line to lines if it is about the append-only file.
func tell(lines []string, line string) []string {
	line = strings.TrimSpace(line)
	if strings.Contains(line, "DB loaded from append only file") {
		return lines // said by the server, not by us
	}
	if slices.ContainsFunc(telling, func(part string) bool { return strings.Contains(line, part) }) {
		return append(lines, line)
	}
	return lines
}

// peerStart starts the real server in dir and tells whether it came up.
func peerStart(t *testing.T, dir string, truncated bool) (up bool, log []string) {
	t.Helper()
	server := exec.Command(testkit.PeerBinary(t), "--port", strconv.Itoa(testkit.FreePort(t)), "--save", "",
		"--appendonly", "yes", "--aof-load-truncated", yesNo(truncated), "--dir", dir)
	out, err := server.StdoutPipe()
	must(t, err)
	must(t, server.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if _, text, ok := strings.Cut(line, " * "); ok {
			line = text
		} else if _, text, ok := strings.Cut(line, " # "); ok {
			line = text
		}
		if strings.Contains(line, "Ready to accept connections") {
			up = true
			must(t, server.Process.Kill())
		}
		log = tell(log, line)
	}
	_ = server.Wait() // killed, or refused to start
	return up, log
}

// ourStart does what a start of our server does.
func ourStart(fsys vfs.FS, truncated bool) (up bool, log []string) {
	var j journal
	c := config(fsys, &j)
	err := func() error {
		m, err := ReadManifest(&c)
		if err != nil {
			return err
		}
		loaded, err := Load(m, &LoadOptions{
			Config: c, Clock: clock.NewManual(0), Truncated: truncated, NewFile: func(string) {},
			Apply:   applyKnown,
			LoadRDB: func(vfs.File, string) (int64, error) { return 0, errTest },
		})
		if err != nil {
			return err
		}
		w := NewWriter(Options{Config: c, Clock: clock.NewManual(0), Log: newLog()}, m)
		err = w.Start(loaded, true, func(io.Writer) error { return nil })
		w.RemoveHistory()
		return errors.Join(err, w.Close())
	}()
	for _, line := range j.lines {
		log = tell(log, line[2:])
	}
	// Older versions say it in the second way, and so do we.
	log = slices.DeleteFunc(log, func(l string) bool { return strings.HasPrefix(l, "Unknown command") })
	return err == nil, log
}

// applyKnown knows three commands, and what the real server says of others.
func applyKnown(args [][]byte) error {
	if slices.Contains([]string{"SELECT", "SET", "PING"}, string(args[0])) {
		return nil
	}
	text := "unknown command '" + string(args[0]) + "', with args beginning with: "
	for _, a := range args[1:] {
		text += "'" + string(a) + "' "
	}
	return UnknownCommandError(text)
}

// newLog returns an empty log.
func newLog() *feed.Log { return feed.New(0) }

// TestPeerReadsOurs has the real server load what our writer leaves at every stage.
func TestPeerReadsOurs(t *testing.T) {
	fsys := vfs.OS(t.TempDir())
	var j journal
	log, n := newLog(), 0
	safe := make(chan struct{}, 1)
	w := NewWriter(Options{
		Config: config(fsys, &j), Settings: Settings{Timestamps: true, Checksums: true}, Log: log, Clock: clock.Real,
		OnSafe: func() { request(safe) },
	}, &Manifest{})
	must(t, w.Start(LoadResult{}, false, func(io.Writer) error { return nil }))
	add := func(times int) {
		for range times {
			n++
			log.Append(n%3, command("INCRBY", "sum", strconv.Itoa(n)))
		}
		for !w.Flush(log.End()) {
			<-safe
		}
	}
	add(5)
	peerSums(t, fsys, n)
	rw, err := w.BeginRewrite(false)
	must(t, err)
	add(1)
	rw.Cut()
	base := command("INCRBY", "sum", strconv.Itoa(n*(n+1)/2))
	add(4)
	peerSums(t, fsys, n)
	_, err = rw.Write(base)
	must(t, err)
	must(t, rw.Commit())
	add(2)
	peerSums(t, fsys, n)
	must(t, w.Close())
	peerSums(t, fsys, n)
}

// peerSums starts the real server on a copy of fsys: over its databases the key
// sum must add up to 1 + 2 + ... + n.
func peerSums(t *testing.T, fsys vfs.FS, n int) {
	t.Helper()
	dir := t.TempDir()
	list, err := fsys.List("appendonlydir")
	must(t, err)
	must(t, vfs.OS(dir).MkdirAll("appendonlydir", 0o755))
	for _, f := range list {
		name := filepath.Join("appendonlydir", f.Name())
		writeFile(t, vfs.OS(dir), name, []byte(readFile(t, fsys, name)))
	}
	server := testkit.StartPeer(t, "--dir", dir, "--appendonly", "yes", "--aof-load-truncated", "no")
	client, total := testkit.Dial(t, server.Addr), int64(0)
	for db := range 3 {
		client.MustDo("SELECT", strconv.Itoa(db))
		total += client.MustDo("INCRBY", "sum", "0").Int()
	}
	if want := int64(n * (n + 1) / 2); total != want {
		t.Fatalf("the real server finds %d, want %d", total, want)
	}
	server.Kill9()
}

// TestOursReadsPeer loads what the real server leaves, with its rewrites and switches.
func TestOursReadsPeer(t *testing.T) {
	server := testkit.StartPeer(t, "--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--aof-timestamp-enabled", "yes",
		"--appendfilename", "a \"b.aof")
	client := testkit.Dial(t, server.Addr)
	n := 0
	add := func() {
		n++
		client.MustDo("SELECT", strconv.Itoa(n%3))
		client.MustDo("MULTI")
		client.MustDo("RPUSH", "l", strconv.Itoa(n))
		client.MustDo("EXEC")
	}
	add()
	client.MustDo("BGREWRITEAOF")
	add()
	server.WaitLog(waitForPeer, "Background AOF rewrite finished successfully")
	add()
	client.MustDo("CONFIG", "SET", "appendonly", "no")
	add()
	client.MustDo("CONFIG", "SET", "appendonly", "yes")
	server.WaitLog(waitForPeer, "Successfully renamed the temporary AOF incr file")
	add()
	server.Kill9()
	var j journal
	c := config(vfs.OS(server.Dir), &j)
	c.Name = "a \"b.aof"
	m, err := ReadManifest(&c)
	must(t, err)
	db, got := "", map[string]int{}
	_, err = Load(m, &LoadOptions{
		Config: c, Clock: clock.Real, NewFile: func(string) { db = "0" },
		Apply: func(args [][]byte) error {
			if strings.EqualFold(string(args[0]), "SELECT") {
				db = string(args[1])
			} else {
				got[db] += len(args) - 2
			}
			return nil
		},
		LoadRDB: func(vfs.File, string) (int64, error) { return 0, errTest },
	})
	must(t, err)
	if got["0"] != 1 || got["1"] != 2 || got["2"] != 2 {
		t.Fatalf("found %v\n%s", got, j.String())
	}
}
