package testkit

import (
	"os/exec"
	"syscall"
)

// dieWithUs makes the kernel kill the server when the test process goes, so
// that an interrupted run leaves nothing behind.
func dieWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
