package main

import (
	"bytes"
	"errors"
	"fmt"
)

// replyCounter counts the replies in a stream of RESP2 bytes that comes in
// pieces. It looks at no more of a reply than it must: the generator has to be
// cheaper than the server. Zero is ready for use.
type replyCounter struct {
	replies int64 // whole ones
	nils    int64 // "$-1" among them, and inside arrays

	skip    int    // bytes of a bulk string still to come, with its CRLF
	pending int64  // elements of the current array still to come
	line    []byte // the beginning of a line that the last piece cut
}

// errReply is an error reply of the server: no cell expects one.
type errReply string

func (e errReply) Error() string { return "the server replied " + string(e) }

// add takes the next piece of the stream.
func (c *replyCounter) add(b []byte) error {
	for len(b) > 0 {
		if c.skip > 0 {
			n := min(c.skip, len(b))
			b, c.skip = b[n:], c.skip-n
			if c.skip == 0 {
				c.done()
			}
			continue
		}
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			c.line = append(c.line, b...)
			return nil
		}
		line := b[:end+1]
		b = b[end+1:]
		if len(c.line) > 0 {
			c.line = append(c.line, line...)
			line = c.line
		}
		err := c.head(line)
		c.line = c.line[:0]
		if err != nil {
			return err
		}
	}
	return nil
}

// head takes the first line of a reply or of an array's element.
func (c *replyCounter) head(line []byte) error {
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return fmt.Errorf("malformed reply %q", line)
	}
	switch line[0] {
	case '+', ':':
		c.done()
		return nil
	case '$', '*':
		n, err := length(line[1 : len(line)-2])
		if err != nil {
			return err
		}
		c.body(line[0], n)
		return nil
	case '-':
		return errReply(bytes.TrimSpace(line))
	}
	return fmt.Errorf("reply of a kind that no cell expects: %q", line)
}

// body takes a bulk string of n bytes or an array of n elements; -1 is nil.
func (c *replyCounter) body(kind byte, n int) {
	switch {
	case n < 0:
		c.nils++
		c.done()
	case kind == '$':
		c.skip = n + 2
	case n == 0:
		c.done()
	case c.pending > 0: // the array itself was an element; its own come instead
		c.pending += int64(n) - 1
	default:
		c.pending = int64(n)
	}
}

// done counts an element, or a reply when it was the last or no array's.
func (c *replyCounter) done() {
	if c.pending > 0 {
		c.pending--
	}
	if c.pending == 0 {
		c.replies++
	}
}

var errLength = errors.New("bad length in a reply")

func length(b []byte) (int, error) {
	if len(b) == 2 && b[0] == '-' && b[1] == '1' {
		return -1, nil
	}
	n := 0
	for _, d := range b {
		if d < '0' || d > '9' || n > 1<<30 {
			return 0, errLength
		}
		n = n*10 + int(d-'0')
	}
	return n, nil
}
