//go:build !linux || portable

package netio

const defaultDriver = DriverNet

// epollLoop does not exist in this build.
type epollLoop struct{}

func (*epollLoop) run()     {}
func (*epollLoop) release() {}

func (*Server) addEpollLoops(int) error { return ErrNoEpoll }

func (*Listener) beginEpoll() {}
func (*Listener) stopEpoll()  {}

func localAddr(*Conn) string { return "" }
