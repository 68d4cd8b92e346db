package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

const (
	loopback     = "127.0.0.1"
	startTimeout = 20 * time.Second
	replyTimeout = 5 * time.Minute // FLUSHALL and DEBUG of many keys take their time
	pollEvery    = time.Millisecond
)

// maker knows how to start one of the two servers.
type maker struct {
	name    string   // "peer" or "ours"
	command []string // the binary and the words before the options
	env     []string // added to the environment
	cores   []int    // it is pinned to
	dir     string   // in which each server gets a folder of its own
}

// server is a running server process.
type server struct {
	name    string
	addr    string
	pid     int
	toPong  time.Duration // from the start of the process to the first PONG
	control *control
	cmd     *exec.Cmd
	dir     string
}

// start runs the server with an empty folder of its own, with no save points,
// without AOF, and with args in addition. It returns when PING was answered.
func (m *maker) start(args ...string) (*server, error) {
	dir, err := os.MkdirTemp(m.dir, m.name)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{name: m.name, addr: net.JoinHostPort(loopback, strconv.Itoa(port)), dir: dir}
	argv := append([]string{}, m.command...)
	argv = append(argv, "--port", strconv.Itoa(port), "--bind", loopback, "--dir", dir,
		"--save", "", "--appendonly", "no", "--logfile", filepath.Join(dir, "log"))
	argv = append(argv, args...)
	s.cmd = exec.Command(argv[0], argv[1:]...)
	s.cmd.Dir = dir
	s.cmd.Env = append(os.Environ(), m.env...)
	dieWithUs(s.cmd)
	begin := time.Now()
	if err := startPinned(s.cmd, m.cores); err != nil {
		return nil, fmt.Errorf("%s: %w", m.name, err)
	}
	s.pid = s.cmd.Process.Pid
	if err := s.awaitPong(begin); err != nil {
		s.stop()
		return nil, fmt.Errorf("%s: %w", m.name, err)
	}
	return s, nil
}

func (s *server) awaitPong(begin time.Time) error {
	for {
		c, err := dial(s.addr)
		if err == nil {
			if reply, err := c.do("PING"); err == nil && reply.Text == "PONG" {
				s.toPong, s.control = time.Since(begin), c
				return nil
			}
			c.close()
		}
		if time.Since(begin) > startTimeout {
			return fmt.Errorf("no PONG within %v", startTimeout)
		}
		time.Sleep(pollEvery)
	}
}

// stop kills the server: a measured process owes nobody a goodbye.
func (s *server) stop() {
	if s.control != nil {
		s.control.close()
	}
	_ = s.cmd.Process.Kill() // it may have died already
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// freePort returns a port that nobody listens on, out of SIGRUN_PORTS, as the
// tests understand it, or below those that kernels give to clients.
func freePort() (int, error) {
	low, high := 12000, 21999
	if text := os.Getenv("SIGRUN_PORTS"); text != "" {
		if _, err := fmt.Sscanf(text, "%d-%d", &low, &high); err != nil || low < 1 || high < low || high > 65535 {
			return 0, fmt.Errorf("SIGRUN_PORTS=%q is not low-high", text)
		}
	}
	chance := rng.NewRandom()
	for range 200 {
		port := low + int(chance.Uint64n(uint64(high-low+1)))
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", low, high)
}

// control is a connection for single commands beside the load.
type control struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(addr string) (*control, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &control{conn: conn, in: bufio.NewReader(conn)}, nil
}

func (c *control) close() { _ = c.conn.Close() }

// do runs one command. An error reply is an error.
func (c *control) do(args ...string) (testkit.Reply, error) {
	if err := c.conn.SetDeadline(time.Now().Add(replyTimeout)); err != nil {
		return testkit.Reply{}, err
	}
	if _, err := c.conn.Write(testkit.AppendCommand(nil, args...)); err != nil {
		return testkit.Reply{}, err
	}
	reply, err := testkit.ReadReply(c.in)
	if err == nil && reply.IsError() {
		err = fmt.Errorf("%s: %s", args[0], reply.Text)
	}
	return reply, err
}

// info returns one field of INFO's section.
func (c *control) info(section, name string) (string, error) {
	reply, err := c.do("INFO", section)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(reply.Text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("INFO %s has no %s", section, name)
}

// infoFloat is info of a number.
func (c *control) infoFloat(section, name string) (float64, error) {
	text, err := c.info(section, name)
	if err != nil {
		return 0, err
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("INFO %s: %s is %q", section, name, text)
	}
	return value, nil
}
