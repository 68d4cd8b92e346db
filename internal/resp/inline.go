package resp

import "bytes"

// inline parses the inline request at the start of b, one line of words, and appends the words to args. used is
// 0 when the line is incomplete. A NUL byte hides the end of the line, as it always has: such a request is never
// answered, and refused once it is too big.
func inline(b []byte, args [][]byte) (out [][]byte, used int, err error) {
	end := bytes.IndexByte(b[:min(len(b), maxLine+1)], '\n')
	if end < 0 || bytes.IndexByte(b[:end], 0) >= 0 {
		if len(b) > maxLine {
			return args, 0, ErrInlineTooBig
		}
		return args, 0, nil
	}
	out, ok := AppendWords(args, bytes.TrimSuffix(b[:end], []byte{'\r'}))
	if !ok {
		return args, 0, ErrQuotes
	}
	return out, end + 1, nil
}

// isSpace is C's isspace: what may stand before a word. Fewer bytes end one, see isWordEnd.
func isSpace(c byte) bool { return c == ' ' || c-'\t' < 5 }

// isWordEnd tells whether c ends a word outside quotes.
func isWordEnd(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0 }

// AppendWords splits line into words, as inline requests, configuration lines and interactive tools write them,
// and appends the words to args. A word can have parts in double quotes, with the escapes \n \r \t \a \b \xHH
// and \c for any other byte c, and parts in single quotes, whose only escape is \'. ok is false when a quote is
// not closed; then line may be half rewritten.
//
// The words are views of line, in which quotes and escapes are undone in place.
func AppendWords(args [][]byte, line []byte) (out [][]byte, ok bool) {
	for i := 0; ; {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) || line[i] == 0 {
			return args, true
		}
		size, used, ok := word(line[i:])
		if !ok {
			return args, false
		}
		args = append(args, line[i:i+size:i+size])
		i += used
	}
}

// word unquotes the word at the start of b in place: it takes used bytes and leaves size of them.
func word(b []byte) (size, used int, ok bool) {
	var quote byte // the open quote, or 0
	for used < len(b) {
		c := b[used]
		switch {
		case quote == 0 && isWordEnd(c):
			return size, used, true
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
			used++
			continue
		case quote != 0 && c == quote:
			quote = 0
			used++
			continue
		}
		n := 1
		if quote != 0 && c == '\\' {
			c, n = unescape(b[used:], quote)
		}
		b[size] = c
		size++
		used += n
	}
	return size, used, quote == 0
}

// unescape reads the escape at the start of b, a backslash inside quotes: the byte that it stands for and how
// many bytes it takes. What is not an escape stands for itself; so does a backslash with a single byte after it,
// for that byte can only be the closing quote.
func unescape(b []byte, quote byte) (c byte, n int) {
	switch {
	case len(b) < 3:
		return b[0], 1
	case quote == '\'':
		if b[1] == '\'' {
			return '\'', 2
		}
		return b[0], 1
	case len(b) >= 4 && b[1] == 'x':
		hi, lo := hexDigit(b[2]), hexDigit(b[3])
		if hi < 16 && lo < 16 {
			return hi<<4 | lo, 4
		}
	}
	switch b[1] {
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'a':
		return '\a', 2
	case 'b':
		return '\b', 2
	}
	return b[1], 2
}

// hexDigit is the value of the hexadecimal digit c, or 16 if it is none.
func hexDigit(c byte) byte {
	switch {
	case c-'0' < 10:
		return c - '0'
	case c-'a' < 6:
		return c - 'a' + 10
	case c-'A' < 6:
		return c - 'A' + 10
	}
	return 16
}
