package stream

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"sigrun/internal/ds/dict"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/lzf"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

func newHeap(t testing.TB) *offheap.Heap {
	t.Helper()
	s, err := offheap.NewSpace(offheap.Options{Reserve: 1 << 33})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return offheap.NewHeap(s, 1)
}

// built is a value.Builder that keeps a stream.
type built struct {
	h   *offheap.Heap
	ref offheap.Ref
}

func (b *built) String([]byte)                  {}
func (b *built) Int(int64)                      {}
func (b *built) Value(_ dict.Kind, word uint64) { b.ref = offheap.Ref(word) }
func (b *built) Heap() *offheap.Heap            { return b.h }
func (b *built) Limits() *value.Limits          { return &value.Limits{} }
func (b *built) Deadline() int64                { return 0 }
func (b *built) load(typ byte, body []byte) error {
	_, err := value.Load(typ, rdb.NewBytesReader(body), b)
	return err
}

// withObject calls f with a record that holds the stream with root ref.
func withObject(h *offheap.Heap, ref offheap.Ref, f func(o value.Object)) {
	r, v := dict.NewRecord(h, offheap.Records, dict.Shape{Kind: value.KindStream, Expiry: -1}, []byte("key"))
	dict.PutWord(v, uint64(ref))
	f(value.Object{Heap: h, Rec: dict.At(h, r)})
	h.Free(r, offheap.Records)
}

func bodyOf(h *offheap.Heap, ref offheap.Ref) (body []byte) {
	withObject(h, ref, func(o value.Object) { body = appendRDB(nil, o, new(lzf.Compressor)) })
	return body
}

// sample is a stream with a little of everything.
func sample(h *offheap.Heap, entries int) (ds.Stream, offheap.Ref) {
	s, ref := ds.New(h)
	for i := range entries {
		pairs := [][]byte{[]byte("field"), fmt.Appendf(nil, "value %d", i%7)}
		if i%5 == 0 {
			pairs = append(pairs, []byte("more"), []byte("12345"))
		}
		s.Append(ds.ID{Ms: uint64(1000 + i/3), Seq: uint64(i % 3)}, pairs, ds.Limits{Bytes: 4096, Entries: 10})
	}
	s.Delete(ds.ID{Ms: 1001, Seq: 1})
	for _, name := range []string{"one", "two", ""} {
		g, _ := s.AddGroup([]byte(name), ds.ID{Ms: 1001, Seq: 1}, ds.Unknown)
		for i := range 3 {
			c, _ := g.AddConsumer(fmt.Appendf(nil, "consumer %d", i), 1_700_000_000_000)
			for j := range i * 4 {
				g.AddPending(ds.ID{Ms: 1000 + uint64(i), Seq: uint64(j)}, c, 1_700_000_000_001, uint64(j))
			}
			if i > 0 {
				c.SetActive(1_700_000_000_002)
			}
		}
	}
	return s, ref
}

// TestRDB saves streams and loads them again.
func TestRDB(t *testing.T) {
	h := newHeap(t)
	for _, entries := range []int{0, 1, 5, 300} {
		_, ref := sample(h, entries)
		body := bodyOf(h, ref)
		ds.Free(h, ref)
		b := &built{h: h}
		if err := b.load(rdb.TypeStream3, body); err != nil {
			t.Fatal(err)
		}
		if err := ds.Open(h, b.ref).Check(); err != nil {
			t.Fatal(err)
		}
		if again := bodyOf(h, b.ref); !bytes.Equal(again, body) {
			t.Errorf("%d entries: saved again:\n%x\nbefore:\n%x", entries, again, body)
		}
		if err := rdb.Skip(rdb.NewBytesReader(body), rdb.TypeStream3); err != nil {
			t.Error(err)
		}
		ds.Free(h, b.ref)
	}
	if n := h.Used(); n != 0 {
		t.Errorf("%d bytes were not freed", n)
	}
}

// TestCopy wants a copy to be as its original, of blocks of its own.
func TestCopy(t *testing.T) {
	h := newHeap(t)
	s, ref := sample(h, 300)
	before := bodyOf(h, ref)
	c := s.Copy(h)
	s.Trim(ds.Trim{MaxLen: 3})
	s.RemoveGroup([]byte("one"))
	ds.Free(h, ref)
	if err := ds.Open(h, c).Check(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bodyOf(h, c), before) {
		t.Error("the copy differs")
	}
	if int64(ds.Open(h, c).Bytes()) != h.Used() {
		t.Errorf("%d bytes counted, %d used", ds.Open(h, c).Bytes(), h.Used())
	}
	ds.Free(h, c)
}

// TestDamage cuts a payload short at each byte, and changes each: what is loaded
// then must be whole, and nothing may be left of what isn't.
func TestDamage(t *testing.T) {
	h := newHeap(t)
	_, ref := sample(h, 12)
	body := bodyOf(h, ref)
	ds.Free(h, ref)
	try := func(body []byte) {
		t.Helper()
		tryLoad(t, h, rdb.TypeStream3, body)
	}
	for i := range body {
		try(body[:i])
		for _, x := range []byte{1, 0x80, 0xff} {
			changed := bytes.Clone(body)
			changed[i] ^= x
			try(changed)
		}
	}
}

func tryLoad(t *testing.T, h *offheap.Heap, typ byte, body []byte) {
	t.Helper()
	b := &built{h: h}
	if b.load(typ, body) == nil {
		s := ds.Open(h, b.ref)
		if err := s.Check(); err != nil {
			t.Fatalf("%x: %v", body, err)
		}
		bodyOf(h, b.ref)
		withObject(h, b.ref, func(o value.Object) {
			appendCommands(nil, []byte("key"), o)
			digest(nothing{}, o)
		})
		ds.Free(h, s.Copy(h))
		for s.Groups() > 0 {
			s.RemoveGroup(s.Group(0).Name())
		}
		ds.Free(h, b.ref)
	}
	if n := h.Used(); n != 0 {
		t.Fatalf("%x: %d bytes were not freed", body, n)
	}
}

// nothing is a value.Digester that forgets.
type nothing struct{}

func (nothing) Part([]byte)         {}
func (nothing) Unordered(...[]byte) {}

// FuzzLoad loads what may be anything.
func FuzzLoad(f *testing.F) {
	h := newHeap(f)
	for _, n := range []int{0, 1, 12, 30} {
		_, ref := sample(h, n)
		body := bodyOf(h, ref)
		ds.Free(h, ref)
		for typ := range byte(3) {
			f.Add(typ, body)
		}
	}
	f.Add(byte(4), append(append(group(f), 0), producers...))
	types := []byte{rdb.TypeStream, rdb.TypeStream2, rdb.TypeStream3, rdb.TypeRedisStream4, rdb.TypeRedisStream5}
	f.Fuzz(func(t *testing.T, typ byte, body []byte) {
		tryLoad(t, h, types[int(typ)%len(types)], body)
	})
}

// TestCommands counts the commands that make a stream again.
func TestCommands(t *testing.T) {
	h := newHeap(t)
	for _, entries := range []int{0, 300} {
		s, ref := sample(h, entries)
		var text []byte
		withObject(h, ref, func(o value.Object) { text = appendCommands(nil, []byte("key"), o) })
		counts := map[string]int{}
		var p resp.Parser
		for len(text) > 0 {
			args, n, err := p.Next(text, nil, resp.Limits{MaxBulk: 1 << 20})
			if err != nil || n == 0 {
				t.Fatalf("no commands: %.100q", text)
			}
			counts[string(args[0])]++
			text = text[n:]
		}
		want := map[string]int{"XADD": max(int(s.Len()), 1), "XSETID": 1, "XGROUP": 3 + 9, "XCLAIM": 3 * 12}
		for name, n := range want {
			if counts[name] != n {
				t.Errorf("%d entries: %d times %s, want %d", entries, counts[name], name, n)
			}
		}
		ds.Free(h, ref)
	}
}

// redis7 is the payload of a stream that Redis 7.0 dumped, without what follows
// the value: entries 1-1 and 3-1, entry 1-2 deleted, group g with consumers c, to
// whom 1-1 is pending, and d, and group h that has read all.
const redis7 = "13011000000000000000010000000000000001c3343b073b00000018000201400007816102000102010020010201010420034007" +
	"00024016200405620281780208200e4020201e0101ff0203010101010203020167010181ffffffffffffffff0100000000000000010000" +
	"0000000000012be4df08a2010000010201632be4df08a2010000010000000000000001000000000000000101642be4df08a20100000001" +
	"68030181ffffffffffffffff0000"

// TestOldForms loads what older servers wrote.
func TestOldForms(t *testing.T) {
	h := newHeap(t)
	v2, err := hex.DecodeString(redis7)
	if err != nil {
		t.Fatal(err)
	}
	// Version 1 has three numbers fewer behind the last ID, and none of entries read.
	unread := append([]byte{0x81}, bytes.Repeat([]byte{0xff}, 8)...)
	i := bytes.Index(v2, []byte{2, 3, 1, 1, 1, 1, 2, 3}) // length, last, first, deleted, added
	v1 := append(bytes.Clone(v2[:i+3]), v2[i+8:]...)
	v1 = bytes.ReplaceAll(v1, unread, nil)
	for typ, body := range map[byte][]byte{rdb.TypeStream2: v2[1:], rdb.TypeStream: v1[1:]} {
		b := &built{h: h}
		if err := b.load(typ, body); err != nil {
			t.Fatalf("type %d: %v", typ, err)
		}
		s := ds.Open(h, b.ref)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		g, ok := s.FindGroup([]byte("g"))
		if !ok || g.Pending() != 1 || g.Consumers() != 2 || s.Len() != 2 || s.Groups() != 2 {
			t.Errorf("type %d: %d entries, %d groups, %d pending", typ, s.Len(), s.Groups(), g.Pending())
		}
		added, deleted := uint64(3), ds.ID{Ms: 1, Seq: 2}
		if typ == rdb.TypeStream {
			added, deleted = 2, ds.ID{}
		}
		c, _ := g.FindConsumer([]byte("c"))
		if s.Added() != added || s.MaxDeletedID() != deleted || c.Active() != c.Seen() || (s.FirstID() != ds.ID{Ms: 1, Seq: 1}) {
			t.Errorf("type %d: %d added, %v deleted, active %d, seen %d", typ, s.Added(), s.MaxDeletedID(), c.Active(), c.Seen())
		}
		ds.Free(h, b.ref)
	}
}
