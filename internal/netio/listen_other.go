//go:build !unix

package netio

import "net"

// open creates ln's socket. The system has no modes of Unix sockets, no choice of
// the queue's length, and needs no SO_REUSEADDR.
func (ln *Listener) open(Driver) error {
	l, err := net.Listen(ln.network, ln.addr)
	if err != nil {
		return err
	}
	ln.ln = l
	if ln.network != "unix" {
		ln.addr = l.Addr().String()
	}
	return nil
}

// removeSocket has nothing to do: net removes a socket's file with its listener.
func removeSocket(string) {}
