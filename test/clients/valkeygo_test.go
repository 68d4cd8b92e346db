package clients

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valkey-io/valkey-go"

	"sigrun/internal/testkit"
)

// valkeyGo is github.com/valkey-io/valkey-go at work. It pipelines by itself: all
// goroutines share one connection.
type valkeyGo struct {
	addr     string
	protocol int
	c        valkey.Client
}

func newValkeyGo(t *testing.T, addr string, protocol int) worker {
	g := &valkeyGo{addr: addr, protocol: protocol}
	g.c = g.connect(t)
	return g
}

// connect returns a further client, closed when the test ends. Its cache needs
// RESP3 and CLIENT TRACKING, which is not what this is about.
func (g *valkeyGo) connect(t *testing.T) valkey.Client {
	c, err := valkey.NewClient(valkey.ClientOption{InitAddress: []string{g.addr}, ClientName: "rig",
		AlwaysRESP2: g.protocol == 2, DisableCache: true})
	testkit.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// do runs a command written as words.
func (g *valkeyGo) do(t *testing.T, words ...string) valkey.ValkeyResult {
	return on(t, g.c, words...)
}

func on(t *testing.T, c valkey.Client, words ...string) valkey.ValkeyResult {
	return c.Do(t.Context(), c.B().Arbitrary(words...).Build())
}

func (g *valkeyGo) flush(t *testing.T) { testkit.NoError(t, g.do(t, "FLUSHALL").Error()) }

func (g *valkeyGo) checks() map[string]func(t *testing.T) {
	return map[string]func(t *testing.T){
		"protocol": g.protocolCheck, "strings": g.strings, "pipeline": g.pipeline, "transaction": g.transaction,
		"watch": g.watch, "scan": g.scan, "expiry": g.expiry, "binary": g.binary, "big": g.big, "errors": g.errors,
		"concurrent": g.concurrent, "reconnect": g.reconnect,
	}
}

// number and text say what a command has to return.
func (g *valkeyGo) number(t *testing.T, want int64, words ...string) {
	t.Helper()
	n, err := g.do(t, words...).AsInt64()
	equal(t, strings.Join(words, " "), n, err, want)
}

func (g *valkeyGo) text(t *testing.T, want string, words ...string) {
	t.Helper()
	s, err := g.do(t, words...).ToString()
	equal(t, words[0], s, err, want)
}

func (g *valkeyGo) protocolCheck(t *testing.T) {
	info, err := g.do(t, "CLIENT", "INFO").ToString()
	if want := "resp=" + strconv.Itoa(g.protocol); err != nil || !slices.Contains(strings.Fields(info), want) {
		t.Errorf("CLIENT INFO: %q, %v; want %s", info, err, want)
	}
	g.text(t, "rig", "CLIENT", "GETNAME")
}

func (g *valkeyGo) strings(t *testing.T) {
	g.text(t, "OK", "SET", "s", "hello")
	g.number(t, 11, "APPEND", "s", " world")
	g.text(t, "world", "GETRANGE", "s", "-5", "-1")
	if err := g.do(t, "SET", "s", "x", "NX").Error(); !valkey.IsValkeyNil(err) {
		t.Errorf("SET NX of a key that is there: %v", err)
	}
	g.text(t, "hello world", "SET", "s", "x", "XX", "GET")
	g.number(t, 5, "INCRBY", "n", "5")
	g.number(t, 4, "DECR", "n")
	g.text(t, "0.5", "INCRBYFLOAT", "f", "0.5")
	values, err := g.do(t, "MGET", "s", "none", "n").ToArray()
	if err != nil || len(values) != 3 || !values[1].IsNil() {
		t.Errorf("MGET: %v, %v", values, err)
	}
	g.number(t, 2, "EXISTS", "s", "none", "n")
	g.number(t, 3, "DEL", "s", "n", "f")
}

func (g *valkeyGo) pipeline(t *testing.T) {
	const n = 1000
	var commands valkey.Commands
	for range n {
		commands = append(commands, g.c.B().Incr().Key("piped").Build())
	}
	commands = append(commands, g.c.B().Set().Key("text").Value("x").Build(),
		g.c.B().Incr().Key("text").Build(), g.c.B().Get().Key("text").Build())
	results := g.c.DoMulti(t.Context(), commands...)
	for i, result := range results[:n] {
		got, err := result.AsInt64()
		equal(t, "INCR", got, err, int64(i+1))
	}
	says(t, results[n+1].Error(), "not an integer")
	got, err := results[n+2].ToString()
	equal(t, "GET after the error", got, err, "x")
}

// dedicated runs f on a connection of its own.
func (g *valkeyGo) dedicated(t *testing.T, f func(do func(words ...string) valkey.ValkeyResult)) {
	testkit.NoError(t, g.c.Dedicated(func(d valkey.DedicatedClient) error {
		f(func(words ...string) valkey.ValkeyResult {
			return d.Do(t.Context(), d.B().Arbitrary(words...).Build())
		})
		return nil
	}))
}

func (g *valkeyGo) transaction(t *testing.T) {
	g.dedicated(t, func(do func(words ...string) valkey.ValkeyResult) {
		do("MULTI")
		do("SET", "t", "1")
		do("INCR", "t")
		do("GET", "t")
		replies, err := do("EXEC").ToArray()
		if err != nil || len(replies) != 3 {
			t.Fatalf("EXEC: %v, %v", replies, err)
		}
		got, err := replies[2].ToString()
		equal(t, "GET in the transaction", got, err, "2")
		do("MULTI")
		queued, err := do("APPEND", "t", "lost").ToString()
		equal(t, "APPEND in a transaction", queued, err, "QUEUED")
		testkit.NoError(t, do("DISCARD").Error())
		do("MULTI")
		says(t, do("GET").Error(), "wrong number of arguments")
		says(t, do("EXEC").Error(), "discarded because of previous errors")
	})
	g.text(t, "2", "GET", "t")
}

func (g *valkeyGo) watch(t *testing.T) {
	g.dedicated(t, func(do func(words ...string) valkey.ValkeyResult) {
		do("WATCH", "w")
		g.text(t, "OK", "SET", "w", "2")
		do("MULTI")
		do("SET", "w", "lost")
		if err := do("EXEC").Error(); !valkey.IsValkeyNil(err) {
			t.Errorf("EXEC after a conflict: %v", err)
		}
		do("WATCH", "w")
		do("MULTI")
		do("APPEND", "w", "3")
		replies, err := do("EXEC").AsIntSlice()
		if err != nil || !slices.Equal(replies, []int64{2}) {
			t.Errorf("EXEC without a conflict: %v, %v", replies, err)
		}
	})
	g.text(t, "23", "GET", "w")
}

func (g *valkeyGo) scan(t *testing.T) {
	keys := scanKeys()
	pairs := []string{"MSET"}
	for _, key := range keys {
		pairs = append(pairs, key, "x")
	}
	g.text(t, "OK", pairs...)
	for _, c := range []struct {
		options []string
		want    []string
	}{
		{[]string{"COUNT", "100"}, keys},
		{[]string{"COUNT", "500", "TYPE", "string"}, keys},
		{[]string{"TYPE", "hash"}, nil},
	} {
		var got []string
		for cursor := uint64(0); ; {
			words := append([]string{"SCAN", strconv.FormatUint(cursor, 10), "MATCH", "scan:*"}, c.options...)
			page, err := g.do(t, words...).AsScanEntry()
			testkit.NoError(t, err)
			got = append(got, page.Elements...)
			if cursor = page.Cursor; cursor == 0 {
				break
			}
		}
		sameKeys(t, "SCAN "+strings.Join(c.options, " "), got, c.want)
	}
}

func (g *valkeyGo) expiry(t *testing.T) {
	g.text(t, "OK", "SET", "e", "x", "PX", "40")
	eventually(t, "a key that expires", func() bool { return valkey.IsValkeyNil(g.do(t, "GET", "e").Error()) })
	g.text(t, "OK", "SET", "e", "x", "EX", "100")
	n, err := g.do(t, "TTL", "e").AsInt64()
	within(t, "TTL", time.Duration(n)*time.Second, err, 90*time.Second, 100*time.Second)
	g.number(t, 0, "EXPIRE", "e", "50", "GT")
	g.number(t, 1, "PEXPIRE", "e", "200000")
	n, err = g.do(t, "PTTL", "e").AsInt64()
	within(t, "PTTL", time.Duration(n)*time.Millisecond, err, 190*time.Second, 200*time.Second)
	g.number(t, 1, "PERSIST", "e")
	g.number(t, -1, "TTL", "e")
	g.number(t, 1, "EXPIREAT", "e", "4000000000")
	g.number(t, 4_000_000_000, "EXPIRETIME", "e")
	g.number(t, -2, "TTL", "none")
}

func (g *valkeyGo) binary(t *testing.T) {
	key, value := everyByte()
	g.text(t, "OK", "SET", key, value)
	g.text(t, value, "GET", key)
	g.text(t, "OK", "SET", "empty", "")
	g.text(t, "", "GET", "empty")
	g.number(t, 5, "SETRANGE", "hole", "3", "\r\n")
	g.text(t, "\x00\x00\x00\r\n", "GET", "hole")
}

func (g *valkeyGo) big(t *testing.T) {
	value := bigValue()
	keys := []string{"big:0", "big:1", "big:2", "big:3"}
	for _, key := range keys {
		g.text(t, "OK", "SET", key, value)
	}
	values, err := g.do(t, append([]string{"MGET"}, keys...)...).AsStrSlice()
	testkit.NoError(t, err)
	var commands valkey.Commands
	for range 8 {
		commands = append(commands, g.c.B().Get().Key(keys[1]).Build())
	}
	for _, result := range g.c.DoMulti(t.Context(), commands...) {
		got, err := result.ToString()
		testkit.NoError(t, err)
		values = append(values, got)
	}
	for i, got := range values {
		if got != value {
			t.Errorf("value %d came back different", i)
		}
	}
}

func (g *valkeyGo) errors(t *testing.T) {
	g.text(t, "OK", "SET", "text", "x")
	says(t, g.do(t, "INCR", "text").Error(), "value is not an integer or out of range")
	says(t, g.do(t, "NOSUCHCOMMAND").Error(), "unknown command")
	says(t, g.do(t, "GET").Error(), "wrong number of arguments")
	g.text(t, "x", "GET", "text")
}

func (g *valkeyGo) concurrent(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if err := g.do(t, "INCR", "together").Error(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	g.text(t, "800", "GET", "together")
}

// reconnect: a write that the lost connection may have carried is not repeated by
// the library but reported, so the first commands may fail.
func (g *valkeyGo) reconnect(t *testing.T) {
	own := g.connect(t)
	before, err := on(t, own, "CLIENT", "ID").AsInt64()
	testkit.NoError(t, err)
	g.number(t, 1, "CLIENT", "KILL", "ID", strconv.FormatInt(before, 10))
	eventually(t, "SET after CLIENT KILL", func() bool { return on(t, own, "SET", "back", "again").Error() == nil })
	got, err := on(t, own, "GET", "back").ToString()
	equal(t, "GET after CLIENT KILL", got, err, "again")
	if after, err := on(t, own, "CLIENT", "ID").AsInt64(); err != nil || after == before {
		t.Errorf("CLIENT ID: %d, %v; it was %d before", after, err, before)
	}
}
