package logs

const hexDigits = "0123456789abcdef"

// appendPlain appends s for a place between double quotes that knows no
// escapes.
func appendPlain(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '"':
			b = append(b, '\'')
		case '\n', '\r':
			b = append(b, ' ')
		default:
			b = append(b, c)
		}
	}
	return b
}

// escapeLetters are the letters of JSON's short escapes, by the byte that they
// stand for.
var escapeLetters = [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// appendEscaped appends s as the inside of a JSON string. Bytes that are no
// UTF-8 stay as they are: whoever logged them may want to know.
func appendEscaped(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		switch letter := escapeLetters[c]; {
		case letter != 0:
			b = append(b, '\\', letter)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}
