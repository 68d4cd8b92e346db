package resp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"sigrun/internal/num"
)

// Kind is the type of a reply: its first byte on the wire.
type Kind byte

// The kinds of replies.
const (
	SimpleString Kind = '+'
	Error        Kind = '-'
	Int          Kind = ':'
	Bulk         Kind = '$'
	Array        Kind = '*'
	Null         Kind = '_'
	Bool         Kind = '#'
	Double       Kind = ','
	BigNumber    Kind = '('
	BulkError    Kind = '!'
	Verbatim     Kind = '='
	Map          Kind = '%'
	Set          Kind = '~'
	Push         Kind = '>'
)

// attribute is no kind of its own: it goes before another reply.
const attribute = '|'

// Bounds on what ReadReply accepts: a peer may be wrong or hostile.
const (
	maxReplyDepth = 512
	maxReplyBulk  = 4 << 30 // bytes of one string
)

// Reply is a reply as a tree.
type Reply struct {
	Kind Kind
	// Nil marks the version 2 absence of a string or array; Kind is then Bulk or Array. The version 3 one is the
	// kind Null.
	Nil bool
	// Int is the value of an Int, and 1 or 0 for a Bool.
	Int int64
	// Float is the value of a Double.
	Float float64
	// Str is the text of a string, error or number; a Verbatim's starts with its format, as in "txt:".
	Str string
	// Elems are the elements of an aggregate; a Map's are keys and values in turn.
	Elems []Reply
	// Attrs are the keys and values in turn of the attributes before the reply.
	Attrs []Reply
}

// IsNil tells whether the reply is the absence of a value, in either version.
func (r *Reply) IsNil() bool { return r.Nil || r.Kind == Null }

// Err is the reply's text as an error if it is one, else nil.
func (r *Reply) Err() error {
	if r.Kind == Error || r.Kind == BulkError {
		return errors.New(r.Str)
	}
	return nil
}

// String is the reply as one line for a person who reads a failed test.
func (r Reply) String() string {
	switch {
	case r.IsNil():
		return "nil"
	case r.Kind == Int:
		return strconv.FormatInt(r.Int, 10)
	case r.Kind == Error || r.Kind == BulkError:
		return "(error) " + r.Str
	case !r.aggregate():
		return string(r.Kind) + strconv.Quote(r.Str)
	}
	var s strings.Builder
	s.WriteByte(byte(r.Kind))
	s.WriteByte('[')
	for i, e := range r.Elems {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(e.String())
	}
	s.WriteByte(']')
	return s.String()
}

func (r *Reply) aggregate() bool {
	switch r.Kind {
	case Array, Map, Set, Push:
		return true
	}
	return false
}

// Append appends the reply's bytes on the wire to dst: exactly those that ReadReply read.
func (r *Reply) Append(dst []byte) []byte {
	if len(r.Attrs) > 0 {
		dst = appendReplies(appendLine(dst, attribute, int64(len(r.Attrs)/2)), r.Attrs)
	}
	switch {
	case r.Nil:
		return appendLine(dst, byte(r.Kind), -1)
	case r.Kind == Map:
		return appendReplies(appendLine(dst, byte(r.Kind), int64(len(r.Elems)/2)), r.Elems)
	case r.aggregate():
		return appendReplies(appendLine(dst, byte(r.Kind), int64(len(r.Elems))), r.Elems)
	case r.Kind == Int:
		return appendLine(dst, byte(r.Kind), r.Int)
	case r.Kind == Bulk || r.Kind == BulkError || r.Kind == Verbatim:
		dst = appendLine(dst, byte(r.Kind), int64(len(r.Str)))
	default:
		dst = append(dst, byte(r.Kind))
	}
	return append(append(dst, r.Str...), crlf...)
}

func appendLine(dst []byte, kind byte, n int64) []byte {
	return append(num.AppendInt(append(dst, kind), n), crlf...)
}

func appendReplies(dst []byte, rs []Reply) []byte {
	for i := range rs {
		dst = rs[i].Append(dst)
	}
	return dst
}

// AppendCommand appends a request with these arguments to dst.
func AppendCommand[T string | []byte](dst []byte, args ...T) []byte {
	dst = appendLine(dst, '*', int64(len(args)))
	for _, a := range args {
		dst = append(append(appendLine(dst, '$', int64(len(a))), a...), crlf...)
	}
	return dst
}

// ReadReply reads one reply, of either version. A push is returned like any other reply; only the caller knows
// what it waits for. An error of the connection is returned as it is (io.EOF only before the first byte), a
// reply that breaks the protocol as an error that says how.
func ReadReply(r *bufio.Reader) (Reply, error) { return readReply(r, 0) }

func readReply(r *bufio.Reader, depth int) (Reply, error) {
	if depth > maxReplyDepth {
		return Reply{}, errors.New("resp: reply is nested too deep")
	}
	text, err := readLine(r)
	if err != nil {
		if err == io.EOF && depth > 0 {
			err = io.ErrUnexpectedEOF
		}
		return Reply{}, err
	}
	kind, text := text[0], text[1:]
	if kind == attribute {
		return readAttributed(r, text, depth)
	}
	rep := Reply{Kind: Kind(kind)}
	switch rep.Kind {
	case SimpleString, Error, BigNumber:
		rep.Str = text
	case Null:
		if text != "" {
			err = badReply(kind, text)
		}
	case Int:
		rep.Int, err = parseNumber(kind, text)
	case Bool:
		err = rep.setBool(text)
	case Double:
		err = rep.setDouble(text)
	case Bulk, BulkError, Verbatim:
		err = rep.readText(r, text)
	case Array, Map, Set, Push:
		err = rep.readElems(r, text, depth)
	default:
		err = badReply(kind, text)
	}
	return rep, err
}

func badReply(kind byte, text string) error {
	return fmt.Errorf("resp: malformed reply %q", string([]byte{kind})+text)
}

// readLine reads up to the next line end, which is not part of the result; the result is not empty.
func readLine(r *bufio.Reader) (string, error) {
	s, err := r.ReadString('\n')
	if err != nil {
		if err == io.EOF && s != "" {
			err = io.ErrUnexpectedEOF
		}
		return "", err
	}
	if len(s) < 3 || s[len(s)-2] != '\r' {
		return "", fmt.Errorf("resp: malformed reply line %q", s)
	}
	return s[:len(s)-2], nil
}

func parseNumber(kind byte, text string) (int64, error) {
	v, ok := num.ParseInt([]byte(text))
	if !ok {
		return 0, badReply(kind, text)
	}
	return v, nil
}

func (r *Reply) setBool(text string) error {
	switch text {
	case "t":
		r.Int = 1
	case "f":
	default:
		return badReply('#', text)
	}
	r.Str = text
	return nil
}

func (r *Reply) setDouble(text string) (err error) {
	r.Str = text
	if text == "nan" || text == "-nan" {
		r.Float = math.NaN()
		return nil
	}
	if r.Float, err = strconv.ParseFloat(text, 64); err != nil {
		return badReply(',', text)
	}
	return nil
}

// readText reads a string of the length that text spells.
func (r *Reply) readText(in *bufio.Reader, text string) error {
	n, err := parseNumber(byte(r.Kind), text)
	if err != nil {
		return err
	}
	if n == -1 && r.Kind == Bulk {
		r.Nil = true
		return nil
	}
	if n < 0 || n > maxReplyBulk || r.Kind == Verbatim && n < 4 {
		return badReply(byte(r.Kind), text)
	}
	var s strings.Builder // grows with what arrives, not with what is announced
	if _, err := io.CopyN(&s, in, n); err != nil {
		return unexpectedEOF(err)
	}
	var end [2]byte
	if _, err := io.ReadFull(in, end[:]); err != nil {
		return unexpectedEOF(err)
	}
	if string(end[:]) != crlf {
		return fmt.Errorf("resp: string of %d bytes does not end there", n)
	}
	r.Str = s.String()
	return nil
}

func unexpectedEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readElems reads the elements of an aggregate whose size text spells.
func (r *Reply) readElems(in *bufio.Reader, text string, depth int) error {
	n, err := parseNumber(byte(r.Kind), text)
	if err != nil {
		return err
	}
	if n == -1 && r.Kind == Array {
		r.Nil = true
		return nil
	}
	if n < 0 || n > maxCount {
		return badReply(byte(r.Kind), text)
	}
	if r.Kind == Map {
		n *= 2
	}
	r.Elems = make([]Reply, 0, min(n, 64))
	for ; n > 0; n-- {
		e, err := readReply(in, depth+1)
		if err != nil {
			return err
		}
		r.Elems = append(r.Elems, e)
	}
	return nil
}

// readAttributed reads attributes, whose number text spells, and the reply that they belong to.
func readAttributed(in *bufio.Reader, text string, depth int) (Reply, error) {
	attrs := Reply{Kind: Map}
	if err := attrs.readElems(in, text, depth); err != nil {
		return Reply{}, err
	}
	rep, err := readReply(in, depth+1)
	rep.Attrs = append(attrs.Elems, rep.Attrs...)
	return rep, err
}
