package rdb

import "math"

// FileVersion is the first nine bytes of a file.
type FileVersion struct {
	Version int
	Valkey  bool // magic "VALKEY", not "REDIS"
}

// ReadVersion reads the first nine bytes of a file. Bytes that are no RDB file
// are an error of kind Refused; the version may be any number.
func (r *Reader) ReadVersion() (FileVersion, error) {
	p, err := r.Bytes(headerLen)
	if err != nil {
		return FileVersion{}, err
	}
	switch magic := string(p[:len(magicValkey)]); magic {
	case magicValkey:
		return FileVersion{int(leadingInt(p[len(magicValkey):])), true}, nil
	case magicRedis: // the zero is the first digit
		return FileVersion{int(leadingInt(p[len(magicRedis):])), false}, nil
	}
	if string(p[:len(magicCompressed)]) == magicCompressed {
		return FileVersion{}, r.Refusef("The RDB file is compressed as a whole, as Valkey 9.2 does with rdbcompression lz4 or zstd: " +
			"save it there with rdbcompression yes")
	}
	return FileVersion{}, r.Refusef("Wrong signature trying to load DB from file: %s", printable(p))
}

// printable is p with what could disturb a log replaced.
func printable(p []byte) string {
	out := []byte(string(p))
	for i, b := range out {
		if b < ' ' || b > '~' {
			out[i] = '?'
		}
	}
	return string(out)
}

// Impossible reports that no file is like v: its version isn't one of its
// magic's. Foreign versions may have either.
func (v FileVersion) Impossible() bool {
	if v.Valkey {
		return v.Version < firstForeign
	}
	return v.Version < 1 || v.Version > lastForeign
}

// Foreign reports that v is a version of Redis 7.4 or later, which shares its
// type bytes with Valkey only below 22.
func (v FileVersion) Foreign() bool { return foreign(v.Version) }

// Future reports that v is newer than this package.
func (v FileVersion) Future() bool { return v.Version > Version }

// HasChecksum reports whether files of this version end with a checksum.
func (v FileVersion) HasChecksum() bool { return v.Version >= firstChecksum }

// Accepted reports whether a server loads such a file, a relaxed one or one that
// insists on versions that this package knows. Valkey's insists on its own; but
// who comes from Redis 7.4 or later, or from Valkey 9.2, has such files.
func (v FileVersion) Accepted(relaxed bool) bool {
	switch {
	case v.Impossible(), v.Valkey && v.Foreign():
		return false
	case unknown(v.Version):
		return relaxed
	}
	return true
}

// unknown reports whether version is none of those that this package knows.
func unknown(version int) bool {
	return version < 1 || version > lastRedis && foreign(version) || version > newest
}

// leadingInt reads the number that p begins with as C's strtoll does: spaces, a
// sign, digits up to the first other byte; 0 if there are none.
func leadingInt(p []byte) int64 {
	i := 0
	for i < len(p) && (p[i] == ' ' || p[i] >= '\t' && p[i] <= '\r') {
		i++
	}
	negative := i < len(p) && p[i] == '-'
	if negative || i < len(p) && p[i] == '+' {
		i++
	}
	n := int64(0)
	for ; i < len(p) && p[i] >= '0' && p[i] <= '9'; i++ {
		digit := int64(p[i] - '0')
		if n > (math.MaxInt64-digit)/10 {
			n = math.MaxInt64
			break
		}
		n = n*10 + digit
	}
	if negative {
		return -n
	}
	return n
}
