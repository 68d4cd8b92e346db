package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"sigrun/internal/clock"
	"sigrun/internal/hash"
	"sigrun/internal/lzf"
)

// summed ends a file that is written by hand: its EOF opcode is in body.
func summed(body string) []byte {
	return binary.LittleEndian.AppendUint64([]byte(body), hash.CRC64([]byte(body)))
}

const v80 = "VALKEY080"

// sampleFile is a file with a bit of everything that this package writes. One
// of its strings repeats xyz as many times as long says.
func sampleFile(t testing.TB, version, long int, checksum bool) []byte {
	var c lzf.Compressor
	var out bytes.Buffer
	w, err := NewWriter(&out, Header{
		Version: version, ValkeyVer: "9.1.2", CTime: 1700000000, UsedMem: 1 << 20,
		Repl: &ReplPosition{DB: 2, ID: strings.Repeat("0123abcd", 5), Offset: 1 << 40},
	}, checksum)
	if err != nil {
		t.Fatal(err)
	}
	chunk := AppendResizeDB(AppendSelectDB(nil, 0), 2, 1)
	chunk = AppendString(AppendKey(chunk, NoMeta, TypeString, []byte("a"), &c), []byte("hello"), &c)
	chunk = AppendIntString(AppendKey(chunk, Meta{2000000000000, None, 7}, TypeString, []byte("12"), &c), -5)
	if err := w.WriteChunk(chunk); err != nil {
		t.Fatal(err)
	}
	chunk = AppendSelectDB(chunk[:0], 3)
	chunk = AppendKey(chunk, Meta{None, 100, None}, TypeString, []byte("long"), &c)
	chunk = AppendString(chunk, bytes.Repeat([]byte("xyz"), long), &c)
	if err := w.WriteChunk(chunk); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if w.Size() != int64(out.Len()) || w.WriteChunk(nil) == nil {
		t.Fatalf("Size %d of %d bytes; a finished file must take no more", w.Size(), out.Len())
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for _, version := range []int{Version, VersionRedis72} {
		file := sampleFile(t, version, 100_000, true)
		sink := newMemorySink()
		now := clock.NewManual(1700000100_000000)
		stats, err := Load(bytes.NewReader(file), LoadOptions{Log: sink.logf, Clock: now}, sink)
		if err != nil {
			t.Fatal(err)
		}
		if want := (LoadStats{Version: version, Loaded: 3, Bytes: int64(len(file))}); stats != want {
			t.Errorf("got %+v, want %+v", stats, want)
		}
		want := map[int]map[string]entry{
			0: {"a": {"hello", NoMeta, 0}, "12": {"-5", Meta{2000000000000, None, 7}, 0}},
			3: {"long": {strings.Repeat("xyz", 100_000), Meta{None, 100, None}, 0}},
		}
		if !reflect.DeepEqual(sink.dbs, want) {
			t.Errorf("got %v", sink.dbs)
		}
		wantAux := "valkey-ver=9.1.2 redis-bits=64 ctime=1700000000 used-mem=1048576 repl-stream-db=2 " +
			"repl-id=" + strings.Repeat("0123abcd", 5) + " repl-offset=1099511627776 aof-base=0"
		if got := strings.Join(sink.aux, " "); got != wantAux {
			t.Errorf("got %s", got)
		}
		wantLog := "Loading RDB produced by Valkey version 9.1.2\nRDB age 100 seconds\nRDB memory usage when created 1.00 Mb\n" +
			"Done loading RDB, keys loaded: 3, keys expired: 0, all fields expired hashes: 0."
		if got := sink.logged(); got != wantLog {
			t.Errorf("got %s", got)
		}
		if got := strings.Join(sink.sizes, ";"); got != "0 2 1" {
			t.Errorf("sizes: got %s", got)
		}
	}
}

// TestCuts loads every beginning of a file: each is a short read, reported
// where a part begins.
func TestCuts(t *testing.T) {
	file := sampleFile(t, Version, 100_000, true)
	for n := range len(file) {
		sink := newMemorySink()
		_, err := Load(bytes.NewReader(file[:n]), LoadOptions{Log: sink.logf}, sink)
		var bad *Error
		if !errors.As(err, &bad) || bad.Kind != Short || bad.Offset > int64(n) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("%d bytes of %d: %v", n, len(file), err)
		}
		if !strings.Contains(sink.logged(), "Short read or OOM loading DB. Unrecoverable error, aborting now.\nInternal error in RDB reading offset ") {
			t.Fatalf("%d bytes: log is %s", n, sink.logged())
		}
	}
}

// TestBitFlips proves that the checksum finds every change of a bit, unless it
// is found before.
func TestBitFlips(t *testing.T) {
	file := sampleFile(t, Version, 20, true)
	for bit := range 8 * len(file) {
		damaged := bytes.Clone(file)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, err := Load(bytes.NewReader(damaged), LoadOptions{}, newMemorySink()); err == nil {
			t.Fatalf("bit %d of byte %d went unnoticed", bit%8, bit/8)
		}
	}
}

func TestReadErrors(t *testing.T) {
	file := sampleFile(t, Version, 100_000, true)
	broken := errors.New("broken disk")
	src := io.MultiReader(bytes.NewReader(file[:100]), iotest.ErrReader(broken))
	if _, err := Load(src, LoadOptions{}, newMemorySink()); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := Load(stuck{}, LoadOptions{}, newMemorySink()); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v", err)
	}
	sink := newMemorySink()
	sink.refuse = broken
	if _, err := Load(bytes.NewReader(file), LoadOptions{}, sink); err != broken {
		t.Errorf("got %v", err)
	}
}

// stuck reads nothing and says nothing.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// TestDisks feeds the loader through readers with habits.
func TestDisks(t *testing.T) {
	file := sampleFile(t, Version, 100_000, true)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
	} {
		sink := newMemorySink()
		stats, err := Load(wrap(bytes.NewReader(file)), LoadOptions{}, sink)
		if err != nil || stats.Loaded != 3 || stats.Bytes != int64(len(file)) {
			t.Errorf("%s: got %+v, %v", name, stats, err)
		}
	}
}

// TestWhatFollows reads on behind the file, as an RDB preamble needs it.
func TestWhatFollows(t *testing.T) {
	file := append(sampleFile(t, Version, 10, false), "*1\r\n$4\r\nPING\r\n"...)
	r := NewReader(bytes.NewReader(file))
	sink := newMemorySink()
	if _, err := Load(r, LoadOptions{Log: sink.logf}, sink); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); err != nil || string(rest) != "*1\r\n$4\r\nPING\r\n" {
		t.Errorf("got %q, %v", rest, err)
	}
	if !strings.Contains(sink.logged(), "RDB file was saved with checksum disabled: no check performed.") {
		t.Errorf("log is %s", sink.logged())
	}
}

func TestProgress(t *testing.T) {
	file := sampleFile(t, Version, 100_000, true)
	var seen []int64
	var accepted int
	o := LoadOptions{
		ProgressEvery: 50,
		Progress:      func(n int64) error { seen = append(seen, n); return nil },
		Accepted:      func(version int) error { accepted = version; return nil },
	}
	if _, err := Load(bytes.NewReader(file), o, newMemorySink()); err != nil {
		t.Fatal(err)
	}
	if len(seen) < 3 || accepted != Version {
		t.Errorf("progress %v, accepted %d", seen, accepted)
	}
	stop := errors.New("stop")
	o.Progress = func(int64) error { return stop }
	if _, err := Load(bytes.NewReader(file), o, newMemorySink()); err != stop {
		t.Errorf("got %v", err)
	}
	o.Accepted = func(int) error { return stop }
	if stats, err := Load(bytes.NewReader(file), o, newMemorySink()); err != stop || stats.Bytes != headerLen {
		t.Errorf("got %+v, %v", stats, err)
	}
}

func TestFailingWriter(t *testing.T) {
	full := errors.New("disk full")
	w, err := NewWriter(&limited{300, full}, Header{Version: Version, ValkeyVer: "9.1.2"}, true)
	if err != nil {
		t.Fatal(err)
	}
	first := w.WriteChunk(make([]byte, 500))
	if !errors.Is(first, full) || !strings.Contains(first.Error(), "offset 300") {
		t.Errorf("got %v", first)
	}
	if err := w.Finish(); err != first {
		t.Errorf("after an error: got %v", err)
	}
}

// limited takes left bytes and then fails.
type limited struct {
	left int
	err  error
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	if n < len(p) {
		return n, l.err
	}
	return n, nil
}
