package netio

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAddresses(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		s, h, addr := start(t, o)
		c := dial(t, addr)
		conn := h.only()
		if got, want := conn.RemoteAddr(), c.LocalAddr().String(); got != want {
			t.Errorf("remote %q, want %q", got, want)
		}
		if got := conn.LocalAddr(); got != addr {
			t.Errorf("local %q, want %q", got, addr)
		}
		if err := conn.SetKeepAlive(5 * time.Minute); err != nil {
			t.Error(err)
		}
		c.send("kill\n")
		c.expectEOF()
		eventually(t, "Closed", func() bool { return s.NumConns() == 0 && h.ended.Load() == 1 })

		ln, err := s.Listen("tcp6", "[::1]:0", ListenOptions{Tag: "six"})
		if err != nil {
			t.Skip(err)
		}
		c = dial(t, ln.Addr())
		conn = h.only()
		if got, want := conn.RemoteAddr(), c.LocalAddr().String(); got != want || !strings.HasPrefix(got, "[::1]:") {
			t.Errorf("remote %q, want %q", got, want)
		}
		if got := conn.LocalAddr(); got != ln.Addr() {
			t.Errorf("local %q, want %q", got, ln.Addr())
		}
		if conn.Listener().Tag() != "six" || conn.Unix() {
			t.Error("wrong listener")
		}
	})
}

// IPv6 listeners leave IPv4 alone, so that both can have one port.
func TestBothFamilies(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		s, _, _ := start(t, o)
		ln, err := s.Listen("tcp6", ":0", ListenOptions{})
		if err != nil {
			t.Skip(err)
		}
		four, err := s.Listen("tcp4", ":"+port(ln), ListenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if four.Port() != ln.Port() {
			t.Errorf("ports %d and %d", four.Port(), ln.Port())
		}
		_, err = s.Listen("tcp4", ":"+port(ln), ListenOptions{})
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("a second listener: %v", err)
		}
		if _, err := s.Listen("udp", ":0", ListenOptions{}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("udp: %v", err)
		}
	})
}

func port(ln *Listener) string {
	_, p, _ := net.SplitHostPort(ln.Addr())
	return p
}

func TestUnixSocket(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	drivers(t, func(t *testing.T, o Options) {
		s, h, _ := start(t, o)
		path := filepath.Join(t.TempDir(), "s")
		// What a crash leaves behind is replaced.
		stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
		if err != nil {
			t.Fatal(err)
		}
		stale.SetUnlinkOnClose(false)
		stale.Close()
		ln, err := s.Listen("unix", path, ListenOptions{Perm: 0o640})
		if err != nil {
			t.Fatal(err)
		}
		st, err := os.Stat(path)
		if err != nil || st.Mode().Perm() != 0o640 {
			t.Errorf("mode %v, %v", st.Mode(), err)
		}
		c := dial(t, path)
		c.send("echo hello\n")
		c.expect("+hello")
		conn := h.only()
		if want := "[" + path + ":0]:0"; conn.RemoteAddr() != want || conn.LocalAddr() != want || !conn.Unix() {
			t.Errorf("remote %q, local %q", conn.RemoteAddr(), conn.LocalAddr())
		}
		if err := conn.SetKeepAlive(time.Second); err != nil {
			t.Error(err)
		}
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
		if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("second Close: %v", err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the socket is still there: %v", err)
		}
		c.send("echo still here\n")
		c.expect("+still here")
		// A file that is no socket stays.
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Listen("unix", path, ListenOptions{}); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("listening on a file: %v", err)
		}
	})
}

// A closed listener's port can be had again at once, while its connections stay.
func TestListenerComesAndGoes(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		s, _, _ := start(t, o)
		addr := "127.0.0.1:0"
		var kept []*client
		for range 20 {
			ln, err := s.Listen("tcp4", addr, ListenOptions{KeepAlive: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			addr = ln.Addr()
			c := dial(t, addr)
			c.send("echo a\n")
			c.expect("+a")
			kept = append(kept, c)
			if err := ln.Close(); err != nil {
				t.Error(err)
			}
			if nc, err := net.Dial("tcp", addr); err == nil {
				nc.Close()
				t.Error("a closed listener accepts")
			}
		}
		for _, c := range kept {
			c.send("echo b\n")
			c.expect("+b")
		}
	})
}

func TestServe(t *testing.T) {
	drivers(t, func(t *testing.T, o Options) {
		s, _, _ := start(t, o)
		nl, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ln, err := s.Serve(nl)
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t, ln.Addr())
		c.send("echo served\n")
		c.expect("+served")
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestRaiseFileLimit(t *testing.T) {
	have, err := RaiseFileLimit(1)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := RaiseFileLimit(have); got != have || err != nil {
		t.Errorf("%d, %v; want %d", got, err, have)
	}
	if runtime.GOOS == "linux" {
		if got, err := RaiseFileLimit(1 << 40); got < have || err == nil {
			t.Errorf("%d, %v; want at least %d and why not more", got, err, have)
		}
	}
}
