package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"sigrun/internal/resp"
	"sigrun/internal/vfs"
)

// scanner cuts a file of RESP commands, with comment lines between them, into
// commands.
//
//	buf:  [ consumed | unread ............ | free ]
//	                 start                 end
//	file offset      off
type scanner struct {
	f          vfs.File
	size       int64 // of the file
	off        int64
	buf        []byte
	start, end int
	parser     resp.Parser
	args       [][]byte
	sums       *Sums // nil to believe all that can be read
	// renew, unless nil, takes over what the buffer holds and returns another one of
	// at least size bytes.
	renew func(size int) []byte
}

// scanBuffer is the size of a scanner's buffer at first, in bytes, unless the file
// is smaller.
const scanBuffer = 256 << 10

// errShort says that the file ends inside of a command.
var errShort = errors.New("unexpected end of file")

// formatError is something that cannot stand where it stands.
type formatError struct {
	off int64 // where the command begins
	err error
}

func (e *formatError) Error() string   { return fmt.Sprintf("offset %d: %v", e.off, e.err) }
func (e *formatError) Unwrap() []error { return []error{ErrDamaged, e.err} }

var (
	errNoCommand = errors.New("neither a command nor a comment")
	noLimits     = resp.Limits{MaxBulk: math.MaxInt / 4} // the size of the file is the limit
)

// newScanner returns a scanner of f from offset off on.
func newScanner(f vfs.File, off int64) (*scanner, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(off, io.SeekStart); err != nil {
		return nil, err
	}
	return &scanner{f: f, size: size, off: off, buf: make([]byte, min(scanBuffer, size))}, nil
}

// next returns the next command, and its bytes as they stand in the file. Both
// are valid until the next call. At the end of the file the error is io.EOF if a
// command ended there, else errShort; then off is where the unfinished one began.
func (s *scanner) next() (args [][]byte, raw []byte, err error) {
	for {
		b := s.buf[s.start:s.end]
		need := 1
		switch {
		case len(b) == 0:
		case b[0] == '#':
			if end := bytes.IndexByte(b, '\n'); end >= 0 {
				if err := s.annotation(b[:end+1]); err != nil {
					return nil, nil, &formatError{s.off, err}
				}
				continue
			}
			need = len(b) + 1
		case b[0] != '*' || len(b) > 1 && (b[1] < '1' || b[1] > '9'):
			return nil, nil, &formatError{s.off, errNoCommand}
		default:
			args, n, err := s.parser.Next(b, s.args[:0], noLimits)
			if err != nil {
				return nil, nil, &formatError{s.off, err}
			}
			s.args = args
			if n > 0 {
				if s.sums != nil {
					s.sums.Add(b[:n])
				}
				s.consume(n)
				return args, b[:n], nil
			}
			need = max(s.parser.Want(), len(b)+1)
		}
		if err := s.fill(need); err != nil {
			return nil, nil, err
		}
	}
}

// annotation passes over a line that is no command.
func (s *scanner) annotation(line []byte) error {
	if s.sums != nil {
		if _, err := s.sums.Line(line); err != nil {
			return err
		}
	}
	s.consume(len(line))
	return nil
}

func (s *scanner) consume(n int) {
	s.start += n
	s.off += int64(n)
}

// fill reads until there are need unread bytes.
func (s *scanner) fill(need int) error {
	have := s.end - s.start
	if int64(need) > s.size-s.off {
		if have == 0 && s.off == s.size {
			return io.EOF
		}
		return errShort // and no memory is taken for what a damaged length says
	}
	if s.start+need > len(s.buf) {
		buf := s.buf
		switch {
		case s.renew != nil && have > len(buf)/2: // grow, or each argument of a long command copies it
			buf = s.renew(max(need, 2*len(buf)))
		case s.renew != nil:
			buf = s.renew(need)
		case need > len(buf):
			buf = make([]byte, max(need, 2*len(buf)))
		}
		copy(buf, s.buf[s.start:s.end])
		s.buf, s.start, s.end = buf, 0, have
	}
	room := s.buf[s.end:]
	if left := s.size - s.off - int64(have); int64(len(room)) > left {
		room = room[:left]
	}
	n, err := io.ReadAtLeast(s.f, room, need-have)
	s.end += n
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errShort
	}
	return err
}

// endsInZeros tells whether the command at s.off is cut short by zeros that fill
// the rest of the file: so a power cut leaves it when the file system had set
// the length but not yet written the bytes.
func (s *scanner) endsInZeros() (bool, error) {
	zeros, err := trailingZeros(s.f, s.size)
	if err != nil || zeros == 0 || s.size-zeros < s.off {
		return zeros > 0 && err == nil, err
	}
	cut, err := newScanner(s.f, s.off)
	if err != nil {
		return false, err
	}
	cut.size = s.size - zeros
	_, _, err = cut.next()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, errShort):
		return true, nil
	case errors.Is(err, ErrDamaged):
		return false, nil
	}
	return false, err
}

// trailingZeros is how many bytes at the end of f, which is size bytes long, are
// zero.
func trailingZeros(f vfs.File, size int64) (int64, error) {
	buf := make([]byte, min(size, 64<<10))
	end := size
	for end > 0 {
		n := min(end, int64(len(buf)))
		b := buf[:n]
		if _, err := f.ReadAt(b, end-n); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		rest := bytes.TrimRight(b, "\x00")
		end -= n - int64(len(rest))
		if len(rest) > 0 {
			break
		}
	}
	return size - end, nil
}
