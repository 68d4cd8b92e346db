package listpack

import (
	"bytes"
	"encoding/binary"

	"sigrun/internal/num"
)

// Entry is what an entry holds: an integer, or a view of a string that dies with
// the list's next change.
type Entry struct {
	Bytes []byte
	Int   int64
	IsInt bool
}

// Get is the entry at p.
func Get(lp []byte, p Pos) Entry {
	e, _ := get(lp, int(p))
	return e
}

// GetNext is the entry at p and the position of the one behind it.
func GetNext(lp []byte, p Pos) (e Entry, next Pos) {
	e, size := get(lp, int(p))
	return e, at(lp, int(p)+size+backSize(size))
}

// Short is GetNext for a string of less than 64 bytes; ok is false for all others.
func Short(lp []byte, p Pos) (b []byte, next Pos, ok bool) {
	c := lp[p]
	if c&^0x3f != headString6 {
		return nil, p, false
	}
	end := int(p) + 1 + int(c&0x3f)
	return lp[p+1 : end], at(lp, end+1), true
}

// get is the entry at off and the length of its head and data.
func get(lp []byte, off int) (e Entry, size int) {
	c := lp[off]
	switch {
	case c < headString6:
		return Entry{Int: int64(c), IsInt: true}, 1
	case c < headInt13:
		n := int(c & 0x3f)
		return Entry{Bytes: view(lp, off+1, n)}, 1 + n
	case c < headString12:
		v := int64(c&0x1f)<<8 | int64(lp[off+1])
		return Entry{Int: v << 51 >> 51, IsInt: true}, 2
	case c < headString32:
		n := int(c&0x0f)<<8 | int(lp[off+1])
		return Entry{Bytes: view(lp, off+2, n)}, 2 + n
	case c == headString32:
		n := int(binary.LittleEndian.Uint32(lp[off+1:]))
		return Entry{Bytes: view(lp, off+5, n)}, 5 + n
	}
	return Entry{Int: longInt(c, lp[off+1:]), IsInt: true}, longIntSize(c)
}

func view(lp []byte, off, n int) []byte { return lp[off : off+n : off+n] }

// longInt is the integer at p whose head is c.
func longInt(c byte, p []byte) int64 {
	switch c {
	case headInt16:
		return int64(int16(binary.LittleEndian.Uint16(p)))
	case headInt24:
		v := int64(p[0]) | int64(p[1])<<8 | int64(p[2])<<16
		return v << 40 >> 40
	case headInt32:
		return int64(int32(binary.LittleEndian.Uint32(p)))
	}
	return int64(binary.LittleEndian.Uint64(p))
}

// AppendText appends the text of e to dst.
func AppendText(dst []byte, e Entry) []byte {
	if e.IsInt {
		return num.AppendInt(dst, e.Int)
	}
	return append(dst, e.Bytes...)
}

// EntryLen is the length of the text of e.
func EntryLen(e Entry) int {
	if e.IsInt {
		return num.IntWidth(e.Int)
	}
	return len(e.Bytes)
}

// Equal reports whether the text of e is b.
func Equal(e Entry, b []byte) bool {
	if !e.IsInt {
		return bytes.Equal(e.Bytes, b)
	}
	n, ok := num.ParseInt(b)
	return ok && n == e.Int
}

// Find is the position of the first entry from p on whose text is b. Between
// those that it looks at it leaves skip out: 1 finds a field among fields and
// values.
func Find(lp []byte, p Pos, b []byte, skip int) Pos {
	m := NewMatcher(b)
	return FindMatch(lp, p, &m, skip)
}

// FindMatch is Find for what m matches.
func FindMatch(lp []byte, p Pos, m *Matcher, skip int) Pos {
	if p == End {
		return End
	}
	off, left := int(p), 0
	for {
		size := 1
		switch c := lp[off]; {
		case c < headString6:
			if left == 0 && m.isInt && m.n == int64(c) {
				return Pos(off)
			}
		case c < headInt13:
			n := int(c & 0x3f)
			if left == 0 && n == len(m.text) && m.matchBytes(lp[off+1:off+1+n]) {
				return Pos(off)
			}
			size += n
		case c == terminator:
			return End
		default:
			var e Entry
			if e, size = get(lp, off); left == 0 && m.Match(e) {
				return Pos(off)
			}
		}
		off += size + backSize(size)
		if left--; left < 0 {
			left = skip
		}
	}
}

// matchBytes compares p with m's text, which is as long. What is alike mostly
// begins alike, so the end is looked at first.
func (m *Matcher) matchBytes(p []byte) bool {
	n := len(p) - 1
	return n < 0 || p[n] == m.text[n] && string(p) == string(m.text)
}

// Search looks at up to limit entries from p on for one that m matches. It returns
// its position, or that of the entry behind those it looked at, and how many do not
// match.
func Search(lp []byte, p Pos, m *Matcher, limit int) (at Pos, passed int, found bool) {
	for ; p != End && passed < limit; passed++ {
		if b, next, ok := Short(lp, p); ok { // what most are
			if len(b) == len(m.text) && m.matchBytes(b) {
				return p, passed, true
			}
			p = next
			continue
		}
		e, next := GetNext(lp, p)
		if m.Match(e) {
			return p, passed, true
		}
		p = next
	}
	return p, passed, false
}

// Matcher compares entries with one text, which it reads as a number only once.
type Matcher struct {
	text  []byte
	n     int64
	isInt bool
}

// NewMatcher returns a Matcher for b, which it keeps.
func NewMatcher(b []byte) Matcher {
	n, isInt := num.ParseInt(b)
	return Matcher{b, n, isInt}
}

// Match reports whether the text of e is that of m.
func (m *Matcher) Match(e Entry) bool {
	if e.IsInt {
		return m.isInt && m.n == e.Int
	}
	return string(e.Bytes) == string(m.text)
}
