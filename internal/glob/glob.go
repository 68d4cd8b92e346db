// Package glob matches byte strings against the patterns of KEYS, SCAN, PSUBSCRIBE, CONFIG GET and ACL rules:
//
//   - any bytes, also none
//     ?       any byte
//     [abc]   one of these bytes; [a-c] is a range, either end first; [^abc] is any other byte
//     \x      the byte x, also inside a class
//
// A pattern is bytes, not text, and none is malformed: a class that is not closed ends with the pattern, a
// backslash at the end is itself. The empty string matches only the empty pattern, not even "*": who wants that
// to match everything checks for it first, as KEYS and SCAN do.
package glob

import "bytes"

// Match tells whether the whole of s matches pattern. It takes no memory and no recursion. Its time is at most
// len(pattern) × len(s), and near their sum for patterns whose parts between stars are plain text.
func Match(pattern, s []byte) bool { return match(pattern, s, false) }

// MatchFold is Match without regard to the case of ASCII letters, except for letters after a backslash inside a
// class.
func MatchFold(pattern, s []byte) bool { return match(pattern, s, true) }

// LiteralPrefix returns the text, up to the first special byte of pattern, with which everything that matches
// must begin, as a view of pattern; whole tells that there is no special byte, so that only that text matches.
func LiteralPrefix(pattern []byte) (prefix []byte, whole bool) {
	n := literalLen(pattern)
	return pattern[:n:n], n == len(pattern)
}

// literalLen is how many bytes of p stand for themselves, from its first one on.
func literalLen(p []byte) int {
	for i, c := range p {
		if special[c] {
			return i
		}
	}
	return len(p)
}

// special marks the bytes that do not stand for themselves outside a class.
var special = [256]bool{'*': true, '?': true, '[': true, '\\': true}

// match walks both strings. Every element of a pattern but the star takes exactly one byte, so after a mismatch
// only the last star can help, by taking more: an earlier one would merely do what the last one can do, too.
func match(p, s []byte, fold bool) bool {
	if len(s) == 0 {
		return len(p) == 0
	}
	var last star
	for {
		if len(p) > 0 && p[0] == '*' {
			p = bytes.TrimLeft(p, "*")
			if len(p) == 0 {
				return true
			}
			last = newStar(p, s, fold)
			if p, s = last.next(); p == nil {
				return false
			}
			continue
		}
		if len(s) == 0 {
			return len(p) == 0 // if not, there is even less for what remains when the star takes more
		}
		if n := common(p, s); n > 0 {
			p, s = p[n:], s[n:]
			continue
		}
		if len(p) > 0 {
			if n, ok := element(p, s[0], fold); ok {
				p, s = p[n:], s[1:]
				continue
			}
		}
		if p, s = last.next(); p == nil {
			return false
		}
	}
}

// common is how many bytes, from the first one on, are plain text in p and the same in s.
func common(p, s []byte) int {
	for i, c := range p {
		if i == len(s) || c != s[i] || special[c] {
			return i
		}
	}
	return len(p)
}

// star is the last star met: what follows it in the pattern and where that has yet to be tried.
type star struct {
	text []byte // the plain text right after the star: only where it stands need the rest be tried
	rest []byte // what follows the text
	s    []byte // where to look for the text
}

func newStar(p, s []byte, fold bool) star {
	if fold {
		return star{rest: p, s: s}
	}
	n := literalLen(p)
	return star{text: p[:n], rest: p[n:], s: s}
}

// next returns the pattern and the string to go on with when the star takes as little as not yet tried; a nil
// pattern means that there is nothing left to try.
func (t *star) next() (p, s []byte) {
	if len(t.rest) == 0 && len(t.text) > 0 { // the text must be at the very end
		found := bytes.HasSuffix(t.s, t.text)
		t.s = nil
		if !found {
			return nil, nil
		}
		return t.rest, nil
	}
	i := bytes.Index(t.s, t.text)
	if i < 0 || len(t.s) == 0 {
		return nil, nil
	}
	s = t.s[i+len(t.text):]
	t.s = t.s[i+1:]
	return t.rest, s
}

// element matches the first element of p, which is not a star, against c, and returns its length.
func element(p []byte, c byte, fold bool) (n int, ok bool) {
	switch p[0] {
	case '?':
		return 1, true
	case '[':
		return class(p, c, fold)
	case '\\':
		if len(p) > 1 {
			return 2, equal(p[1], c, fold)
		}
	}
	return 1, equal(p[0], c, fold)
}

// class matches the class at the start of p against c and returns its length.
func class(p []byte, c byte, fold bool) (n int, ok bool) {
	n = 1
	negate := len(p) > 1 && p[1] == '^'
	if negate {
		n++
	}
	for {
		switch rest := p[n:]; {
		case len(rest) == 0: // not closed
			return n, ok != negate
		case rest[0] == '\\' && len(rest) >= 2:
			ok = ok || rest[1] == c
			n += 2
		case rest[0] == ']':
			return n + 1, ok != negate
		case len(rest) >= 3 && rest[1] == '-':
			ok = ok || inRange(rest[0], rest[2], c, fold)
			n += 3
		default:
			ok = ok || equal(rest[0], c, fold)
			n++
		}
	}
}

// inRange tells whether c lies between a and b, whichever is first. The ends are put in order before their case
// is folded, so [Z-a] folds to the empty range from z to a.
func inRange(a, b, c byte, fold bool) bool {
	lo, hi := min(a, b), max(a, b)
	if fold {
		lo, hi, c = lower(lo), lower(hi), lower(c)
	}
	return lo <= c && c <= hi
}

func equal(a, b byte, fold bool) bool {
	return a == b || fold && lower(a) == lower(b)
}

func lower(c byte) byte {
	if c-'A' < 26 {
		return c + 'a' - 'A'
	}
	return c
}
