package server_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/hash"
	"sigrun/internal/lzf"
	"sigrun/internal/rdb"
	"sigrun/internal/testkit"
)

// form is one type byte: since which version of which family files have it, the
// bytes of a value, and the commands that make the same value under key k.
type form struct {
	typ    byte
	family string // "" for both
	since  int
	until  int // 0: still
	body   []byte
	make   string // commands, separated by semicolons
}

const (
	redis  = "REDIS"
	valkey = "VALKEY"
)

// far is when fields expire, in milliseconds.
const far = 4102444800123

// forms are all types that are loaded. Each stands in every file that may have it.
func forms() []form {
	pairs := words("a", "1", "b", strings.Repeat("x", 50))
	var c lzf.Compressor
	stamp := binary.LittleEndian.AppendUint64(nil, far)
	return []form{
		{0, "", 1, 0, str("hello"), "SET k hello"},
		{0, "", 1, 0, []byte("\xc0\xfb"), "SET k -5"},
		{0, "", 1, 0, []byte("\xc1\x39\x30"), "SET k 12345"},
		{0, "", 1, 0, []byte("\xc2\x15\xcd\x5b\x07"), "SET k 123456789"},
		{0, "", 1, 0, rdb.AppendString(nil, []byte(strings.Repeat("ab", 200)), &c), "SET k " + strings.Repeat("ab", 200)},
		{1, "", 1, 0, cat("\x03", words("x", "y", "7")), "RPUSH k x y 7"},
		{2, "", 1, 0, cat("\x03", words("x", "y", "7")), "SADD k x y 7"},
		{3, "", 1, 0, cat("\x04", str("a"), str("1.5"), str("b"), "\xfe", str("c"), "\xff", str("d"), str("-3e10")), "ZADD k 1.5 a inf b -inf c -3e10 d"},
		{4, "", 1, 0, cat("\x02", pairs), "HSET k a 1 b " + strings.Repeat("x", 50)},
		{5, "", 8, 0, cat("\x02", str("a"), double(1.5), str("b"), double(math.Inf(1))), "ZADD k 1.5 a inf b"},
		{9, "", 2, 0, pack("\x02\x01a\x03\x01one.\x02bb\x02\x00to\xff"), "HSET k a one bb to"},
		{10, "", 2, 0, pack(ziplist("x", "12", "-1", "70000", "99999999999", strings.Repeat("z", 300))), "RPUSH k x 12 -1 70000 99999999999 " + strings.Repeat("z", 300)},
		{11, "", 2, 0, pack("\x02\x00\x00\x00\x03\x00\x00\x00\xff\xff\x01\x00\x39\x30"), "SADD k -1 1 12345"},
		{12, "", 2, 0, pack(ziplist("b", "-2", "a", "1.5", "7", "3")), "ZADD k 1.5 a -2 b 3 7"},
		{13, "", 3, 0, pack(ziplist("a", "1", "5", "two")), "HSET k a 1 5 two"},
		{14, "", 7, 0, cat("\x02", pack(ziplist("a", "1")), pack(ziplist("b"))), "RPUSH k a 1 b"},
		{15, "", 9, 0, stream(1), streamCommands},
		{16, "", 10, 0, pack(listpackOf("a", "1", "b", "two")), "HSET k a 1 b two"},
		{17, "", 10, 0, pack(listpackOf("a", "-1.5", "b", "7")), "ZADD k -1.5 a 7 b"},
		{18, "", 10, 0, cat("\x02\x02", pack(listpackOf("a", "1")), "\x01", str("plain")), "RPUSH k a 1 plain"},
		{19, "", 10, 0, stream(2), streamCommands},
		{20, "", 11, 0, pack(listpackOf("a", "1", "b")), "SADD k a 1 b"},
		{21, "", 11, 0, stream(3), streamCommands},

		{22, redis, 12, 0, cat("\x02\x00", str("a"), str("1"), length(far), str("b"), str("2")), timedCommands},
		{23, redis, 12, 0, pack(timedPack()), timedCommands},
		{24, redis, 12, 0, cat(stamp, "\x02\x00", str("a"), str("1"), "\x01", str("b"), str("2")), timedCommands},
		{25, redis, 12, 0, cat(stamp, pack(timedPack())), timedCommands},
		{26, redis, 13, 0, cat(stream(3), producers), streamCommands},
		{27, redis, 14, 0, cat(stream(5), producers), streamCommands},
		{29, redis, 15, 0, cat("\x00", pack(listpackOf("a", "b")), pack(listpackOf("0", "1", "two"))), "HSET k a 1 b two"},
		{30, redis, 15, 0, pack(listpackOf("3", "1", "two")), "HSET k a 1 b two"},
		{31, redis, 15, 0, cat("\x01\x02", str("a"), str("b"), "\xc0\x01", str("two")), "HSET k a 1 b two"},
		{32, redis, 15, 0, cat("\x03\xc0\x01", str("two")), "HSET k a 1 b two"},

		{22, valkey, 80, 0, cat("\x02", str("a"), str("1"), "\xff\xff\xff\xff\xff\xff\xff\xff", str("b"), str("2"), stamp), timedCommands},
	}
}

const (
	streamCommands = "XADD k 1-0 f v; XADD k 1-1 f 22"
	timedCommands  = "HSET k a 1 b 2; HPEXPIREAT k 4102444800123 FIELDS 1 b"
	// producers is the end of a stream of Redis 8.6: 100 s, 10 each; p has sent i,
	// which became 1-0.
	producers = "\x40\x64\x0a\x01\x01p\x01\x01i\x01\x00\x01\x00"
)

func cat(parts ...any) (b []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		}
	}
	return b
}

func length(n uint64) []byte { return rdb.AppendLen(nil, n) }

func str(s string) []byte { return append(length(uint64(len(s))), s...) }

// words are strings, each behind its length.
func words(texts ...string) (b []byte) {
	for _, s := range texts {
		b = append(b, str(s)...)
	}
	return b
}

func pack[B string | []byte](p B) []byte { return str(string(p)) }

func double(f float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)) }

func listpackOf(texts ...string) []byte {
	lp := listpack.New()
	for _, s := range texts {
		lp = listpack.Append(lp, []byte(s))
	}
	return lp
}

func timedPack() []byte {
	lp := listpackOf("b", "2", fmt.Sprint(far), "a", "1")
	return listpack.AppendInt(lp, 0)
}

// ziplist is one of texts, numbers among them as such.
func ziplist(texts ...string) []byte {
	var body []byte
	prev, last := 0, 0
	for _, s := range texts {
		e := ziplistEntry(prev, s)
		last = len(body)
		prev = len(e)
		body = append(body, e...)
	}
	head := binary.LittleEndian.AppendUint32(nil, uint32(10+len(body)+1))
	head = binary.LittleEndian.AppendUint32(head, uint32(10+last))
	head = binary.LittleEndian.AppendUint16(head, uint16(len(texts)))
	return append(append(head, body...), 0xff)
}

func ziplistEntry(prev int, s string) []byte {
	e := []byte{byte(prev)}
	if prev >= 254 {
		e = binary.LittleEndian.AppendUint32([]byte{254}, uint32(prev))
	}
	n, err := parseInt(s)
	switch {
	case err == nil && n >= 0 && n <= 12:
		return append(e, byte(0xf1+n))
	case err == nil && n == int64(int8(n)):
		return append(e, 0xfe, byte(n))
	case err == nil && n == int64(int32(n)):
		return binary.LittleEndian.AppendUint32(append(e, 0xd0), uint32(n))
	case err == nil:
		return binary.LittleEndian.AppendUint64(append(e, 0xe0), uint64(n))
	case len(s) < 64:
		return append(append(e, byte(len(s))), s...)
	}
	return append(append(e, 0x40|byte(len(s)>>8), byte(len(s))), s...)
}

func parseInt(s string) (n int64, err error) {
	_, err = fmt.Sscanf(s+" ", "%d ", &n)
	if err == nil && fmt.Sprint(n) != s {
		err = fmt.Errorf("%q is no number", s)
	}
	return n, err
}

// stream is one of two entries with a group, whose consumer has the first one.
// Version 5 has the second one of nobody.
func stream(version int) []byte {
	lp := listpackOf("2", "0", "1", "f", "0", "2", "0", "0", "v", "4", "2", "0", "1", "22", "4")
	id := func(seq byte) string {
		return strings.Repeat("\x00", 7) + "\x01" + strings.Repeat("\x00", 7) + string(seq)
	}
	time := "\x00\x01\x02\x03\x04\x00\x00\x00"
	b := cat("\x01\x10", id(0), pack(lp), "\x02\x01\x01")
	if version >= 2 {
		b = cat(b, "\x01\x00\x00\x00\x02")
	}
	b = cat(b, "\x01", str("g"), "\x01\x01")
	if version >= 2 {
		b = cat(b, "\x02")
	}
	if b = cat(b, "\x01"); version == 5 {
		b[len(b)-1] = 2
	}
	if b = cat(b, id(0), time, "\x01"); version == 5 {
		b = cat(b, id(1), time, "\x01")
	}
	b = cat(b, "\x01", str("c"), time)
	if version >= 3 {
		b = cat(b, time)
	}
	if b = cat(b, "\x01", id(0)); version == 5 {
		b = cat(b, "\x01", id(1))
	}
	return b
}

// fileOf is a file of a version with everything that this version may have in it,
// and the commands that make the same data.
func fileOf(family string, version int) (file []byte, commands [][]string) {
	digits := map[string]string{redis: "%04d", valkey: "%03d"}[family]
	file = fmt.Appendf(nil, family+digits, version)
	if version >= 7 {
		file = cat(file, "\xfa", str("redis-ver"), str("3.2.0"), "\xfa", str("strange"), str("field"))
	}
	if version >= 10 {
		file = cat(file, "\xf5", str("#!lua name=l\nredis.register_function('f', function() return 1 end)"))
	}
	if family == redis && version >= 15 {
		file = cat(file, "\xf2\x03\x02", str("a"), str("b"))
	}
	if file = cat(file, "\xfe\x02"); version >= 7 {
		file = cat(file, "\xfb\x05\x01")
	}
	commands = append(commands, []string{"SELECT", "2"})
	for i, f := range forms() {
		if version < f.since || f.family != "" && f.family != family {
			continue
		}
		key := fmt.Sprintf("%d:type:%d", i, f.typ)
		for command := range strings.SplitSeq(f.make, ";") {
			args := strings.Fields(command)
			args[slices.Index(args, "k")] = key
			commands = append(commands, args)
		}
		attributes, expiry := attributesOf(family, version, i)
		if expiry != "" {
			commands = append(commands, []string{"PEXPIREAT", key, expiry})
		}
		file = cat(file, attributes, string(f.typ), str(key), f.body)
	}
	if file = append(file, 0xff); version >= 5 {
		file = binary.LittleEndian.AppendUint64(file, hash.CRC64(file))
	}
	return file, commands
}

// attributesOf is what stands in front of key i, and when it expires.
func attributesOf(family string, version, i int) (attributes []byte, expiry string) {
	switch {
	case i%4 == 1:
		return cat("\xfd", binary.LittleEndian.AppendUint32(nil, 2_000_000_000)), "2000000000000"
	case i%4 == 2 && version >= 3:
		return cat("\xfc", binary.LittleEndian.AppendUint64(nil, far)), fmt.Sprint(far)
	case i%8 == 3 && version >= 9:
		return []byte("\xf8\x0a"), ""
	case i%8 == 7 && version >= 9:
		return []byte("\xf9\x0a"), ""
	case i%8 == 4 && version >= 12 && family == redis:
		return []byte("\xf4\x01\x02\x03"), ""
	case i%8 == 0 && version >= 13 && family == redis:
		return []byte("\xf3\x01\x29\xf5\xc4\x28\x05\x01v\x00"), "" // a module lets others ignore it
	}
	return nil, ""
}

// TestEveryVersion loads a file of each version of both families, and wants the
// data that commands make. Files that the real server loads it loads, too; and
// what this server saves then is, there, the same in the same encodings.
func TestEveryVersion(t *testing.T) {
	made := testkit.StartSigrun(t).Dial(t)
	peer := testkit.StartPeer(t, "--enable-protected-configs", "yes")
	versions := map[string][]int{redis: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, valkey: {80, 81}}
	for family, list := range versions {
		for _, version := range list {
			t.Run(fmt.Sprint(family, version), func(t *testing.T) {
				file, commands := fileOf(family, version)
				made.MustDo("FLUSHALL")
				for _, reply := range made.Pipeline(commands...) {
					if reply.IsError() {
						t.Fatal(reply)
					}
				}
				want := made.MustDo("DEBUG", "DIGEST").Text
				dir := t.TempDir()
				path := filepath.Join(dir, "dump.rdb")
				testkit.NoError(t, os.WriteFile(path, file, 0o600))
				s := testkit.StartSigrun(t, "--dir", dir)
				c := s.Dial(t)
				if got := c.MustDo("DEBUG", "DIGEST").Text; got != want {
					t.Errorf("loaded %s, want %s", got, want)
				}
				if version <= 11 || version == 80 {
					samePeer(t, peer, c, dir)
				}
				c.MustDo("DEBUG", "RELOAD")
				samePeer(t, peer, c, dir)
			})
		}
	}
}

// samePeer has the real server load what is in dir, and wants it to have the data
// that c's has, in the same encodings.
func samePeer(t *testing.T, peer *testkit.Server, c *testkit.Client, dir string) {
	t.Helper()
	p := peer.Dial(t)
	p.MustDo("CONFIG", "SET", "dir", dir)
	if r := p.Do("DEBUG", "RELOAD", "NOSAVE"); r.IsError() {
		t.Errorf("%s: %s", r, peer.LogTail())
		return
	}
	if got, want := p.MustDo("DEBUG", "DIGEST").Text, c.MustDo("DEBUG", "DIGEST").Text; got != want {
		t.Errorf("the peer loads %s, want %s", got, want)
	}
	if got, want := encodingsOf(p), encodingsOf(c); got != want {
		t.Errorf("encodings:\n%s\nof the peer:\n%s", want, got)
	}
}

func encodingsOf(c *testkit.Client) string {
	c.MustDo("SELECT", "2")
	keys := c.MustDo("KEYS", "*").Texts()
	slices.Sort(keys)
	for i, key := range keys {
		keys[i] += " " + c.MustDo("OBJECT", "ENCODING", key).Text
	}
	return strings.Join(keys, "\n")
}
