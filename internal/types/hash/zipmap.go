package hash

import "encoding/binary"

// A zipmap is how servers before Redis 2.6 kept small hashes:
//
//	| count u8 | field | value | … | 0xff |
//
//	field: length, bytes      value: length, spare u8, bytes, as many spare ones
//
// A length is a byte, or 0xfe and 4 bytes, little endian. The count is 254 or more
// if it isn't known.

const (
	zipmapLong = 0xfe
	zipmapEnd  = 0xff
)

// eachOfZipmap calls visit for each field and each value of the zipmap b, in turn,
// and reports whether all of b is a sound one; if it isn't, visit may have been
// called for some. b may be damaged or made by an enemy.
func eachOfZipmap(b []byte, visit func(p []byte)) (sound bool) {
	if len(b) < 2 || b[len(b)-1] != zipmapEnd {
		return false
	}
	count, n := int(b[0]), 0
	rest := b[1 : len(b)-1]
	for len(rest) > 0 {
		field, behind, ok := cutZipmap(rest, false)
		if !ok || len(behind) == 0 {
			return false
		}
		v, behind, ok := cutZipmap(behind, true)
		if !ok {
			return false
		}
		visit(field)
		visit(v)
		rest = behind
		n++
	}
	return count >= zipmapLong || count == n
}

// cutZipmap takes a field or, with spare bytes, a value off p.
func cutZipmap(p []byte, spare bool) (text, rest []byte, ok bool) {
	n, head := uint64(p[0]), 1
	switch {
	case p[0] == zipmapEnd:
		return nil, nil, false
	case p[0] == zipmapLong && len(p) < 5:
		return nil, nil, false
	case p[0] == zipmapLong:
		n, head = uint64(binary.LittleEndian.Uint32(p[1:])), 5
	}
	p = p[head:]
	unused := uint64(0)
	if spare {
		if len(p) == 0 {
			return nil, nil, false
		}
		unused, p = uint64(p[0]), p[1:]
	}
	if n+unused > uint64(len(p)) {
		return nil, nil, false
	}
	return p[:n:n], p[n+unused:], true
}
