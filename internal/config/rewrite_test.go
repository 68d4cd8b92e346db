package config

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"sigrun/internal/vfs"
)

// always are the lines that every rewritten file has.
const always = `save 3600 1 300 100 60 10000
latency-tracking-info-percentiles 50 99 99.9
dir "/data"
`

// start is a Store with the config file /data/t.conf.
func start(t testing.TB, fsys vfs.FS, args ...string) *Store {
	t.Helper()
	s, err := Load(append([]string{"t.conf"}, args...), Options{FS: Files(fsys), WorkDir: "/data"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func content(t testing.TB, fsys vfs.FS) string {
	t.Helper()
	data, err := vfs.ReadFile(fsys, "/data/t.conf")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		name, before string
		set          []string
		after        string
	}{{
		name:  "nothing",
		after: signature + "\n" + "dir \"/data\"\nsave 3600 1 300 100 60 10000\nlatency-tracking-info-percentiles 50 99 99.9\n",
	}, {
		name:   "in place, with what is around it",
		before: "# hello\n\n\n\n" + always + "hz 10\n# c\nhz 20\n  maxmemory   100mb  \n\t# end\t\n",
		set:    []string{"hz", "11", "maxmemory", "3gb"},
		after:  "# hello\n\n" + always + "hz 11\n# c\n\nmaxmemory 3gb\n# end\n",
	}, {
		name:   "older names",
		before: always + "Slave-Read-Only no\nslave-priority 5\nreplica-priority 6\n",
		after:  always + "replica-read-only no\nreplica-priority 6\n",
	}, {
		name:   "defaults stay where they are, and are not added",
		before: always + "hz 20\nport 6379\n",
		set:    []string{"hz", "10", "timeout", "0"},
		after:  always + "hz 10\nport 6379\n",
	}, {
		name:   "save is one line, sizes have units",
		before: "save 1 2\nsave 3 4\nmaxmemory 1073741824\n" + strings.SplitAfterN(always, "\n", 2)[1],
		after:  "save 1 2 3 4\n\nmaxmemory 1gb\n" + strings.SplitAfterN(always, "\n", 2)[1],
	}, {
		name:   "one line for each class",
		before: always + "client-output-buffer-limit normal 1 2 3 replica 4 5 6\n# c\nclient-output-buffer-limit normal 1 2 3\n",
		set:    []string{"client-output-buffer-limit", "pubsub 1kb 2kb 3"},
		after: always + "client-output-buffer-limit normal 1 2 3\n# c\nclient-output-buffer-limit replica 4 5 6\n\n" +
			signature + "\nclient-output-buffer-limit pubsub 1kb 2kb 3\n",
	}, {
		name: "what is unset goes, what is empty stays",
		before: always + "masterauth foo\nrequirepass \"\"\naclfile \"\"\nbind * -::*\nnotify-keyspace-events \"\"\n" +
			"availability-zone 'a b'\n",
		set:   []string{"masterauth", ""},
		after: always + "\naclfile \"\"\n\nnotify-keyspace-events \"\"\navailability-zone \"a b\"\n",
	}, {
		name:   "what nobody knows is marked",
		before: always + "lua-replicate-commands yes\nrename-command keys \"\"\nuser bob on\ninclude /none/*.conf\n",
		after:  always + "# ??? lua-replicate-commands yes\nrename-command keys \"\"\nuser bob on\ninclude /none/*.conf\n",
	}, {
		name:   "one signature",
		before: always + signature + "\ntimeout 2\n",
		set:    []string{"hz", "5"},
		after:  always + signature + "\ntimeout 2\n\nhz 5\n",
	}, {
		name:   "every kind",
		before: always,
		set: []string{"maxmemory-clients", "5%", "repl-backlog-size", "1001kb", "oom-score-adj", "relative",
			"slot-migration-max-failover-repl-bytes", "-1", "shutdown-on-sigterm", "now save", "appendfsync", "always",
			"notify-keyspace-events", "KEA", "oom-score-adj-values", "1 2 3", "availability-zone", "a \"b\n\xff",
			"list-max-listpack-size", "-5", "slowlog-max-len", "5", "activerehashing", "no", "bind", ""},
		after: always + "\n" + signature + `
bind ""
maxmemory-clients 5%
activerehashing no
oom-score-adj yes
oom-score-adj-values 1 2 3
list-max-listpack-size -5
appendfsync always
repl-backlog-size 1001kb
slot-migration-max-failover-repl-bytes -1
commandlog-slow-execution-max-len 5
notify-keyspace-events "AKE"
availability-zone "a \"b\n\xff"
shutdown-on-sigterm save now
`,
	}} {
		fsys := tree(t, map[string]string{"/data/t.conf": c.before})
		s := start(t, fsys)
		if err := set(s, c.set...); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for range 2 { // the second time nothing is left to do
			if err := s.Rewrite(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if got := content(t, fsys); got != c.after {
				t.Errorf("%s:\n--- got\n%s--- want\n%s", c.name, got, c.after)
			}
		}
	}
}

func TestRewriteInCluster(t *testing.T) {
	fsys := tree(t, map[string]string{"/data/t.conf": always + "cluster-enabled yes\n"})
	s := start(t, fsys)
	if err := s.Assign(ReplicaOf, "10.0.0.1", "6379"); err != nil {
		t.Fatal(err)
	}
	if err := s.Rewrite(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, fsys); strings.Contains(got, "replicaof") {
		t.Errorf("got %s", got)
	}
}

func TestRewriteAll(t *testing.T) {
	fsys := tree(t, map[string]string{"/data/t.conf": "hz 20\n"})
	s := start(t, fsys)
	if err := s.RewriteAll(); err != nil {
		t.Fatal(err)
	}
	got := content(t, fsys)
	for _, id := range All() {
		want := true
		switch k := table[id].kind.(type) {
		case stringKind:
			want = !k.optional
		case bindKind, replicaOfKind:
			want = false
		}
		if strings.Contains(got, "\n"+id.Name()+" ") != want && id != Hz {
			t.Errorf("%s: want it %v", id.Name(), want)
		}
	}
	if again := start(t, fsys); flat(again.Get("*")) != flat(s.Get("*")) {
		t.Error("the file means something else")
	}
}

func TestRewriteOthersLines(t *testing.T) {
	fsys := tree(t, map[string]string{"/data/t.conf": `user default on
sentinel monitor a 1.2.3.4 1 1
# b
sentinel monitor b 1.2.3.4 2 1
sentinel myid x
user bob off
loadmodule /x.so
` + always})
	s, err := Load([]string{"t.conf"}, Options{FS: Files(fsys), WorkDir: "/data", Sentinel: true})
	if err != nil {
		t.Fatal(err)
	}
	s.OnRewrite(func() []RewriteLine { return []RewriteLine{{"user", "user bob on"}} }, "user")
	s.OnRewrite(func() []RewriteLine {
		return []RewriteLine{
			{"sentinel monitor", "sentinel monitor b 1.2.3.4 2 1"},
			{"sentinel epoch", "sentinel epoch 3"},
		}
	}, "sentinel monitor", "sentinel myid", "sentinel epoch")
	if err := s.Rewrite(); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(always, "\n") // a Sentinel saves nothing
	want := "user bob on\nsentinel monitor b 1.2.3.4 2 1\n# b\n\nloadmodule /x.so\n\n" + rest + "\n" +
		signature + "\nport 26379\nprotected-mode no\nsentinel epoch 3\n"
	if got := content(t, fsys); got != want {
		t.Errorf("--- got\n%s--- want\n%s", got, want)
	}
}

func TestRewriteWithoutFile(t *testing.T) {
	if err := New(Options{}).Rewrite(); !errors.Is(err, ErrNoFile) {
		t.Errorf("got %v", err)
	}
	fsys := tree(t, map[string]string{"/data/t.conf": "hz 20\n"})
	s := start(t, fsys)
	if err := fsys.Remove("/data/t.conf"); err != nil {
		t.Fatal(err)
	}
	if err := s.Rewrite(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, fsys); !strings.Contains(got, "\nhz 20\n") {
		t.Errorf("got %s", got)
	}
}

// Whatever operation fails, the old file is left, or the new one is whole.
func TestRewriteFails(t *testing.T) {
	const before = "hz 20\n"
	for kind := vfs.OpOpen; kind <= vfs.OpClose; kind++ {
		mem := tree(t, map[string]string{"/data/t.conf": before})
		armed, hit := false, false
		faulty := vfs.NewFaulty(mem, func(op vfs.Op) vfs.Fault {
			if armed && op.Kind == kind {
				hit = true
				return vfs.Fault{Err: fs.ErrPermission}
			}
			return vfs.Fault{}
		})
		s := start(t, faulty)
		armed = true
		err := s.Rewrite()
		var failed *RewriteError
		if hit && kind != vfs.OpRemove && (!errors.As(err, &failed) || err.Error() != "Rewriting config file: Permission denied") {
			t.Errorf("%v fails: got %v", kind, err)
		}
		got := content(t, mem)
		if got != before && (!strings.HasPrefix(got, before) || !strings.HasSuffix(got, "percentiles 50 99 99.9\n")) {
			t.Errorf("%v fails: the file is\n%s", kind, got)
		}
		if err != nil && kind != vfs.OpSyncDir && got != before {
			t.Errorf("%v fails: the file has changed", kind)
		}
	}
}

// FuzzLoad: no file panics; what loads is written, loads again and means the
// same. Written again and again it stays as it is, at the latest the third time:
// a default takes the place of another class's limit before that one is added.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "hz 20\n\n# x\nsave 1 1\nsave 2 2\n", "bind \"127.0.0.1 -::1\"\nmaxmemory 1gb", "user a on\nfoo.bar 1\n",
		"availability-zone \"\\x00\\xff \\\"\"\nreplicaof no one\n", signature + "\nhz 3\n", "include *.conf\ninclude x\n",
		"client-output-buffer-limit normal 1 2 3 pubsub 4kb 5mb 6\nslave-priority 3\nrename-command a \"\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		fsys := tree(t, map[string]string{"/data/t.conf": lines})
		opt := Options{FS: Files(fsys), WorkDir: "/data"}
		s, err := Load([]string{"t.conf"}, opt)
		if err != nil {
			return
		}
		if err := s.Rewrite(); err != nil {
			t.Fatal(err)
		}
		once := content(t, fsys)
		again, err := Load([]string{"t.conf"}, opt)
		if err != nil {
			t.Fatalf("%q became %q: %v", lines, once, err)
		}
		if got, want := flat(again.Get("*")), flat(s.Get("*")); got != want {
			t.Fatalf("%q became %q:\ngot  %s\nwant %s", lines, once, got, want)
		}
		var after [3]string
		for i := range after {
			if err := again.Rewrite(); err != nil {
				t.Fatal(err)
			}
			after[i] = content(t, fsys)
		}
		if after[1] != after[2] {
			t.Fatalf("%q became %q and then %q", lines, once, after)
		}
	})
}
