package rdb

import (
	"encoding/binary"
	"math"

	"sigrun/internal/lzf"
	"sigrun/internal/num"
)

const (
	maxIntText     = 11 // longest text of a 32-bit integer
	minCompressed  = 21 // shorter strings are never worth compressing
	compressedGain = 4  // bytes that compression must save
)

// AppendLen appends a length, count or database number in its short form:
//
//	00nnnnnn                       up to 63
//	01nnnnnn nnnnnnnn              up to 16383
//	10000000 4 bytes, big endian
//	10000001 8 bytes, big endian
func AppendLen(dst []byte, n uint64) []byte {
	switch {
	case n < 1<<6:
		return append(dst, len6|byte(n))
	case n < 1<<14:
		return append(dst, len14|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, len32), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, len64), n)
	}
}

// AppendString appends s in its shortest form: as an integer if it is the text
// of one of at most 32 bits, compressed if c isn't nil and that saves at least
// four bytes, else as it is.
func AppendString(dst, s []byte, c *lzf.Compressor) []byte {
	if len(s) <= maxIntText {
		if v, ok := num.ParseInt(s); ok && v == int64(int32(v)) {
			return appendInt32(dst, int32(v))
		}
	}
	if c != nil && len(s) >= minCompressed {
		if out, ok := appendCompressed(dst, s, c); ok {
			return out
		}
	}
	return append(AppendLen(dst, uint64(len(s))), s...)
}

// AppendIntString appends the string that is v in decimal.
func AppendIntString(dst []byte, v int64) []byte {
	if v == int64(int32(v)) {
		return appendInt32(dst, int32(v))
	}
	return num.AppendInt(append(dst, byte(num.IntWidth(v))), v)
}

func appendInt32(dst []byte, v int32) []byte {
	switch {
	case v == int32(int8(v)):
		return append(dst, encInt8, byte(v))
	case v == int32(int16(v)):
		return binary.LittleEndian.AppendUint16(append(dst, encInt16), uint16(v))
	default:
		return binary.LittleEndian.AppendUint32(append(dst, encInt32), uint32(v))
	}
}

// appendCompressed appends s as LZF: both lengths, then the bytes. The length
// of what isn't compressed yet isn't known, so its place is guessed and the
// bytes moved if the guess was wrong.
func appendCompressed(dst, s []byte, c *lzf.Compressor) ([]byte, bool) {
	start := len(dst)
	out := AppendLen(append(dst, encLZF), uint64(len(s)-compressedGain))
	out = AppendLen(out, uint64(len(s)))
	body := len(out)
	out, ok := c.Append(out, s, len(s)-compressedGain)
	if !ok {
		return dst, false
	}
	n := len(out) - body
	head := AppendLen(AppendLen(out[:start+1], uint64(n)), uint64(len(s)))
	copy(out[len(head):], out[body:])
	return out[:len(head)+n], true
}

// AppendBinaryDouble appends f as the 8 bytes of a score.
func AppendBinaryDouble(dst []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
}

// AppendMillis appends a time in milliseconds as 8 bytes: the expiry of a hash
// field, a stream's delivery times.
func AppendMillis(dst []byte, ms int64) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(ms))
}

// AppendAux appends an AUX record: something about the file. A loader that
// doesn't know the name skips it.
func AppendAux(dst []byte, name, value string) []byte {
	dst = AppendString(append(dst, OpAux), []byte(name), nil)
	return AppendString(dst, []byte(value), nil)
}

// AppendAuxInt is AppendAux for a number.
func AppendAuxInt(dst []byte, name string, value int64) []byte {
	dst = AppendString(append(dst, OpAux), []byte(name), nil)
	return AppendIntString(dst, value)
}

// AppendSelectDB appends the record that puts the keys after it in database db.
func AppendSelectDB(dst []byte, db int) []byte {
	return AppendLen(append(dst, OpSelectDB), uint64(db))
}

// AppendResizeDB tells the loader how many keys the database has, and how many
// of them expire. It is a hint.
func AppendResizeDB(dst []byte, keys, expires uint64) []byte {
	return AppendLen(AppendLen(append(dst, OpResizeDB), keys), expires)
}

// AppendFunction appends the source of a function library.
func AppendFunction(dst, code []byte, c *lzf.Compressor) []byte {
	return AppendString(append(dst, OpFunction), code, c)
}

// None stands in a Meta for what a key doesn't have.
const None = -1

// Meta is what stands in front of a key. Start from NoMeta.
type Meta struct {
	ExpireMs int64 // milliseconds since the Unix epoch, or None
	LRUIdle  int64 // seconds since the last use, or None
	LFUFreq  int   // logarithmic use counter, 0 to 255, or None
}

// NoMeta is the Meta of a key without expiry whose use isn't recorded.
var NoMeta = Meta{None, None, None}

// AppendKey appends everything of a key's record that comes before its value:
// expiry, idle time or use counter, type byte and key. The value must follow.
func AppendKey(dst []byte, m Meta, typ byte, key []byte, c *lzf.Compressor) []byte {
	if m.ExpireMs != None {
		dst = AppendMillis(append(dst, OpExpireMs), m.ExpireMs)
	}
	if m.LRUIdle != None {
		dst = AppendLen(append(dst, OpIdle), uint64(m.LRUIdle))
	}
	if m.LFUFreq != None {
		dst = append(dst, OpFreq, byte(m.LFUFreq))
	}
	return AppendString(append(dst, typ), key, c)
}
