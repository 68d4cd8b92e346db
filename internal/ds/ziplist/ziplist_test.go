package ziplist

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// build makes a list of texts and integers as an old server would.
func build(values ...any) []byte {
	b := make([]byte, headerSize)
	before, last := 0, headerSize
	for _, v := range values {
		start := len(b)
		if before < longBefore {
			b = append(b, byte(before))
		} else {
			b = binary.LittleEndian.AppendUint32(append(b, longBefore), uint32(before))
		}
		switch v := v.(type) {
		case string:
			b = appendText(b, v)
		case int:
			b = appendInt(b, int64(v))
		}
		before, last = len(b)-start, start
	}
	b = append(b, terminator)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	binary.LittleEndian.PutUint32(b[4:], uint32(last))
	binary.LittleEndian.PutUint16(b[8:], uint16(len(values)))
	return b
}

func appendText(b []byte, s string) []byte {
	switch n := len(s); {
	case n < 64:
		b = append(b, byte(n))
	case n < 1<<14:
		b = append(b, 0x40|byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint32(append(b, 0x80), uint32(n))
	}
	return append(b, s...)
}

func appendInt(b []byte, n int64) []byte {
	var w [8]byte
	binary.LittleEndian.PutUint64(w[:], uint64(n))
	switch {
	case n >= 0 && n <= 12:
		return append(b, 0xf1+byte(n))
	case n == int64(int8(n)):
		return append(append(b, 0xfe), w[:1]...)
	case n == int64(int16(n)):
		return append(append(b, 0xc0), w[:2]...)
	case n == n<<40>>40:
		return append(append(b, 0xf0), w[:3]...)
	case n == int64(int32(n)):
		return append(append(b, 0xd0), w[:4]...)
	}
	return append(append(b, 0xe0), w[:]...)
}

func read(b []byte) (values []any, sound bool) {
	sound = Each(b, func(e Entry) {
		if e.IsInt {
			values = append(values, int(e.Int))
		} else {
			values = append(values, string(e.Bytes))
		}
	})
	return values, sound
}

func TestEach(t *testing.T) {
	for _, want := range [][]any{
		nil,
		{"a"},
		{"", "a", "abc", strings.Repeat("x", 63), strings.Repeat("y", 64), strings.Repeat("z", 252), strings.Repeat("v", 300), "w"},
		{strings.Repeat("x", 1<<14-1), strings.Repeat("y", 1<<14), "z"},
		{0, 12, 13, -1, 127, 128, -128, -129, 32767, 32768, -32768, -32769, 1<<23 - 1, 1 << 23, -1 << 23, -1<<23 - 1,
			math.MaxInt32, math.MaxInt32 + 1, math.MinInt32, math.MinInt32 - 1, math.MaxInt64, math.MinInt64},
	} {
		if got, sound := read(build(want...)); !sound || !reflect.DeepEqual(got, want) {
			t.Errorf("%.80s: %.80s %v", fmt.Sprint(want), fmt.Sprint(got), sound)
		}
	}
}

// TestDamage cuts and changes a list everywhere.
func TestDamage(t *testing.T) {
	b := build("abc", 5, 1000, strings.Repeat("x", 300), "y", -70000)
	for i := range b {
		if _, sound := read(b[:i]); sound {
			t.Errorf("cut to %d bytes it is sound", i)
		}
		for bit := range 8 {
			c := append([]byte(nil), b...)
			c[i] ^= 1 << bit
			read(c)
		}
	}
}

func FuzzEach(f *testing.F) {
	f.Add(build("abc", 5, 1000, strings.Repeat("x", 300), "y", -70000))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 {
			binary.LittleEndian.PutUint32(b, uint32(len(b)))
		}
		read(b)
	})
}
