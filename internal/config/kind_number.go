package config

import (
	"fmt"
	"strconv"
	"strings"

	"sigrun/internal/num"
)

// numberForm is how a number is spelled.
type numberForm uint8

const (
	plainForm   numberForm = iota
	sizeForm               // bytes, with an optional unit
	percentForm            // bytes with an optional unit, or 0% to 100%: held as 0 to -100
	minusForm              // bytes with an optional unit, or a plain negative number
	octalForm              // permissions
)

// numberKind is an integer between lo and hi. An unsigned one keeps a uint64 in
// the same 64 bits.
type numberKind struct {
	lo, hi   int64
	unsigned bool
	form     numberForm
	floor    int64 // an accepted value is raised to floor ...
	ceil     int64 // ... and lowered to ceil, unless both are 0
}

const (
	errNotInteger       = reason("argument couldn't be parsed into an integer")
	errNotOctal         = reason("argument couldn't be parsed as an octal number")
	errNotSize          = reason("argument must be a memory value")
	errNotSizeOrPercent = reason("argument must be a memory or percent value")
)

func integer(lo, hi int64) numberKind { return numberKind{lo: lo, hi: hi} }

func unsigned(lo, hi uint64) numberKind {
	return numberKind{lo: int64(lo), hi: int64(hi), unsigned: true}
}

func size(lo, hi uint64) numberKind {
	return numberKind{lo: int64(lo), hi: int64(hi), unsigned: true, form: sizeForm}
}

func offset(lo, hi int64) numberKind { return numberKind{lo: lo, hi: hi, form: sizeForm} }

func sizeOrPercent(lo, hi int64) numberKind { return numberKind{lo: lo, hi: hi, form: percentForm} }

func sizeOrMinus(lo, hi int64) numberKind { return numberKind{lo: lo, hi: hi, form: minusForm} }

func octal(lo, hi uint64) numberKind {
	return numberKind{lo: int64(lo), hi: int64(hi), unsigned: true, form: octalForm}
}

// clampedTo takes what lies outside floor and ceil but within the bounds as
// the nearer of them.
func (k numberKind) clampedTo(floor, ceil int64) numberKind {
	k.floor, k.ceil = floor, ceil
	return k
}

func (k numberKind) parse(in input) (value, error) {
	n, err := k.read(in.words[0])
	if err != nil {
		return value{}, err
	}
	if err := k.checkBounds(n); err != nil {
		return value{}, err
	}
	if k.floor != 0 || k.ceil != 0 {
		n = min(max(n, k.floor), k.ceil)
	}
	return value{num: n}, nil
}

// read parses s in the kind's form, without a look at the bounds.
func (k numberKind) read(s string) (int64, error) {
	switch k.form {
	case sizeForm:
		if n, ok := ParseSize(s); ok {
			return int64(n), nil
		}
		return 0, errNotSize
	case percentForm:
		if digits, isPercent := strings.CutSuffix(s, "%"); isPercent {
			if n, ok := num.ParseInt([]byte(digits)); ok && n >= 0 {
				return -n, nil
			}
		} else if n, ok := ParseSize(s); ok {
			return int64(n), nil
		}
		return 0, errNotSizeOrPercent
	case minusForm:
		if n, ok := ParseSize(s); ok {
			return int64(n), nil
		}
		if n, ok := num.ParseInt([]byte(s)); ok {
			return n, nil
		}
		return 0, errNotSize
	case octalForm:
		return readOctal(s)
	}
	if n, ok := num.ParseInt([]byte(s)); ok {
		return n, nil
	}
	return 0, errNotInteger
}

// readOctal reads s as strtoull does: leading blanks, a sign and no digits at
// all are fine, and a minus wraps around.
func readOctal(s string) (int64, error) {
	s = strings.TrimLeft(s, blanks)
	digits := strings.TrimPrefix(s, "+")
	minus := false
	if digits == s {
		digits = strings.TrimPrefix(s, "-")
		minus = digits != s
	}
	if digits == "" {
		if s != "" {
			return 0, errNotOctal
		}
		return 0, nil
	}
	n, err := strconv.ParseUint(digits, 8, 64)
	if err != nil {
		return 0, errNotOctal
	}
	if minus {
		n = -n
	}
	return int64(n), nil
}

// sizeUnits are the units of a number of bytes in lower case.
var sizeUnits = map[string]uint64{
	"": 1, "b": 1,
	"k": 1000, "kb": 1 << 10,
	"m": 1000 * 1000, "mb": 1 << 20,
	"g": 1000 * 1000 * 1000, "gb": 1 << 30,
}

// ParseSize reads a number of bytes: digits and a unit. No digits at all are 0, and a product
// beyond 64 bits wraps around, as it does in the server whose files we read.
func ParseSize(s string) (n uint64, ok bool) {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	unit, known := sizeUnits[strings.ToLower(s[end:])]
	if !known {
		return 0, false
	}
	if end == 0 {
		return 0, true
	}
	n, err := strconv.ParseUint(s[:end], 10, 64)
	return n * unit, err == nil
}

// checkBounds reports in the setting's own form what a number must be.
func (k numberKind) checkBounds(n int64) error {
	if k.unsigned {
		if uint64(n) >= uint64(k.lo) && uint64(n) <= uint64(k.hi) {
			return nil
		}
		format := "argument must be between %d and %d inclusive"
		if k.form == octalForm {
			format = "argument must be between %o and %o inclusive"
		}
		return fmt.Errorf(format, uint64(k.lo), uint64(k.hi))
	}
	if k.form == percentForm && n < 0 {
		if n >= k.lo {
			return nil
		}
		return fmt.Errorf("percentage argument must be less or equal to %d", -k.lo)
	}
	if n >= k.lo && n <= k.hi {
		return nil
	}
	return fmt.Errorf("argument must be between %d and %d inclusive", k.lo, k.hi)
}

func (k numberKind) text(v value) string {
	switch {
	case k.form == octalForm:
		return strconv.FormatUint(uint64(v.num), 8)
	case k.form == percentForm && v.num < 0:
		return strconv.FormatInt(-v.num, 10) + "%"
	case k.form == sizeForm:
		return strconv.FormatUint(uint64(v.num), 10)
	}
	return strconv.FormatInt(v.num, 10)
}

func (k numberKind) lines(v, def value) []fileLine {
	text := k.text(v)
	if k.form != plainForm && k.form != octalForm && (v.num > 0 || k.form == sizeForm) {
		text = sizeText(uint64(v.num))
	}
	return []fileLine{{text, v.num != def.num}}
}

// sizeText is n in the largest unit that leaves no fraction.
func sizeText(n uint64) string {
	for _, unit := range [...]struct {
		shift uint
		name  string
	}{{30, "gb"}, {20, "mb"}, {10, "kb"}} {
		if n != 0 && n&(1<<unit.shift-1) == 0 {
			return strconv.FormatUint(n>>unit.shift, 10) + unit.name
		}
	}
	return strconv.FormatUint(n, 10)
}
