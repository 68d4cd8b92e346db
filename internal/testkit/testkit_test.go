package testkit

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSplitArgs(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"", nil},
		{"  SET  k v ", []string{"SET", "k", "v"}},
		{`"a b" 'c "d"' ''`, []string{"a b", `c "d"`, ""}},
		{`"\x00\xfF\n\q\"" '\''`, []string{"\x00\xff\nq\"", "'"}},
		{`"\xg1"`, []string{"xg1"}},
	} {
		got, err := SplitArgs(c.line)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q %v, want %q", c.line, got, err, c.want)
		}
	}
	for _, line := range []string{`"a`, `'a`, `"a"b`, `'a'b`, `"a\`} {
		if got, err := SplitArgs(line); err == nil {
			t.Errorf("%s: got %q, want an error", line, got)
		}
	}
}

func TestReplyForms(t *testing.T) {
	for _, c := range []struct{ wire, want string }{
		{"+OK\r\n", "OK"},
		{"-ERR no\r\n", "(error) ERR no"},
		{":-1\r\n", "(integer) -1"},
		{"$-1\r\n", "(nil)"},
		{"*-1\r\n", "(nil)"},
		{"_\r\n", "(nil)"},
		{"$4\r\na\"\r\n\r\n", `"a\"\r\n"`},
		{"*0\r\n", "(empty array)"},
		{"*2\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n", "1) (integer) 1\n2) 1) \"a\"\n   2) (nil)"},
		{"%1\r\n+k\r\n~1\r\n#t\r\n", "1# k => 1~ (true)"},
		{">1\r\n,1.5\r\n", "1> (double) 1.5"},
		{"=5\r\ntxt:a\r\n", `(verbatim) "txt:a"`},
		{"|1\r\n+a\r\n+b\r\n(12\r\n", "(bignum) 12"},
	} {
		reply, err := ReadReply(bufio.NewReader(strings.NewReader(c.wire)))
		if err != nil || reply.String() != c.want {
			t.Errorf("%q: got %q %v, want %q", c.wire, reply, err, c.want)
		}
		if string(reply.Raw) != c.wire {
			t.Errorf("%q: raw is %q", c.wire, reply.Raw)
		}
	}
	for _, wire := range []string{"", "+OK\n", "\r\n", "$2\r\nabc\r\n", "$5\r\nab", "*2\r\n:1\r\n", "?\r\n", "$-2\r\n", "$99999999999\r\n"} {
		if reply, err := ReadReply(bufio.NewReader(strings.NewReader(wire))); err == nil {
			t.Errorf("%q: got %v, want an error", wire, reply)
		}
	}
}

func FuzzReadReply(f *testing.F) {
	f.Add([]byte("*2\r\n:1\r\n%1\r\n+k\r\n$1\r\nv\r\n"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		reply, err := ReadReply(bufio.NewReader(bytes.NewReader(wire)))
		if err == nil && !bytes.HasPrefix(wire, reply.Raw) {
			t.Fatalf("raw %q is not what was read", reply.Raw)
		}
		_ = reply.String()
	})
}

func FuzzQuote(f *testing.F) {
	f.Add("a\x00\" \\x\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := SplitArgs(Quote(text))
		if err != nil || len(got) != 1 || got[0] != text {
			t.Fatalf("%q came back as %q, %v", text, got, err)
		}
	})
}

// TestScriptAgainstPeer plays the rig's own script on the real server, so that
// a mistake of the rig shows before there is anything of ours to test.
func TestScriptAgainstPeer(t *testing.T) {
	peer := StartPeer(t)
	script, err := ReadScript("testdata/rig.txt")
	NoError(t, err)
	script.check(t, peer)
}

// TestScriptFormat holds that a script survives reading and writing: with the
// replies that it expects, and with others where it expects them.
func TestScriptFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.txt")
	const before = "# c\n> GET a\n...\n> GET b\nold\n\nb.send> GET c\n# end\n"
	const after = "# c\n> GET a\n...\n> GET b\nnew\n\nb.send> GET c\n# end\n"
	NoError(t, os.WriteFile(path, []byte(before), 0o644))
	script, err := ReadScript(path)
	NoError(t, err)
	got := Outcome{Reply: Reply{Kind: Status, Text: "new"}}
	if text := script.format([]Outcome{got, got, {None: true}}); string(text) != after {
		t.Errorf("got %q, want %q", text, after)
	}
}

func TestScriptErrors(t *testing.T) {
	for _, text := range []string{"OK\n", "> PING\n\nPONG\n", "a.shout> PING\n", "> \n", "b.read> x\n", "> \"a\n"} {
		path := filepath.Join(t.TempDir(), "s.txt")
		NoError(t, os.WriteFile(path, []byte(text), 0o644))
		if _, err := ReadScript(path); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestServerLife(t *testing.T) {
	s := StartPeer(t, "--appendonly", "yes", "--appendfsync", "always")
	c := s.Dial(t)
	replies := c.Pipeline([]string{"SET", "k", "v"}, []string{"INCR", "k"}, []string{"GET", "k"})
	if !replies[0].IsOK() || !replies[1].IsError() || replies[2].Text != "v" {
		t.Fatalf("pipeline: %v", replies)
	}
	first := s.Pid
	s.Kill9()
	s.Kill9() // twice is harmless
	if _, err := c.TryDo("PING"); err == nil {
		t.Error("a killed server answers")
	}
	s.Restart()
	if got := s.Do("GET", "k"); got.Text != "v" || s.Pid == first {
		t.Errorf("after the restart: %v, pid %d and %d", got, first, s.Pid)
	}
	s.WaitLog(5*time.Second, "Ready to accept connections")
	if code := s.Stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestAllocs(t *testing.T) {
	buf := make([]byte, 0, 64)
	Allocs(t, 0, func() { buf = AppendCommand(buf[:0], "SET", "k", "v") })
}
