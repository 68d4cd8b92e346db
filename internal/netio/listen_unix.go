//go:build unix

package netio

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// open creates ln's socket, for the epoll driver as a descriptor, else as a
// net.Listener.
func (ln *Listener) open(d Driver) error {
	sa, family, err := ln.resolve()
	if err != nil {
		return err
	}
	fd, err := newSocket(family)
	if err != nil {
		return err
	}
	if err := ln.bind(fd, family, sa); err != nil {
		_ = unix.Close(fd)
		return err
	}
	if family != unix.AF_UNIX {
		if bound, err := unix.Getsockname(fd); err == nil {
			ln.addr = addrPort(bound).String()
		}
	}
	if d == DriverEpoll {
		ln.fd = fd
		return nil
	}
	f := os.NewFile(uintptr(fd), ln.addr)
	defer f.Close()
	ln.ln, err = net.FileListener(f)
	if u, ok := ln.ln.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // stop does it
	}
	return err
}

func (ln *Listener) bind(fd, family int, sa unix.Sockaddr) error {
	if err := ln.prepare(fd, family); err != nil {
		return err
	}
	if family == unix.AF_UNIX {
		removeSocket(ln.addr)
	}
	if err := unix.Bind(fd, sa); err != nil {
		return os.NewSyscallError("bind", err)
	}
	if family == unix.AF_UNIX {
		// Nobody can connect before listen(2): the mode is in force from the first
		// client on.
		if err := ln.guard(); err != nil {
			removeSocket(ln.addr)
			return err
		}
	}
	return os.NewSyscallError("listen", unix.Listen(fd, ln.opts.Backlog))
}

// prepare sets what accepted connections inherit, and how the address is shared.
func (ln *Listener) prepare(fd, family int) error {
	if family == unix.AF_UNIX {
		return nil
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	if family == unix.AF_INET6 {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	if ln.opts.KeepAlive > 0 {
		return setKeepAlive(fd, ln.opts.KeepAlive)
	}
	return nil
}

// guard gives a Unix socket its mode and group.
func (ln *Listener) guard() error {
	if g := ln.opts.Group; g != nil {
		if err := unix.Chown(ln.addr, -1, *g); err != nil {
			return os.NewSyscallError("chown", err)
		}
	}
	if ln.opts.Perm != 0 {
		return os.NewSyscallError("chmod", unix.Chmod(ln.addr, ln.opts.Perm))
	}
	return nil
}

// resolve turns addr into a socket address.
func (ln *Listener) resolve() (unix.Sockaddr, int, error) {
	if ln.network == "unix" {
		return &unix.SockaddrUnix{Name: ln.addr}, unix.AF_UNIX, nil
	}
	a, err := net.ResolveTCPAddr(ln.network, ln.addr)
	if err != nil {
		return nil, 0, err
	}
	ip := a.AddrPort().Addr()
	if ln.network == "tcp4" {
		sa := &unix.SockaddrInet4{Port: a.Port}
		if ip.IsValid() {
			sa.Addr = ip.Unmap().As4()
		}
		return sa, unix.AF_INET, nil
	}
	sa := &unix.SockaddrInet6{Port: a.Port}
	if ip.IsValid() {
		sa.Addr = ip.As16()
		sa.ZoneId, err = zoneIndex(ip.Zone())
	}
	return sa, unix.AF_INET6, err
}

// zoneIndex is the number of the interface that an IPv6 zone names.
func zoneIndex(zone string) (uint32, error) {
	if zone == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n), nil
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, fmt.Errorf("zone %q: %w", zone, err)
	}
	return uint32(i.Index), nil
}

// addrPort is sa without zone; not valid for Unix sockets.
func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	}
	return netip.AddrPort{}
}

// removeSocket removes what lies at path if it is a socket.
func removeSocket(path string) {
	var st unix.Stat_t
	if unix.Lstat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFSOCK {
		_ = unix.Unlink(path) // bind reports what matters
	}
}

// keepAliveTimes are the probing settings for an interval: the first probe after the
// interval, three in all, a third of the interval apart; in seconds.
func keepAliveTimes(interval time.Duration) (idle, every, count int) {
	idle = max(int(interval/time.Second), 1)
	return idle, max(idle/3, 1), 3
}
