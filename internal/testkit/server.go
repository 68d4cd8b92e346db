package testkit

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	loopback     = "127.0.0.1"
	startTimeout = 30 * time.Second // a race build on a busy machine is slow
	stopTimeout  = 15 * time.Second // Valkey waits up to 10 s for its replicas
	tailLines    = 60
)

// Server is one server process, killed when its test ends. Its fields are
// read-only. After Kill9 or Stop, Restart runs it again on the same port and
// folder.
type Server struct {
	Addr string // host:port
	Port int
	Dir  string // its working directory, removed with the test
	Pid  int

	t       testing.TB
	name    string // "peer" or "sigrun", for messages
	binary  string
	word    []string // what comes before the options: "server" for sigrun
	args    []string
	logPath string
	cmd     *exec.Cmd
	exited  chan struct{} // closed when cmd has been waited for
}

// StartPeer starts the real Valkey with args after the defaults of the rig:
// a free port on loopback, its own folder, no save points, DEBUG allowed. If
// the first of args does not begin with "--" it is the config file.
func StartPeer(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, &Server{name: "peer", binary: PeerBinary(t)}, args)
}

// StartSigrun starts a sigrun built from this tree, with args as in StartPeer.
func StartSigrun(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, &Server{name: "sigrun", binary: SigrunBinary(t), word: []string{"server"}}, args)
}

func start(t testing.TB, s *Server, args []string) *Server {
	t.Helper()
	s.t, s.args, s.Dir = t, args, t.TempDir()
	s.logPath = filepath.Join(s.Dir, "stdout.log")
	t.Cleanup(func() {
		s.Kill9()
		if t.Failed() {
			t.Logf("end of the log of %s, port %d:\n%s", s.name, s.Port, s.LogTail())
		}
	})
	for range 5 {
		s.Port = FreePort(t)
		s.Addr = net.JoinHostPort(loopback, strconv.Itoa(s.Port))
		if err := s.run(); err == nil {
			return s
		} else if !strings.Contains(s.LogTail(), "Failed listening on port") {
			t.Fatalf("%s did not start: %v", s.name, err)
		}
	}
	t.Fatalf("%s found no port to listen on", s.name)
	return nil
}

// Restart runs the server again on the same port and folder, with args in place
// of the earlier ones if there are any. The server must have ended.
func (s *Server) Restart(args ...string) {
	s.t.Helper()
	if len(args) > 0 {
		s.args = args
	}
	if err := s.run(); err != nil {
		s.t.Fatalf("%s did not start again: %v", s.name, err)
	}
}

// argv is the command line: config file, defaults of the rig, then the test's.
func (s *Server) argv() []string {
	argv, rest := append([]string{}, s.word...), s.args
	if len(rest) > 0 && !strings.HasPrefix(rest[0], "--") {
		argv, rest = append(argv, rest[0]), rest[1:]
	}
	argv = append(argv, "--port", strconv.Itoa(s.Port), "--bind", loopback, "--dir", s.Dir,
		"--save", "", "--enable-debug-command", "yes")
	return append(argv, rest...)
}

// run starts the process and waits until it serves commands.
func (s *Server) run() error {
	log, err := os.OpenFile(s.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own copy
	cmd := exec.Command(s.binary, s.argv()...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, log, log
	dieWithUs(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its exit code is read from cmd.ProcessState
		close(exited)
	}()
	s.cmd, s.Pid, s.exited = cmd, cmd.Process.Pid, exited
	if !poll(startTimeout, func() bool { return s.Exited() || s.serves() }) {
		s.Kill9()
		return fmt.Errorf("no answer to PING within %v", startTimeout)
	}
	if s.Exited() {
		return fmt.Errorf("exited with %v", cmd.ProcessState)
	}
	return nil
}

// serves reports whether the server answers PING with anything but LOADING.
func (s *Server) serves() bool {
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	var buf [64]byte
	n, err := conn.Read(buf[:])
	return err == nil && !bytes.HasPrefix(buf[:n], []byte("-LOADING"))
}

// Exited reports whether the process has ended.
func (s *Server) Exited() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

// Kill9 ends the process without a chance to say goodbye, and returns when it
// is gone. It may be called again.
func (s *Server) Kill9() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may be gone already
	<-s.exited
}

// Stop asks the server to shut down and returns its exit code. The test fails if
// it takes longer than a server may.
func (s *Server) Stop() int {
	s.t.Helper()
	if err := terminate(s.cmd.Process); err != nil && !s.Exited() {
		s.t.Fatalf("stopping %s: %v", s.name, err)
	}
	return s.WaitExit(stopTimeout)
}

// WaitExit waits until the process has ended by itself and returns its exit
// code, -1 if a signal ended it.
func (s *Server) WaitExit(d time.Duration) int {
	s.t.Helper()
	select {
	case <-s.exited:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(d):
		s.t.Fatalf("%s still runs after %v", s.name, d)
		return 0
	}
}

// Log is all that the server has written to its standard output and error, in
// all its runs.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.logPath)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// LogTail is the end of Log.
func (s *Server) LogTail() string {
	lines := strings.Split(strings.TrimRight(s.Log(), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

// WaitLog waits until text stands in the server's log.
func (s *Server) WaitLog(d time.Duration, text string) {
	s.t.Helper()
	Eventually(s.t, d, func() bool { return strings.Contains(s.Log(), text) },
		fmt.Sprintf("%q in the log of %s", text, s.name))
}

// Dial returns a new connection to s, closed when the test ends.
func (s *Server) Dial(t testing.TB) *Client {
	t.Helper()
	return Dial(t, s.Addr)
}

// Do runs one command on a connection of its own.
func (s *Server) Do(args ...string) Reply {
	s.t.Helper()
	c := Dial(s.t, s.Addr)
	defer c.Close()
	return c.Do(args...)
}
