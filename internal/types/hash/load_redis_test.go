package hash

import (
	"slices"
	"strings"
	"testing"

	"sigrun/internal/rdb"
)

// TestRedis loads hashes as Redis 8.2 dumps them: a expires first, b half a second
// later, c never.
func TestRedis(t *testing.T) {
	heap := newHeap(t)
	const (
		least = "\x00p\x83\xd0]\x06\x00\x00" // 7000000000000
		table = "\x03\x00\x01c\xc0\x03\x01\x01a\xc0\x01A\xf5\x01b\xc0\x02"
		pack  = ",,\x00\x00\x00\t\x00\x81a\x02\x01\x01\xf4\x00p\x83\xd0]\x06\x00\x00\t\x81b\x02\x02\x01\xf4\xf4q\x83\xd0]\x06\x00\x00\t\x81c\x02\x03\x01\x00\x01\xff"
		end   = 7000000000000
	)
	for _, c := range []struct {
		name     string
		typ      byte
		body     string
		deadline int64
		want     string
		err      error
	}{
		{"table", rdb.TypeRedisHash, least + table, 0, "a=1@7000000000000 b=2@7000000000500 c=3 ", nil},
		{"listpack", rdb.TypeRedisPack, least + pack, 0, "a=1@7000000000000 b=2@7000000000500 c=3 ", nil},
		{"table later", rdb.TypeRedisHash, least + table, end + 1, "b=2@7000000000500 c=3 ", nil},
		{"listpack later", rdb.TypeRedisPack, least + pack, end + 501, "c=3 ", nil},
		{"table of a candidate", rdb.TypeRedisHashCandidate, "\x01\x42\x00\x01a\x01v", 0, "a=v@512 ", nil},
		{"listpack of a candidate", rdb.TypeRedisPackCandidate, pack, 0, "a=1@7000000000000 b=2@7000000000500 c=3 ", nil},
		{"all gone", rdb.TypeRedisHashCandidate, "\x01\x42\x00\x01a\x01v", 513, "", rdb.ErrExpiredFields},
		{"nothing", rdb.TypeRedisHash, least + "\x00", 0, "", rdb.ErrEmptyKey},
	} {
		got, _, err := loaded(t, heap, c.typ, []byte(c.body), c.deadline)
		if sortedWords(got) != c.want || err != c.err {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	for name, c := range map[string]struct {
		typ  byte
		body string
	}{
		"table cut short":    {rdb.TypeRedisHash, least + table[:12]},
		"negative time":      {rdb.TypeRedisHash, "\xff\xff\xff\xff\xff\xff\xff\xff" + table},
		"expiry too late":    {rdb.TypeRedisHash, least + "\x01\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x01f\x01v"},
		"field twice":        {rdb.TypeRedisHash, least + "\x02\x00\x01f\x01v\x00\x01f\x01v"},
		"listpack cut short": {rdb.TypeRedisPack, least + pack[:20]},
		"listpack of pairs":  {rdb.TypeRedisPackCandidate, "\x0d\x0d\x00\x00\x00\x02\x00\x81a\x02\x01\x01\xff\x00"},
	} {
		if got, _, err := loaded(t, heap, c.typ, []byte(c.body), 0); err == nil {
			t.Errorf("%s: loaded as %q", name, got)
		}
	}
	if n := heap.Used(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}

// sortedWords sorts what is in no order.
func sortedWords(text string) string {
	words := strings.SplitAfter(text, " ")
	slices.Sort(words)
	return strings.Join(words, "")
}
