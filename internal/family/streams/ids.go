package streams

import (
	"bytes"

	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/num"
)

const (
	errID         = command.ReplyError("ERR Invalid stream ID specified as stream command argument")
	errRangeStart = command.ReplyError("ERR invalid start ID for the interval")
	errRangeEnd   = command.ReplyError("ERR invalid end ID for the interval")
)

// maxIDText is the length of the longest text that is looked at as an ID, in
// bytes.
const maxIDText = 127

// partID is an ID as a client may write it: perhaps without its second part.
type partID struct {
	ds.ID
	auto bool // the second part is "*"
}

// parsePart reads <ms>, <ms>-<seq> or <ms>-*. seq is the second part of an ID
// without one.
func parsePart(b []byte, seq uint64) (p partID, ok bool) {
	if len(b) > maxIDText {
		return p, false
	}
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i] // as C libraries read texts
	}
	ms, rest, found := bytes.Cut(b, dash)
	if p.Ms, ok = num.ParseLooseUint(ms); !ok {
		return p, false
	}
	switch {
	case !found:
		p.Seq = seq
	case len(rest) == 1 && rest[0] == '*':
		p.auto = true
	default:
		p.Seq, ok = num.ParseLooseUint(rest)
	}
	return p, ok
}

var dash = []byte{'-'}

// parseID reads a whole ID; without a second part that is 0.
func parseID(b []byte) (ds.ID, error) {
	p, ok := parsePart(b, 0)
	if !ok || p.auto {
		return ds.ID{}, errID
	}
	return p.ID, nil
}

// parseBound reads the bound of an interval: an ID, "-" for the lowest or "+" for
// the highest one; behind "(" an ID that does not belong to it. seq is the second
// part of an ID without one.
func parseBound(b []byte, seq uint64) (id ds.ID, exclusive bool, err error) {
	if exclusive = len(b) > 1 && b[0] == '('; exclusive {
		b = b[1:]
	} else if isMark(b, '-') {
		return ds.ID{}, false, nil
	} else if isMark(b, '+') {
		return ds.MaxID, false, nil
	}
	p, ok := parsePart(b, seq)
	if !ok || p.auto {
		return id, false, errID
	}
	return p.ID, exclusive, nil
}

// isMark reports whether b is just mark, up to a NUL byte.
func isMark(b []byte, mark byte) bool {
	return len(b) > 0 && len(b) <= maxIDText && b[0] == mark && (len(b) == 1 || b[1] == 0)
}

// parseLow and parseHigh read the bounds of an interval as the first and the last
// ID that belong to it.
func parseLow(b []byte) (ds.ID, error) {
	id, exclusive, err := parseBound(b, 0)
	if err == nil && exclusive {
		if id == ds.MaxID {
			return id, errRangeStart
		}
		id = id.Next()
	}
	return id, err
}

func parseHigh(b []byte) (ds.ID, error) {
	id, exclusive, err := parseBound(b, ds.MaxID.Seq)
	if err == nil && exclusive {
		if id.IsZero() {
			return id, errRangeEnd
		}
		id = id.Prev()
	}
	return id, err
}

// fewIDs is how many IDs of a command need no memory.
const fewIDs = 8

// parseIDs reads all arguments as IDs into dst.
func parseIDs(dst []ds.ID, argv [][]byte) ([]ds.ID, error) {
	for _, b := range argv {
		id, err := parseID(b)
		if err != nil {
			return dst, err
		}
		dst = append(dst, id)
	}
	return dst, nil
}
