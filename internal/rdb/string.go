package rdb

import (
	"encoding/binary"
	"math"

	"sigrun/internal/lzf"
	"sigrun/internal/num"
)

// String returns a string, whatever form it has in the stream. The view is dead
// with the next call.
func (r *Reader) String() ([]byte, error) {
	p, v, isInt, err := r.StringOrInt()
	if isInt {
		r.plain = num.AppendInt(scratch(r.plain), v)
		return r.plain, nil
	}
	return p, err
}

// AppendString appends a string to dst, which keeps its length on error.
func (r *Reader) AppendString(dst []byte) ([]byte, error) {
	n, special, err := r.length()
	switch {
	case err != nil:
		return dst, err
	case !special && n > uint64(r.end-r.pos) && r.src != nil && n <= math.MaxInt:
		return r.appendBytes(dst, int(n)) // saves the copy in between
	case !special:
		p, err := r.Bytes(n)
		return append(dst, p...), err
	case n == encLZF:
		return r.appendLZF(dst)
	}
	v, err := r.intString(n)
	if err != nil {
		return dst, err
	}
	return num.AppendInt(dst, v), nil
}

// StringOrInt returns a string as a view, or, with isInt set, as the number
// that stands for its text.
func (r *Reader) StringOrInt() (p []byte, v int64, isInt bool, err error) {
	n, special, err := r.length()
	switch {
	case err != nil:
		return nil, 0, false, err
	case !special:
		p, err = r.Bytes(n)
		return p, 0, false, err
	case n == encLZF:
		r.plain, err = r.appendLZF(scratch(r.plain))
		return r.plain, 0, false, err
	}
	v, err = r.intString(n)
	return nil, v, err == nil, err
}

// intString returns the number of a string with the special code enc.
func (r *Reader) intString(enc uint64) (int64, error) {
	switch enc {
	case encInt8:
		b, err := r.Byte()
		return int64(int8(b)), err
	case encInt16:
		p, err := r.Bytes(2)
		if err != nil {
			return 0, err
		}
		return int64(int16(binary.LittleEndian.Uint16(p))), nil
	case encInt32:
		v, err := r.Uint32()
		return int64(int32(v)), err
	}
	return 0, r.Corruptf("Unknown RDB string encoding type %d", enc-encInt8)
}

// packed returns the bytes of an LZF string and the length that they claim.
func (r *Reader) packed() (p []byte, n uint64, err error) {
	size, err := r.Len()
	if err != nil {
		return nil, 0, err
	}
	if n, err = r.Len(); err != nil {
		return nil, 0, err
	}
	p, err = r.Bytes(size)
	return p, n, err
}

func (r *Reader) appendLZF(dst []byte) ([]byte, error) {
	p, n, err := r.packed()
	if err != nil {
		return dst, err
	}
	if n <= math.MaxInt {
		if dst, err = lzf.Append(dst, p, int(n)); err == nil {
			return dst, nil
		}
	}
	return dst, r.Corruptf("Invalid LZF compressed string")
}

// SkipString reads over a string. It costs no memory but for compressed ones
// larger than the buffer, and finds all the damage that String finds.
func (r *Reader) SkipString() error {
	n, special, err := r.length()
	switch {
	case err != nil:
		return err
	case !special:
		return r.discard(n)
	case n != encLZF:
		_, err := r.intString(n)
		return err
	}
	p, n, err := r.packed()
	if err != nil {
		return err
	}
	if got, err := lzf.Len(p); err != nil || uint64(got) != n {
		return r.Corruptf("Invalid LZF compressed string")
	}
	return nil
}
