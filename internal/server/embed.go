package server

import (
	"net"

	"sigrun/internal/netio"
)

// ListenAt lets clients in at another address than those of the settings: a
// network and an address as for netio.Server.Listen. It returns where that is.
func (s *Server) ListenAt(network, addr string) (string, error) {
	ln, err := s.net.Listen(network, addr, netio.ListenOptions{})
	if err != nil {
		return "", err
	}
	return ln.Addr(), nil
}

// Attach serves the other end of nc as a client. The server owns nc.
func (s *Server) Attach(nc net.Conn) error { return s.net.Attach(nc) }
