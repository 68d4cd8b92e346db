package stream

import (
	"math"
	"math/bits"

	"sigrun/internal/num"
)

// ID names an entry: a time in Unix milliseconds and a number within it.
type ID struct{ Ms, Seq uint64 }

// MaxID is the highest of all IDs. The lowest is the zero ID, which no entry has.
var MaxID = ID{math.MaxUint64, math.MaxUint64}

// MaxIDLen is the length, in bytes, of the longest text of an ID.
const MaxIDLen = 2*num.MaxIntLen + 1

// Less reports whether a comes before b.
func (a ID) Less(b ID) bool { return a.Ms < b.Ms || a.Ms == b.Ms && a.Seq < b.Seq }

// IsZero reports whether a is the zero ID.
func (a ID) IsZero() bool { return a.Ms|a.Seq == 0 }

// Next is the ID after a; that of the highest one is the zero ID.
func (a ID) Next() ID {
	a.Seq++
	if a.Seq == 0 {
		a.Ms++
	}
	return a
}

// Prev is the ID before a; that of the zero ID is the highest one.
func (a ID) Prev() ID {
	if a.Seq == 0 {
		a.Ms--
	}
	a.Seq--
	return a
}

// AppendText appends the form that clients see, such as 1700000000000-0.
func (a ID) AppendText(dst []byte) []byte {
	return num.AppendUint(append(num.AppendUint(dst, a.Ms), '-'), a.Seq)
}

// TextLen is the length of what AppendText appends.
func (a ID) TextLen() int { return num.UintWidth(a.Ms) + 1 + num.UintWidth(a.Seq) }

// minus is the distance from b to a in both parts, modulo 2^64.
func (a ID) minus(b ID) (ms, seq int64) { return int64(a.Ms - b.Ms), int64(a.Seq - b.Seq) }

// plus undoes minus.
func (a ID) plus(ms, seq int64) ID { return ID{a.Ms + uint64(ms), a.Seq + uint64(seq)} }

// commonPrefix is how many bytes a and b, highest byte first, have in common.
func commonPrefix(a, b ID) int {
	if a.Ms != b.Ms {
		return bits.LeadingZeros64(a.Ms^b.Ms) / 8
	}
	return 8 + bits.LeadingZeros64(a.Seq^b.Seq)/8
}
