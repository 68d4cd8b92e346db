package sets_test

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/family/familytest"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/sets"
	strs "sigrun/internal/family/strings"
	"sigrun/internal/invariant"
	"sigrun/internal/resp"
	"sigrun/internal/testkit"
	"sigrun/internal/value"
)

func newRig(t testing.TB) *familytest.Rig {
	r := familytest.New(t, generic.GlobalCommands(), sets.Handlers(), strs.Handlers(), generic.Handlers())
	r.Ctx.Limits = &value.Limits{SetInts: 512, SetEntries: 128, SetValue: 64}
	return r
}

func TestScripts(t *testing.T) { familytest.Scripts(t, "testdata", newRig) }

// texts runs a command and returns the texts of the elements of its reply, of
// which scans have a second level.
func texts(t testing.TB, r *familytest.Rig, words ...string) (all []string) {
	t.Helper()
	reply, err := resp.ReadReply(bufio.NewReader(strings.NewReader(r.Do(words...))))
	if err != nil || reply.Kind == resp.Error {
		t.Fatalf("%v: %v %v", words, reply, err)
	}
	for _, e := range reply.Elems {
		if e.Kind == resp.Array {
			for _, e := range e.Elems {
				all = append(all, e.Str)
			}
			continue
		}
		all = append(all, e.Str)
	}
	return all
}

func members(prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, prefix+strconv.Itoa(i))
	}
	return all
}

func sadd(t testing.TB, r *familytest.Rig, key string, members []string) {
	t.Helper()
	if got, want := r.Do(append([]string{"sadd", key}, members...)...), fmt.Sprintf(":%d\r\n", len(members)); got != want {
		t.Fatalf("sadd of %d: %q", len(members), got)
	}
}

// TestPopLog wants the pops of large sets in the log in commands of bounded size
// that remove just what was popped.
func TestPopLog(t *testing.T) {
	r := newRig(t)
	for _, n := range []int{1, 100, 1023, 1024, 1025, 2100, 2999} {
		r.Do("del", "s")
		all := members("m", 3000)
		sadd(t, r, "s", all)
		popped := texts(t, r, "spop", "s", strconv.Itoa(n))
		if r.Ctx.Tx.Dirty != n {
			t.Errorf("spop %d counts %d changes", n, r.Ctx.Tx.Dirty)
		}
		var logged []string
		for _, line := range r.Effects() {
			words := strings.Fields(line)
			if words[0] != "SREM" || words[1] != "s" || len(words) > 2+1024 {
				t.Fatalf("spop %d: %.60s", n, line)
			}
			logged = append(logged, words[2:]...)
		}
		if !slices.Equal(popped, logged) || len(popped) != n {
			t.Errorf("spop %d: %d popped, %d logged", n, len(popped), len(logged))
		}
		left := append(texts(t, r, "smembers", "s"), popped...)
		slices.Sort(left)
		slices.Sort(all)
		if !slices.Equal(left, all) {
			t.Errorf("spop %d: the popped and the others are not all", n)
		}
	}
}

// TestRandomIsFair draws from each form, in each way, and wants every member
// drawn about equally often.
func TestRandomIsFair(t *testing.T) {
	r := newRig(t)
	sadd(t, r, "intset", members("", 20))
	sadd(t, r, "listpack", members("m", 20))
	sadd(t, r, "hashtable", append(members("m", 19), strings.Repeat("x", 65)))
	for _, key := range []string{"intset", "listpack", "hashtable"} {
		if got := r.Do("object", "encoding", key); !strings.Contains(got, key) {
			t.Fatalf("%s is %q", key, got)
		}
		for _, count := range []string{"", "-5", "3", "15"} {
			drawn := map[string]int{}
			total := 0
			for total < 20*1000 {
				words := []string{"srandmember", key}
				if count == "" {
					reply, _ := resp.ReadReply(bufio.NewReader(strings.NewReader(r.Do(words...))))
					drawn[reply.Str]++
					total++
					continue
				}
				found := texts(t, r, append(words, count)...)
				if count[0] != '-' && len(slices.Compact(slices.Sorted(slices.Values(found)))) != len(found) {
					t.Fatalf("%s %s: one twice in %q", key, count, found)
				}
				for _, m := range found {
					drawn[m]++
				}
				total += len(found)
			}
			for m, n := range drawn {
				if n < 800 || n > 1200 { // six standard deviations and more
					t.Errorf("%s %s: %q drawn %d times, not about 1000", key, count, m, n)
				}
			}
			if len(drawn) != 20 {
				t.Errorf("%s %s: %d of 20 drawn", key, count, len(drawn))
			}
		}
	}
}

// TestSampleOfLarge draws few and many of a large set.
func TestSampleOfLarge(t *testing.T) {
	r := newRig(t)
	sadd(t, r, "s", members("m", 5000))
	for _, n := range []int{1, 100, 1600, 1700, 4999, 5000, 6000} {
		found := texts(t, r, "srandmember", "s", strconv.Itoa(n))
		if distinct := slices.Compact(slices.Sorted(slices.Values(found))); len(distinct) != min(n, 5000) || len(found) != len(distinct) {
			t.Errorf("%d: %d members, %d different ones", n, len(found), len(distinct))
		}
	}
	if found := texts(t, r, "srandmember", "s", "-7000"); len(found) != 7000 {
		t.Errorf("%d drawn", len(found))
	}
	if got := r.Do("srandmember", "s", "-1000000000"); got != "-ERR value is out of range\r\n" {
		t.Errorf("%.40q", got)
	}
}

// TestScanGrowing scans a set that grows and shrinks meanwhile, from small to
// large forms, and wants all that stays to be seen.
func TestScanGrowing(t *testing.T) {
	for _, start := range []int{300, 3000} {
		r := newRig(t)
		stay := members("stay", start)
		sadd(t, r, "s", stay)
		seen := map[string]bool{}
		cursor, added := "0", 0
		for {
			reply, err := resp.ReadReply(bufio.NewReader(strings.NewReader(r.Do("sscan", "s", cursor, "count", "20"))))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range reply.Elems[1].Elems {
				seen[e.Str] = true
			}
			if cursor = reply.Elems[0].Str; cursor == "0" {
				break
			}
			if n, err := strconv.ParseUint(cursor, 10, 64); err != nil || n >= 1<<53 {
				t.Fatalf("cursor %s", cursor)
			}
			for range 50 {
				if added < 20_000 {
					r.Do("sadd", "s", "new"+strconv.Itoa(added))
				}
				added++
			}
			for i := range 25 {
				r.Do("srem", "s", "new"+strconv.Itoa(added-40+i))
			}
		}
		for _, m := range stay {
			if !seen[m] {
				t.Fatalf("%s of %d was not seen", m, start)
			}
		}
	}
}

// TestAllocs holds the hot commands to not allocating.
func TestAllocs(t *testing.T) {
	if invariant.Enabled {
		t.Skip("checks of invariants allocate")
	}
	r := newRig(t)
	r.Ctx.Events = nil
	sadd(t, r, "ints", members("", 100))
	sadd(t, r, "pack", members("m", 100))
	sadd(t, r, "table", members("m", 1000))
	sadd(t, r, "other", members("m1", 1000))
	for _, line := range []string{
		"sadd ints 5", "sadd pack m5", "sadd table m5", "sismember ints 5", "sismember pack m5", "sismember table m5",
		"smismember table m5 m6 x", "scard table", "smembers pack", "smembers table", "srandmember ints", "srandmember pack",
		"srandmember table", "sinter table other", "sintercard 2 table other", "sscan table 0", "srem table nope",
		"sunion ints ints", "sdiff table other", "smove table other nope",
	} {
		t.Run(line, func(t *testing.T) {
			argv := bytes.Fields([]byte(line))
			r.Run(argv)
			testkit.Allocs(t, 0, func() { r.Run(argv) })
		})
	}
	var turns [][][]byte
	for _, line := range []string{
		"sadd ints 123456", "srem ints 123456", "sadd pack 123456", "srem pack 123456", "sadd table 123456", "srem table 123456",
		"sadd new x", "srem new x", "sadd new x", "spop new",
	} {
		turns = append(turns, bytes.Fields([]byte(line)))
	}
	t.Run("add and remove", func(t *testing.T) {
		testkit.Allocs(t, 0, func() {
			for _, argv := range turns {
				r.Run(argv)
			}
		})
	})
}
