package faults

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// process is a server that may well not start, or end at any time: unlike
// testkit's that is no failure of the test. It is good for one client.
type process struct {
	cmd    *exec.Cmd
	addr   string
	c      *conn
	exited chan struct{}
}

var errExited = errors.New("the server has exited")

// maxSilence is how long a server may take for a start or a reply.
const maxSilence = 60 * time.Second

// startProcess starts a server in dir, which is also its folder. What it prints
// goes to the file out there. The server has exited if it could not start.
func startProcess(t *testing.T, dir string, args ...string) (*process, error) {
	out, err := os.OpenFile(filepath.Join(dir, "out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	testkit.NoError(t, err)
	defer out.Close()
	port := testkit.FreePort(t)
	p := &process{addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), exited: make(chan struct{})}
	p.cmd = exec.Command(testkit.SigrunBinary(t), append(append([]string{"server"}, args...),
		"--dir", dir, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--enable-debug-command", "yes")...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, out, out
	testkit.NoError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait() // its state tells
		close(p.exited)
	}()
	t.Cleanup(p.kill)
	for began := time.Now(); time.Since(began) < maxSilence; time.Sleep(time.Millisecond) {
		if p.gone() {
			return p, nil
		}
		if p.c, err = dial(p.addr); err != nil {
			continue
		}
		if reply, err := p.do("PING"); err == nil && !reply.IsError() {
			return p, nil
		}
	}
	return p, fmt.Errorf("no answer to PING within %v\n%s", maxSilence, p.dump())
}

// dump has a process that is stuck tell what its goroutines are doing, which ends
// it, and returns all that it has printed.
func (p *process) dump() string {
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	<-p.exited
	return strings.Join(lines(filepath.Join(p.cmd.Dir, "out")), "\n")
}

func (p *process) gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// do runs a command. errExited is the only error that a server may cause.
func (p *process) do(args ...string) (testkit.Reply, error) {
	if p.c == nil {
		return testkit.Reply{}, errExited
	}
	if err := p.c.SetDeadline(time.Now().Add(maxSilence)); err != nil {
		return testkit.Reply{}, err
	}
	reply, err := p.c.do(args...)
	if err == nil {
		return reply, nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return reply, fmt.Errorf("no reply to %v within %v\n%s", args, maxSilence, p.dump())
	}
	select { // the connection goes a moment before the process
	case <-p.exited:
		return reply, errExited
	case <-time.After(maxSilence):
		return reply, fmt.Errorf("%v: %w, but the server goes on", args, err)
	}
}

// kill ends the process, if it has not ended.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
	if p.c != nil {
		_ = p.c.Close()
	}
}

// await waits until the process has ended by itself.
func (p *process) await() error {
	select {
	case <-p.exited:
		return nil
	case <-time.After(maxSilence):
		return fmt.Errorf("still there after %v", maxSilence)
	}
}

// crashed tells whether the process came to an end that no server may come to.
func crashed(cmd *exec.Cmd, out string) bool {
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	killed := ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	return !killed && cmd.ProcessState.ExitCode() != 0 && cmd.ProcessState.ExitCode() != 1 ||
		strings.Contains(out, "goroutine ") || strings.Contains(out, "BUG:")
}
