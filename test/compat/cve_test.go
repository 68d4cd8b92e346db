package compat

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/hash"
	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// The tests of this file replay what was reported against Redis and Valkey from
// 2021 to 2026 in commands on data. Each has the name of its report, or of the
// first of its kind. Both servers must say the same, ours must go on living, and
// must not take long. Those about scripts, access rights, the cluster's bus and TLS
// are not here, because these are not there.

// soon is far more than a hostile call may take, and far less than what it takes
// where the flaw is.
const soon = 20 * time.Second

// hostile asks both servers the same, line by line, then whether they live and
// hold the same data.
func hostile(t *testing.T, lines ...[]string) {
	t.Helper()
	d := startDuo(t)
	d.attack(lines...)
}

// attack is hostile on servers that are there already.
func (d *duo) attack(lines ...[]string) {
	d.t.Helper()
	for _, args := range append(lines, []string{"DEBUG", "DIGEST"}) {
		for _, c := range d.clients {
			c.Timeout = soon
		}
		d.same(args...)
	}
	if d.ours.server.Exited() {
		d.t.Fatal("sigrun is gone")
	}
}

// words splits each line at blanks.
func words(lines ...string) (all [][]string) {
	for _, line := range lines {
		all = append(all, strings.Fields(line))
	}
	return all
}

// huge are counts and offsets at which additions and multiplications overflow.
var huge = []string{
	"9223372036854775807", "9223372036854775806", "4611686018427387904", "2305843009213693952", "1152921504606846976",
	"-9223372036854775808", "-9223372036854775807", "-4611686018427387904", "4294967296", "2147483648", "-2147483649",
}

// each fills %s of every line with each of the values.
func each(values []string, lines ...string) (all [][]string) {
	for _, value := range values {
		for _, line := range lines {
			all = append(all, strings.Fields(strings.ReplaceAll(line, "%s", value)))
		}
	}
	return all
}

// Strings beyond 4 GB, where proto-max-bulk-len allows for them (also 2021-32627,
// -32628).
func TestCVE202141099(t *testing.T) {
	lines := words("CONFIG SET proto-max-bulk-len 9223372036854775807", "CONFIG SET proto-max-bulk-len 4294967296", "SET k 0123456789")
	lines = append(lines, each(huge, "GETRANGE k %s %s", "GETRANGE k 0 %s", "GETRANGE k %s -1", "SUBSTR k %s %s")...)
	lines = append(lines, each(without(huge, "2147483648"), "SETRANGE none %s x")...) // this one is legal
	hostile(t, append(lines, words("CONFIG SET proto-max-bulk-len 536870912", "SETRANGE k 9223372036854775807 x", "SETRANGE k 536870912 x",
		"SETRANGE k 536870911 xx", "SETRANGE k -1 x", "STRLEN k")...)...)
}

// Small forms without limits (also 2021-29478, 2021-32628): what grows by elements
// and by their size.
func TestCVE202132687(t *testing.T) {
	d := startDuo(t)
	d.attack(each([]string{"9223372036854775807", "4294967295", "2147483647", "1000000"},
		"CONFIG SET set-max-intset-entries %s", "CONFIG SET set-max-listpack-entries %s", "CONFIG SET set-max-listpack-value %s",
		"CONFIG SET hash-max-listpack-entries %s", "CONFIG SET hash-max-listpack-value %s", "CONFIG SET zset-max-listpack-entries %s",
		"CONFIG SET zset-max-listpack-value %s", "CONFIG SET list-max-listpack-size %s", "CONFIG SET stream-node-max-bytes %s",
		"CONFIG SET stream-node-max-entries %s")...)
	large := strings.Repeat("0123456789abcdef", 5_000)
	for i := range 3_000 {
		n, word := strconv.Itoa(i*7), "member"+strconv.Itoa(i)
		d.queue("SADD", "ints", n)
		if i%3 == 0 {
			d.queue("SADD", "texts", word)
			d.queue("HSET", "hash", word, n)
			d.queue("ZADD", "zset", n, word)
			d.queue("RPUSH", "list", word)
		}
		if i%300 == 0 {
			d.queue("HSET", "large", word, large)
			d.queue("SADD", "larges", large+word)
			d.queue("ZADD", "largez", n, large+word)
			d.queue("XADD", "stream", strconv.Itoa(i+1)+"-1", word, large)
			d.queue("RPUSH", "list", large)
		}
	}
	for _, key := range []string{"ints", "texts", "hash", "zset", "list", "large", "larges", "largez", "stream"} {
		d.queue("OBJECT", "ENCODING", key)
		d.queue("DEBUG", "DIGEST-VALUE", key)
	}
	d.sameQueue()
	d.attack()
}

// A table of two lengths' product (also 2021-29477).
func TestCVE202132625(t *testing.T) {
	long := strings.Repeat("ab", 50_000)
	hostile(t, []string{"SET", "a", long}, []string{"SET", "b", long}, []string{"LCS", "a", "b"}, []string{"LCS", "a", "b", "LEN"},
		[]string{"LCS", "a", "b", "IDX", "MINMATCHLEN", "-9223372036854775808"}, []string{"SET", "b", ""}, []string{"LCS", "a", "b", "IDX"})
}

// Offsets of bits that overflow.
func TestCVE202132761(t *testing.T) {
	lines := words("SET k abc", "GETBIT k 4294967295", "GETBIT k 4294967296", "SETBIT k 4294967296 1", "SETBIT k -1 1")
	lines = append(lines, each(huge, "GETBIT k %s", "BITFIELD k GET u8 #%s", "BITFIELD_RO k GET u63 %s", "BITCOUNT k %s %s", "BITCOUNT k 0 %s BIT",
		"BITCOUNT k %s -1 BIT", "BITPOS k 1 %s %s", "BITPOS k 0 %s %s BIT", "BITPOS k 1 0 %s BIT")...)
	for _, value := range huge {
		if value != "2147483648" { // this one is legal: 256 MB
			lines = append(lines, each([]string{value}, "SETBIT k %s 1", "BITFIELD k SET u8 %s 1", "BITFIELD k INCRBY i64 #%s 1")...)
		}
	}
	hostile(t, lines...)
}

// Limits and patterns of SORT, offsets of SETRANGE.
func TestCVE202235977(t *testing.T) {
	lines := append(words("RPUSH l 3 1 2", "ZADD z 1 a 2 b 3 c"), each(huge, "SORT l LIMIT %s %s", "SORT l LIMIT 0 %s", "SORT l LIMIT %s -1",
		"SORT z BY nosort LIMIT 1 %s", "SORT z BY nosort DESC LIMIT %s 1", "SORT l LIMIT 1 %s GET # GET w* STORE d", "SETRANGE s %s x",
		"ZRANGE z 0 +inf BYSCORE LIMIT %s %s", "ZRANGEBYSCORE z -inf +inf LIMIT 1 %s", "ZRANGESTORE d z %s %s", "LRANGE l %s %s", "LTRIM none %s %s")...)
	many := []string{"SORT", "l"}
	for range 2_000 {
		many = append(many, "GET", "w*")
	}
	hostile(t, append(lines, many)...)
}

// XAUTOCLAIM with counts that overflow, and over entries that are gone (also
// 2022-35951).
func TestCVE202231144(t *testing.T) {
	d := startDuo(t)
	d.queue("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM")
	for i := range 300 {
		d.queue("XADD", "s", strconv.Itoa(i+1)+"-1", "f", "v")
	}
	d.queue("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
	for i := range 250 {
		d.queue("XDEL", "s", strconv.Itoa(i+1)+"-1")
	}
	d.sameQueue()
	d.attack(each([]string{"0", "-1", "9223372036854775807", "1152921504606846976", "1152921504606846975", "-9223372036854775808", "576460752303423488"},
		"XAUTOCLAIM s g d 0 0 COUNT %s")...)
	d.attack(words("XAUTOCLAIM s g d 0 - COUNT 10", "XAUTOCLAIM s g d 0 0 COUNT 100 JUSTID", "XAUTOCLAIM s g d 9223372036854775807 0",
		"XAUTOCLAIM s g d -1 0 COUNT 200", "XPENDING s g", "XCLAIM s g e 0 260-1 IDLE 9223372036854775807", "XCLAIM s g e 0 261-1 RETRYCOUNT 9223372036854775807")...)
}

// Memory that errors leave behind.
func TestCVE202233105(t *testing.T) {
	d := startDuo(t)
	ours := d.clients[1]
	for _, args := range words("XADD s 1-1 f v", "XADD s 2-2 f v", "XGROUP CREATE s g 0", "XDEL s 1-1", "SADD w x", "RPUSH l 1 2 3") {
		ours.MustDo(args...)
	}
	round := words("XGROUP CREATE s g 0", "XSETID s 1-1", "XSETID s 0-1", "XINFO STREAM s FULL", "XGROUP SETID s g x", "XADD s 1-1 f v", "XADD s 1-1 f",
		"XCLAIM s g c x 1-1", "XREADGROUP GROUP none c STREAMS s >", "XAUTOCLAIM s g c 0 x", "SINTERSTORE d w l", "ZUNIONSTORE d 2 w l", "ZADD w 1 x",
		"SORT l BY w* GET", "SORT w STORE d", "DEL d", "COPY s w", "RESTORE l 0 x", "RESTORE none 0 hello", "HSET w f v", "LMOVE l w LEFT LEFT",
		"PFADD l a", "BITOP AND d l w", "GEOADD w 1 1 a", "LCS l w", "XGROUP DESTROY s none", "SPOP l 5", "MSETNX l 1 q 2", "XTRIM s MAXLEN ~ 1 LIMIT x")
	once := func() int {
		for range 300 {
			ours.Pipeline(round...)
		}
		return used(d, freed)
	}
	once() // buffers grow
	before := once()
	if after := once(); after > before+4<<10 {
		t.Errorf("errors left %d bytes behind", after-before)
	}
}

// Patterns that take for ever (also 2024-31228, where they nest too deep).
func TestCVE202236021(t *testing.T) {
	d := startDuo(t)
	key := strings.Repeat("a", 50_000)
	d.attack([]string{"SET", key, "v"}, []string{"HSET", "h", key, "v"}, []string{"SADD", "s", key}, []string{"ZADD", "z", "1", key})
	for _, pattern := range []string{
		strings.Repeat("a*", 500) + "b", strings.Repeat("*a", 500) + "b", strings.Repeat("*?", 500) + "b", strings.Repeat("*", 50_000) + "b",
		strings.Repeat("[a-z]*", 300) + "0", strings.Repeat(`\a*`, 300) + "b", strings.Repeat("?", 49_999) + "*b", strings.Repeat("*a", 30),
		strings.Repeat("[", 50_000), strings.Repeat(`\`, 50_001), strings.Repeat("[^b]", 20_000) + "*",
	} {
		d.attack([]string{"KEYS", pattern}, []string{"HSCAN", "h", "0", "MATCH", pattern}, []string{"SSCAN", "s", "0", "MATCH", pattern},
			[]string{"ZSCAN", "z", "0", "MATCH", pattern}, []string{"SCAN", "0", "MATCH", pattern, "COUNT", "1000"}, []string{"CONFIG", "GET", pattern})
	}
	for _, n := range []int{10, 900, 1_100, 10_000, 50_000} {
		pattern := strings.Repeat("*a", n)
		d.attack([]string{"CONFIG", "GET", pattern})
		if n < 1_000 {
			d.attack([]string{"KEYS", pattern})
		} else if keys := d.clients[1].Do("KEYS", pattern); len(keys.Elems) != 1 { // see differences
			t.Errorf("KEYS of %d stars found %d keys", n, len(keys.Elems))
		}
	}
}

// How many elements chance is to draw (also 2023-25155).
func TestCVE202322458(t *testing.T) {
	lines := words("HSET h a 1 b 2", "SADD s a b", "ZADD z 1 a 2 b")
	// Some of these are legal, and ask for a reply without end.
	wrong := []string{"-9223372036854775808", "-9223372036854775809", "9223372036854775808", "x", "-"}
	lines = append(lines, each(wrong, "HRANDFIELD h %s", "HRANDFIELD h %s WITHVALUES", "SRANDMEMBER s %s", "ZRANDMEMBER z %s", "ZRANDMEMBER z %s WITHSCORES",
		"SPOP s %s", "LPOP l %s", "ZPOPMIN z %s", "ZMPOP 1 z MIN COUNT %s", "LMPOP 1 l LEFT COUNT %s")...)
	lines = append(lines, each([]string{"-4611686018427387904", "-4611686018427387905", "-6917529027641081856", "4611686018427387904"},
		"HRANDFIELD h %s WITHVALUES x", "ZRANDMEMBER z %s WITHSCORES x", "HRANDFIELD none %s WITHVALUES", "ZRANDMEMBER none %s WITHSCORES", "SRANDMEMBER none %s")...)
	hostile(t, append(lines, words("HRANDFIELD h -9223372036854775807 WITHVALUES", "ZRANDMEMBER z -9223372036854775807 WITHSCORES")...)...)
}

// A key named twice in one call.
func TestCVE202328425(t *testing.T) {
	hostile(t, words("MSETNX a 1 a 2", "GET a", "MSETNX a 3 b 4 b 5", "MSETNX b 4 b 5 c 6", "MGET a b c", "DEL a b c", "MSETEX 2 a 1 a 2 NX", "GET a",
		"MSET a 1 a 2", "SADD s x x", "SINTERSTORE s s s", "ZUNIONSTORE z 2 s s", "PFMERGE p p p", "BITOP AND a a a", "RENAME a a", "LMOVE l l LEFT LEFT",
		"SMOVE s s x", "HSETEX h EX 100000 FIELDS 2 f 1 f 2", "HGETDEL h FIELDS 2 f f", "HSET h f 1 f 2", "HDEL h f f", "DEL s s", "UNLINK z z", "EXISTS a a")...)
}

// Numbers that are none become the values of fields.
func TestCVE202328856(t *testing.T) {
	hostile(t, append(each([]string{"inf", "-inf", "nan", "-nan", "1e400", "+inf", "infinity", "1e4932", "0x", "", "1e308"},
		"HINCRBYFLOAT h f %s", "HEXISTS h f", "HINCRBYFLOAT h big %s", "INCRBYFLOAT s %s", "EXISTS h s", "ZINCRBY z %s m", "ZADD z INCR %s m", "GET s", "HGETALL h"),
		words("HSET h g 1e308", "HINCRBYFLOAT h g 1e308", "HGET h g", "DEBUG RELOAD", "HINCRBYFLOAT h g 1", "TYPE h")...)...)
}

// Large arguments that come in pieces (2023-41056: where a query buffer is moved).
func TestCVE202341056(t *testing.T) {
	p := startPair(t, testkit.StartSigrun)
	r := rng.New(41056)
	for _, size := range []int{16 << 10, 32<<10 - 1, 32 << 10, 32<<10 + 1, 64 << 10, 1<<20 + 3} {
		text := strings.Repeat("x", size)
		all := testkit.AppendCommand(nil, "SET", "k", text)
		for _, more := range [][]string{{"APPEND", "k", text[1:]}, {"GETRANGE", "k", "-5", "-1"}, {"SET", text, "v"}, {"STRLEN", "k"}, {"PING"}} {
			all = testkit.AppendCommand(all, more...)
		}
		const replies = 6
		for range 4 {
			for _, s := range []*side{p.peer, p.ours} {
				c := s.server.Dial(t)
				for left := all; len(left) > 0; {
					n := min(len(left), 1+int(r.Uint64n(uint64(size))))
					testkit.NoError(t, c.SendRaw(left[:n]))
					left = left[n:]
				}
				for range replies {
					if reply, err := c.Receive(); err != nil || reply.IsError() {
						t.Fatalf("size %d: %s, %v", size, reply, err)
					}
				}
				c.Close()
			}
		}
	}
	peer, err := p.peer.digest()
	testkit.NoError(t, err)
	if ours, err := p.ours.digest(); err != nil || ours != peer {
		t.Errorf("digests %s and %s, %v", peer, ours, err)
	}
}

// More ids and members than fit where small numbers of them are kept
// (2025-62507).
func TestCVE202562507(t *testing.T) {
	d := startDuo(t)
	d.queue("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM")
	var ids []string
	for i := range 2_000 {
		ids = append(ids, strconv.Itoa(i+1)+"-1")
		d.queue("XADD", "s", ids[i], "f", "v")
	}
	d.queue("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
	for _, n := range []int{7, 8, 9, 31, 32, 33, 500} {
		some := ids[:n]
		ids = ids[n:]
		d.queue(append([]string{"XCLAIM", "s", "g", "d", "0"}, some...)...)
		d.queue(append([]string{"XACK", "s", "g"}, some...)...)
		d.queue(append([]string{"XDEL", "s"}, some...)...)
		d.queue(append([]string{"HMGET", "h"}, some...)...)
		d.queue(append([]string{"ZMSCORE", "z"}, some...)...)
		d.queue(append([]string{"GEOHASH", "z"}, some...)...)
		d.queue(append([]string{"SMISMEMBER", "set"}, some...)...)
		d.queue(append([]string{"HTTL", "h", "FIELDS", strconv.Itoa(n)}, some...)...)
		d.queue(append([]string{"SUNION"}, some...)...)
		d.queue(append([]string{"PFCOUNT"}, some...)...)
		d.queue("XPENDING", "s", "g")
	}
	d.sameQueue()
	d.attack(words("XACKDEL s g IDS 1 1-1", "XDELEX s IDS 1 1-1")...)
}

// Counts of scans that overflow (Redis 8.6.4).
func TestScanCountOverflow(t *testing.T) {
	d := startDuo(t)
	for i := range 600 {
		n := strconv.Itoa(i)
		for _, args := range [][]string{{"SADD", "s", "m" + n}, {"HSET", "h", "f" + n, n}, {"ZADD", "z", n, "m" + n}, {"SET", "k" + n, n}} {
			d.queue(args...)
		}
	}
	d.sameQueue()
	d.attack(each(huge, "SSCAN s 0 COUNT %s", "HSCAN h 0 COUNT %s", "ZSCAN z 0 COUNT %s", "SCAN 0 COUNT %s", "HSCAN h %s", "SSCAN s 0 COUNT %s MATCH x")...)
}

// HyperLogLogs whose runs go beyond the registers.
func TestCVE202532023(t *testing.T) {
	values := slices.Clone(notHLLs)
	for _, runs := range []string{
		strings.Repeat("\x7f\xff", 1), strings.Repeat("\x7f\xff", 2), strings.Repeat("\x7f\xff", 1_400), strings.Repeat("\xff", 3_000),
		strings.Repeat("\x3f", 300), "\x7f\xff\x3f", strings.Repeat("\x3f", 255) + "\x40\x3f" + "\xff", strings.Repeat("\x80\x04", 1491) + "\x74\xb9",
	} {
		values = append(values, hllSparseHead+runs)
	}
	d := startDuo(t)
	for _, value := range values {
		d.attack([]string{"SET", "k", value}, []string{"PFCOUNT", "k"}, []string{"PFMERGE", "d", "k"}, []string{"PFCOUNT", "k", "d"},
			[]string{"PFADD", "d", "x"}, []string{"SET", "k", value}, []string{"PFADD", "k", "y"}, []string{"DEL", "d", "k"})
	}
}

// seal puts the right checksum at the end of a payload of DUMP.
func seal(payload []byte) string {
	body := payload[:len(payload)-8]
	return string(binary.LittleEndian.AppendUint64(slices.Clone(body), hash.CRC64(body)))
}

// A stream of which two consumers hold the same pending entry, and others that
// hold none (2026-63639, 2026-66373).
func TestCVE202663639(t *testing.T) {
	d := startDuo(t)
	d.attack(words("XADD s 1-1 f v", "XADD s 2-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c COUNT 1 STREAMS s >",
		"XREADGROUP GROUP g d COUNT 1 STREAMS s >")...)
	whole := []byte(d.clients[0].Do("DUMP", "s").Text)
	id := func(ms, seq uint64) []byte {
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, ms), seq)
	}
	for _, c := range []struct{ from, to []byte }{
		{id(2, 1), id(1, 1)}, {id(1, 1), id(2, 1)}, {id(2, 1), id(3, 1)}, {id(1, 1), id(0, 0)}, {id(2, 1), bytes.Repeat([]byte{0xff}, 16)},
	} {
		for at := 0; ; at++ {
			next := bytes.Index(whole[at:], c.from)
			if next < 0 {
				break
			}
			at += next
			damaged := slices.Clone(whole)
			copy(damaged[at:], c.to)
			for _, sanitize := range []string{"no", "yes"} {
				d.clients[1].MustDo("CONFIG", "SET", "sanitize-dump-payload", sanitize) // the real server wants it in its file
				damagedGroup(d, seal(damaged))
			}
		}
	}
}

// damagedGroup restores a stream with a damaged group. Ours may be the stricter
// one, never the other way round; what both take must work on both.
func damagedGroup(d *duo, payload string) {
	d.t.Helper()
	d.both("DEL", "r")
	peer, ours := d.both("RESTORE", "r", "0", payload)
	switch {
	case ours.IsError():
		d.both("DEL", "r")
		return
	case peer.IsError():
		d.t.Fatalf("sigrun takes what valkey refuses: %q", payload)
	}
	d.attack(words("XPENDING r g", "XINFO GROUPS r", "XREADGROUP GROUP g c STREAMS r 0", "XACK r g 1-1 2-1", "XGROUP DELCONSUMER r g c",
		"XGROUP DELCONSUMER r g d", "XGROUP DESTROY r g", "XLEN r", "DEL r")...)
}

// Damaged payloads of every type in every form, with a right checksum
// (2026-25243, and what fuzzing has found over the years): an error, or a key on
// which commands work. What they answer is ours to choose.
func TestDamagedPayloads(t *testing.T) {
	ours := testkit.StartSigrun(t)
	c := ours.Dial(t)
	r := rng.New(25243)
	taken, refused := 0, 0
	for _, v := range values(200) {
		c.Do("FLUSHALL")
		for _, args := range v.make {
			c.MustDo(args...)
		}
		whole := []byte(c.Do("DUMP", "k").Text)
		for i := range 400 {
			damaged := slices.Clone(whole)
			for range 1 + r.Uint64n(3) {
				damaged[r.Uint64n(uint64(len(damaged)-10))] = byte(r.Uint64())
			}
			c.Do("CONFIG", "SET", "sanitize-dump-payload", []string{"no", "yes"}[i%2])
			reply, err := c.TryDo("RESTORE", "renamed", "0", seal(damaged), "REPLACE")
			if err != nil {
				t.Fatalf("%s: %v after %q", v.name, err, damaged)
			}
			if reply.IsError() {
				refused++
				continue
			}
			taken++
			if err := probe(c, v.again); err != nil {
				t.Fatalf("%s: %v after %q", v.name, err, damaged)
			}
		}
	}
	t.Logf("%d payloads were taken, %d refused", taken, refused)
	if taken == 0 || refused == 0 {
		t.Error("one of the ways was never gone")
	}
}

// probe looks at the key "renamed" in all ways, changes it and deletes it.
func probe(c *testkit.Client, again []string) error {
	for _, args := range append(words("TYPE renamed", "OBJECT ENCODING renamed", "DUMP renamed", "DEBUG DIGEST-VALUE renamed", "GET renamed",
		"LRANGE renamed 0 -1", "LPOS renamed x", "SMEMBERS renamed", "SINTER renamed renamed", "HGETALL renamed", "HRANDFIELD renamed -5 WITHVALUES",
		"ZRANGE renamed 0 -1 WITHSCORES", "ZRANGEBYSCORE renamed -inf +inf", "XRANGE renamed - +", "XREVRANGE renamed + - COUNT 3", "XINFO STREAM renamed FULL",
		"XPENDING renamed g - + 10", "SORT renamed ALPHA", "PFCOUNT renamed"), again, []string{"COPY", "renamed", "twin", "REPLACE"},
		[]string{"LPOP", "renamed"}, []string{"SPOP", "renamed"}, []string{"ZPOPMIN", "renamed"}, []string{"XTRIM", "renamed", "MAXLEN", "1"},
		[]string{"DEL", "twin"}, []string{"UNLINK", "renamed"}, []string{"PING"}) {
		if reply, err := c.TryDo(args...); err != nil {
			return fmt.Errorf("%s: %w", showArgs(args), err)
		} else if reply.IsError() && strings.Contains(reply.Text, "BUG") {
			return fmt.Errorf("%s: %s", showArgs(args), reply)
		}
	}
	return nil
}
