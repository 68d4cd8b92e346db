package stream

import (
	"bytes"
	"testing"

	ds "sigrun/internal/ds/stream"
	"sigrun/internal/rdb"
)

// group is a stream of two entries with a group, up to the consumers: both are
// pending, 1-0 of nobody yet.
func group(t testing.TB) []byte {
	h := newHeap(t)
	s, ref := ds.New(h)
	defer ds.Free(h, ref)
	for i := range 2 {
		s.Append(ds.ID{Ms: uint64(i + 1)}, [][]byte{[]byte("f"), []byte("v")}, ds.Limits{Bytes: 4096, Entries: 10})
	}
	body := rdb.AppendLen(nil, s.Nodes())
	s.EachNode(func(key ds.ID, lp []byte) { body = appendNode(body, key, lp, nil) })
	body = appendHead(body, 2, ds.ID{Ms: 2}, ds.ID{Ms: 1}, ds.ID{}, 2, 1)
	body = appendGroupHead(body, []byte("g"), ds.ID{Ms: 2}, 2, 2, nil)
	body = appendNack(appendNack(body, ds.ID{Ms: 1}, 1000, 1), ds.ID{Ms: 2}, 2000, 3)
	body = appendConsumerHead(rdb.AppendLen(body, 1), []byte("c"), 5000, 4000, 1, nil)
	return appendRawID(body, ds.ID{Ms: 2})
}

// producers is the end of a stream of Redis 8.6: p has sent i, which became 1-0.
const producers = "\x40\x64\x0a\x01\x01p\x01\x01i\x01\x00\x01\x00"

// TestRedis loads streams as Redis 8.6 and 8.8 save them. What is pending without
// an owner gets one.
func TestRedis(t *testing.T) {
	h := newHeap(t)
	head := group(t)
	released := appendRawID(rdb.AppendLen(bytes.Clone(head), 1), ds.ID{Ms: 1})
	b := &built{h: h}
	if err := b.load(rdb.TypeRedisStream5, append(bytes.Clone(released), producers...)); err != nil {
		t.Fatal(err)
	}
	s := ds.Open(h, b.ref)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	g, ok := s.FindGroup([]byte("g"))
	c, has := g.FindConsumer([]byte(rdb.ReleasedConsumer))
	if !ok || !has || g.Pending() != 2 || c.Pending() != 1 {
		t.Errorf("%d entries are pending, %d of them had been released", g.Pending(), c.Pending())
	}
	ds.Free(h, b.ref)

	for name, c := range map[string]struct {
		typ  byte
		body string
	}{
		"8.6, an entry of nobody":       {rdb.TypeRedisStream4, string(head) + producers},
		"8.8, an entry of nobody":       {rdb.TypeRedisStream5, string(head) + "\x00" + producers},
		"8.8, released and owned":       {rdb.TypeRedisStream5, string(appendRawID(rdb.AppendLen(bytes.Clone(head), 1), ds.ID{Ms: 2})) + producers},
		"8.8, released and not pending": {rdb.TypeRedisStream5, string(appendRawID(rdb.AppendLen(bytes.Clone(head), 1), ds.ID{Ms: 3})) + producers},
		"8.8, no end":                   {rdb.TypeRedisStream5, string(released)},
		"8.8, cut":                      {rdb.TypeRedisStream5, string(released) + producers[:9]},
	} {
		if err := b.load(c.typ, []byte(c.body)); err == nil {
			t.Errorf("%s: loaded", name)
			ds.Free(h, b.ref)
		}
	}
	if n := h.Used(); n != 0 {
		t.Errorf("%d bytes were not freed", n)
	}
}
