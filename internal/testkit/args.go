package testkit

import (
	"errors"
	"strconv"
	"strings"
)

var errQuotes = errors.New("unbalanced quotes")

// SplitArgs splits a line into arguments as a command-line client does: at
// spaces; "..." with the escapes \n \r \t \a \b \xHH and a backslash before any
// other byte for that byte; '...' in which only \' is an escape. A closing quote
// must end its argument.
func SplitArgs(line string) ([]string, error) {
	var args []string
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			return args, nil
		}
		arg, rest, err := nextArg(line)
		if err != nil {
			return nil, err
		}
		args, line = append(args, arg), rest
	}
}

// nextArg takes one argument off a line that does not begin with a space.
func nextArg(line string) (arg, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(line); {
		switch c := line[i]; c {
		case ' ', '\t':
			return b.String(), line[i:], nil
		case '"', '\'':
			n, err := unquote(&b, line[i:])
			if err != nil {
				return "", "", err
			}
			i += n
			if i < len(line) && line[i] != ' ' && line[i] != '\t' {
				return "", "", errQuotes
			}
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), "", nil
}

// unquote appends what the quoted text at the start of s stands for, and returns
// how many bytes of s it took.
func unquote(b *strings.Builder, s string) (n int, err error) {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i + 1, nil
		case s[i] == '\\' && quote == '"' && i+1 < len(s):
			i += unescape(b, s[i+1:])
		case s[i] == '\\' && strings.HasPrefix(s[i+1:], "'"):
			b.WriteByte('\'')
			i++
		default:
			b.WriteByte(s[i])
		}
	}
	return 0, errQuotes
}

// unescape appends the byte that s, the text after a backslash, begins with, and
// returns how many bytes of s it took.
func unescape(b *strings.Builder, s string) (n int) {
	if s[0] == 'x' && len(s) >= 3 {
		if v, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			b.WriteByte(byte(v))
			return 3
		}
	}
	if i := strings.IndexByte(escapeLetters, s[0]); i >= 0 {
		b.WriteByte(escapedBytes[i])
	} else {
		b.WriteByte(s[0])
	}
	return 1
}
