package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sigrun/internal/vfs"
)

// tree is a file system in memory with some files in it.
func tree(t testing.TB, content map[string]string) *vfs.Mem {
	t.Helper()
	m := vfs.NewMem()
	for name, text := range content {
		if err := m.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := vfs.WriteFileAtomic(m, name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// fatal is the report of a wrong line.
func fatal(line int, text, reason string) string {
	return fmt.Sprintf("\n*** FATAL CONFIG FILE ERROR (Version 9.1.2) ***\nReading the configuration file, at line %d\n>>> '%s'\n%s\n",
		line, text, reason)
}

const (
	wordCount  = "wrong number of arguments"
	notInteger = "argument couldn't be parsed into an integer"
)

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		args  string // separated by spaces, _ being the empty argument
		stdin string
		want  string
	}{
		{"--port", "", fatal(2, "port", wordCount)},
		{"--port x", "", fatal(2, `port "x"`, notInteger)},
		{"--port _", "", fatal(2, `port ""`, notInteger)},
		{"--port -1", "", fatal(2, `port "-1"`, "argument must be between 0 and 65535 inclusive")},
		{"--foo", "", fatal(2, "foo", badDirective)},
		{"--foo 1", "", fatal(2, `foo "1"`, badDirective)},
		{"--port 1 foo", "", fatal(2, `port "1" "foo"`, wordCount)},
		{"--port 1 --dir", "", fatal(3, "dir", wordCount)},
		{"--port 1 -x", "", fatal(2, `port "1" "-x"`, wordCount)},
		{"-x", "", fatal(2, `"-x"`, badDirective)},
		{"-- port", "", fatal(2, `"port"`, wordCount)},
		{"--user foo --user foo", "", fatal(3, `user "foo"`,
			"Error in user declaration 'foo': Duplicate user found. A user can only be defined once in config files")},
		{"--hz 5 --user a on --user b --user a off", "", fatal(5, `user "a" "off"`,
			"Error in user declaration 'a': Duplicate user found. A user can only be defined once in config files")},
		{"--sentinel-x", "", fatal(2, "sentinel-x", badDirective)},
		{"--loadmodule", "", fatal(2, "loadmodule", badDirective)},
		{"--foo.bar", "", fatal(2, "foo.bar", "Module config specified without value")},
		{"- --port 1", "hz 20\nfoo bar\n", fatal(2, "foo bar", badDirective)},
		{"- --hz x", "timeout 1\n\n\n", fatal(5, `hz "x"`, notInteger)},
		{"- --hz x", "timeout 1", fatal(2, `hz "x"`, notInteger)},
		{"-", "  port 1 # c  \r\n", fatal(1, "port 1 # c", wordCount)},
		{"-", "\n# x\nport \"12\n", fatal(3, `port "12`, "Unbalanced quotes in configuration line")},
		{"-", `"" x`, fatal(1, `"" x`, badDirective)},
		{"-", "rename-command get", fatal(1, "rename-command get", badDirective)},
		{"-", "user", fatal(1, "user", badDirective)},
		{"-", "include", fatal(1, "include", badDirective)},
		{"-", "include a b", fatal(1, "include a b", badDirective)},
		{"-", "io-threads-do-reads", fatal(1, "io-threads-do-reads", badDirective)},
		{"-", "sentinel monitor a b c d", fatal(1, "sentinel monitor a b c d", "sentinel directive while not in sentinel mode")},
		{"-", "replicaof a", fatal(1, "replicaof a", wordCount)},
		{"-", `replicaof ""`, fatal(1, `replicaof ""`, wordCount)},
		{"-", "replicaof a b", fatal(1, "replicaof a b", "Invalid primary port")},
		{"-", "slaveof a 65536", fatal(1, "slaveof a 65536", "Invalid primary port")},
		{"-", "replicaof a 1\ncluster-enabled yes",
			"\n*** FATAL CONFIG FILE ERROR (Version 9.1.2) ***\nreplicaof directive not allowed in cluster mode\n"},
		{"-", "notify-keyspace-events K E", fatal(1, "notify-keyspace-events K E", wordCount)},
		{"-", "save 3600", fatal(1, "save 3600", "Invalid save parameters")},
		{"-", "client-output-buffer-limit replica 1 2", fatal(1, "client-output-buffer-limit replica 1 2",
			"Wrong number of arguments in buffer limit configuration.")},
		{"-", "unixsocketperm 8", fatal(1, "unixsocketperm 8", "argument couldn't be parsed as an octal number")},
		{"-", "unixsocketperm 1000", fatal(1, "unixsocketperm 1000", "argument must be between 0 and 777 inclusive")},
		{"-", "unixsocketperm -1", fatal(1, "unixsocketperm -1", "argument must be between 0 and 777 inclusive")},
		{"-", "appendfilename a/b", fatal(1, "appendfilename a/b", "appendfilename can't be a path, just a filename")},
		{"-", `appenddirname ""`, fatal(1, `appenddirname ""`, "appenddirname can't be empty")},
		{"-", `cluster-config-file ""`, fatal(1, `cluster-config-file ""`, "cluster-config-file can't be empty")},
		{"-", "hash-seed " + strings.Repeat("x", 257), fatal(1, "hash-seed "+strings.Repeat("x", 257),
			"hash-seed must be less than or equal to 256 characters")},
		{"-", "dir /nope", fatal(1, "dir /nope", "No such file or directory")},
		{"-", "dir /data/a.conf", fatal(1, "dir /data/a.conf", "Not a directory")},
		{"-", "replica-full-sync-buffer-limit 10mb", fatal(1, "replica-full-sync-buffer-limit 10mb", badDirective)},
		{"-", "maxmemory 50%", fatal(1, "maxmemory 50%", "argument must be a memory value")},
		{"-", "include /data/bad.conf", fatal(3, "foo", badDirective)},
		{"-", "include nope.conf", "Fatal error, can't open config file 'nope.conf': No such file or directory"},
		{"nope.conf", "", "Fatal error, can't open config file '/data/nope.conf': No such file or directory"},
		{"loop.conf", "", "Fatal error, can't open config file 'loop.conf': Too many levels of include"},
	} {
		args := strings.Fields(c.args)
		for i := range args {
			if args[i] == "_" {
				args[i] = ""
			}
		}
		_, err := Load(args, Options{
			FS: Files(tree(t, map[string]string{
				"/data/a.conf":    "",
				"/data/bad.conf":  "hz 3\n\nfoo\n",
				"/data/loop.conf": "include loop.conf\n",
			})),
			WorkDir: "/data", Stdin: strings.NewReader(c.stdin), Version: "9.1.2",
		})
		if errText(err) != c.want {
			t.Errorf("%s < %q: got %v, want %s", c.args, c.stdin, err, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	for _, c := range []struct{ lines, get, want string }{
		{"HZ 20", "hz", "hz 20"},
		{"\tport   1\t\r\n#x\n", "port", "port 1"},
		{"port\t1", "port", "port 1"},
		{`"port" 1`, "port", "port 1"},
		{"hz 20\nhz 30", "hz", "hz 30"},
		{"hz 5000\nrepl-backlog-size 1", "hz repl-backlog-size", "hz 500 repl-backlog-size 16384"},
		{"slave-read-only no\nslowlog-max-len 1", "replica-read-only slowlog-max-len", "replica-read-only no slowlog-max-len 1"},
		{`loglevel "deb\x75g"`, "loglevel", "loglevel debug"},
		{"save 1 1\nsave 2 2", "save", "save 1 1 2 2"},
		{"save 1 1\nsave \"\"\nsave 2 2", "save", "save 2 2"},
		{`save "3600 1 60 1"`, "save", "save 3600 1 60 1"},
		{"save", "save", "save "},
		{"bind 127.0.0.1 -::1", "bind", "bind 127.0.0.1 -::1"},
		{`bind "127.0.0.1 -::1"`, "bind", "bind 127.0.0.1 -::1"},
		{`bind ""`, "bind", "bind "},
		{"shutdown-on-sigterm save now", "shutdown-on-sigterm", "shutdown-on-sigterm save now"},
		{`shutdown-on-sigterm "save now"`, "shutdown-on-sigterm", "shutdown-on-sigterm save now"},
		{"unixsocketperm 0777", "unixsocketperm", "unixsocketperm 777"},
		{"replicaof no one\ncluster-enabled yes", "replicaof", "replicaof "},
		{"slaveof 1.2.3.4 6379", "SLAVEOF", "SLAVEOF 1.2.3.4 6379"},
		{"lua-replicate-commands x\nlist-max-ziplist-entries 1\nlist-max-ziplist-value 1\nhz 11", "hz", "hz 11"},
		{"dynamic-hz yes\nio-threads-do-reads no\nevents-per-io-thread 2\nsanitize-dump-payload yes", "hz", "hz 10"},
	} {
		if got := flat(load(t, c.lines).Get(strings.Fields(c.get)...)); got != c.want {
			t.Errorf("%q: got %q, want %q", c.lines, got, c.want)
		}
	}
}

func TestLoadIncludes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths of this test are Unix paths")
	}
	fsys := tree(t, map[string]string{
		"/data/main.conf":  "hz 11\ninclude inc/*.conf\ninclude none/*.conf\ndir /other\ninclude last.conf",
		"/data/inc/a.conf": "hz 12\ntimeout 1\ninclude sub",
		"/data/inc/b.conf": "timeout 2\n",
		"/data/sub":        "databases 7",
		"/other/last.conf": "dbfilename last.rdb",
	})
	s, err := Load([]string{"main.conf", "--port", "7"}, Options{FS: Files(fsys), WorkDir: "/data"})
	if err != nil {
		t.Fatal(err)
	}
	const want = "databases 7 dbfilename last.rdb dir /other hz 12 port 7 timeout 2"
	if got := flat(s.Get("databases", "dbfilename", "dir", "hz", "port", "timeout")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if s.File() != "/data/main.conf" {
		t.Errorf("file %s", s.File())
	}
}

func TestDirectives(t *testing.T) {
	s, err := Load([]string{"-", "--sentinel"}, Options{Stdin: strings.NewReader(
		`rename-command KEYS ""
rename-command get GET2
user bob on ">a b"
user default off
loadmodule /x/y.so a b
json.max-path-limit 5

sentinel monitor m 127.0.0.1 6379 2
sentinel myid x
`)})
	if err != nil {
		t.Fatal(err)
	}
	d := s.Directives()
	if !slices.Equal(d.Renames, []Rename{{"KEYS", ""}, {"get", "GET2"}}) {
		t.Errorf("renames %v", d.Renames)
	}
	got := fmt.Sprintf("%q %q %q %v", d.Users, d.Modules, d.Settings, d.Sentinel)
	const want = `[["bob" "on" ">a b"] ["default" "off"]] [["/x/y.so" "a" "b"]] [["json.max-path-limit" "5"]] ` +
		`[{[monitor m 127.0.0.1 6379 2] 8 sentinel monitor m 127.0.0.1 6379 2} {[myid x] 9 sentinel myid x}]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !s.Sentinel() || s.Int(Port) != 26379 || s.Bool(ProtectedMode) {
		t.Errorf("sentinel %v, port %d, protected %v", s.Sentinel(), s.Int(Port), s.Bool(ProtectedMode))
	}
}

func TestDirectivesAreAsked(t *testing.T) {
	opt := Options{
		Version: "9.1.2",
		RenameCommand: func(from, _ string) error {
			if from == "nope" {
				return errors.New("No such command in rename-command")
			}
			return nil
		},
		DefineUser: func(words []string) error {
			if len(words) > 1 {
				return errors.New("Error in user declaration 'user': Syntax error")
			}
			return nil
		},
	}
	for lines, want := range map[string]string{
		"rename-command get x\nuser a": "",
		"\nrename-command nope x":      fatal(2, "rename-command nope x", "No such command in rename-command"),
		"user a b":                     fatal(1, "user a b", "Error in user declaration 'user': Syntax error"),
	} {
		opt.Stdin = strings.NewReader(lines)
		if _, err := Load([]string{"-"}, opt); errText(err) != want {
			t.Errorf("%q: got %v, want %s", lines, err, want)
		}
	}
}

func TestLoadWithoutFiles(t *testing.T) {
	_, err := Load([]string{"x.conf"}, Options{WorkDir: "/data"})
	var open *OpenError
	if !errors.As(err, &open) || !errors.Is(err, errNoFS) {
		t.Errorf("got %v", err)
	}
	fsys := vfs.NewFaulty(tree(t, map[string]string{"/data/x.conf": "hz 5"}), func(op vfs.Op) vfs.Fault {
		if op.Kind == vfs.OpOpen {
			return vfs.Fault{Err: fs.ErrPermission}
		}
		return vfs.Fault{}
	})
	_, err = Load([]string{"x.conf"}, Options{FS: Files(fsys), WorkDir: "/data"})
	if !errors.As(err, &open) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}
