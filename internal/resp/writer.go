package resp

import (
	"strings"

	"sigrun/internal/num"
)

// Whole replies that are sent so often that they are ready made. Append them with Writer.Raw.
const (
	OK     = "+OK\r\n"
	Pong   = "+PONG\r\n"
	Queued = "+QUEUED\r\n"
	Zero   = ":0\r\n"
	One    = ":1\r\n"
)

const crlf = "\r\n"

// Writer appends replies to Buf, in version 3 of the protocol if Proto3 is set and else in version 2. The zero
// Writer is ready for use. Its owner takes Buf, sends it and gives back an empty slice; it may do so only
// between replies, for a mark is an offset into Buf.
//
// A method that takes bytes copies them.
type Writer struct {
	Buf    []byte
	Proto3 bool
	// Large, if set, is offered strings of LargeMin bytes and more that View is
	// given; the end of Buf is their head. It may send what is in Buf and then some
	// of b and the line end behind it, and returns how many bytes of these it sent;
	// the others are copied.
	Large func(b []byte, end string) (sent int)
}

// LargeMin is the size from which on, as measured, it costs less to send a string
// from where it lies than to copy it first, in bytes.
const LargeMin = 64 << 10

// smallHeads is the most counts and lengths, from 0, whose digits and line end are ready made.
const smallHeads = 128

// heads[n] is n and the line end; headLens[n] is its length.
var heads, headLens = func() (h [smallHeads][8]byte, lens [smallHeads]uint8) {
	for n := range h {
		b := append(num.AppendInt(nil, int64(n)), crlf...)
		copy(h[n][:], b)
		lens[n] = uint8(len(b))
	}
	return h, lens
}()

// head appends kind, n and the line end: an integer or the head of a string or aggregate.
func (w *Writer) head(kind byte, n int64) {
	if uint64(n) < smallHeads {
		b := append(w.Buf, kind)
		w.Buf = append(b, heads[n][:headLens[n]]...)
		return
	}
	w.bigHead(kind, n)
}

func (w *Writer) bigHead(kind byte, n int64) {
	w.Buf = append(num.AppendInt(append(w.Buf, kind), n), crlf...)
}

// Raw appends bytes that are already replies, or parts of one that BulkHeader began.
func (w *Writer) Raw(s string) { w.Buf = append(w.Buf, s...) }

// RawBytes is Raw for a byte slice.
func (w *Writer) RawBytes(b []byte) { w.Buf = append(w.Buf, b...) }

// OK appends the status OK.
func (w *Writer) OK() { w.Buf = append(w.Buf, OK...) }

// SimpleString appends a status. A line end inside s becomes two spaces.
func (w *Writer) SimpleString(s string) { w.line('+', s) }

// Error appends an error: s is its code and text, "ERR syntax error". Line ends around s are dropped, inside it
// they become spaces.
func (w *Writer) Error(s string) { w.line('-', strings.Trim(s, crlf)) }

func (w *Writer) line(kind byte, s string) {
	w.Buf = append(w.Buf, kind)
	start := len(w.Buf)
	w.Buf = append(w.Buf, s...)
	for i, c := range w.Buf[start:] {
		if c == '\r' || c == '\n' {
			w.Buf[start+i] = ' '
		}
	}
	w.Buf = append(w.Buf, crlf...)
}

// Int appends an integer.
func (w *Writer) Int(v int64) { w.head(':', v) }

// Bulk appends a string.
func (w *Writer) Bulk(b []byte) {
	w.head('$', int64(len(b)))
	w.Buf = append(append(w.Buf, b...), crlf...)
}

// View is Bulk for a string that may be sent from where it lies (see Large).
// Offsets into Buf, marks too, are void after it.
func (w *Writer) View(b []byte) {
	w.head('$', int64(len(b)))
	end := crlf
	if len(b) >= LargeMin && w.Large != nil {
		n := w.Large(b, end)
		end = end[max(n-len(b), 0):]
		b = b[min(n, len(b)):]
	}
	w.Buf = append(append(w.Buf, b...), end...)
}

// BulkString appends a string.
func (w *Writer) BulkString(s string) {
	w.head('$', int64(len(s)))
	w.Buf = append(append(w.Buf, s...), crlf...)
}

// BulkInt appends the decimal spelling of v as a string.
func (w *Writer) BulkInt(v int64) {
	w.head('$', int64(num.IntWidth(v)))
	w.Buf = append(num.AppendInt(w.Buf, v), crlf...)
}

// BulkHeader begins a string of n bytes. The caller appends just so many to Buf and then calls BulkEnd: for
// strings that are put together from parts.
func (w *Writer) BulkHeader(n int) { w.head('$', int64(n)) }

// BulkEnd ends what BulkHeader began.
func (w *Writer) BulkEnd() { w.Buf = append(w.Buf, crlf...) }

// Null appends the absence of a value.
func (w *Writer) Null() {
	if w.Proto3 {
		w.Buf = append(w.Buf, "_\r\n"...)
		return
	}
	w.Buf = append(w.Buf, "$-1\r\n"...)
}

// NullArray appends the absence of an array, which version 3 does not tell from that of a value.
func (w *Writer) NullArray() {
	if w.Proto3 {
		w.Buf = append(w.Buf, "_\r\n"...)
		return
	}
	w.Buf = append(w.Buf, "*-1\r\n"...)
}

// Array begins an array: the n replies appended next are its elements.
func (w *Writer) Array(n int) { w.head('*', int64(n)) }

// Map begins a map of n pairs: the 2n replies appended next are its keys and values in turn. In version 2 it is
// an array of 2n elements.
func (w *Writer) Map(n int) {
	if w.Proto3 {
		w.head('%', int64(n))
		return
	}
	w.head('*', 2*int64(n))
}

// Set begins a set of n elements. In version 2 it is an array.
func (w *Writer) Set(n int) {
	if w.Proto3 {
		w.head('~', int64(n))
		return
	}
	w.head('*', int64(n))
}

// Push begins a message of n elements that answers no request. In version 2 it is an array.
func (w *Writer) Push(n int) {
	if w.Proto3 {
		w.head('>', int64(n))
		return
	}
	w.head('*', int64(n))
}

// Attribute begins a map of n pairs that says something about the reply after it. Version 2 knows nothing of
// the kind: there it must not be called.
func (w *Writer) Attribute(n int) { w.head('|', int64(n)) }

// Bool appends a truth value. In version 2 it is the integer 1 or 0.
func (w *Writer) Bool(v bool) {
	switch {
	case !w.Proto3 && v:
		w.Buf = append(w.Buf, One...)
	case !w.Proto3:
		w.Buf = append(w.Buf, Zero...)
	case v:
		w.Buf = append(w.Buf, "#t\r\n"...)
	default:
		w.Buf = append(w.Buf, "#f\r\n"...)
	}
}

// Double appends a floating-point number. In version 2 it is a string.
func (w *Writer) Double(f float64) {
	var text [num.MaxDoubleLen]byte
	w.number(',', num.AppendDouble(text[:0], f))
}

// BigNumber appends an integer of any size, given as its digits. In version 2 it is a string.
func (w *Writer) BigNumber(digits []byte) { w.number('(', digits) }

func (w *Writer) number(kind byte, text []byte) {
	if !w.Proto3 {
		w.Bulk(text)
		return
	}
	w.Buf = append(append(append(w.Buf, kind), text...), crlf...)
}

// Verbatim appends a text for people; ext is its format in three letters, "txt" or "mkd". In version 2 it is a
// string without the format.
func (w *Writer) Verbatim(ext string, b []byte) {
	if !w.Proto3 {
		w.Bulk(b)
		return
	}
	w.head('=', int64(len(b)+4))
	w.Buf = append(append(append(append(w.Buf, ext[:3]...), ':'), b...), crlf...)
}

// Mark notes the place of an aggregate whose size is known only after its elements: append them, then call one
// of the Patch methods. Marks nest; the last one is patched first.
func (w *Writer) Mark() int { return len(w.Buf) }

// PatchArray makes what was appended since mark an array of n elements.
func (w *Writer) PatchArray(mark, n int) { w.patch(mark, '*', n) }

// PatchMap makes what was appended since mark a map of n pairs.
func (w *Writer) PatchMap(mark, n int) {
	if w.Proto3 {
		w.patch(mark, '%', n)
		return
	}
	w.patch(mark, '*', 2*n)
}

// PatchSet makes what was appended since mark a set of n elements.
func (w *Writer) PatchSet(mark, n int) {
	if w.Proto3 {
		w.patch(mark, '~', n)
		return
	}
	w.patch(mark, '*', n)
}

// patch inserts the head of an aggregate at mark.
func (w *Writer) patch(mark int, kind byte, n int) {
	end := len(w.Buf)
	w.head(kind, int64(n)) // grows Buf by what the head needs
	size := len(w.Buf) - end
	var head [num.MaxIntLen + 3]byte
	copy(head[:], w.Buf[end:])
	copy(w.Buf[mark+size:], w.Buf[mark:end])
	copy(w.Buf[mark:], head[:size])
}
