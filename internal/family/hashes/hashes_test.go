package hashes_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/hashes"
	strs "sigrun/internal/family/strings"
	"sigrun/internal/invariant"
	"sigrun/internal/keyspace"
	"sigrun/internal/rng"
	"sigrun/internal/testkit"
	"sigrun/internal/value"
)

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(), hashes.Handlers(), strs.Handlers(), generic.Handlers())
	r.Ctx.Limits = &value.Limits{HashEntries: 512, HashValue: 64}
	return r
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// number is the integer that a command answers.
func number(t testing.TB, r *familytest.Rig, words ...string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(r.Do(words...), ":"), "\r\n"))
	if err != nil {
		t.Fatalf("%v: %v", words, err)
	}
	return n
}

// live is the number of fields of a hash that have not expired.
func live(r *familytest.Rig, key string) int { return strings.Count(r.Do("hkeys", key), "$") }

// TestSweep has fields expire in hashes that are renamed, copied, moved and
// replaced meanwhile, and wants all that are due to go in one round, and no others.
func TestSweep(t *testing.T) {
	const seed = 5
	t.Logf("seed %d", seed)
	src := rng.New(seed)
	r := newRig(t)
	ks := r.Keyspace()
	gate := ks.NewGate()
	tx := ks.NewTxn(gate, r)
	var sweeper keyspace.Sweeper
	key := func() string { return fmt.Sprint("k", src.Uint64n(200)) }
	field := func() string { return fmt.Sprint("f", src.Uint64n(20)) }
	ttl := func() string { return fmt.Sprint(1 + src.Uint64n(500)) }
	for range 60 {
		for range 500 {
			r.Select(int(src.Uint64n(2)))
			switch src.Uint64n(12) {
			case 0:
				r.Do("rename", key(), key())
			case 1:
				r.Do("copy", key(), key(), "replace")
			case 2:
				r.Do("move", key(), "1")
			case 3:
				r.Do("del", key())
			case 4:
				r.Do("pexpire", key(), ttl())
			case 5:
				r.Do("hpersist", key(), "fields", "2", field(), field())
			case 6:
				r.Do("hset", key(), field(), "v", field(), "v")
			case 7:
				r.Do("set", key(), "v")
			case 8:
				r.Do("hdel", key(), field(), field())
			case 9:
				r.Do("hpexpire", key(), ttl(), "fields", "2", field(), field())
			default:
				r.Do("hsetex", key(), "px", ttl(), "fields", "2", field(), "v", field(), "v")
			}
		}
		r.Advance(int64(src.Uint64n(200)))
		tx.SetNow(r.Now())
		gate.Enter()
		for range 2 { // a segment whose keys went may have been passed already
			for !sweeper.Sweep(tx, func() bool { return true }) {
			}
		}
		gate.Leave()
		for db := range 2 {
			r.Select(db)
			for i := range 200 {
				k := fmt.Sprint("k", i)
				if r.Do("type", k) != "+hash\r\n" {
					continue
				}
				if all, some := number(t, r, "hlen", k), live(r, k); all != some || all == 0 {
					t.Fatalf("%s has %d fields, %d of which are alive", k, all, some)
				}
			}
		}
	}
	gate.Enter()
	tx.EnterAll()
	timed := tx.Timed()
	tx.Leave()
	gate.Leave()
	if tx.Stats.Parts == 0 || timed == 0 {
		t.Errorf("%d fields went, %d keys have more", tx.Stats.Parts, timed)
	}
}

// TestSweepInSteps wants the fields of a large hash to be deleted some at a time.
func TestSweepInSteps(t *testing.T) {
	r := newRig(t)
	const fields = 5000
	line := []string{"hsetex", "h", "px", "10", "fields", strconv.Itoa(fields)}
	for i := range fields {
		line = append(line, fmt.Sprint("field", i), "v")
	}
	r.Do(line...)
	r.Do("hset", "h", "stays", "v")
	r.Advance(100)
	gate := r.Keyspace().NewGate()
	tx := r.Keyspace().NewTxn(gate, r)
	tx.SetNow(r.Now())
	gate.Enter()
	var sweeper keyspace.Sweeper
	steps, most, before := 0, 0, fields+1
	sweeper.Sweep(tx, func() bool {
		if left := number(t, r, "hlen", "h"); left != before {
			steps++
			most, before = max(most, before-left), left
		}
		return true
	})
	gate.Leave()
	if before != 1 || most > 1000 || steps < 5 {
		t.Errorf("%d fields are left; %d steps of at most %d", before, steps, most)
	}
}

// TestAllocs wants the common commands to allocate nothing.
func TestAllocs(t *testing.T) {
	if invariant.Enabled {
		t.Skip("checks of invariants allocate")
	}
	r := newRig(t)
	r.Ctx.Events = nil
	fill(r, "large", 2000)
	fill(r, "small", 10)
	r.Do("hset", "counts", "n", "1")
	r.Do("hexpire", "large", "1000", "fields", "1", "field:000000000003")
	for _, line := range []string{
		"hget large field:000000000001", "hget small field:000000000001", "hget none x",
		"hset large field:000000000001 fedcba9876543210", "hset small field:000000000001 fedcba9876543210",
		"hset small field:000000000001 1", "hset large field:000000000002 longerthanbeforelongerthanbefore",
		"hmget large field:000000000001 field:000000000002 none", "hgetall small", "hkeys small", "hvals small", "hgetall large",
		"hincrby counts n 1", "hincrbyfloat counts f 0.5", "hincrby large n 1", "hlen large", "hexists large x", "hstrlen small field:000000000001",
		"hdel large none", "httl large fields 1 field:000000000001", "hexpire large 1000 fields 1 field:000000000003",
		"hgetex large ex 1000 fields 1 field:000000000003", "hsetex large ex 1000 fields 1 field:000000000003 v",
		"hrandfield large", "hrandfield small 3 withvalues", "hscan small 0", "hscan large 0 match none",
	} {
		var argv [][]byte
		for _, w := range strings.Fields(line) {
			argv = append(argv, []byte(w))
		}
		t.Run(line, func(t *testing.T) {
			r.Run(argv)
			testkit.Allocs(t, 0, func() { r.Run(argv) })
		})
	}
}

// fill makes a hash of n fields.
func fill(r *familytest.Rig, key string, n int) {
	for i := 0; i < n; i += 100 {
		line := []string{"hset", key}
		for j := i; j < min(i+100, n); j++ {
			line = append(line, fmt.Sprintf("field:%012d", j), "0123456789abcdef")
		}
		r.Do(line...)
	}
}

// lines are n command lines about random ones of many fields.
func lines(n, many int, words ...string) [][][]byte {
	src := rng.New(1)
	all := make([][][]byte, n)
	for i := range all {
		for _, w := range words {
			if w == "?" {
				w = fmt.Sprintf("field:%012d", src.Uint64n(uint64(many)))
			}
			all[i] = append(all[i], []byte(w))
		}
	}
	return all
}

func BenchmarkCommands(b *testing.B) {
	for _, line := range []string{
		"hget large ?", "hset large ? fedcba9876543210", "hset large ? x", "hincrby counts ? 1", "hmget small ? ? ?",
		"hget small ?", "hset small ? fedcba9876543210", "hgetall small", "hexpire large 1000 fields 1 ?",
	} {
		b.Run(line, func(b *testing.B) {
			r := newRig(b)
			r.Ctx.Events = nil
			fill(r, "large", 1_000_000)
			fill(r, "small", 10)
			words := strings.Fields(line)
			many := 1_000_000
			if words[1] == "small" {
				many = 10
			}
			all := lines(1<<16, many, words...)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				r.Run(all[i%len(all)])
			}
		})
	}
}
