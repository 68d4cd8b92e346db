package command

import (
	"bytes"

	"sigrun/internal/num"
)

// Args reads the arguments of a command from left to right and remembers the
// first error, so that a handler parses everything and then asks once.
type Args struct {
	argv [][]byte
	i    int
	err  error
}

// Args reads c's arguments from index from on (0 is the name).
func (c *Ctx) Args(from int) Args { return Args{argv: c.Argv, i: from} }

// ArgsTo reads c's arguments from index from on that stand before index to.
func (c *Ctx) ArgsTo(from, to int) Args { return Args{argv: c.Argv[:to], i: from} }

// More reports whether an argument is left and nothing has failed.
func (a *Args) More() bool { return a.err == nil && a.i < len(a.argv) }

// Left is the number of arguments not read yet.
func (a *Args) Left() int { return len(a.argv) - a.i }

// Next is the next argument; without one it fails with a syntax error.
func (a *Args) Next() []byte {
	if a.err != nil || a.i >= len(a.argv) {
		a.Fail(ErrSyntax)
		return nil
	}
	a.i++
	return a.argv[a.i-1]
}

// Flag takes the next argument if it is the given word (lower case) in any case.
func (a *Args) Flag(word string) bool {
	if a.err == nil && a.i < len(a.argv) && foldsTo(a.argv[a.i], word) {
		a.i++
		return true
	}
	return false
}

// Option takes the next argument if it is the given word and another follows.
func (a *Args) Option(word string) bool {
	return a.Left() > 1 && a.Flag(word)
}

// Int is the next argument as an integer; otherwise it fails with ErrNotInteger.
func (a *Args) Int() int64 {
	b := a.Next()
	if a.err != nil {
		return 0
	}
	n, ok := num.ParseInt(b)
	if !ok {
		a.Fail(ErrNotInteger)
	}
	return n
}

// Cursor is the next argument as the cursor of a scan; otherwise it fails with
// ErrBadCursor. As C libraries read numbers, spaces and a sign may stand in
// front of the digits, and a NUL byte ends the text.
func (a *Args) Cursor() uint64 {
	b := a.Next()
	if a.err != nil {
		return 0
	}
	n, ok := parseCursor(b)
	if !ok {
		a.Fail(ErrBadCursor)
	}
	return n
}

func parseCursor(b []byte) (n uint64, ok bool) {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return num.ParseLooseUint(b)
}

// Text is an argument as an error quotes it: a NUL byte ends it.
func Text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// Fail remembers err, unless something failed before.
func (a *Args) Fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// Err is the first error.
func (a *Args) Err() error { return a.err }
