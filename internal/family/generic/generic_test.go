package generic_test

import (
	"bufio"
	"fmt"
	text "strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/strings"
	"sigrun/internal/keyspace"
	"sigrun/internal/offheap"
	"sigrun/internal/resp"
)

func newRig(t testing.TB) *familytest.Rig {
	return familytest.New(t, generic.GlobalCommands(), strings.Handlers(), generic.Handlers())
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// TestScanSeesAll scans while keys come and go: those that are there all along
// are found.
func TestScanSeesAll(t *testing.T) {
	r := newRig(t)
	const stay = 3000
	for i := range stay {
		r.Do("set", fmt.Sprintf("stay:%d", i), "v")
	}
	seen := map[string]bool{}
	cursor, calls := "0", 0
	for calls == 0 || cursor != "0" {
		reply := parse(t, r.Do("scan", cursor, "match", "stay:*", "count", "7"))
		cursor = reply.Elems[0].Str
		for _, key := range reply.Elems[1].Elems {
			seen[key.Str] = true
		}
		for i := range 20 { // first many come, then they go
			name := fmt.Sprintf("guest:%d", calls%200*20+i)
			if calls < 200 {
				r.Do("set", name, "v")
			} else {
				r.Do("del", name)
			}
		}
		calls++
		if calls > 100*stay {
			t.Fatal("the scan doesn't end")
		}
	}
	if len(seen) != stay {
		t.Errorf("%d keys of %d", len(seen), stay)
	}
}

func parse(t *testing.T, raw string) resp.Reply {
	t.Helper()
	reply, err := resp.ReadReply(bufio.NewReader(text.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// TestScanDeletesExpired checks that what SCAN passes over and has expired goes.
func TestScanDeletesExpired(t *testing.T) {
	r := newRig(t)
	for i := range 100 {
		r.Do("set", fmt.Sprintf("k%d", i), "v", "px", "50")
	}
	r.Do("set", "alive", "v", "px", "52")
	r.Advance(51)
	if got := parse(t, r.Do("scan", "0", "count", "1000")).String(); got != `*[$"0" *[$"alive"]]` {
		t.Errorf("scan: %s", got)
	}
	if n := len(r.Effects()); n != 100 {
		t.Errorf("%d deletions in the log", n)
	}
	if n := r.Ctx.Tx.Stats.Expired; n != 100 {
		t.Errorf("%d keys counted as expired", n)
	}
}

func TestRandomKey(t *testing.T) {
	r := newRig(t)
	for i := range 50 {
		r.Do("set", fmt.Sprintf("k%d", i), "v")
	}
	seen := map[string]bool{}
	for range 5000 {
		seen[r.Do("randomkey")] = true
	}
	if len(seen) != 50 {
		t.Errorf("%d keys of 50 came up", len(seen))
	}
}

// TestMoveValues renames, copies and moves values of all sizes, across shards
// and within them, and checks that none is lost or shared.
func TestMoveValues(t *testing.T) {
	r := newRig(t)
	for _, size := range []int{0, 1, 10, 200, 4096, 4097, 100_000} {
		for i := range 40 {
			value := text.Repeat(string(rune('a'+i%26)), size)
			want := fmt.Sprintf("$%d\r\n%s\r\n", size, value)
			from, to := fmt.Sprintf("from%d", i), fmt.Sprintf("to%d", i*7)
			r.Do("set", from, value, "ex", "100")
			r.Do("set", to, text.Repeat("z", 5000))
			r.Do("rename", from, to)
			r.Do("copy", to, from)
			r.Do("append", from, "changed")
			r.Do("del", from)
			r.Do("move", to, "3")
			if got := r.Do("exists", to); got != ":0\r\n" {
				t.Fatalf("%d bytes: still there: %q", size, got)
			}
			r.Select(3)
			if got := r.Do("get", to); got != want {
				t.Fatalf("%d bytes: %.60q", size, got)
			}
			if got := r.Do("ttl", to); got != ":100\r\n" {
				t.Fatalf("%d bytes: time to live %q", size, got)
			}
			r.Do("del", to)
			r.Select(0)
		}
	}
	if used := r.Keyspace().UsedFor(offheap.Values); used != 0 {
		t.Errorf("%d bytes of values are lost", used)
	}
}

// TestFrequency checks the answers under an LFU policy.
func TestFrequency(t *testing.T) {
	r := newRig(t)
	r.Keyspace().SetPolicy(keyspace.AllKeysLFU, 5, 10, 1)
	r.Do("set", "k", "v")
	for _, step := range []struct{ line, want string }{
		{"object freq k", ":5\r\n"},
		{"object freq nope", "$-1\r\n"},
		{"object idletime k", "-ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.\r\n"},
		{"object idletime nope", "$-1\r\n"},
	} {
		if got := r.Line(step.line); got != step.want {
			t.Errorf("%s: %q", step.line, got)
		}
	}
	payload := "\x00\x0bhello worldP\x00\xc4\xd6\x80(8\x95\xc7\xc0"
	r.Do("restore", "r", "0", payload, "freq", "100")
	if got := r.Line("object freq r"); got != ":100\r\n" {
		t.Errorf("restored: %q", got)
	}
}

// TestNoTouch checks which commands count as an access.
func TestNoTouch(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		line    string
		noTouch bool
		idle    string
	}{
		{"get k", false, ":0\r\n"},
		{"get k", true, ":100\r\n"},
		{"touch k", true, ":0\r\n"},
		{"exists k", false, ":100\r\n"},
		{"ttl k", false, ":100\r\n"},
		{"type k", false, ":100\r\n"},
		{"object encoding k", false, ":100\r\n"},
		{"dump k", false, ":0\r\n"},
	} {
		r.Do("set", "k", "v")
		r.Advance(100_000)
		r.Ctx.Tx.NoTouch = c.noTouch
		r.Line(c.line)
		r.Ctx.Tx.NoTouch = false
		if got := r.Line("object idletime k"); got != c.idle {
			t.Errorf("%s (no touch: %v): %q", c.line, c.noTouch, got)
		}
		r.Do("del", "k")
	}
}

// TestKeepExpired checks that a server that keeps expired keys, such as a
// replica, stores a time that has passed instead of deleting.
func TestKeepExpired(t *testing.T) {
	r := newRig(t)
	r.Do("set", "k", "v")
	r.Keyspace().KeepExpired(true)
	if got := r.Do("pexpireat", "k", "-5"); got != ":1\r\n" {
		t.Errorf("expire: %q", got)
	}
	if got := r.Effects(); len(got) != 1 || got[0] != "pexpireat k -5" {
		t.Errorf("log: %q", got)
	}
	if got := r.Do("get", "k"); got != "$-1\r\n" || len(r.Effects()) != 0 {
		t.Errorf("get: %q %q", got, r.Effects())
	}
	r.Keyspace().KeepExpired(false)
	if r.Do("get", "k"); len(r.Effects()) != 1 {
		t.Error("the key is not deleted")
	}
}

// TestDumpRules checks the settings about payloads.
func TestDumpRules(t *testing.T) {
	r := newRig(t)
	long := text.Repeat("a", 100)
	r.Do("set", "k", long)
	r.Ctx.Dump.Plain = true
	dump := parse(t, r.Do("dump", "k")).Str
	if !text.Contains(dump, long) {
		t.Errorf("compressed: %q", dump)
	}
	broken := dump[:len(dump)-1] + "?"
	if got := r.Do("restore", "l", "0", broken); got != "-ERR DUMP payload version or checksum are wrong\r\n" {
		t.Errorf("wrong checksum: %q", got)
	}
	r.Ctx.Dump.SkipChecksum = true
	if got := r.Do("restore", "l", "0", broken); got != "+OK\r\n" {
		t.Errorf("unchecked: %q", got)
	}
	for _, damaged := range []string{"\x00\x20abc", "\x01\x01\x01a", "\xfe", "\x00"} {
		if got := r.Do("restore", "l", "0", damaged+dump[len(dump)-10:], "replace"); got != "-ERR Bad data format\r\n" {
			t.Errorf("%q: %q", damaged, got)
		}
	}
	if got := parse(t, r.Do("get", "l")).Str; got != long {
		t.Errorf("a damaged payload replaced the value by %q", got)
	}
}

// FuzzRestore gives RESTORE payloads whose checksum isn't asked for.
func FuzzRestore(f *testing.F) {
	f.Add([]byte("\x00\x0bhello worldP\x00\xc4\xd6\x80(8\x95\xc7\xc0"))
	f.Add([]byte("\x00\xc3\x12C\xe8\x01aa\xe0\xff\x00\xe0\xff\x00\xe0\xff\x00\xe0\xc3\x00\x01aaP\x00I\xe8\xdbJ\xca\xd3\xf9\xc8"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		r := newRig(t)
		r.Ctx.Dump.SkipChecksum = true
		if r.Do("restore", "k", "0", string(payload)) != "+OK\r\n" {
			return
		}
		value := r.Do("get", "k")
		again := parse(t, r.Do("dump", "k")).Str
		if got := r.Do("restore", "k2", "0", again); got != "+OK\r\n" {
			t.Fatalf("our own payload: %q", got)
		}
		if got := r.Do("get", "k2"); got != value {
			t.Fatalf("%.100q became %.100q", value, got)
		}
	})
}
