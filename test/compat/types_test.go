package compat

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// value is a value of some type in one of its forms.
type value struct {
	name  string
	make  [][]string // calls that make it under the key "k"
	again []string   // a call that changes it under the key "renamed"
}

// elements are the arguments of a call with n elements, each as f has it.
func elements(call string, n int, f func(i int) []string) []string {
	args := []string{call, "k"}
	for i := range n {
		args = append(args, f(i)...)
	}
	return args
}

func short(i int) string { return "element:" + strconv.Itoa(i) }

// values are all types in all forms, the large ones of n elements.
func values(n int) []value {
	one := func(i int) []string { return []string{short(i)} }
	number := func(i int) []string { return []string{strconv.Itoa(i * 3)} }
	pair := func(i int) []string { return []string{short(i), "value:" + strconv.Itoa(i)} }
	scored := func(i int) []string { return []string{strconv.Itoa(i%1000) + ".5", short(i)} }
	stream := [][]string{{"XGROUP", "CREATE", "k", "g", "0", "MKSTREAM"}}
	for i := range n / 10 {
		stream = append(stream, []string{"XADD", "k", fmt.Sprintf("%d-1", i+1), "field", short(i), "n", strconv.Itoa(i)})
	}
	stream = append(stream, []string{"XREADGROUP", "GROUP", "g", "consumer", "COUNT", "5", "STREAMS", "k", ">"})
	return []value{
		{"integer", [][]string{{"SET", "k", "12345"}}, []string{"INCR", "renamed"}},
		{"short string", [][]string{{"SET", "k", "text"}}, []string{"APPEND", "renamed", "x"}},
		{"long string", [][]string{{"SET", "k", longText + hugeElement}}, []string{"APPEND", "renamed", "x"}},
		{"list/listpack", [][]string{elements("RPUSH", 20, one)}, []string{"LPUSH", "renamed", "x"}},
		{"list/quicklist", [][]string{elements("RPUSH", n, one)}, []string{"LPUSH", "renamed", "x"}},
		{"set/intset", [][]string{elements("SADD", 300, number)}, []string{"SADD", "renamed", "1"}},
		{"set/listpack", [][]string{elements("SADD", 100, one)}, []string{"SADD", "renamed", "x"}},
		{"set/hashtable", [][]string{elements("SADD", n, one)}, []string{"SADD", "renamed", "x"}},
		{"hash/listpack", [][]string{elements("HSET", 100, pair)}, []string{"HSET", "renamed", "x", "y"}},
		{"hash/hashtable", [][]string{elements("HSET", n, pair)}, []string{"HSET", "renamed", "x", "y"}},
		{"hash/expiring", [][]string{elements("HSET", n, pair), {"HPEXPIREAT", "k", "7000000000000", "FIELDS", "2", short(1), short(2)}},
			[]string{"HSET", "renamed", "x", "y"}},
		{"zset/listpack", [][]string{elements("ZADD", 100, scored)}, []string{"ZADD", "renamed", "7", "x"}},
		{"zset/skiplist", [][]string{elements("ZADD", n, scored)}, []string{"ZADD", "renamed", "7", "x"}},
		{"stream", stream, []string{"XADD", "renamed", "9999999-1", "a", "b"}},
	}
}

// TestTypes has the commands that know no type work on values of every type in
// every form, and wants nothing left of them in the end.
func TestTypes(t *testing.T) {
	t.Parallel()
	d := startDuo(t)
	for _, n := range []int{200, 20_000} {
		for _, v := range values(n) {
			t.Run(fmt.Sprint(v.name, "/", n), func(t *testing.T) {
				d.t = t
				d.same("FLUSHALL")
				before := used(d, nil)
				checkType(d, &v)
				d.same("FLUSHALL", "SYNC")
				if after := used(d, func(d *duo, n int) bool { return n == before && freed(d, n) }); after != before {
					t.Errorf("%d bytes are left, %d at first", after, before)
				}
			})
		}
	}
}

func checkType(d *duo, v *value) {
	for _, args := range v.make {
		d.same(args...)
	}
	look := func(key string) {
		d.t.Helper()
		for _, question := range [][]string{
			{"TYPE", key}, {"OBJECT", "ENCODING", key}, {"DEBUG", "DIGEST-VALUE", key}, {"DEBUG", "OBJECT", key}, {"PTTL", key},
			{"MEMORY", "USAGE", key, "SAMPLES", "0"}, {"DEBUG", "DIGEST"},
		} {
			d.same(question...)
		}
	}
	look("k")
	d.same("PEXPIREAT", "k", "7000000000000")
	d.same("COPY", "k", "twin")
	look("twin")
	d.same("SADD", "target", "a", "b")
	d.same("COPY", "k", "target")
	d.same("COPY", "k", "target", "REPLACE")
	look("target")
	d.same("COPY", "k", "k", "DB", "3")
	d.same("SET", "renamed", "in the way")
	d.same("RENAMENX", "k", "renamed")
	d.same("RENAME", "k", "renamed")
	look("renamed")
	d.same(v.again...)
	look("renamed")
	look("twin")
	d.same("PERSIST", "renamed")
	exchange(d, "renamed")
	d.same("MOVE", "renamed", "5")
	d.same("SELECT", "5")
	look("renamed")
	d.same("DEL", "renamed")
	d.same("SELECT", "3")
	look("k")
	d.same("SELECT", "0")
	kind := d.same("TYPE", "twin").Text
	for _, name := range []string{"string", "list", "set", "hash", "zset", "stream"} {
		found := d.ours.server.Do("SCAN", "0", "TYPE", name, "COUNT", "1000").Elems[1].Texts()
		want := []string{}
		if name == kind {
			want = []string{"target", "twin"}
		}
		if slices.Sort(found); !slices.Equal(found, want) {
			d.t.Errorf("SCAN TYPE %s: %q", name, found)
		}
	}
	d.same("UNLINK", "twin", "target", "nothing")
	d.same("EXISTS", "twin", "target")
}

// TestTableStats wants DEBUG HTSTATS-KEY to know tables where the real server has
// them.
func TestTableStats(t *testing.T) {
	d := startDuo(t)
	for _, v := range values(200) {
		d.same("DEL", "k")
		for _, args := range v.make {
			d.same(args...)
		}
		for _, args := range [][]string{{"DEBUG", "HTSTATS-KEY", "k"}, {"DEBUG", "HTSTATS-KEY", "k", "full"}} {
			peer, ours := d.both(args...)
			if peer.Kind != ours.Kind || peer.IsError() && peer.Text != ours.Text {
				t.Errorf("%s: %s\nvalkey: %s\nsigrun: %s", v.name, showArgs(args), peer, ours)
			}
		}
	}
}

var (
	purpose = regexp.MustCompile(`(?m)^(records|tables|values): (\d+)$`)
	pending = regexp.MustCompile(`lazyfree_pending_objects:0\r`)
)

// used is how many bytes our server has in blocks. It asks again until settled, if
// there is one, says that it need not.
func used(d *duo, settled func(d *duo, n int) bool) (n int) {
	for range 500 {
		n = 0
		for _, m := range purpose.FindAllStringSubmatch(d.ours.server.Do("MEMORY", "MALLOC-STATS").Text, -1) {
			bytes, _ := strconv.Atoi(m[2])
			n += bytes
		}
		if settled == nil || settled(d, n) {
			return n
		}
		time.Sleep(10 * time.Millisecond)
	}
	return n
}

// freed reports whether nothing waits to be freed.
func freed(d *duo, _ int) bool { return pending.MatchString(d.ours.server.Do("INFO", "memory").Text) }

// TestMemoryUsage wants MEMORY USAGE to tell what a key adds to the memory in use,
// within a twentieth.
func TestMemoryUsage(t *testing.T) {
	d := startDuo(t)
	ours := d.ours.server
	for _, n := range []int{200, 20_000} {
		for _, v := range values(n) {
			ours.Do("FLUSHALL", "SYNC")
			before := used(d, freed)
			for _, args := range v.make {
				ours.Do(args...)
			}
			took := used(d, nil) - before
			told := int(ours.Do("MEMORY", "USAGE", "k").Int())
			// The first key of a shard takes a whole table; it is told its share.
			if off := max(took, told) - min(took, told); off > took/20+100 {
				t.Errorf("%s of %d: %d bytes told, %d taken", v.name, n, told, took)
			}
		}
	}
}
