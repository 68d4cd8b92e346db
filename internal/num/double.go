package num

import (
	"math"
	"strconv"
)

// MaxDoubleLen is the most bytes that AppendDouble appends.
const MaxDoubleLen = 32

// AppendDouble appends f as replies and stored scores show it.
func AppendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	case math.IsNaN(f):
		return append(dst, "nan"...)
	}
	return strconv.AppendFloat(dst, f, 'g', 17, 64)
}
