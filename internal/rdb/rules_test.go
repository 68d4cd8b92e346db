package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/clock"
)

// loadCase is a file written by hand, and the lines that a real server logs
// for it, without those that are the same for all and with our place instead
// of a line of C.
type loadCase struct {
	name    string
	file    []byte
	relaxed bool
	log     string
}

const (
	key1      = "\xfe\x00\x00\x01k" // database 0, string "k", its value to follow
	shortRead = "Short read or OOM loading DB. Unrecoverable error, aborting now.\n"
)

func internal(offset int, msg string) string {
	return fmt.Sprintf("Internal error in RDB reading offset %d, function at rdb.Load -> %s", offset, msg)
}

func eof(offset int) string { return shortRead + internal(offset, "Unexpected EOF reading RDB file") }

func done(loaded, expired int) string {
	return fmt.Sprintf("Done loading RDB, keys loaded: %d, keys expired: %d, all fields expired hashes: 0.", loaded, expired)
}

func foreignType(n, version int) string {
	return fmt.Sprintf("Can't handle foreign type or opcode %d in RDB with version %d", n, version)
}

const unknownRelaxed = "Unknown type or opcode when loading DB. Unrecoverable error, aborting now."

func version(n int) string { return fmt.Sprintf("Can't handle RDB format version %d", n) }

func signature(s string) string { return "Wrong signature trying to load DB from file: " + s }

var headers = []loadCase{
	{"empty", nil, false, eof(0)},
	{"cut", []byte("VALKE"), false, eof(0)},
	{"other magic", []byte("HELLO0011\xff"), false, signature("HELLO0011")},
	{"control bytes", []byte("HELLO\n\x00\xff1\xff"), false, signature("HELLO???1")},
	{"valkey 80", summed("VALKEY080\xff"), false, done(0, 0)},
	{"valkey 79", summed("VALKEY079\xff"), false, version(79)},
	{"valkey 79 relaxed", summed("VALKEY079\xff"), true, version(79)},
	{"valkey 81", summed("VALKEY081\xff"), false, done(0, 0)},
	{"valkey 82", summed("VALKEY082\xff"), false, version(82)},
	{"valkey 82 relaxed", summed("VALKEY082\xff"), true, done(0, 0)},
	{"compressed", []byte("VCS\x01\x01\x00\x01more"), false, "The RDB file is compressed as a whole, as Valkey 9.2 does with " +
		"rdbcompression lz4 or zstd: save it there with rdbcompression yes"},
	{"valkey 999", summed("VALKEY999\xff"), false, version(999)},
	{"valkey 11", summed("VALKEY011\xff"), false, version(11)},
	{"valkey 11 relaxed", summed("VALKEY011\xff"), true, version(11)},
	{"valkey 0x1", summed("VALKEY0x1\xff"), true, version(0)},
	{"valkey -1", summed("VALKEY-01\xff"), true, version(-1)},
	{"valkey +80", summed("VALKEY+80\xff"), false, done(0, 0)},
	{"valkey  80", summed("VALKEY 80\xff"), false, done(0, 0)},
	{"valkey 80a", summed("VALKEY80a\xff"), false, done(0, 0)},
	{"valkey abc", summed("VALKEYabc\xff"), true, version(0)},
	{"redis 0", summed("REDIS0000\xff"), true, version(0)},
	{"redis 1", []byte("REDIS0001\xff"), false, done(0, 0)},
	{"redis 1ab", []byte("REDIS01ab\xff"), false, done(0, 0)},
	{"redis 4", []byte("REDIS0004\xff"), false, done(0, 0)},
	{"redis 5 without checksum", []byte("REDIS0005\xff"), false, eof(10)},
	{"redis 11", summed("REDIS0011\xff"), false, done(0, 0)},
	{"redis 12", summed("REDIS0012\xff"), false, done(0, 0)},
	{"redis 15", summed("REDIS0015\xff"), false, done(0, 0)},
	{"redis 16", summed("REDIS0016\xff"), false, version(16)},
	{"redis 16 relaxed", summed("REDIS0016\xff"), true, done(0, 0)},
	{"redis 79 relaxed", summed("REDIS0079\xff"), true, done(0, 0)},
	{"redis 80 relaxed", summed("REDIS0080\xff"), true, version(80)},
	{"redis 999 relaxed", summed("REDIS0999\xff"), true, version(999)},
	{"redis 9999", summed("REDIS9999\xff"), true, signature("REDIS9999")},
	{"redis space", summed("REDIS 011\xff"), true, signature("REDIS 011")},
}

var footers = []loadCase{
	{"no checksum", []byte(v80 + "\xff\x00\x00\x00\x00\x00\x00\x00\x00"), false,
		"RDB file was saved with checksum disabled: no check performed.\n" + done(0, 0)},
	{"wrong checksum", []byte(v80 + "\xff12345678"), false,
		"Wrong RDB checksum expected: (236c80c18fa49d43) but got (3837363534333231). Aborting now.\n" + internal(18, "RDB CRC error")},
	{"short checksum", []byte(v80 + "\xff1234"), false, eof(10)},
	{"bytes behind", append(summed(v80+"\xff"), "more"...), false, done(0, 0)},
	{"no EOF", []byte(v80 + "\xfe\x00"), false, eof(11)},
}

var typeCases = []loadCase{
	{"type 8", summed(v80 + "\xfe\x00\x08\x01k\x01v\xff"), false, internal(12, "Unknown RDB encoding type 8")},
	{"type 23", summed(v80 + "\xfe\x00\x17\x01k\x01v\xff"), false, internal(12, "Unknown RDB encoding type 23")},
	{"opcode 242", summed(v80 + "\xf2\x01k\x01v\xff"), false, internal(10, "Unknown RDB encoding type 242")},
	{"type 8 relaxed", summed(v80 + "\x08\x01k\x01v\xff"), true, unknownRelaxed},
	{"type 23 of the future", summed("VALKEY081\x17\x01k\x01v\xff"), false,
		"The RDB file contains a path hash of Valkey 9.2 (type 23), which this server has nothing for"},
	{"type 24 of the future", summed("VALKEY082\x18\x01k\x01v\xff"), true, unknownRelaxed},
	{"type 22", summed(v80 + "\x16\x01k\x01\x01f\x01v" + strings.Repeat("\xff", 8) + "\xff"), false, done(1, 0)},
	{"type 22 of Redis 7.2", summed("REDIS0011\x16\x01k\xff"), false, foreignType(22, 11)},
	{"type 24 of Redis 7.4", summed("REDIS0012\x18\x01k" + strings.Repeat("\x00", 8) + "\x01\x00\x01f\x01v\xff"), false, done(1, 0)},
	{"type 26 of Redis 8.6", summed("REDIS0013\x1a\x01k" + stream3 + idmp + "\xff"), true, producersLost + done(1, 0)},
	{"type 26 without producers", summed("REDIS0013\x1a\x01k" + stream3 + "\x00\x00\x00\x00\x00\xff"), false, done(1, 0)},
	{"type 27 of Redis 8.8", summed("REDIS0014\x1b\x01k" + stream3 + idmp + "\xff"), false, producersLost + done(1, 0)},
	{"type 28 of Redis 8.8", summed("REDIS0014\x1c\x01k\x00\x00\xff"), false,
		"The RDB file contains an array of Redis 8.8 (type 28), which this server has nothing for"},
	{"type 33 of Redis 8.8", summed("REDIS0014\x21\x01k\x00\x00\xff"), false,
		"The RDB file contains a rate limiter of Redis (type 33), which this server has nothing for"},
	{"type 34", summed("REDIS0015\x22\x01k\x00\x00\xff"), true, foreignType(34, 15)},
	{"type 24 of Redis 7.2", summed("REDIS0011\x18\x01k\xff"), true, foreignType(24, 11)},
	{"the number of a type in this program", summed(v80 + "\x98\x01k\xff"), false, internal(10, "Unknown RDB encoding type 152")},
	{"opcode 243 of Redis 8.4", summed("REDIS0012\xf3\x01k\xff"), true, foreignType(243, 12)},
	{"what a module lets others ignore", summed("REDIS0013\xf3\x01\x29" + metaKMT1 + "\x05\x01v\x00\x00\x01k\x01v\xff"), false,
		"Left out what belongs to modules: 0 keys, and 1 other records.\n" + done(1, 0)},
	{"what a module needs", summed("REDIS0013\xf3\x01\x28" + metaKMT1 + "\x05\x01v\x00\x00\x01k\x01v\xff"), true,
		"RDB load key metadata failed: Class 'KMT1' not registered or missing rdb_load()."},
	{"opcode 242 of Redis 8.8", summed("REDIS0014\xf2\x00\x01\x01f\xff"), true, foreignType(242, 14)},
	{"templates of Redis 8.10", summed("REDIS0015\xf2\x05\x02\x01f\x01g\x20\x01k\x05\x01v\x01w\xff"), false, done(1, 0)},
	{"template without fields", summed("REDIS0015\xf2\x05\x00\xff"), false, internal(12, "Hash template with zero fields")},
	{"template twice", summed("REDIS0015\xf2\x05\x01\x01f\xf2\x05\x01\x01g\xff"), false, internal(19, "Duplicate hash template ID 5")},
	{"no such template", summed("REDIS0015\xf2\x05\x01\x01f\x20\x01k\x04\x01v\xff"), false, internal(18, "Invalid hash template ID 4")},
	{"command of Valkey 9.2", summed("VALKEY081\xf2*1\r\n$4\r\nPING\r\n\xff"), false,
		"The RDB file contains commands, as streams to replicas do, and can't be loaded from disk"},
	{"damaged command", summed("VALKEY081\xf2*1\r\n:4\r\n\xff"), false, internal(15, `Command with a byte 58 where a '$' must be`)},
	{"module's value", summed(v80 + "\xfe\x00\x07\x01k" + moduleID + "\x02\x01\x05\x01v\x00\xff"), false,
		"The RDB file contains module data I can't load: no matching module type 'ReJSON-RL'"},
	{"opcode 244 of Redis 7.4", summed("REDIS0012\xf4\x01\x02\x03\xff"), true, done(0, 0)},
	{"hints of Redis Enterprise", summed("REDIS0012\x79\x05\x6b\x40\x64\x00\x01k\x01v\xff"), false, done(1, 0)},
	{"opcode 107 of Redis 7.2", summed("REDIS0011\x6b\x05\xff"), true, foreignType(107, 11)},
	{"opcode 244", summed(v80 + "\xf4\x01\x02\x03\xff"), false, done(0, 0)},
	{"type 6", summed(v80 + "\xfe\x00\x06\x01k\x01v\xff"), false, internal(14, "Pre-release module format not supported")},
	{"functions of a candidate", summed(v80 + "\xf6\x01\xff"), false, internal(10, "Pre-release function format not supported.")},
	{"module data", summed(v80 + "\xf7\x81\x01\x02\x03\x04\x05\x06\x07\x08\x02\x01\x00\xff"), false,
		"The RDB file contains AUX module data I can't load: no matching module 'AQIDBAUGB'"},
	{"damaged module data", summed(v80 + "\xf7\x81\x01\x02\x03\x04\x05\x06\x07\x08\x03\x01\x00\xff"), false,
		internal(21, "bad when_opcode")},
	{"database 99", summed(v80 + "\xfe\x40\x63\x00\x01k\x01v\xff"), false,
		"FATAL: Data file was created with a Valkey server configured to handle more than 16 databases. Exiting"},
	{"stream with a short id", summed(v80 + "\x15\x01k\x01\x01i\x01l"), false,
		internal(15, "Stream node key entry is not the size of a stream ID")},
	{"slot import without a name", summed(v80 + "\xf3\x01k\x01v\xff"), false,
		internal(12, "Invalid slot import job name length in RDB")},
	{"slot import without a slot", summed(v80 + "\xf3\x28" + strings.Repeat("a", 40) + "\x01\x05\x02\xff"), false,
		internal(54, "Invalid slot import range in RDB: start=5 end=2")},
}

var stringCases = []loadCase{
	{"length 2^60", []byte(v80 + key1 + "\x81\x10\x00\x00\x00\x00\x00\x00\x00abc"), false, eof(23)},
	{"length 2^64-1", []byte(v80 + "\xfe\x00\x00\x81" + strings.Repeat("\xff", 8) + "abc"), false, eof(21)},
	{"encoding 5", summed(v80 + key1 + "\xc5\x01\xff"), false, internal(15, "Unknown RDB string encoding type 5")},
	{"length encoding 2", summed(v80 + key1 + "\x82\x01\xff"), false, internal(15, "Unknown length encoding 2 in rdbLoadLen()")},
	{"LZF back beyond the start", summed(v80 + key1 + "\xc3\x03\x05\xff\xff\xff\xff"), false, internal(20, "Invalid LZF compressed string")},
	{"LZF shorter", summed(v80 + key1 + "\xc3\x03\x05\x01ab\xff"), false, internal(20, "Invalid LZF compressed string")},
	{"LZF of 2^60", summed(v80 + key1 + "\xc3\x03\x81\x10\x00\x00\x00\x00\x00\x00\x00\x01ab\xff"), false, internal(28, "Invalid LZF compressed string")},
	{"LZF of nothing", summed(v80 + key1 + "\xc3\x00\x00\xff"), false, done(1, 0)},
	{"number as key", summed(v80 + "\xfe\x00\x00\xc0\x07\x01v\xff"), false, done(1, 0)},
}

var recordCases = []loadCase{
	{"information", summed(v80 + "\xfa\x05%test\x03val\xff"), false, "RDB '%test': val\n" + done(0, 0)},
	{"unknown name", summed(v80 + "\xfa\x05other\x03val\xff"), false, "Unrecognized RDB AUX field: 'other'\n" + done(0, 0)},
	{"of Redis", summed("REDIS0011" + "\xfa\x09redis-ver\x057.2.4" + "\xfa\x05ctime\x02aa" + "\xfa\x0caof-preamble\x011" +
		"\xfa\x08aof-base\xc0\x01" + "\xfa\x08used-mem\x03999" + "\xff"), false,
		"Loading RDB produced by Redis version 7.2.4\nRDB age 1000 seconds\nRDB has an AOF tail\nRDB is base AOF\n" +
			"RDB memory usage when created 0.00 Mb\n" + done(0, 0)},
	{"slot-info", summed(v80 + "\xfa\x09slot-info\x071,2,3,4\xff"), false, done(0, 0)},
	{"short slot-info", summed(v80 + "\xfa\x09slot-info\x031,2\xff"), false, internal(24, "Invalid slot-info in RDB")},
	{"expired", summed(v80 + "\xfe\x00\xfc\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01k\x01v\xff"), false, done(0, 1)},
	{"expiry -1", summed(v80 + "\xfe\x00\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x00\x01k\x01v\xff"), false, done(1, 0)},
	{"expiry -2", summed(v80 + "\xfe\x00\xfc\xfe\xff\xff\xff\xff\xff\xff\xff\x00\x01k\x01v\xff"), false, done(0, 1)},
	{"expiry in seconds", summed(v80 + "\xfe\x00\xfd\x01\x00\x00\x7f\x00\x01k\x01v\xff"), false, done(1, 0)},
	{"expiry for nobody", summed(v80 + "\xfe\x00\xfc\x01\x00\x00\x00\x00\x00\x00\x7f\xff"), false, done(0, 0)},
	{"use", summed(v80 + "\xfe\x00\xf9\x05\xf8\x0a\x00\x01k\x01v\xff"), false, done(1, 0)},
	{"empty set", summed(v80 + "\xfe\x00\x02\x01k\x00\x00\x02kk\x01v\xff"), false, "rdbLoadObject skipping empty key\n" +
		"Done loading RDB, keys loaded: 1, keys expired: 0, empty keys skipped: 1, all fields expired hashes: 0."},
	{"databases again", summed(v80 + "\xfe\x00\x00\x01a\x01v\xfe\x01\x00\x01k\x01v\xfe\x00\x00\x01b\x01v\xff"), false, done(3, 0)},
	{"no database", summed(v80 + "\x00\x01k\x01v\xff"), false, done(1, 0)},
	{"size before database", summed(v80 + "\xfb\x01\x00\xfe\x00\x00\x01k\x01v\xff"), false, done(1, 0)},
	{"special length", []byte(v80 + "\xfe\xc0\x01"), false, internal(11, "Special encoding 0 where a length must be")},
}

const (
	// stream3 is a stream without entries and groups, in version 3: later ones
	// have added to its end.
	stream3 = "\x00\x00\x05\x00\x00\x00\x00\x00\x01\x00"
	// idmp is an end: 100 seconds, 10 for each producer, of which there is p, who
	// has sent i, which became 5-0.
	idmp          = "\x40\x64\x0a\x01\x01p\x01\x01i\x05\x00\x01\x00"
	producersLost = "Streams hold what producers have sent, for XADD with IDMP of Redis 8.6: dropped, what was sent before may be added twice.\n"
	// metaKMT1 is the name of a class of metadata, behind its version 5 and flags.
	metaKMT1 = "\xf5\xc4\x28"
	// moduleID is that of JSON values in version 3.
	moduleID = "\x81\x45\xe2\x52\x38\xdf\x91\x2c\x03"
)

// TestRules loads hand-made files and compares the log.
func TestRules(t *testing.T) {
	groups := map[string][]loadCase{
		"header": headers, "footer": footers, "type": typeCases, "string": stringCases, "record": recordCases,
	}
	for group, cases := range groups {
		for _, c := range cases {
			t.Run(group+"/"+c.name, func(t *testing.T) { checkRule(t, c) })
		}
	}
}

func checkRule(t *testing.T, c loadCase) {
	sink := newMemorySink()
	sink.now = 1000_000
	o := LoadOptions{Relaxed: c.relaxed, Log: sink.logf, Clock: clock.NewManual(1000_000_000)}
	_, err := Load(bytes.NewReader(c.file), o, sink)
	if got := sink.logged(); got != c.log {
		t.Errorf("logged:\n%s\nwant:\n%s", got, c.log)
	}
	var bad *Error
	if fine := strings.Contains(c.log, "Done loading"); fine != (err == nil) || !fine && !errors.As(err, &bad) {
		t.Errorf("got error %v", err)
	}
}

// TestUse reads the attributes in front of a key, and that they end with it.
func TestUse(t *testing.T) {
	sink := newMemorySink()
	file := summed(v80 + "\xf9\x05\xf8\x0a\xfd\x02\x00\x00\x00\x00\x01k\x01v\x00\x01n\x01v\xff")
	if _, err := Load(bytes.NewReader(file), LoadOptions{}, sink); err != nil {
		t.Fatal(err)
	}
	if got, want := sink.dbs[0]["k"].Meta, (Meta{2000, 10, 5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := sink.dbs[0]["n"].Meta; got != NoMeta {
		t.Errorf("the next key has %+v", got)
	}
}

func TestSkipChecksum(t *testing.T) {
	sink := newMemorySink()
	file := []byte(v80 + "\xff12345678")
	if _, err := Load(bytes.NewReader(file), LoadOptions{SkipChecksum: true, Log: sink.logf}, sink); err != nil {
		t.Error(err)
	}
	if got := sink.logged(); got != done(0, 0) {
		t.Errorf("logged %s", got)
	}
}

// wideSink takes functions and slot imports too.
type wideSink struct {
	*memorySink
	got []string
}

func (s *wideSink) Function(code []byte) error {
	s.got = append(s.got, string(code))
	return nil
}

func (s *wideSink) SlotImport(job []byte, slots []SlotRange) error {
	s.got = append(s.got, fmt.Sprint(string(job[:2]), slots))
	return nil
}

func TestWideSinks(t *testing.T) {
	job := "\xf3\x28" + strings.Repeat("a", 40) + "\x02\x01\x02\x05\x7f\xff"
	code := string(AppendFunction(nil, []byte("#!lua name=x"), nil))
	for body, log := range map[string]string{
		job:  "The RDB file contains a slot import under way, and this server is not in cluster mode",
		code: "The RDB file contains a function library, and functions are not supported here",
	} {
		narrow := newMemorySink()
		_, err := Load(bytes.NewReader(summed(v80+body+"\xff")), LoadOptions{Log: narrow.logf}, narrow)
		if err == nil || narrow.logged() != log {
			t.Errorf("got %v and log %s", err, narrow.logged())
		}
	}
	wide := &wideSink{memorySink: newMemorySink()}
	if _, err := Load(bytes.NewReader(summed(v80+job+code+"\xff")), LoadOptions{}, wide); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(wide.got, "; "); got != "aa[{1 2} {5 16383}]; #!lua name=x" {
		t.Errorf("got %s", got)
	}
}
