package check

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sigrun/internal/aof"
)

// scanner goes over the commands and annotations of a file. It keeps nothing of
// them, so lengths that are not true cost neither memory nor time.
type scanner struct {
	r     *bufio.Reader
	name  string // of the file
	off   int64  // of what comes next
	line  *int64 // lines of commands so far, counted from 1
	until int64  // Unix seconds, 0 for all

	item    int64  // where the line or string that is being read begins
	good    int64  // where the last whole command, or transaction, ends
	multi   bool   // inside a transaction
	late    bool   // an annotation is later than until
	format  bool   // something is neither command nor annotation
	problem string // what is wrong at item
	sums    aof.Sums
	block   int64 // where the present block of sums begins
}

// maxLine is the most bytes of a line that begins a command or a string.
const maxLine = 127

func newScanner(r io.Reader, name string, line *int64, until int64) *scanner {
	if *line == 0 {
		*line = 1
	}
	return &scanner{r: bufio.NewReaderSize(r, 1<<16), name: name, line: line, until: until}
}

// restart goes on at offset off, which is where r stands.
func (s *scanner) restart(r io.Reader, off int64) {
	s.r.Reset(r)
	s.off, s.good, s.block = off, off, off
}

// run reads until the end, or as far as it goes.
func (s *scanner) run() {
	for ok := true; ok; {
		if !s.multi {
			s.good = s.off
		}
		first, err := s.r.Peek(1)
		switch {
		case err != nil:
			ok = false
		case first[0] == '#':
			ok = s.annotation()
		case first[0] == '*':
			ok = s.command()
		default:
			s.format = true
			return
		}
	}
	if _, err := s.r.Peek(1); err != nil && s.multi && s.problem == "" && !s.late {
		s.problem = "Reached EOF before reading EXEC for MULTI"
	}
}

// annotation reads a line of text. One that tells a time later than until ends
// the file.
func (s *scanner) annotation() bool {
	text, err := s.r.ReadSlice('\n')
	if time, ok := bytes.CutPrefix(text, []byte("#TS:")); ok && s.until != 0 {
		if at, bad := strconv.ParseInt(string(bytes.TrimSpace(time)), 10, 64); bad == nil && at > s.until {
			s.late, s.good = true, s.off
			return false
		}
	}
	if err == nil {
		return s.sum(text)
	}
	for s.add(text); errors.Is(err, bufio.ErrBufferFull); s.add(text) {
		text, err = s.r.ReadSlice('\n')
	}
	return true
}

// add counts bytes that have been read.
func (s *scanner) add(p []byte) {
	s.sums.Add(p)
	s.off += int64(len(p))
}

// sum takes an annotation, which may be the checksum of a block. A block that is bad
// is bad from its beginning.
func (s *scanner) sum(line []byte) bool {
	ends, err := s.sums.Line(line)
	if err != nil {
		s.item, s.good, s.problem = s.off, s.block, "Checksum error: "+err.Error()
		return false
	}
	if s.off += int64(len(line)); ends {
		s.block = s.off
	}
	return true
}

// command reads a command and reports whether it is whole.
func (s *scanner) command() bool {
	argc, ok := s.number('*')
	for i := int64(0); ok && i < argc; i++ {
		ok = s.text(i == 0)
	}
	return ok
}

// number reads a line of prefix and a number. At the end of the file it fails
// without a problem.
func (s *scanner) number(prefix byte) (n int64, ok bool) {
	s.item = s.off
	line, _ := s.r.Peek(maxLine)
	if len(line) == 0 {
		return 0, false
	}
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end+1]
	}
	if line[0] != prefix {
		s.problem = fmt.Sprintf("Expected prefix '%c', got: '%c'", prefix, line[0])
		return 0, false
	}
	digits := 1
	for digits < len(line) && (line[digits] >= '0' && line[digits] <= '9' || digits == 1 && line[digits] == '-') {
		digits++
	}
	if !s.lineEnd(line[digits:]) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(line[1:digits]), 10, 64)
	if err != nil && digits > 1 {
		n = -1 // too large for any string
	}
	s.skip(len(line))
	return n, true
}

// lineEnd counts a line if it ends as it should.
func (s *scanner) lineEnd(b []byte) bool {
	var got [2]byte
	copy(got[:], b)
	if got != [2]byte{'\r', '\n'} {
		s.problem = fmt.Sprintf("Expected \\r\\n, got: %02x%02x", got[0], got[1])
		return false
	}
	*s.line++
	return true
}

func (s *scanner) skip(n int) {
	p, _ := s.r.Peek(n) // it is there
	s.add(p)
	_, _ = s.r.Discard(len(p))
}

// text reads a string. The name of a command may begin or end a transaction.
func (s *scanner) text(name bool) bool {
	n, ok := s.number('$')
	if !ok {
		return false
	}
	if n < 0 {
		s.problem = fmt.Sprintf("Expected to read string of %d bytes, which is not in the suitable range", n)
		return false
	}
	s.item = s.off
	var word string
	if name && n <= maxLine {
		b, _ := s.r.Peek(int(n))
		word = string(b)
	}
	if got := s.discard(n); got < n {
		return s.short(n, got)
	}
	end, _ := s.r.Peek(2)
	if len(end) < 2 {
		return s.short(n, n+int64(len(end)))
	}
	if !s.lineEnd(end) {
		return false
	}
	s.skip(2)
	return !name || s.transaction(word)
}

func (s *scanner) short(n, got int64) bool {
	s.problem = fmt.Sprintf("Expected to read %d bytes, got %d bytes", n+2, got)
	return false
}

// discard skips up to n bytes and returns how many there were.
func (s *scanner) discard(n int64) (done int64) {
	for done < n {
		p, err := s.r.Peek(int(min(n-done, int64(s.r.Size()))))
		s.add(p)
		_, _ = s.r.Discard(len(p))
		if done += int64(len(p)); err != nil {
			break
		}
	}
	return done
}

// transaction follows MULTI and EXEC.
func (s *scanner) transaction(word string) bool {
	for _, w := range []struct {
		name  string
		multi bool // after it
	}{{"MULTI", true}, {"EXEC", false}} {
		if strings.EqualFold(word, w.name) {
			if s.multi == w.multi {
				s.problem = "Unexpected " + w.name + " in AOF " + s.name
				return false
			}
			s.multi = w.multi
		}
	}
	return true
}
