package rdb

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"sigrun/internal/hash"
)

func TestDumpBytes(t *testing.T) {
	for text, want := range map[string]string{ // as a real server replies
		"hello": "000568656c6c6f5000ac5816e7fb6647fe",
		"":      "0000500092b195d1912dc52e",
	} {
		body := AppendString(nil, []byte(text), nil)
		if got := hex.EncodeToString(AppendDump(nil, TypeString, body)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// payload is a DUMP of any version with a right checksum.
func payload(body string, version int) []byte {
	p := binary.LittleEndian.AppendUint16([]byte(body), uint16(version))
	return binary.LittleEndian.AppendUint64(p, hash.CRC64(p))
}

func TestParseDump(t *testing.T) {
	const str = "\x00\x01v"
	wrongSum := append(payload(str, 80)[:5], 1, 2, 3, 4, 5, 6, 7, 8)
	zeroSum := append(payload(str, 80)[:5], 0, 0, 0, 0, 0, 0, 0, 0)
	redis := map[byte]byte{22: TypeRedisHashCandidate, 23: TypeRedisPackCandidate}
	for _, c := range []struct {
		name    string
		payload []byte
		o       DumpOptions
		err     error
	}{
		{"version 0", payload(str, 0), DumpOptions{Relaxed: true}, ErrDumpFooter},
		{"version 1", payload(str, 1), DumpOptions{}, nil},
		{"version 11", payload(str, 11), DumpOptions{}, nil},
		{"version 12", payload(str, 12), DumpOptions{}, nil},
		{"version 16", payload(str, 16), DumpOptions{}, ErrDumpFooter},
		{"version 79", payload(str, 79), DumpOptions{}, ErrDumpFooter},
		{"version 80", payload(str, 80), DumpOptions{}, nil},
		{"version 81", payload(str, 81), DumpOptions{}, nil},
		{"version 82", payload(str, 82), DumpOptions{}, ErrDumpFooter},
		{"version 16 relaxed", payload(str, 16), DumpOptions{Relaxed: true}, nil},
		{"version 65535 relaxed", payload(str, 65535), DumpOptions{Relaxed: true}, nil},
		{"type 22 of version 11", payload("\x16", 11), DumpOptions{}, nil},
		{"type 22 of version 12", payload("\x16", 12), DumpOptions{}, nil},
		{"type 22 of version 81", payload("\x16", 81), DumpOptions{Relaxed: true}, nil},
		{"type 23 of version 12", payload("\x17", 12), DumpOptions{}, nil},
		{"type 28 of version 12", payload("\x1c", 12), DumpOptions{Relaxed: true}, ForeignTypeError(28)},
		{"type 34 of version 15", payload("\x22", 15), DumpOptions{Relaxed: true}, ForeignTypeError(34)},
		{"what others note of keys", payload("\xf3\x01\x00\x00\x00\x00\x00\x00\x01v", 13), DumpOptions{}, ForeignTypeError(243)},
		{"damaged notes of keys", payload("\xf3\x02\x01\x00\x00\x00\x00", 13), DumpOptions{}, ErrDumpFormat},
		{"type 23 of version 80", payload("\x17", 80), DumpOptions{}, ErrDumpFormat},
		{"the number of a type in this program", payload("\x96", 80), DumpOptions{}, ErrDumpFormat},
		{"type 8", payload("\x08", 80), DumpOptions{}, ErrDumpFormat},
		{"EOF as type", payload("\xff", 80), DumpOptions{}, ErrDumpFormat},
		{"nothing", payload("", 80), DumpOptions{}, ErrDumpFormat},
		{"wrong checksum", wrongSum, DumpOptions{}, ErrDumpFooter},
		{"no checksum", zeroSum, DumpOptions{}, ErrDumpFooter},
		{"wrong checksum skipped", wrongSum, DumpOptions{SkipChecksum: true}, nil},
		{"too short", payload("", 80)[1:], DumpOptions{}, ErrDumpFooter},
		{"empty", nil, DumpOptions{}, ErrDumpFooter},
	} {
		typ, body, err := ParseDump(c.payload, c.o)
		if err != c.err {
			t.Errorf("%s: got %v, want %v", c.name, err, c.err)
		}
		want := byte(0)
		if err == nil {
			want = c.payload[0]
		}
		if strings.HasSuffix(c.name, "of version 12") {
			want = redis[want]
		}
		if err == nil && (typ != want || len(body) != len(c.payload)-11) {
			t.Errorf("%s: got type %d and %d bytes", c.name, typ, len(body))
		}
	}
	if got := ForeignTypeError(22).Error(); got != "Unsupported foreign data type: 22" {
		t.Error(got)
	}
}
