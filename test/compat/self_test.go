package compat

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"

	"sigrun/internal/testkit"
)

// The tests of this file are of the rig: a real server must equal itself, and a
// difference that is really there must be found.

// TestPeerEqualsItself plays everything on two real servers. What fails here is
// a rule that is missing, or a conversation that hangs on the moment.
func TestPeerEqualsItself(t *testing.T) {
	t.Parallel()
	p := startPair(t, testkit.StartPeer)
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			checkStreams(t, p, g)
			checkEdges(t, p, g)
			checkArity(t, p, g)
		})
	}
	checkLarge(t, p)
	checkScripts(t, p)
}

// TestFindsSeededDifference puts a proxy that changes one reply before one of two
// real servers, and wants the difference found and shrunk to the call behind it.
func TestFindsSeededDifference(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		g         *group
		from, to  string // in what the server sends
		wantShown string // in the reduced stream, if it can be only one
	}{
		{&stringGroup, "$4\r\n3.25\r\n", "$4\r\n3.26\r\n", "3.25"},
		{&stringGroup, "increment or decrement would overflow", "increment would overflow", "922337203685477580"}, // 7 or 8: either end
		{&genericGroup, "-ERR DB index is out of range\r\n", "-ERR value is not an integer or out of range\r\n", ""},
		{&transactionGroup, "-EXECABORT ", "-ERR ", "EXEC"},
	} {
		t.Run(c.to, func(t *testing.T) {
			p := startPair(t, testkit.StartPeer)
			p.ours.addr = corrupt(t, p.ours.addr, c.from, c.to)
			rec := record(t.Name(), func(tb *recorder) { checkStreams(tb, p, c.g) })
			if !rec.failed {
				t.Fatal("not found\n" + rec.text.String())
			}
			_, reduced, _ := strings.Cut(rec.text.String(), "REDUCED: ")
			_, calls, _ := strings.Cut(reduced, "\nin\n")
			if !strings.Contains(calls, c.wantShown) || strings.Count(calls, ">") > 4 {
				t.Errorf("not reduced to the point:\n%s", reduced)
			}
		})
	}
}

// TestFindsLostWrite wants a difference of data found where all replies are the
// same.
func TestFindsLostWrite(t *testing.T) {
	p := startPair(t, testkit.StartPeer)
	p.ours.addr = corruptRequests(t, p.ours.addr, "hello", "hellp")
	diff := p.compare(stream{proto: 2, steps: []step{call("SET", "k", "hello")}}, 1)
	if !strings.Contains(diff, digestDiffers) || !strings.Contains(diff, "DUMP k") {
		t.Errorf("got %q", diff)
	}
}

// corrupt starts a proxy before addr that replaces from by to in replies.
func corrupt(t *testing.T, addr, from, to string) string {
	return startProxy(t, addr, func(b []byte) []byte { return b },
		func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(from), []byte(to)) })
}

// corruptRequests is corrupt for what clients send.
func corruptRequests(t *testing.T, addr, from, to string) string {
	return startProxy(t, addr, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(from), []byte(to)) },
		func(b []byte) []byte { return b })
}

func startProxy(t *testing.T, addr string, up, down func([]byte) []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	testkit.NoError(t, err)
	var all sync.WaitGroup
	stop := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		close(stop)
		all.Wait()
	})
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { proxy(client, addr, stop, up, down) })
		}
	})
	return l.Addr().String()
}

// proxy serves one connection until one of its ends closes, or stop.
func proxy(client net.Conn, addr string, stop <-chan struct{}, up, down func([]byte) []byte) {
	defer client.Close()
	server, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	ended := make(chan struct{}, 2)
	go func() { pass(server, client, up); ended <- struct{}{} }()
	go func() { pass(client, server, down); ended <- struct{}{} }()
	select {
	case <-ended:
	case <-stop:
	}
	_ = client.Close()
	_ = server.Close()
}

// pass copies what comes from src, changed piece by piece, until either closes.
func pass(dst, src net.Conn, change func([]byte) []byte) {
	buf := make([]byte, 1<<20)
	for {
		n, err := src.Read(buf)
		if err != nil {
			return
		}
		if _, err := dst.Write(change(buf[:n])); err != nil {
			return
		}
	}
}

// recorder is a test that may fail without harm.
type recorder struct {
	name   string
	text   strings.Builder
	failed bool
}

// record runs f on a recorder of its own and returns it.
func record(name string, f func(*recorder)) *recorder {
	rec := &recorder{name: name}
	done := make(chan struct{})
	go func() { // FailNow ends its goroutine
		defer close(done)
		f(rec)
	}()
	<-done
	return rec
}

func (r *recorder) Helper()                    {}
func (r *recorder) Name() string               { return r.name }
func (r *recorder) Log(args ...any)            { fmt.Fprintln(&r.text, args...) }
func (r *recorder) Logf(f string, args ...any) { fmt.Fprintf(&r.text, f+"\n", args...) }
func (r *recorder) Skip(...any)                { r.FailNow() }
func (r *recorder) Skipf(string, ...any)       { r.FailNow() }
func (r *recorder) SkipNow()                   { r.FailNow() }
func (r *recorder) Fail()                      { r.failed = true }
func (r *recorder) Failed() bool               { return r.failed }
func (r *recorder) Error(args ...any)          { r.Log(args...); r.Fail() }
func (r *recorder) Fatal(args ...any)          { r.Log(args...); r.FailNow() }

func (r *recorder) Errorf(f string, args ...any) {
	r.Logf(f, args...)
	r.Fail()
}

func (r *recorder) Fatalf(f string, args ...any) {
	r.Logf(f, args...)
	r.FailNow()
}

func (r *recorder) FailNow() {
	r.failed = true
	runtime.Goexit()
}

func TestForms(t *testing.T) {
	for _, c := range []struct{ pattern, want string }{
		{"PING", "PING"},
		{"GET key", "GET a"},
		{"A [B|C int] [D]", "A; A B; A C 1; A D"},
		{"A (key value)...", "A a v; A a v a v"},
		{"A key (X|Y)", "A a X; A a Y"},
	} {
		var got []string
		for _, form := range parseCommand(c.pattern).root.forms() {
			got = append(got, showArgs(step{words: form}.args(0)))
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: got %s, want %s", c.pattern, text, c.want)
		}
	}
	for _, pattern := range []string{"A [B", "A B)", "A nokind"} {
		if failed := panics(func() { parseCommand(pattern) }); !failed {
			t.Errorf("%s: no panic", pattern)
		}
	}
}

func panics(f func()) (failed bool) {
	defer func() { failed = recover() != nil }()
	f()
	return false
}

// TestTimesNeverMeet holds that two relative times of a stream differ by far more
// than a stream takes.
func TestTimesNeverMeet(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range someDays {
		for at := range maxSteps {
			rendered := word{text: text, kind: kinds["ttl"]}.render(at)
			if seen[rendered] {
				t.Fatalf("%s twice", rendered)
			}
			seen[rendered] = true
		}
	}
}
