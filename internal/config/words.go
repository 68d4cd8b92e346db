package config

import "strings"

// blanks are the bytes that C calls white space.
const blanks = " \t\n\v\f\r"

// splitWords takes a line of a config file apart. Words end at white space and
// may hold quoted parts, "..." with escapes and '...' without. ok is false if a
// quote is not closed.
func splitWords(line string) (words []string, ok bool) {
	for {
		line = strings.TrimLeft(line, blanks)
		if line == "" || line[0] == 0 {
			return words, true
		}
		var word string
		word, line, ok = nextWord(line)
		if !ok {
			return nil, false
		}
		words = append(words, word)
	}
}

// nextWord reads one word from the start of line and returns what follows it.
func nextWord(line string) (word, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(line); {
		switch c := line[i]; c {
		case ' ', '\n', '\r', '\t', 0:
			return b.String(), line[i:], true
		case '"', '\'':
			n, closed := unquote(&b, line[i+1:], c)
			if !closed {
				return "", "", false
			}
			i += 1 + n
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), "", true
}

// unquote appends to b what stands before the closing quote in s and returns
// how many bytes it took, the quote among them.
func unquote(b *strings.Builder, s string, quote byte) (n int, closed bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i + 1, true
		case s[i] == 0:
			return 0, false
		case s[i] == '\\' && i+1 < len(s) && quote == '"':
			i += unescape(b, s[i+1:])
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			b.WriteByte(s[i])
		}
	}
	return 0, false
}

// unescape appends to b the byte that an escape means, s being what follows the
// backslash, and returns how many bytes of s it took.
func unescape(b *strings.Builder, s string) int {
	if s[0] == 'x' && len(s) >= 3 {
		hi, lo := strings.IndexByte(hexDigits, lower(s[1])), strings.IndexByte(hexDigits, lower(s[2]))
		if hi >= 0 && lo >= 0 {
			b.WriteByte(byte(hi<<4 | lo))
			return 3
		}
	}
	if i := strings.IndexByte(escapeLetters, s[0]); i >= 0 {
		b.WriteByte(escapeBytes[i])
	} else {
		b.WriteByte(s[0])
	}
	return 1
}

// An escape letter means the byte at the same place in escapeBytes.
const (
	hexDigits     = "0123456789abcdef"
	escapeLetters = "nrtab"
	escapeBytes   = "\n\r\t\a\b"
)

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// quote is s as one word of a config file, in double quotes.
func quote(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch j := strings.IndexByte(escapeBytes, c); {
		case j >= 0:
			b = append(b, '\\', escapeLetters[j])
		case c == '\\' || c == '"':
			b = append(b, '\\', c)
		case c >= ' ' && c <= '~':
			b = append(b, c)
		default:
			b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(append(b, '"'))
}
