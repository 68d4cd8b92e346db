package server_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// traffic are commands that go through a value of each type, change it and save
// it, in forms that an attacker may hope for. Those of other types are errors.
var traffic = commandLines(`
	TYPE k; OBJECT ENCODING k; OBJECT FREQ k; MEMORY USAGE k; DEBUG DIGEST-VALUE k; DUMP k; COPY k other REPLACE; EXPIRE k 1000; PERSIST k
	GET k; STRLEN k; APPEND k x; GETRANGE k 0 -1; BITCOUNT k; PFCOUNT k; SETRANGE k 5 abc; INCR k
	LLEN k; LRANGE k 0 -1; LINDEX k -1; LPOS k a; LINSERT k BEFORE a b; LSET k 0 c; LREM k 0 a; RPUSH k 1 x; LPOP k; RPOP k; LTRIM k 1 -2
	SCARD k; SMEMBERS k; SISMEMBER k 1; SRANDMEMBER k 3; SADD k 5 x; SREM k 1; SPOP k; SSCAN k 0; SDIFF k other
	HLEN k; HGETALL k; HGET k a; HSET k a 2 new x; HDEL k b; HRANDFIELD k 2; HSCAN k 0; HINCRBY k n 1; HPEXPIRE k 100000 FIELDS 1 a; HPTTL k FIELDS 1 a
	ZCARD k; ZRANGE k 0 -1 WITHSCORES; ZRANK k a; ZSCORE k a; ZADD k 5 x 1 a; ZREM k b; ZPOPMIN k; ZRANGEBYSCORE k -inf +inf; ZRANGEBYLEX k - +; ZREMRANGEBYRANK k 0 0
	XLEN k; XRANGE k - +; XREVRANGE k + -; XINFO STREAM k FULL; XREAD STREAMS k 0; XADD k * f v; XDEL k 1-0; XTRIM k MAXLEN 1
	XREADGROUP GROUP g c STREAMS k >; XPENDING k g - + 10; XAUTOCLAIM k g d 0 0; XACK k g 1-0; XGROUP DESTROY k g
	SORT k ALPHA; DUMP k; DEBUG DIGEST-VALUE k; RENAME k gone; UNLINK gone other`)

func commandLines(text string) (commands [][]string) {
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if words := strings.Fields(line); len(words) > 0 {
			commands = append(commands, words)
		}
	}
	return commands
}

// startUnchecked starts a server that asks for no checksums of payloads.
func startUnchecked(t testing.TB) *testkit.Server {
	s := testkit.StartSigrun(t)
	s.Dial(t).MustDo("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1")
	return s
}

// restore restores each payload and sends the traffic. It returns how many were
// taken. Each payload must be an error or a key that works.
func restore(t testing.TB, c *testkit.Client, payloads ...[]byte) (taken int) {
	var commands [][]string
	for _, p := range payloads {
		commands = append(commands, []string{"RESTORE", "k", "0", string(p), "REPLACE"})
		commands = append(commands, traffic...)
	}
	replies := c.Pipeline(commands...)
	for i, p := range payloads {
		reply := replies[i*(1+len(traffic))]
		switch {
		case reply.IsOK():
			taken++
		case !strings.HasPrefix(reply.Text, "ERR Bad data format") && !strings.HasPrefix(reply.Text, "ERR Unsupported foreign") &&
			!strings.HasPrefix(reply.Text, "ERR DUMP payload version"):
			t.Fatalf("payload %q: %s", p, reply)
		}
	}
	return taken
}

// payloadOf is a value as DUMP gives it, with a checksum that is none.
func payloadOf(f form) []byte {
	version := map[string]uint16{redis: 15, valkey: 80}[f.family]
	if version == 0 {
		version = 11
	}
	p := binary.LittleEndian.AppendUint16(cat(string(f.typ), f.body), version)
	return append(p, 1, 2, 3, 4, 5, 6, 7, 8)
}

// TestRestoreFlips gives RESTORE payloads of all types in which some bits are
// wrong.
func TestRestoreFlips(t *testing.T) {
	times := 50
	if os.Getenv("SIGRUN_FAULTS") == "all" {
		times = 30_000 // 10^6 payloads
	}
	seed := rng.NewRandom().Uint64()
	t.Logf("seed %d", seed)
	random := rng.New(seed)
	c := startUnchecked(t).Dial(t)
	taken, tried := 0, 0
	for range times {
		var batch [][]byte
		for _, f := range forms() {
			p := payloadOf(f)
			for range 1 + random.Uint64n(3) {
				p[random.Uint64n(uint64(len(p)-10))] ^= 1 << random.Uint64n(8)
			}
			batch = append(batch, p)
		}
		taken += restore(t, c, batch...)
		tried += len(batch)
	}
	t.Logf("%d of %d payloads were taken", taken, tried)
	if c.MustDo("DBSIZE").Int() != 0 {
		t.Error("keys are left")
	}
}

// FuzzRestore gives RESTORE payloads whose checksum isn't asked for.
func FuzzRestore(f *testing.F) {
	for _, form := range forms() {
		f.Add(payloadOf(form))
	}
	s := startUnchecked(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		c := s.Dial(t)
		defer c.Close()
		restore(t, c, bytes.Clone(payload))
	})
}
