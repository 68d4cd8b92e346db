package rdb

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"sigrun/internal/lzf"
)

// allocated returns how many bytes run takes from the heap in all.
func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// greedySink reads strings in the way that costs most, and forgets them.
type greedySink struct {
	wideSink
	bytes uint64
}

func (s *greedySink) Key(key []byte, m Meta, typ byte, r *Reader) error {
	if typ != TypeString {
		return Skip(r, typ)
	}
	value, err := r.AppendString(nil)
	s.bytes += uint64(len(value))
	return err
}

// TestHostileLengths proves that memory follows what is there, not what is
// claimed.
func TestHostileLengths(t *testing.T) {
	huge := "\x81\x10\x00\x00\x00\x00\x00\x00\x00"
	tail := strings.Repeat("x", 100_000)
	for name, file := range map[string]string{
		"key":              v80 + "\x00" + huge + tail,
		"value":            v80 + key1 + huge + tail,
		"compressed value": v80 + key1 + "\xc3" + huge + huge + tail,
		"plain value":      v80 + key1 + "\xc3\x03" + huge + "\x01ab" + tail,
		"aux":              v80 + "\xfa" + huge + tail,
		"list":             v80 + "\x01\x01k" + huge + tail,
		"stream":           v80 + "\x15\x01k" + huge + tail,
		"slot import":      v80 + "\xf3\x28" + strings.Repeat("a", 40) + huge + tail,
		"database size":    v80 + "\xfb" + huge + huge,
	} {
		sink := &greedySink{wideSink: wideSink{memorySink: newMemorySink()}}
		var err error
		used := allocated(func() { _, err = Load(bytes.NewReader([]byte(file)), LoadOptions{}, sink) })
		if err == nil || used > uint64(4*len(file)+1<<20) {
			t.Errorf("%s: %d bytes took %d bytes of memory, error %v", name, len(file), used, err)
		}
	}
}

// TestAllocs promises that loading and encoding strings allocates per file,
// not per key.
func TestAllocs(t *testing.T) {
	var c lzf.Compressor
	value := bytes.Repeat([]byte("abcd"), 50)
	chunk := make([]byte, 0, 1<<20)
	encode := func() {
		chunk = AppendSelectDB(chunk[:0], 0)
		for range 1000 {
			chunk = AppendString(AppendKey(chunk, Meta{1, 2, 3}, TypeString, []byte("key"), &c), value, &c)
			chunk = AppendIntString(AppendKey(chunk, NoMeta, TypeString, []byte("n"), &c), 1<<40)
		}
	}
	if n := testing.AllocsPerRun(5, encode); n != 0 {
		t.Errorf("encoding 2000 keys: %v allocations, want 0", n)
	}
	file := summed(v80 + string(chunk) + "\xff")
	sink := discardSink{}
	if n := testing.AllocsPerRun(5, func() {
		if _, err := Load(bytes.NewReader(file), LoadOptions{}, sink); err != nil {
			t.Fatal(err)
		}
	}); n > 20 {
		t.Errorf("loading 2000 keys: %v allocations, want at most 20", n)
	}
}

// discardSink reads strings and drops them.
type discardSink struct{}

func (discardSink) SelectDB(int) error         { return nil }
func (discardSink) ResizeDB(_, _ uint64) error { return nil }
func (discardSink) Aux(_, _ []byte) error      { return nil }
func (discardSink) Key(_ []byte, _ Meta, _ byte, r *Reader) error {
	_, _, _, err := r.StringOrInt()
	return err
}

func FuzzLoad(f *testing.F) {
	f.Add(sampleFile(f, Version, 10, true), false)
	f.Add(sampleFile(f, VersionRedis72, 10, false), true)
	for _, group := range [][]loadCase{headers, footers, typeCases, stringCases, recordCases} {
		for _, c := range group {
			f.Add(c.file, c.relaxed)
		}
	}
	for typ, info := range types {
		if info.skip != nil {
			f.Add([]byte(v80+string(byte(typ))+"\x01k\x01\x01\x61\x01\x62\x00\x00\x00\x00\x00\xff"), true)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, relaxed bool) {
		sink := &greedySink{wideSink: wideSink{memorySink: newMemorySink()}}
		var err error
		used := allocated(func() {
			_, err = Load(bytes.NewReader(file), LoadOptions{Relaxed: relaxed, SkipChecksum: true}, sink)
		})
		var bad *Error
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("error %v", err)
		}
		if used > uint64(4*len(file)+1<<20)+4*sink.bytes {
			t.Fatalf("%d bytes took %d bytes of memory for %d bytes of strings", len(file), used, sink.bytes)
		}
	})
}

func FuzzParseDump(f *testing.F) {
	for _, body := range []string{"\x00\x01v", "\x00\xc0\x05", "\x00\xc3\x03\x03\x02abc", "\x12\x01\x02\x01a", "\x16\x00"} {
		f.Add([]byte(body), uint16(80), true)
	}
	f.Fuzz(func(t *testing.T, value []byte, version uint16, relaxed bool) {
		p := payload(string(value), int(version))
		typ, body, err := ParseDump(p, DumpOptions{Relaxed: relaxed})
		if err != nil {
			return
		}
		r := NewBytesReader(body)
		if used := allocated(func() { err = Skip(r, typ) }); used > uint64(4*len(p)+1<<20) {
			t.Fatalf("%d bytes took %d bytes of memory", len(p), used)
		}
		if r.Offset() > int64(len(body)) {
			t.Fatalf("read %d bytes of %d", r.Offset(), len(body))
		}
		if again, _, err := ParseDump(AppendDump(nil, typ, body), DumpOptions{}); err != nil || again != typ {
			t.Fatalf("framed again: type %d, %v", again, err)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	chunk := AppendSelectDB(nil, 0)
	for range 10_000 {
		chunk = AppendString(AppendKey(chunk, NoMeta, TypeString, []byte("key:000000123456"), nil), []byte("value-of-32-bytes-value-of-32-by"), nil)
	}
	file := summed(v80 + string(chunk) + "\xff")
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := Load(bytes.NewReader(file), LoadOptions{}, discardSink{}); err != nil {
			b.Fatal(err)
		}
	}
}
