package testkit

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"testing"
	"time"
)

// DefaultTimeout bounds each read and write of a Client.
const DefaultTimeout = 20 * time.Second

// Client is one RESP connection of a test. It is not safe for concurrent use.
type Client struct {
	// Timeout bounds each read and write; it may be changed at any time.
	Timeout time.Duration
	// Pushes are the RESP3 push messages that came in between replies.
	Pushes []Reply

	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// Dial connects to addr. The connection is closed when the test ends.
func Dial(t testing.TB, addr string) *Client {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, DefaultTimeout)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	c := NewClient(t, conn)
	t.Cleanup(c.Close)
	return c
}

// NewClient speaks RESP over conn, which it owns from now on.
func NewClient(t testing.TB, conn net.Conn) *Client {
	return &Client{Timeout: DefaultTimeout, t: t, conn: conn, in: bufio.NewReader(conn)}
}

// Close closes the connection. It may be called again.
func (c *Client) Close() { _ = c.conn.Close() }

// Conn is the connection beneath, for tests of half-closed or stalled peers.
// Bytes that the Client has buffered are not seen there.
func (c *Client) Conn() net.Conn { return c.conn }

// Do sends one command and returns its reply. Trouble with the connection
// fails the test; an error reply does not.
func (c *Client) Do(args ...string) Reply {
	c.t.Helper()
	reply, err := c.TryDo(args...)
	if err != nil {
		c.t.Fatalf("%q: %v", args, err)
	}
	return reply
}

// TryDo is Do for a server that may go away: it returns the connection's error.
func (c *Client) TryDo(args ...string) (Reply, error) {
	if err := c.SendRaw(AppendCommand(nil, args...)); err != nil {
		return Reply{}, err
	}
	return c.Receive()
}

// MustDo is Do for a command that has to succeed.
func (c *Client) MustDo(args ...string) Reply {
	c.t.Helper()
	reply := c.Do(args...)
	if reply.IsError() {
		c.t.Fatalf("%q: %s", args, reply)
	}
	return reply
}

// Send sends one command and reads nothing.
func (c *Client) Send(args ...string) {
	c.t.Helper()
	if err := c.SendRaw(AppendCommand(nil, args...)); err != nil {
		c.t.Fatalf("%q: %v", args, err)
	}
}

// Pipeline sends all commands in one write and returns their replies in order.
func (c *Client) Pipeline(commands ...[]string) []Reply {
	c.t.Helper()
	var out []byte
	for _, args := range commands {
		out = AppendCommand(out, args...)
	}
	// The reader must run beside the writer: a server may stop reading while
	// its replies are not taken.
	sent := make(chan error, 1)
	go func() { sent <- c.SendRaw(out) }()
	replies := make([]Reply, 0, len(commands))
	for i := range commands {
		reply, err := c.Receive()
		if err != nil {
			c.t.Fatalf("reply %d of a pipeline of %d: %v", i, len(commands), err)
		}
		replies = append(replies, reply)
	}
	NoError(c.t, <-sent)
	return replies
}

// SendRaw writes b as it is.
func (c *Client) SendRaw(b []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(c.Timeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

// Receive returns the next reply. Push messages on the way go to c.Pushes. The
// error is io.EOF when the server has closed the connection between replies.
func (c *Client) Receive() (Reply, error) {
	for {
		reply, err := c.ReceiveAny()
		if err != nil || reply.Kind != Push {
			return reply, err
		}
		c.Pushes = append(c.Pushes, reply)
	}
}

// ReceiveAny returns the next reply or push message.
func (c *Client) ReceiveAny() (Reply, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(c.Timeout)); err != nil {
		return Reply{}, err
	}
	return ReadReply(c.in)
}

// ReadAll returns every byte until the server closes the connection. A reset
// counts as a close.
func (c *Client) ReadAll() []byte {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(c.Timeout)); err != nil {
		c.t.Fatal(err)
	}
	all, err := io.ReadAll(c.in)
	if timeout := (net.Error)(nil); errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatalf("still open after %v, %q so far", c.Timeout, all)
	}
	return all
}

// Hello switches the connection to RESP version proto and returns HELLO's reply.
func (c *Client) Hello(proto int) Reply {
	c.t.Helper()
	return c.MustDo("HELLO", strconv.Itoa(proto))
}

// AppendCommand appends args to dst as one RESP command.
func AppendCommand(dst []byte, args ...string) []byte {
	dst = append(dst, '*')
	dst = strconv.AppendInt(dst, int64(len(args)), 10)
	dst = append(dst, "\r\n"...)
	for _, arg := range args {
		dst = append(dst, '$')
		dst = strconv.AppendInt(dst, int64(len(arg)), 10)
		dst = append(dst, "\r\n"...)
		dst = append(dst, arg...)
		dst = append(dst, "\r\n"...)
	}
	return dst
}
