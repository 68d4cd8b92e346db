package resp

import (
	"bytes"
	"math"

	"sigrun/internal/num"
)

const (
	// maxLine is how many bytes may arrive of an inline request, a count or a length before its line end.
	maxLine = 64 << 10
	// maxCount is the most arguments that a request may announce.
	maxCount = math.MaxInt32
	// unauthCount and unauthBulk bound what a client may make the server buffer before it has authenticated.
	unauthCount = 10
	unauthBulk  = 16384
)

// Limits bound one request.
type Limits struct {
	// MaxBulk is the most bytes of one argument (proto-max-bulk-len).
	MaxBulk int
	// Unauthenticated is set while the client still has to authenticate; the bounds are then narrow. As the
	// request that authenticates lifts it, such a client's requests must be run one by one as they are parsed.
	Unauthenticated bool
}

// Parser cuts the bytes of one connection into requests. The zero Parser is ready for use.
//
// It holds no bytes, only how far the scan of an unfinished request has come, relative to the first byte of that
// request; so the buffer may grow and move between calls. When the rest arrives, the scan goes on from there, and
// once the request is complete its arguments are cut in a second pass, which touches only the length lines. So
// the work is linear in the bytes however they are split, and an unfinished request costs no memory.
//
// Invariant: left is 0 between requests; otherwise left arguments are unread and the first of them starts at pos.
type Parser struct {
	pos  int // offset of the first argument not seen whole
	left int // arguments not seen whole
	want int // see Want
}

// Next parses the first request in buf, the connection's unconsumed bytes, and appends its arguments to args.
// It returns the extended args and how many bytes of buf are consumed and must not be offered again.
//
// When nothing was appended (and there is no error) the request is incomplete: call again with more bytes, see
// Want. Even then n can be positive, for empty requests are skipped. Otherwise n is the size of the request,
// with the empty ones before it.
//
// The arguments are views of buf, and an inline request is unquoted in place: the consumed bytes belong to
// whoever holds args. After an error, always a ProtocolError, the Parser must not be used again.
func (p *Parser) Next(buf []byte, args [][]byte, lim Limits) (out [][]byte, n int, err error) {
	have := len(args)
	p.want = 0
	for n < len(buf) {
		var used int
		if buf[n] == '*' {
			args, used, err = p.multibulk(buf[n:], args, lim)
		} else {
			args, used, err = inline(buf[n:], args)
		}
		n += used
		if used == 0 || len(args) > have {
			break
		}
	}
	return args, n, err
}

// Want is how many unconsumed bytes, at least, the next call of Next needs to get further; 0 means any one more.
// It is meaningful after a Next that found an incomplete request, and large only while a large argument arrives.
func (p *Parser) Want() int { return p.want }

// Pending tells whether part of a request with arguments has been scanned: the client is in the middle of it.
func (p *Parser) Pending() bool { return p.left > 0 }

// Reset makes p ready for another connection.
func (p *Parser) Reset() { *p = Parser{} }

// multibulk parses the request at the start of b: "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n". It returns used = 0 when
// that is incomplete.
func (p *Parser) multibulk(b []byte, args [][]byte, lim Limits) ([][]byte, int, error) {
	maxBulk := lim.bulk()
	if p.left > 0 {
		if err := p.resume(b, lim, maxBulk); err != nil || p.left > 0 {
			return args, 0, err
		}
	}
	count, pos := smallHeader(b, 0)
	if pos == 0 || lim.Unauthenticated {
		var err error
		if count, pos, err = countLine(b, lim); err != nil || pos == 0 {
			return args, 0, err
		}
	}
	have := len(args)
	for ; count > 0; count-- {
		start, end, err := bulk(b, pos, lim, maxBulk)
		if err != nil {
			return args[:have], 0, err
		}
		if end < 0 {
			p.pos, p.left, p.want = pos, count, start
			return args[:have], 0, nil
		}
		args = append(args, b[start:end:end])
		pos = end + 2
	}
	return args, pos, nil
}

// resume scans on from p.pos without keeping the arguments; p.left is 0 when the request is complete.
func (p *Parser) resume(b []byte, lim Limits, maxBulk int) error {
	for p.left > 0 {
		start, end, err := bulk(b, p.pos, lim, maxBulk)
		if err != nil {
			return err
		}
		if end < 0 {
			p.want = start
			return nil
		}
		p.pos = end + 2
		p.left--
	}
	return nil
}

// smallHeader reads a line of one to three digits after the byte at pos: nearly every count and length there is.
// It returns the offset after the line, or 0 when the line is anything else, incomplete or wrong.
func smallHeader(b []byte, pos int) (v, next int) {
	if len(b)-pos < 6 { // the longest such line, "$999\r\n"; the shortest argument is as long
		return 0, 0
	}
	h := b[pos : pos+6 : pos+6]
	d0, d1, d2 := h[1]-'0', h[2]-'0', h[3]-'0'
	switch {
	case d0 > 9 || d0 == 0 && d1 <= 9:
		return 0, 0
	case h[2] == '\r' && h[3] == '\n':
		return int(d0), pos + 4
	case d1 > 9:
		return 0, 0
	case h[3] == '\r' && h[4] == '\n':
		return int(d0)*10 + int(d1), pos + 5
	case d2 <= 9 && h[4] == '\r' && h[5] == '\n':
		return int(d0)*100 + int(d1)*10 + int(d2), pos + 6
	}
	return 0, 0
}

// bulk finds the argument whose length line is at b[pos:]: its bytes are b[start:end]. When it is incomplete,
// end is -1 and start is how many bytes b needs to have, or 0.
func bulk(b []byte, pos int, lim Limits, maxBulk int) (start, end int, err error) {
	size, start := smallHeader(b, pos)
	if start == 0 || b[pos] != '$' || size > maxBulk {
		if size, start, err = bulkLine(b, pos, lim); err != nil || start == 0 {
			return 0, -1, err
		}
	}
	end = start + size
	if end+2 > len(b) {
		return end + 2, -1, nil
	}
	if b[end] != '\r' || b[end+1] != '\n' {
		return 0, 0, ErrLineTermination
	}
	return start, end, nil
}

// countLine reads any line "*<count>\r\n" at the start of b. next is the offset after it, 0 if it is incomplete.
func countLine(b []byte, lim Limits) (count, next int, err error) {
	text, next, err := line(b, 0, ErrCountTooBig)
	if err != nil || next == 0 {
		return 0, 0, err
	}
	if b[next-1] != '\n' {
		return 0, 0, ErrLineTermination
	}
	v, ok := num.ParseInt(text)
	switch {
	case !ok || v > maxCount:
		return 0, 0, ErrCount
	case v > unauthCount && lim.Unauthenticated:
		return 0, 0, ErrCountUnauth
	}
	return int(max(v, 0)), next, nil
}

// bulkLine reads any line "$<length>\r\n" at b[pos:]. next is the offset after it, 0 if it is incomplete.
func bulkLine(b []byte, pos int, lim Limits) (size, next int, err error) {
	text, next, err := line(b, pos, ErrBulkTooBig)
	if err != nil || next == 0 {
		return 0, 0, err
	}
	switch {
	case b[pos] != '$':
		return 0, 0, unexpectedByte(b[pos])
	case b[next-1] != '\n':
		return 0, 0, ErrLineTermination
	}
	v, ok := num.ParseInt(text)
	switch {
	case !ok || v < 0 || v > int64(lim.MaxBulk):
		return 0, 0, ErrBulkLength
	case v > unauthBulk && lim.Unauthenticated:
		return 0, 0, ErrBulkUnauth
	}
	return int(v), next, nil
}

// line finds the line at b[pos:], up to its first carriage return, and returns what follows its first byte.
// next is the offset after the byte that should be its line feed, 0 if the line is incomplete.
func line(b []byte, pos int, tooBig error) (text []byte, next int, err error) {
	b = b[:min(len(b), pos+maxLine+2)]
	i := bytes.IndexByte(b[pos:], '\r')
	switch {
	case i > maxLine || i < 0 && len(b)-pos > maxLine:
		return nil, 0, tooBig
	case i < 0 || pos+i+1 == len(b):
		return nil, 0, nil
	}
	return b[pos+min(i, 1) : pos+i], pos + i + 2, nil
}

// bulk is the greatest length of an argument that needs no closer look.
func (lim Limits) bulk() int {
	if lim.Unauthenticated {
		return min(lim.MaxBulk, unauthBulk)
	}
	return lim.MaxBulk
}
