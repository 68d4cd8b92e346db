package check

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"sigrun/internal/clock"
	"sigrun/internal/hash"
	"sigrun/internal/lzf"
	"sigrun/internal/rdb"
)

const v80 = "VALKEY080"

// summed ends a file that is written by hand.
func summed(body string) string {
	return string(binary.LittleEndian.AppendUint64([]byte(body), hash.CRC64([]byte(body))))
}

func report(file string) (string, bool) {
	var out strings.Builder
	found := Check(strings.NewReader(file), &out, Options{Name: "x", Clock: clock.NewManual(1000_000_000)})
	return out.String(), found.OK
}

// sound is the report on a file that is fine.
func sound(lines, offset, counts string) string {
	return "[offset 0] Checking RDB file x\n" + lines +
		"[offset " + offset + "] Check RDB returned error code 0 (0 means success)\n" +
		"[offset " + offset + "] \\o/ RDB looks OK! \\o/\n" + info(counts)
}

// damaged is the report on a file that isn't.
func damaged(lines, offset, what, additional, counts string) string {
	return "[offset 0] Checking RDB file x\n" + lines + "--- RDB ERROR DETECTED ---\n" +
		"[offset " + offset + "] " + what + "\n" + additional + info(counts) +
		"[offset " + offset + "] Check RDB returned error code 1 (0 means success)\n"
}

// info is the end of every report: keys, expires, expired, functions.
func info(counts string) string {
	n := strings.Fields(counts)
	return "[info] " + n[0] + " keys read\n[info] " + n[1] + " expires\n[info] " + n[2] + " already expired\n[info] " + n[3] + " functions\n"
}

func doing(what string) string { return "[additional info] While doing: " + what + "\n" }

func value(key, typ string) string {
	return doing("read-object-value") + "[additional info] Reading key '" + key + "'\n[additional info] Reading type " + typ + "\n"
}

func internal(offset, msg string) string {
	return "Internal error in RDB reading offset " + offset + ", function at rdb.Load -> " + msg
}

const (
	end = "Unexpected EOF reading RDB file"
	db0 = "[offset 11] Selecting DB ID 0\n"
)

// cases are files and the report of valkey-check-rdb on them.
var cases = []struct{ name, file, report string }{
	{"empty", "", damaged("", "0", end, doing("start"), "0 0 0 0")},
	{"magic", "HELLO0011\xff", damaged("", "9", "Wrong signature trying to load DB from file", doing("start"), "0 0 0 0")},
	{"version", summed("REDIS0080\xff"), damaged("", "9", "Can't handle RDB format version 80", doing("start"), "0 0 0 0")},
	{"nothing in it", summed(v80 + "\xff"), sound("[offset 18] Checksum OK\n", "18", "0 0 0 0")},
	{"before checksums", "REDIS0004\xff", sound("", "10", "0 0 0 0")},
	{"Redis 7.4", summed("REDIS0012\xff"), sound("[offset 9] Foreign RDB version 12 detected\n[offset 18] Checksum OK\n", "18", "0 0 0 0")},
	{"foreign", summed("REDIS0016\xff"), strings.Replace(
		sound("[offset 9] Foreign RDB version 16 detected\n[offset 18] Checksum OK\n", "18", "0 0 0 0"),
		`OK! \o/`, "OK, but loading requires config 'rdb-version-check relaxed'", 1)},
	{"Valkey 9.2", summed("VALKEY081\xff"), sound("[offset 9] Future RDB version 81 detected\n[offset 18] Checksum OK\n", "18", "0 0 0 0")},
	{"Redis 8.10", summed("REDIS0015\xf2\x05\x01\x01f\xfe\x00\xf3\x01\x28\xf5\xc4\x28\x05\x01v\x00\x20\x01k\x05\x01v\xff"),
		sound("[offset 9] Foreign RDB version 15 detected\n[offset 16] Selecting DB ID 0\n[offset 41] Checksum OK\n", "41", "1 0 0 0")},
	{"future", summed("VALKEY082\xff"), strings.Replace(
		sound("[offset 9] Future RDB version 82 detected\n[offset 18] Checksum OK\n", "18", "0 0 0 0"),
		`OK! \o/`, "OK, but loading requires config 'rdb-version-check relaxed'", 1)},
	{"no checksum", v80 + "\xff\x00\x00\x00\x00\x00\x00\x00\x00",
		sound("[offset 18] RDB file was saved with checksum disabled: no check performed.\n", "18", "0 0 0 0")},
	{"wrong checksum", v80 + "\xff12345678", damaged("", "18", "RDB CRC error", doing("check-sum"), "0 0 0 0")},
	{"cut checksum", v80 + "\xff1234", damaged("", "10", end, doing("check-sum"), "0 0 0 0")},
	{"no end", v80 + "\xfa\x01a\x01b", damaged("[offset 14] AUX FIELD a = 'b'\n", "14", end, doing("read-type"), "0 0 0 0")},
	{"type 8", v80 + "\xfe\x00\x08", damaged(db0, "12", "Invalid object type: 8", doing("read-type"), "0 0 0 0")},
	{"foreign type", "REDIS0012\x1c", damaged("[offset 9] Foreign RDB version 12 detected\n", "10",
		"Unknown object type 28 in RDB file with foreign version 12", doing("read-type"), "0 0 0 0")},
	{"future type", "VALKEY081\x17", damaged("[offset 9] Future RDB version 81 detected\n", "10",
		"Unknown object type 23 in RDB file with future version 81", doing("read-type"), "0 0 0 0")},
	{"cut key", v80 + "\x00\x01k\x01v\x00\x05a", damaged("", "16", end,
		doing("read-key")+"[additional info] Reading type 0 (string)\n", "1 0 0 0")},
	{"2^60", v80 + "\xfe\x00\x00\x01k\x81\x10\x00\x00\x00\x00\x00\x00\x00abc",
		damaged(db0, "23", end, value("k", "0 (string)"), "1 0 0 0")},
	{"empty set", v80 + "\xfe\x00\x02\x01k\x00", damaged(db0, "15", end, value("k", "2 (set-hashtable)"), "1 0 0 0")},
	{"string encoding", v80 + "\xfe\x00\x00\x01k\xc5\x01\xff", damaged(db0, "15",
		internal("15", "Unknown RDB string encoding type 5"), value("k", "0 (string)"), "1 0 0 0")},
	{"key to print", v80 + "\x00\x05a\x1b\x00bc\x05a", damaged("", "17", end, value("a?", "0 (string)"), "1 0 0 0")},
	{"keys", summed(v80 + "\xfe\x00\xfb\x03\x02\x00\x01a\x01v\xfc\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01b\x01v" +
		"\xfd\x00\x00\x00\x7f\xf9\x05\xf8\x01\x00\x01c\x01v\xff"), sound(db0+"[offset 56] Checksum OK\n", "56", "3 2 1 0")},
	{"function", summed(v80 + "\xf5\x03abc\xff"), sound("[offset 23] Checksum OK\n", "23", "0 0 0 1")},
	{"cut function", v80 + "\xf5\x05ab", damaged("", "11", "Failed loading library, Failed loading library payload",
		doing("read-functions"), "0 0 0 0")},
	{"candidate's function", v80 + "\xf6", damaged("", "10", "Pre-release function format not supported 80", doing("read-type"), "0 0 0 0")},
	{"module data", summed(v80 + "\xf7\x81\x01\x02\x03\x04\x05\x06\x07\x08\x02\x01\x00\xff"),
		sound("[offset 21] MODULE AUX for: AQIDBAUGB\n[offset 31] Checksum OK\n", "31", "0 0 0 0")},
	{"bad module data", v80 + "\xf7\x81\x01\x02\x03\x04\x05\x06\x07\x08\x03\x01\x00",
		damaged("", "21", "bad when_opcode", doing("read-module-aux"), "0 0 0 0")},
	{"slots", summed(v80 + "\xf4\x01\x02\x03\xff"), sound("[offset 22] Checksum OK\n", "22", "0 0 0 0")},
	{"slot import", v80 + "\xf3\x01k", damaged("", "12", "Invalid slot import job name length in RDB", doing("read-type"), "0 0 0 0")},
}

func TestReports(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := report(c.file)
			if got != c.report {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.report)
			}
			if want := strings.Contains(c.report, `\o/`); ok != want {
				t.Errorf("got %v, want %v", ok, want)
			}
		})
	}
}

// TestOwnFile checks a file of this project's writer, and that what follows it
// is left to the caller.
func TestOwnFile(t *testing.T) {
	var file bytes.Buffer
	var c lzf.Compressor
	w, err := rdb.NewWriter(&file, rdb.Header{Version: rdb.Version, ValkeyVer: "9.1.2", CTime: 5}, true)
	if err != nil {
		t.Fatal(err)
	}
	chunk := rdb.AppendKey(rdb.AppendSelectDB(nil, 0), rdb.NoMeta, rdb.TypeString, []byte("k"), nil)
	chunk = rdb.AppendString(chunk, bytes.Repeat([]byte("v"), 200_000), &c)
	if err := errors.Join(w.WriteChunk(chunk), w.Finish()); err != nil {
		t.Fatal(err)
	}
	r := rdb.NewReader(io.MultiReader(&file, strings.NewReader("more")))
	var out strings.Builder
	if !Check(r, &out, Options{Name: "x"}).OK || !strings.Contains(out.String(), "AUX FIELD ctime = '5'") {
		t.Errorf("got %s", out.String())
	}
	if rest, err := io.ReadAll(r); err != nil || string(rest) != "more" {
		t.Errorf("left %q, %v", rest, err)
	}
}

func TestReadError(t *testing.T) {
	var out strings.Builder
	src := io.MultiReader(strings.NewReader(v80), iotest.ErrReader(errors.New("broken disk")))
	if Check(src, &out, Options{}).OK || !strings.Contains(out.String(), "[offset 9] Unexpected EOF reading RDB file: broken disk\n") {
		t.Errorf("got %s", out.String())
	}
}

// refusing is Values that find fault with everything.
type refusing struct{ seen string }

func (v *refusing) Value(db uint64, key []byte, m rdb.Meta, typ byte, r *rdb.Reader) error {
	v.seen = fmt.Sprint(db, string(key), m.ExpireMs, typ)
	return r.Corruptf("Listpack integrity check failed.")
}

// TestValues proves that a caller's own reading of values counts, and what of it
// comes back.
func TestValues(t *testing.T) {
	var out strings.Builder
	v, counted := new(refusing), false
	found := Check(strings.NewReader(summed(v80+"\xfa\x03Lua\x01x\xfe\x03\xfd\x05\x00\x00\x00\x00\x01k\x01v\xff")), &out, Options{
		Values: v, Counted: func() { counted = true },
	})
	if !strings.Contains(out.String(), "-> Listpack integrity check failed.\n") || !strings.Contains(out.String(), "[info] 1 lua scripts read\n") || !counted {
		t.Errorf("got %s", out.String())
	}
	if v.seen != "3k5000 0" {
		t.Errorf("read %s", v.seen)
	}
	f := found.Finding
	if found.OK || f == nil || f.Offset != found.Size || found.Size != 26 || string(f.Key) != "k" || f.Type != "string" || f.Doing != "read-object-value" {
		t.Errorf("found %+v, %+v", found, f)
	}
	if found.Version != 80 || fmt.Sprint(found.Aux) != "[{Lua x}]" || found.Counts != (Counts{Keys: 1, Scripts: 1}) {
		t.Errorf("found %+v", found)
	}
}

func FuzzCheck(f *testing.F) {
	for _, c := range cases {
		f.Add([]byte(c.file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got, ok := report(string(file))
		if ok == strings.Contains(got, "\n--- RDB ERROR DETECTED ---\n") {
			t.Fatalf("ok %v, report:\n%s", ok, got)
		}
	})
}
