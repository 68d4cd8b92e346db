//go:build unix && !linux

package netio

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// newSocket makes a stream socket that is not inherited.
func newSocket(family int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	return fd, os.NewSyscallError("socket", err)
}

// setKeepAlive turns probing on; its times are set for each connection.
func setKeepAlive(fd int, _ time.Duration) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1))
}
