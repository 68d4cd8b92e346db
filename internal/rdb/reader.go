package rdb

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"

	"sigrun/internal/hash"
)

const (
	bufferSize = 64 << 10
	// firstStep is how much is read of a long string before its length is
	// believed; each further step doubles what is there.
	firstStep = 256 << 10
	// maxKept bounds the scratch memory that stays with a Reader.
	maxKept = 1 << 20
)

// Reader takes an RDB stream or a DUMP body apart. It believes no length:
// memory is taken in steps, as bytes prove to be there, and for a compressed
// string only after its true size has been found out.
//
// Slices that its methods return are views, dead with the next call. Errors are
// *Error and final. Not safe for concurrent use.
type Reader struct {
	src    io.Reader // nil: all there is stands in buf
	buf    []byte
	pos    int   // buf[pos:end] is read and not consumed
	end    int   //
	base   int64 // offset of buf[0]
	srcErr error // why src gives no more

	summing bool
	summed  int // buf[:summed] is in crc
	crc     uint64

	long  []byte // a string that doesn't fit in buf
	plain []byte // a string that was compressed or a number

	file *fileState // nil until there is something in it
}

// NewReader returns a Reader over src, which it reads ahead.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, bufferSize)}
}

// NewBytesReader returns a Reader over p, which must not change meanwhile.
func NewBytesReader(p []byte) *Reader {
	r := &Reader{}
	r.Reset(p)
	return r
}

// Reset makes r read p, from offset 0, and keeps r's scratch memory and what it
// knows of its file.
func (r *Reader) Reset(p []byte) {
	*r = Reader{buf: p, end: len(p), long: r.long, plain: r.plain, file: r.file}
}

// Offset is the number of bytes consumed.
func (r *Reader) Offset() int64 { return r.base + int64(r.pos) }

// buffered is what was read and not consumed.
func (r *Reader) buffered() []byte { return r.buf[r.pos:r.end] }

// Read implements io.Reader: it gives what follows the parts taken so far, such
// as the commands behind an RDB preamble.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.fill(1) != nil {
		if r.srcErr != nil {
			return 0, r.srcErr
		}
		return 0, io.EOF
	}
	n := copy(p, r.buf[r.pos:r.end])
	r.pos += n
	return n, nil
}

// StartChecksum makes r sum up all that it consumes from here on.
func (r *Reader) StartChecksum() {
	r.summing, r.summed, r.crc = true, r.pos, 0
}

// Checksum is the CRC-64 of all that was consumed since StartChecksum.
func (r *Reader) Checksum() uint64 {
	r.sum()
	return r.crc
}

func (r *Reader) sum() {
	if r.summing {
		r.crc = hash.UpdateCRC64(r.crc, r.buf[r.summed:r.pos])
		r.summed = r.pos
	}
}

// Corruptf returns the error of a stream that holds what no server writes. The
// message is logged; it must not quote user data.
func (r *Reader) Corruptf(format string, args ...any) error {
	return &Error{Offset: r.Offset(), Kind: Corrupt, Msg: fmt.Sprintf(format, args...)}
}

// Refusef returns the error of a stream that this server can't take.
func (r *Reader) Refusef(format string, args ...any) error {
	return &Error{Offset: r.Offset(), Kind: Refused, Msg: fmt.Sprintf(format, args...)}
}

// short returns the error of a stream that ends inside the thing at offset.
func (r *Reader) short(offset int64) error {
	e := &Error{Offset: offset, Kind: Short, Msg: msgShort}
	if r.srcErr != nil && r.srcErr != io.EOF {
		e.Err = r.srcErr
	}
	return e
}

// fill makes n bytes stand in buf, or fails.
func (r *Reader) fill(n int) error {
	if r.end-r.pos >= n {
		return nil
	}
	return r.refill(n)
}

func (r *Reader) refill(n int) error {
	if r.src == nil {
		return r.short(r.Offset())
	}
	r.sum()
	copy(r.buf, r.buf[r.pos:r.end])
	r.base += int64(r.pos)
	r.end -= r.pos
	r.pos, r.summed = 0, 0
	for idle := 0; r.end < n; {
		if r.srcErr != nil {
			return r.short(r.Offset())
		}
		got, err := r.src.Read(r.buf[r.end:])
		r.end += got
		r.srcErr = err
		if got > 0 {
			idle = 0
		} else if idle++; idle == 100 && err == nil {
			r.srcErr = io.ErrNoProgress
		}
	}
	return nil
}

// Bytes returns the next n bytes.
func (r *Reader) Bytes(n uint64) ([]byte, error) {
	if n <= uint64(r.end-r.pos) || n <= uint64(len(r.buf)) && r.src != nil {
		if err := r.fill(int(n)); err != nil {
			return nil, err
		}
		p := r.buf[r.pos : r.pos+int(n)]
		r.pos += int(n)
		return p, nil
	}
	if r.src == nil || n > math.MaxInt {
		return nil, r.short(r.Offset())
	}
	var err error
	r.long, err = r.appendBytes(scratch(r.long), int(n))
	return r.long, err
}

// scratch empties p for reuse, and gives it up if it has become too big.
func scratch(p []byte) []byte {
	if cap(p) > maxKept {
		return nil
	}
	return p[:0]
}

// appendBytes appends the next n bytes to dst, which grows with what is there
// and not with n.
func (r *Reader) appendBytes(dst []byte, n int) ([]byte, error) {
	start, offset := len(dst), r.Offset()
	for step := firstStep; len(dst)-start < n; step = len(dst) - start {
		from := len(dst)
		dst = extend(dst, min(step, n-(from-start)))
		if !r.full(dst[from:]) {
			return dst[:start], r.short(offset)
		}
	}
	return dst, nil
}

// extend returns dst longer by n bytes of undefined content.
func extend(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst[:len(dst)+n]
	}
	out := make([]byte, len(dst)+n)
	copy(out, dst)
	return out
}

// full fills p and reports whether there was enough.
func (r *Reader) full(p []byte) bool {
	for len(p) > 0 {
		n, err := r.Read(p)
		if err != nil {
			return false
		}
		p = p[n:]
	}
	return true
}

// discard drops the next n bytes.
func (r *Reader) discard(n uint64) error {
	offset := r.Offset()
	for n > 0 {
		if r.fill(1) != nil {
			return r.short(offset)
		}
		step := min(n, uint64(r.end-r.pos))
		r.pos += int(step)
		n -= step
	}
	return nil
}

// Byte returns the next byte.
func (r *Reader) Byte() (byte, error) {
	if err := r.fill(1); err != nil {
		return 0, err
	}
	b := r.buf[r.pos]
	r.pos++
	return b, nil
}

// Uint32 returns 4 bytes, little endian.
func (r *Reader) Uint32() (uint32, error) {
	p, err := r.Bytes(4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(p), nil
}

// Uint64 returns 8 bytes, little endian.
func (r *Reader) Uint64() (uint64, error) {
	p, err := r.Bytes(8)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(p), nil
}

// Millis returns a time in milliseconds, 8 bytes.
func (r *Reader) Millis() (int64, error) {
	v, err := r.Uint64()
	return int64(v), err
}

// BinaryDouble returns a score of 8 bytes.
func (r *Reader) BinaryDouble() (float64, error) {
	v, err := r.Uint64()
	return math.Float64frombits(v), err
}

// Double returns a score as old files have it: a length byte and text, or one
// of three bytes that stand for what has no text.
func (r *Reader) Double() (float64, error) {
	n, err := r.Byte()
	if err != nil {
		return 0, err
	}
	switch n {
	case 255:
		return math.Inf(-1), nil
	case 254:
		return math.Inf(1), nil
	case 253:
		return math.NaN(), nil
	}
	p, err := r.Bytes(uint64(n))
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(string(p), 64)
	if err != nil {
		return 0, r.Corruptf("Invalid double in RDB")
	}
	return f, nil
}

// length returns a length as AppendLen writes it, or, with special set, the
// code of a special string.
func (r *Reader) length() (n uint64, special bool, err error) {
	b, err := r.Byte()
	if err != nil {
		return 0, false, err
	}
	switch {
	case b < len14:
		return uint64(b), false, nil
	case b < len32:
		low, err := r.Byte()
		return uint64(b&0x3f)<<8 | uint64(low), false, err
	case b == len32:
		p, err := r.Bytes(4)
		if err != nil {
			return 0, false, err
		}
		return uint64(binary.BigEndian.Uint32(p)), false, nil
	case b == len64:
		p, err := r.Bytes(8)
		if err != nil {
			return 0, false, err
		}
		return binary.BigEndian.Uint64(p), false, nil
	case b >= encInt8:
		return uint64(b), true, nil
	}
	return 0, false, r.Corruptf("Unknown length encoding %d in rdbLoadLen()", b>>6)
}

// Len returns a length, count or database number. It is what the file claims:
// never allocate by it.
func (r *Reader) Len() (uint64, error) {
	n, special, err := r.length()
	if special {
		return 0, r.Corruptf("Special encoding %d where a length must be", n-encInt8)
	}
	return n, err
}
