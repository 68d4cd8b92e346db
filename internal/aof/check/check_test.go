package check

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/aof"
	"sigrun/internal/vfs"
)

const (
	set   = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n" // 27 bytes, 7 lines
	multi = "*1\r\n$5\r\nMULTI\r\n"
	exec  = "*1\r\n$4\r\nEXEC\r\n"
	empty = "REDIS0009\xff\x00\x00\x00\x00\x00\x00\x00\x00" // a snapshot of nothing
)

// examine checks path in fs and returns the report and the verdict.
func examine(t *testing.T, fs vfs.FS, path string, change func(o *Options)) (report string, ok bool) {
	t.Helper()
	var out bytes.Buffer
	o := &Options{Path: path, FS: fs, Out: &out, Tool: "valkey-check-aof", Confirm: func() bool { return true }}
	o.Logf = func(_ aof.Level, format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	if change != nil {
		change(o)
	}
	ok = Check(o)
	return out.String(), ok
}

func put(t *testing.T, fs vfs.FS, path, text string) {
	t.Helper()
	f, err := vfs.Create(fs, path, 0o600)
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestFile wants the reports of redis-check-aof 7.0, of which these are the lines
// after the first.
func TestFile(t *testing.T) {
	analyzed := "AOF analyzed: filename=f, size=%d, ok_up_to=%d, ok_up_to_line=%d, diff=%d\n"
	bad := "AOF f is not valid. Use the --fix option to try fixing it.\n"
	for name, c := range map[string]struct {
		text    string
		problem string
		good    int
		line    int
	}{
		"sound":             {set + set, "", 54, 15},
		"annotated":         {"#TS:1\r\n" + set + "#hello\n" + set + "#", "", 7 + 27 + 7 + 27 + 1, 15},
		"transaction":       {multi + set + exec, "", 15 + 27 + 14, 1 + 3 + 7 + 3},
		"no arguments":      {"*0\r\n*-1\r\n", "", 9, 3},
		"cut in a number":   {(set + set)[:50], "0x              2f: Expected \\r\\n, got: 0d00\n", 27, 13},
		"cut in a string":   {(set + set)[:52], "0x              33: Expected to read 3 bytes, got 1 bytes\n", 27, 14},
		"cut between words": {(set + set)[:31], "", 27, 9},
		"other prefix":      {set + "*3\r\nX3\r\n", "0x              1f: Expected prefix '$', got: 'X'\n", 27, 9},
		"no number":         {"*x\r\n", "0x               0: Expected \\r\\n, got: 780d\n", 0, 1},
		"bare line feed":    {"*1\n$1\na\n", "0x               0: Expected \\r\\n, got: 0a00\n", 0, 1},
		"negative length":   {"*1\r\n$-1\r\n", "0x               4: Expected to read string of -1 bytes, which is not in the suitable range\n", 0, 3},
		"huge length":       {"*1\r\n$99999999999\r\nab", "0x              12: Expected to read 100000000001 bytes, got 2 bytes\n", 0, 3},
		"string too long":   {"*1\r\n$1\r\nabc", "0x               8: Expected \\r\\n, got: 6263\n", 0, 3},
		"zeros":             {set + "\x00\x00", "AOF f format error\n", 27, 8},
		"not a log":         {"hello", "AOF f format error\n", 0, 1},
		"open transaction":  {set + multi + set, "0x              42: Reached EOF before reading EXEC for MULTI\n", 27, 18},
		"two MULTI":         {multi + multi, "0x              17: Unexpected MULTI in AOF f\n", 0, 7},
		"EXEC alone":        {exec, "0x               8: Unexpected EXEC in AOF f\n", 0, 4},
	} {
		fs := vfs.NewMem()
		put(t, fs, "f", c.text)
		want := "Start checking Old-Style AOF\n" + c.problem + fmt.Sprintf(analyzed, len(c.text), c.good, c.line, len(c.text)-c.good)
		sound := c.good == len(c.text)
		if sound {
			want += "AOF f is valid\n"
		} else {
			want += bad
		}
		if got, ok := examine(t, fs, "f", nil); got != want || ok != sound {
			t.Errorf("%s: %t\n%swant\n%s", name, ok, got, want)
		}
	}
}

func TestPreamble(t *testing.T) {
	fs := vfs.NewMem()
	put(t, fs, "f", empty+set[:20])
	got, ok := examine(t, fs, "f", func(o *Options) { o.Fix = true })
	if !ok || !strings.Contains(got, "RDB preamble is OK, proceeding with AOF tail...\n") || !strings.Contains(got, "size=38, ok_up_to=18,") {
		t.Errorf("%t\n%s", ok, got)
	}
	put(t, fs, "f", empty[:9]+"\xaa")
	if got, ok := examine(t, fs, "f", nil); ok || !strings.HasSuffix(got, "RDB preamble of AOF file is not sane, aborting.\n") {
		t.Errorf("%t\n%s", ok, got)
	}
}

// TestManifest has three files checked, mended and cut to a time.
func TestManifest(t *testing.T) {
	files := map[string]string{
		"d/m":      "# by hand\nfile b seq 1 type b\nfile i1 seq 1 type i\nfile i2 seq 2 type i\n",
		"d/b":      "#TS:10\r\n" + set,
		"d/i1":     "#TS:20\r\n" + set + "#TS:30\r\n" + set,
		"d/i2":     "#TS:40\r\n" + set + "#TS:50\r\n" + set,
		"d/broken": set + "*3",
	}
	made := func(t *testing.T) *vfs.Mem {
		fs := vfs.NewMem()
		if err := fs.MkdirAll("d", 0o700); err != nil {
			t.Fatal(err)
		}
		for path, text := range files {
			put(t, fs, path, text)
		}
		return fs
	}
	fix := func(o *Options) { o.Fix = true }
	until := func(at int64) func(o *Options) { return func(o *Options) { o.Until = at } }
	for _, c := range []struct {
		name, last string
		change     func(o *Options)
		prepare    func(fs vfs.FS)
		ok         bool
	}{
		{"sound", "All AOF files and manifest are valid\n", nil, nil, true},
		{"last file cut short", "Successfully truncated AOF i2\nAll AOF files and manifest are valid\n", fix,
			func(fs vfs.FS) { put(t, fs, "d/i2", files["d/broken"]) }, true},
		{"refused", "Continue? [y/N]: Aborting...\n", func(o *Options) { o.Fix, o.Confirm = true, func() bool { return false } },
			func(fs vfs.FS) { put(t, fs, "d/i2", files["d/broken"]) }, false},
		{"other file cut short", "Failed to truncate AOF i1 because it is not the last file\n", fix,
			func(fs vfs.FS) { put(t, fs, "d/i1", files["d/broken"]) }, false},
		{"missing file", "Cannot open file d/i1: No such file or directory, aborting...\n", nil,
			func(fs vfs.FS) { _ = fs.Remove("d/i1") }, false},
		{"before 45", "Successfully truncated AOF i2 to timestamp 45\nAll AOF files and manifest are valid\n", until(45), nil, true},
		{"before 35", "AOF d/i2 has nothing before timestamp 35, aborting...\n", until(35), nil, false},
		{"before 25", "manually. Then re-run valkey-check-aof.\n", until(25), nil, false},
		{"before 99", "INCR AOF i2 is valid\nAll AOF files and manifest are valid\n", until(99), nil, true},
		{"bad manifest", "Invalid AOF manifest file format\n\n", nil, func(fs vfs.FS) { put(t, fs, "d/m", "file x\n") }, false},
	} {
		fs := made(t)
		if c.prepare != nil {
			c.prepare(fs)
		}
		got, ok := examine(t, fs, "d/m", c.change)
		if ok != c.ok || !strings.HasSuffix(got, c.last) {
			t.Errorf("%s: %t\n%s", c.name, ok, got)
		}
		if again, ok := examine(t, fs, "d/m", nil); c.ok && !ok {
			t.Errorf("%s: not sound afterwards\n%s", c.name, again)
		}
	}
}

// FuzzScan wants every cut of a file to be told, and never more bytes called sound
// than there are.
func FuzzScan(f *testing.F) {
	for _, text := range []string{set, multi + set + exec, "#TS:5\r\n" + set, empty + set, "*1\r\n$99999999999\r\nab", "*9999999999999\r\n$1\r\n"} {
		f.Add([]byte(text), int64(0))
	}
	f.Fuzz(func(t *testing.T, text []byte, until int64) {
		s := newScanner(bytes.NewReader(text), "f", new(int64), until)
		s.run()
		if s.good < 0 || s.good > int64(len(text)) {
			t.Fatalf("sound up to %d of %d", s.good, len(text))
		}
		again := newScanner(bytes.NewReader(text[:s.good]), "f", new(int64), until)
		if again.run(); again.good != s.good || again.problem != "" || again.format {
			t.Fatalf("%d bytes are sound, of these %d: %s", s.good, again.good, again.problem)
		}
	})
}

// TestChecksums flips each byte of a value in a file with checksums: all are found, and
// the file is cut to where the block begins.
func TestChecksums(t *testing.T) {
	var b bytes.Buffer
	w := aof.NewSumWriter(&b)
	for _, part := range []string{set, "*3\r\n$3\r\nSET\r\n$1\r\nv\r\n$70000\r\n" + strings.Repeat("v", 70000) + "\r\n", multi + set + exec} {
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	text := b.String()
	second := strings.Index(text, "*3\r\n$3\r\nSET\r\n$1\r\nv\r\n")
	begins := strings.Index(text, "vvv")
	mem := vfs.NewMem()
	put(t, mem, "f", text)
	if got, ok := examine(t, mem, "f", nil); !ok {
		t.Fatal(got)
	}
	for at := begins; at < begins+70000; at += 997 {
		bad := []byte(text)
		bad[at] ^= 1
		put(t, mem, "f", string(bad))
		got, ok := examine(t, mem, "f", nil)
		want := fmt.Sprintf("Checksum error: the checksum of the %d bytes before does not match\n", 70000+30)
		if ok || !strings.Contains(got, want) || !strings.Contains(got, fmt.Sprintf("ok_up_to=%d,", second)) {
			t.Fatalf("byte %d: %s", at, got)
		}
	}
	if got, ok := examine(t, mem, "f", func(o *Options) { o.Fix = true }); !ok {
		t.Fatal(got)
	}
}
