package num

import (
	"bytes"
	"math/bits"
)

// MaxIntLen is the most bytes that AppendInt appends: 19 digits and a sign.
const MaxIntLen = 20

const (
	maxInt64  = 1<<63 - 1
	minInt64  = -1 << 63
	maxUint64 = 1<<64 - 1
)

// digitPairs holds 00 to 99: printing two digits at a time halves the divisions.
const digitPairs = "" +
	"0001020304050607080910111213141516171819" +
	"2021222324252627282930313233343536373839" +
	"4041424344454647484950515253545556575859" +
	"6061626364656667686970717273747576777879" +
	"8081828384858687888990919293949596979899"

// ParseInt reads a 64-bit integer in the only spelling that a server prints: an optional minus sign and digits
// without leading zeros. It refuses "", "+1", "01", "-0", spaces and anything out of range, so a value that
// parses is printed back as the same bytes.
func ParseInt(b []byte) (v int64, ok bool) {
	if len(b) > 0 && b[0] == '-' {
		u, ok := ParseUint(b[1:])
		if !ok || u == 0 || u > 1<<63 {
			return 0, false
		}
		return -int64(u), true
	}
	u, ok := ParseUint(b)
	return int64(u), ok && u <= maxInt64
}

// ParseUint reads an unsigned 64-bit integer: digits without sign or leading zeros.
func ParseUint(b []byte) (v uint64, ok bool) {
	if len(b) == 0 || len(b) > 20 || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	if len(b) < 20 { // 19 digits always fit
		for _, c := range b {
			d := c - '0'
			if d > 9 {
				return 0, false
			}
			v = v*10 + uint64(d)
		}
		return v, true
	}
	head, ok := ParseUint(b[:19])
	d := b[19] - '0'
	if !ok || d > 9 || head > (maxUint64-uint64(d))/10 {
		return 0, false
	}
	return head*10 + uint64(d), true
}

// ParseLooseUint reads an unsigned number as C libraries do: behind spaces and a
// sign, and with leading zeros; a negative one is taken modulo 2^64, but only if
// it isn't written as ParseInt reads it.
func ParseLooseUint(b []byte) (v uint64, ok bool) {
	if v, ok := ParseInt(b); ok {
		return uint64(v), v >= 0
	}
	b = bytes.TrimLeft(b, " \t\n\v\f\r")
	neg := len(b) > 0 && b[0] == '-'
	if neg || len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	if b = bytes.TrimLeft(b, "0"); len(b) == 0 {
		return 0, true
	}
	if v, ok = ParseUint(b); neg {
		v = -v
	}
	return v, ok
}

// pow10 holds the powers of ten that fit 64 bits.
var pow10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// UintWidth is the number of digits that AppendUint appends for v: 1 to 20.
func UintWidth(v uint64) int {
	if v < 10 {
		return 1
	}
	n := bits.Len64(v) * 1233 >> 12 // log10(2) in 12 bits: exact or one too few
	if v >= pow10[n] {
		n++
	}
	return n
}

// IntWidth is the number of bytes that AppendInt appends for v: 1 to MaxIntLen.
func IntWidth(v int64) int {
	if v < 0 {
		return 1 + UintWidth(-uint64(v))
	}
	return UintWidth(uint64(v))
}

// AppendInt appends v in decimal to dst.
func AppendInt(dst []byte, v int64) []byte {
	if v < 0 {
		return AppendUint(append(dst, '-'), -uint64(v))
	}
	return AppendUint(dst, uint64(v))
}

// AppendUint appends v in decimal to dst.
func AppendUint(dst []byte, v uint64) []byte {
	if v < 10 {
		return append(dst, byte('0'+v))
	}
	var buf [20]byte
	i := len(buf)
	for v >= 100 {
		q := v / 100
		r := (v - q*100) * 2
		i -= 2
		buf[i], buf[i+1] = digitPairs[r], digitPairs[r+1]
		v = q
	}
	if v >= 10 {
		i -= 2
		buf[i], buf[i+1] = digitPairs[v*2], digitPairs[v*2+1]
	} else {
		i--
		buf[i] = byte('0' + v)
	}
	return append(dst, buf[i:]...)
}
