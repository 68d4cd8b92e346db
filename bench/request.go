package main

import (
	"math/bits"
	"slices"
	"strings"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// A digit in a request's template is written as this byte; a run of them is one
// decimal number with leading zeros.
const digit = '#'

// A run of these is the number before it once more.
const sameDigit = '%'

// Between the commands of a template that take turns stands this word.
const andThen = ";"

// request is a prebuilt pipeline of commands, whose numbers are changed in place
// before each sending. It belongs to one connection.
type request struct {
	bytes    []byte
	commands int     // in bytes
	fields   []field // in order of appearance
}

// field is the place of one number within request.bytes.
type field struct {
	at, width int
	same      bool // as the one before
}

// newRequest returns a pipeline of n commands: args, or if these are several those
// in turns.
func newRequest(args []string, n int) *request {
	var turns [][]byte
	for len(args) > 0 {
		end := slices.Index(args, andThen)
		if end < 0 {
			end = len(args)
		}
		turns = append(turns, testkit.AppendCommand(nil, args[:end]...))
		args = args[min(end+1, len(args)):]
	}
	r := &request{commands: n}
	for i := range n {
		r.bytes = append(r.bytes, turns[i%len(turns)]...)
	}
	for at := 0; at < len(r.bytes); at++ {
		kind := r.bytes[at]
		if kind != digit && kind != sameDigit {
			continue
		}
		f := field{at: at, same: kind == sameDigit}
		for at < len(r.bytes) && r.bytes[at] == kind {
			at++
		}
		f.width = at - f.at
		r.fields = append(r.fields, f)
	}
	return r
}

// fill puts a number of src into each field.
func (r *request) fill(src numbers) {
	n := uint64(0)
	for _, f := range r.fields {
		if !f.same {
			n = src.next()
		}
		putDigits(r.bytes[f.at:f.at+f.width], n)
	}
}

// putDigits writes n to the end of b, which holds zeros or earlier digits. What
// does not fit is left out.
func putDigits(b []byte, n uint64) {
	i := len(b)
	for ; i >= 2; i -= 2 {
		pair := n % 100 * 2
		n /= 100
		b[i-2], b[i-1] = digitPairs[pair], digitPairs[pair+1]
	}
	if i == 1 {
		b[0] = digitPairs[n%10*2+1]
	}
}

// digitPairs holds 00, 01, … 99: two digits a division halve the cost of a key.
var digitPairs = func() string {
	var b strings.Builder
	for i := range 100 {
		b.WriteByte(byte('0' + i/10))
		b.WriteByte(byte('0' + i%10))
	}
	return b.String()
}()

// numbers says which number comes next. It belongs to one connection.
type numbers interface{ next() uint64 }

// uniform draws from [0, n).
type uniform struct {
	chance *rng.Source
	n      uint64
}

func (u *uniform) next() uint64 {
	hi, _ := bits.Mul64(u.chance.Uint64(), u.n)
	return hi
}

// counting goes through 0, 1, 2, …
type counting struct{ n uint64 }

func (c *counting) next() uint64 {
	c.n++
	return c.n - 1
}
