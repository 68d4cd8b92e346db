package testkit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The kinds of a Reply: the first byte of its wire form.
const (
	Status    = '+'
	Error     = '-'
	Integer   = ':'
	Bulk      = '$'
	Array     = '*'
	Null      = '_'
	Bool      = '#'
	Double    = ','
	BigNumber = '('
	BulkError = '!'
	Verbatim  = '='
	Map       = '%'
	Set       = '~'
	Push      = '>'
	Attribute = '|'
)

// maxReply bounds a length in a reply, so that a broken server cannot make the
// test process allocate without end.
const maxReply = 1 << 30

// Reply is one RESP2 or RESP3 reply as a tree.
type Reply struct {
	Kind  byte
	Text  string  // of a scalar kind, as on the wire; Verbatim keeps its "txt:"
	Elems []Reply // of an aggregate; in a Map keys and values alternate
	Nil   bool    // "$-1", "*-1" or "_"
	Attrs []Reply // what an attribute before the reply held, keys and values
	Raw   []byte  // the wire form, of the outermost reply only
}

// ReadReply reads one reply with the attributes before it. It returns io.EOF
// only if the stream ends before the first byte. With any error the reply holds
// nothing but the bytes read.
func ReadReply(in *bufio.Reader) (Reply, error) {
	if _, err := in.Peek(1); err != nil {
		return Reply{}, err
	}
	p := replyParser{in: in}
	reply, err := p.reply()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return Reply{Raw: p.raw}, err
	}
	reply.Raw = p.raw
	return reply, nil
}

// replyParser keeps every byte that it takes from in.
type replyParser struct {
	in  *bufio.Reader
	raw []byte
}

func (p *replyParser) reply() (Reply, error) {
	line, err := p.line()
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{Kind: line[0], Text: line[1:]}
	switch reply.Kind {
	case Status, Error, Integer, Double, Bool, BigNumber:
		return reply, nil
	case Null:
		reply.Nil = true
		return reply, nil
	case Bulk, BulkError, Verbatim:
		return p.blob(reply)
	case Array, Set, Push, Map:
		return p.elements(reply)
	case Attribute:
		attrs, err := p.elements(reply)
		if err != nil {
			return reply, err
		}
		reply, err = p.reply()
		reply.Attrs = append(attrs.Elems, reply.Attrs...)
		return reply, err
	}
	return reply, fmt.Errorf("unknown kind of reply: %q", line)
}

// line takes one line and returns it without its CRLF; it is never empty.
func (p *replyParser) line() (string, error) {
	line, err := p.in.ReadBytes('\n')
	p.raw = append(p.raw, line...)
	if err != nil {
		return "", err
	}
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return "", fmt.Errorf("malformed line in a reply: %q", line)
	}
	return string(line[:len(line)-2]), nil
}

// length parses reply.Text as a length; -1 stands for nil.
func (r *Reply) length() (int, error) {
	n, err := strconv.Atoi(r.Text)
	if err != nil || n < -1 || n > maxReply {
		return 0, fmt.Errorf("bad length in a reply: %q", string(r.Kind)+r.Text)
	}
	r.Text, r.Nil = "", n < 0
	return n, nil
}

func (p *replyParser) blob(reply Reply) (Reply, error) {
	n, err := reply.length()
	if err != nil || reply.Nil {
		return reply, err
	}
	var body bytes.Buffer // grows with what comes, not with what is promised
	_, err = io.CopyN(&body, p.in, int64(n)+2)
	p.raw = append(p.raw, body.Bytes()...)
	if err != nil {
		return reply, err
	}
	text, ended := strings.CutSuffix(body.String(), "\r\n")
	if !ended {
		return reply, fmt.Errorf("no CRLF after %d bytes of a reply", n)
	}
	reply.Text = text
	return reply, nil
}

func (p *replyParser) elements(reply Reply) (Reply, error) {
	n, err := reply.length()
	if err != nil || reply.Nil {
		return reply, err
	}
	if reply.Kind == Map || reply.Kind == Attribute {
		n *= 2
	}
	for range n {
		elem, err := p.reply()
		if err != nil {
			return reply, err
		}
		reply.Elems = append(reply.Elems, elem)
	}
	return reply, nil
}

// IsError reports whether r is an error reply.
func (r Reply) IsError() bool { return r.Kind == Error || r.Kind == BulkError }

// IsOK reports whether r is the status OK.
func (r Reply) IsOK() bool { return r.Kind == Status && r.Text == "OK" }

// Int is the number in an Integer, or in a text that holds one; otherwise 0.
func (r Reply) Int() int64 {
	n, _ := strconv.ParseInt(r.Text, 10, 64)
	return n
}

// Texts are the texts of the elements.
func (r Reply) Texts() []string {
	texts := make([]string, len(r.Elems))
	for i, elem := range r.Elems {
		texts[i] = elem.Text
	}
	return texts
}

// Get is the value of key in a Map, or in the flat Array that RESP2 has for one.
func (r Reply) Get(key string) (value Reply, found bool) {
	for i := 0; i+1 < len(r.Elems); i += 2 {
		if r.Elems[i].Text == key {
			return r.Elems[i+1], true
		}
	}
	return Reply{}, false
}

// String is the form in which command-line clients show r to a person, without
// a newline at its end.
func (r Reply) String() string {
	var b strings.Builder
	r.write(&b, "")
	return b.String()
}

// scalarForms says how kinds without elements are shown.
var scalarForms = map[byte]string{
	Status: "%s", Error: "(error) %s", BulkError: "(error) %s", Integer: "(integer) %s", Bulk: "%s",
	Double: "(double) %s", BigNumber: "(bignum) %s", Verbatim: "(verbatim) %s",
}

// aggregateForms gives the sign after an element's number and the word for none.
var aggregateForms = map[byte]struct{ sign, empty string }{
	Array: {")", "(empty array)"}, Set: {"~", "(empty set)"},
	Map: {"#", "(empty hash)"}, Push: {">", "(empty push)"},
}

func (r Reply) write(b *strings.Builder, indent string) {
	if form, aggregate := aggregateForms[r.Kind]; aggregate && !r.Nil {
		r.writeElements(b, indent, form.sign, form.empty)
		return
	}
	switch {
	case r.Nil:
		b.WriteString("(nil)")
	case r.Kind == Bool:
		b.WriteString(map[string]string{"t": "(true)", "f": "(false)"}[r.Text])
	case r.Kind == Bulk || r.Kind == Verbatim:
		fmt.Fprintf(b, scalarForms[r.Kind], Quote(r.Text))
	default:
		fmt.Fprintf(b, scalarForms[r.Kind], r.Text)
	}
}

func (r Reply) writeElements(b *strings.Builder, indent, sign, empty string) {
	if len(r.Elems) == 0 {
		b.WriteString(empty)
		return
	}
	step := 1
	if r.Kind == Map {
		step = 2
	}
	width := len(strconv.Itoa(len(r.Elems) / step))
	inner := indent + strings.Repeat(" ", width+2)
	for i := 0; i < len(r.Elems); i += step {
		if i > 0 {
			b.WriteString("\n" + indent)
		}
		fmt.Fprintf(b, "%*d%s ", width, i/step+1, sign)
		r.Elems[i].write(b, inner)
		if step == 2 {
			b.WriteString(" => ")
			r.Elems[i+1].write(b, inner)
		}
	}
}

// Quote returns text in double quotes; what is not printable ASCII is escaped as
// SplitArgs reads it.
func Quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case strings.IndexByte(escapedBytes, c) >= 0:
			b.WriteString(`\` + string(escapeLetters[strings.IndexByte(escapedBytes, c)]))
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// The byte at i of escapedBytes is written as a backslash and the letter at i.
const (
	escapedBytes  = "\n\r\t\a\b"
	escapeLetters = "nrtab"
)
