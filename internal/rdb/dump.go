package rdb

import (
	"encoding/binary"
	"fmt"

	"sigrun/internal/hash"
)

const dumpFooterLen = 2 + checksumLen

// DumpError is what RESTORE replies, after "ERR ", to a payload that it can't
// take.
type DumpError string

// The errors of ParseDump.
const (
	ErrDumpFooter DumpError = "DUMP payload version or checksum are wrong"
	ErrDumpFormat DumpError = "Bad data format"
)

// Error is the reply without "ERR ".
func (e DumpError) Error() string { return string(e) }

// ForeignTypeError is the reply to a payload of Redis 7.4 or later whose type
// byte means something else there.
type ForeignTypeError byte

// Error is the reply without "ERR ".
func (e ForeignTypeError) Error() string {
	return fmt.Sprintf("Unsupported foreign data type: %d", byte(e))
}

// AppendDump appends what DUMP replies: the type byte, the value's body, the
// version as 2 bytes and the CRC-64 of all that, both little endian.
func AppendDump(dst []byte, typ byte, body []byte) []byte {
	start := len(dst)
	return AppendDumpFooter(append(append(dst, typ), body...), start)
}

// AppendDumpFooter ends a payload whose type byte and body stand in dst from
// start on.
func AppendDumpFooter(dst []byte, start int) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, Version)
	return binary.LittleEndian.AppendUint64(dst, hash.CRC64(dst[start:]))
}

// DumpOptions tells what ParseDump lets pass.
type DumpOptions struct {
	Relaxed      bool // rdb-version-check relaxed: any version
	SkipChecksum bool // as DEBUG SET-SKIP-CHECKSUM-VALIDATION asks
}

// ParseDump takes a payload apart. The body is a view into p. The errors are
// ErrDumpFooter, ErrDumpFormat and ForeignTypeError; a body that turns out to
// be damaged is an ErrDumpFormat too. What follows a whole value is ignored.
func ParseDump(p []byte, o DumpOptions) (typ byte, body []byte, err error) {
	end := len(p) - dumpFooterLen
	if end < 0 {
		return 0, nil, ErrDumpFooter
	}
	version := int(binary.LittleEndian.Uint16(p[end:]))
	if !acceptDump(version, o.Relaxed) {
		return 0, nil, ErrDumpFooter
	}
	sum := binary.LittleEndian.Uint64(p[end+2:])
	if !o.SkipChecksum && hash.CRC64(p[:end+2]) != sum {
		return 0, nil, ErrDumpFooter
	}
	value, ok := withoutKeyMeta(p[:end], version)
	if !ok || len(value) == 0 {
		return 0, nil, ErrDumpFormat
	}
	typ, ok = TypeOf(value[0], version)
	switch {
	case !ok && foreign(version) && value[0] >= FirstOwnType:
		return 0, nil, ForeignTypeError(value[0])
	case !ok:
		return 0, nil, ErrDumpFormat
	}
	return typ, value[1:], nil
}

// withoutKeyMeta is p without the metadata of modules in front of its value, if
// it has some and the modules let others ignore it. ok is false if it is damaged.
func withoutKeyMeta(p []byte, version int) (rest []byte, ok bool) {
	if len(p) == 0 || p[0] != OpKeyMeta || !foreign(version) || version < firstKeyMeta {
		return p, true
	}
	r := NewBytesReader(p[1:])
	n, err := r.Len()
	for ; n > 0 && err == nil; n-- {
		var c KeyMetaClass
		if c, err = r.ReadKeyMetaClass(); err == nil && !c.Optional {
			return p, true
		}
		if err == nil {
			err = SkipModuleParts(r)
		}
	}
	return p[1+int(r.Offset()):], err == nil
}

// acceptDump reports whether RESTORE takes a payload of this version.
func acceptDump(version int, relaxed bool) bool {
	if version < 1 {
		return false
	}
	return relaxed || !unknown(version)
}

// foreign reports whether version is one of Redis 7.4 or later.
func foreign(version int) bool { return version >= firstForeign && version <= lastForeign }
