package config

import (
	"errors"
	"strconv"
	"strings"

	"sigrun/internal/num"
)

// maxBindAddresses is how many addresses one listener binds.
const maxBindAddresses = 16

const (
	errTooManyBinds     = reason("Too many bind addresses specified.")
	errSave             = reason("Invalid save parameters")
	errPercentile       = reason("Invalid latency-tracking-info-percentiles parameters")
	errPercentileBounds = reason("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
	errOOMValues        = reason("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
)

// bindKind is a list of addresses to listen on: []string. Whether they can be
// bound is found out by who binds them.
type bindKind struct{}

func (bindKind) parse(in input) (value, error) {
	if len(in.words) > maxBindAddresses {
		return value{}, errTooManyBinds
	}
	return value{str: strings.Join(in.words, " "), list: append([]string(nil), in.words...)}, nil
}

func (bindKind) text(v value) string { return v.str }

// lines leave the default out even of a file that says it: the addresses that
// it stands for may change with the system.
func (bindKind) lines(v, def value) []fileLine {
	if v.same(def) {
		return nil
	}
	return []fileLine{{orEmpty(v.str), true}}
}

// orEmpty is list, or the two quotes that stand for an empty one.
func orEmpty(list string) string {
	if list == "" {
		return `""`
	}
	return list
}

// SavePoint asks for a snapshot when at least Changes changes are Seconds
// seconds old.
type SavePoint struct {
	Seconds int64 // 1 or more
	Changes int64 // 0 or more
}

// saveKind is a list of points: []SavePoint. In a file every further line adds
// to it; an empty list empties it.
type saveKind struct{}

func (saveKind) parse(in input) (value, error) {
	if len(in.words)%2 != 0 {
		return value{}, errSave
	}
	var points []SavePoint
	if in.more && len(in.words) > 0 {
		points = append(points, savePoints(in.old)...)
	}
	for i := 0; i < len(in.words); i += 2 {
		seconds, ok1 := readLong(in.words[i])
		changes, ok2 := readLong(in.words[i+1])
		if !ok1 || !ok2 || seconds < 1 || changes < 0 {
			return value{}, errSave
		}
		points = append(points, SavePoint{seconds, changes})
	}
	var b []byte
	for _, p := range points {
		b = appendWord(b, strconv.FormatInt(p.Seconds, 10))
		b = appendWord(b, strconv.FormatInt(p.Changes, 10))
	}
	return value{str: string(b), list: points}, nil
}

func savePoints(v value) []SavePoint {
	points, _ := v.list.([]SavePoint)
	return points
}

func (saveKind) text(v value) string { return v.str }

// lines always mention the save points: a file without them means the default,
// which may be another one in the next version.
func (saveKind) lines(v, _ value) []fileLine { return []fileLine{{orEmpty(v.str), true}} }

// readLong reads an integer with an optional sign and leading zeros. The empty
// string is 0, and what does not fit is cut to the largest or smallest int64.
func readLong(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(strings.TrimLeft(s, blanks), 10, 64)
	return n, err == nil || errors.Is(err, strconv.ErrRange)
}

// appendWord appends word to a list in b.
func appendWord(b []byte, word string) []byte {
	if len(b) > 0 {
		b = append(b, ' ')
	}
	return append(b, word...)
}

// percentilesKind is a list of percentiles: []float64.
type percentilesKind struct{}

func (percentilesKind) parse(in input) (value, error) {
	percentiles := make([]float64, 0, len(in.words))
	var b []byte
	for _, word := range in.words {
		p, ok := num.ParseFloat([]byte(word))
		if !ok {
			return value{}, errPercentile
		}
		if p < 0 || p > 100 {
			return value{}, errPercentileBounds
		}
		percentiles = append(percentiles, p)
		b = appendWord(b, percentileText(p))
	}
	return value{str: string(b), list: percentiles}, nil
}

// percentileText is p with up to six decimals.
func percentileText(p float64) string {
	s := strconv.FormatFloat(p, 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func (percentilesKind) text(v value) string { return v.str }

func (percentilesKind) lines(v, _ value) []fileLine { return []fileLine{{orEmpty(v.str), true}} }

// oomValuesKind is what is added to the kernel's out-of-memory score of a
// primary, a replica and a background child: [3]int.
type oomValuesKind struct{}

// maxOOMScore is the largest adjustment either way, twice the kernel's, so that
// a relative one can make up for any start.
const maxOOMScore = 2000

func (oomValuesKind) parse(in input) (value, error) {
	var values [3]int
	if len(in.words) != len(values) {
		return value{}, errWordCount
	}
	for i, word := range in.words {
		n, ok := readLong(word)
		if !ok || n < -maxOOMScore || n > maxOOMScore {
			return value{}, errOOMValues
		}
		values[i] = int(n)
	}
	var b []byte
	for _, n := range values {
		b = appendWord(b, strconv.Itoa(n))
	}
	return value{str: string(b), list: values}, nil
}

func (oomValuesKind) text(v value) string { return v.str }

func (oomValuesKind) lines(v, def value) []fileLine {
	return []fileLine{{v.str, v.str != def.str}}
}
