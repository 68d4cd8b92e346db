package hash

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/lzf"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// builder is a value.Builder that keeps what it is given.
type builder struct {
	heap     *offheap.Heap
	deadline int64
	got      Hash
}

func (b *builder) String([]byte) { panic("BUG: a string") }
func (b *builder) Int(int64)     { panic("BUG: an integer") }
func (b *builder) Value(kind dict.Kind, word uint64) {
	b.got = Hash{Heap: b.heap, Kind: kind, Word: word}
}
func (b *builder) Heap() *offheap.Heap   { return b.heap }
func (b *builder) Limits() *value.Limits { return usual }
func (b *builder) Deadline() int64       { return b.deadline }

// loaded is what a payload of type typ becomes: its fields, in a text, and the form.
func loaded(t testing.TB, h *offheap.Heap, typ byte, payload []byte, deadline int64) (text string, kind dict.Kind, err error) {
	b := &builder{heap: h, deadline: deadline}
	ok, err := value.Load(typ, rdb.NewBytesReader(payload), b)
	if !ok {
		t.Fatalf("type %d has no loader", typ)
	}
	if err != nil {
		return "", 0, err
	}
	var out strings.Builder
	b.got.Each(func(name, v Value) bool {
		ms, _ := b.got.Expiry(listpack.AppendText(nil, name))
		fmt.Fprintf(&out, "%s=%.20s", listpack.AppendText(nil, name), listpack.AppendText(nil, v))
		if ms >= 0 {
			fmt.Fprintf(&out, "@%d", ms)
		}
		out.WriteByte(' ')
		return true
	})
	kind = b.got.Kind
	b.got.Free()
	return out.String(), kind, nil
}

// packOf is a listpack of texts.
func packOf(texts ...string) []byte {
	lp := listpack.New()
	for _, s := range texts {
		lp = listpack.Append(lp, []byte(s))
	}
	return lp
}

func stringOf(b []byte) []byte { return rdb.AppendString(nil, b, nil) }

// pairsOf is a payload of a count and texts.
func pairsOf(n int, texts ...string) []byte {
	b := rdb.AppendLen(nil, uint64(n))
	for _, s := range texts {
		b = rdb.AppendString(b, []byte(s), nil)
	}
	return b
}

// timedOf is a payload of a count, and fields with their expiries.
func timedOf(n int, names string, expiries ...int64) []byte {
	b := rdb.AppendLen(nil, uint64(n))
	for i, ms := range expiries {
		b = rdb.AppendString(b, []byte(names[i:i+1]), nil)
		b = rdb.AppendString(b, []byte("v"), nil)
		b = rdb.AppendMillis(b, ms)
	}
	return b
}

func TestLoad(t *testing.T) {
	long := strings.Repeat("x", 65)
	zipmap := "\x02\x01a\x03\x00one\x02bb\x02\x03to...\xff"
	ziplist := []byte("\x0f\x00\x00\x00\x0c\x00\x00\x00\x02\x00" + "\x00\xf2" + "\x02\xf3" + "\xff")
	for _, c := range []struct {
		name    string
		typ     byte
		payload []byte
		want    string // of fields, or an error
		kind    dict.Kind
	}{
		{"listpack", rdb.TypeHashListpack, stringOf(packOf("a", "1", "b", "")), "a=1 b= ", value.KindHashPack},
		{"many in a listpack", rdb.TypeHashListpack, stringOf(packOf(numbers(1026)...)), "", value.KindHash},
		{"pairs", rdb.TypeHash, pairsOf(2, "a", "1", "b", "x"), "a=1 b=x ", value.KindHashPack},
		{"a long value", rdb.TypeHash, pairsOf(1, "a", long), "a=xxxxxxxxxxxxxxxxxxxx ", value.KindHash},
		{"times", rdb.TypeHashFieldExpiry, timedOf(1, "a", 5000), "a=v@5000 ", value.KindHashTimed},
		{"no time", rdb.TypeHashFieldExpiry, timedOf(1, "a", -1), "a=v ", value.KindHash},
		{"one is dead", rdb.TypeHashFieldExpiry, timedOf(2, "ab", 10, -1), "b=v ", value.KindHash},
		{"all are dead", rdb.TypeHashFieldExpiry, timedOf(2, "ab", 10, 11), rdb.ErrExpiredFields.Error(), 0},
		{"zipmap", rdb.TypeHashZipmap, stringOf([]byte(zipmap)), "a=one bb=to ", value.KindHashPack},
		{"ziplist", rdb.TypeHashZiplist, stringOf(ziplist), "1=2 ", value.KindHashPack},

		{"nothing", rdb.TypeHash, pairsOf(0), rdb.ErrEmptyKey.Error(), 0},
		{"no times", rdb.TypeHashFieldExpiry, pairsOf(0), rdb.ErrEmptyKey.Error(), 0},
		{"empty listpack", rdb.TypeHashListpack, stringOf(packOf()), rdb.ErrEmptyKey.Error(), 0},
		{"odd", rdb.TypeHashListpack, stringOf(packOf("a", "1", "b")), "integrity", 0},
		{"twice", rdb.TypeHashListpack, stringOf(packOf("a", "1", "a", "2")), "integrity", 0},
		{"twice among many", rdb.TypeHashListpack, stringOf(packOf(append(numbers(100), "3", "x", "0", "y")...)), "integrity", 0},
		{"pair twice", rdb.TypeHash, pairsOf(2, "a", "1", "a", "2"), "Duplicate", 0},
		{"time twice", rdb.TypeHashFieldExpiry, timedOf(2, "aa", 5000, 5000), "Duplicate", 0},
		{"before all times", rdb.TypeHashFieldExpiry, timedOf(1, "a", -2), "expiry", 0},
		{"short", rdb.TypeHash, pairsOf(2, "a", "1", "b"), "EOF", 0},
		{"huge count", rdb.TypeHash, pairsOf(1<<62, "a", "1"), "EOF", 0},
		{"huge count of times", rdb.TypeHashFieldExpiry, pairsOf(1<<62, "a", "1"), "EOF", 0},
		{"damaged listpack", rdb.TypeHashListpack, stringOf([]byte("\x0c\x00\x00\x00\x02\x00\x81a\x05\x81b\xff")), "integrity", 0},
		{"damaged ziplist", rdb.TypeHashZiplist, stringOf(ziplist[1:]), "integrity", 0},
		{"cut zipmap", rdb.TypeHashZipmap, stringOf([]byte(zipmap[:5])), "integrity", 0},
	} {
		h := newHeap(t)
		text, kind, err := loaded(t, h, c.typ, c.payload, 100)
		if err != nil {
			text = err.Error()
		}
		if !strings.Contains(text, c.want) || kind != c.kind {
			t.Errorf("%s: %q, kind %d; want %q, kind %d", c.name, text, kind, c.want, c.kind)
		}
	}
}

func numbers(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint(i))
	}
	return all
}

// TestSaveAndLoad writes hashes of all forms and reads them back, with and without
// compression, and as copies.
func TestSaveAndLoad(t *testing.T) {
	for _, n := range []int{1, 30, 512, 513, 3000} {
		for _, expiry := range []int64{NoExpiry, 5_000_000} {
			heap := newHeap(t)
			m := newModel(t, heap, usual)
			for i := range n {
				m.set(fmt.Sprint("field", i), strings.Repeat("value ", i%12), NoExpiry)
			}
			m.set("large", strings.Repeat("y", 5000*(n%2)), expiry)
			for _, c := range []*lzf.Compressor{nil, new(lzf.Compressor)} {
				b := &builder{heap: heap}
				withObject(&m.h, func(o value.Object) {
					r := rdb.NewBytesReader(appendRDB(nil, o, c))
					if _, err := value.Load(rdbType(o), r, b); err != nil {
						t.Fatal(err)
					}
					same(t, &m.h, &b.got)
				})
				b.got.Free()
			}
			withObject(&m.h, func(o value.Object) {
				var word [8]byte
				copyHash(heap, word[:], o)
				twin := Hash{Heap: heap, Kind: m.h.Kind, Word: binary.LittleEndian.Uint64(word[:])}
				same(t, &m.h, &twin)
				twin.Free()
			})
			m.check()
			m.h.Free()
		}
	}
}

// same wants two hashes to have the same fields and expiries.
func same(t *testing.T, a, b *Hash) {
	t.Helper()
	if a.Len() != b.Len() || a.Timed() != b.Timed() {
		t.Fatalf("%d fields, timed %v; want %d, %v", b.Len(), b.Timed(), a.Len(), a.Timed())
	}
	a.Each(func(name, v Value) bool {
		field := listpack.AppendText(nil, name)
		got, ok := b.Get(field)
		was, _ := a.Expiry(field)
		is, _ := b.Expiry(field)
		if !ok || was != is || !bytes.Equal(listpack.AppendText(nil, got), listpack.AppendText(nil, v)) {
			t.Fatalf("%s holds %.50q, %v, until %d", field, listpack.AppendText(nil, got), ok, is)
		}
		return true
	})
}

// FuzzLoad feeds loaders with damaged payloads: an error, or a sound hash.
func FuzzLoad(f *testing.F) {
	for _, seed := range [][]byte{
		stringOf(packOf("a", "1", "b", "x")), pairsOf(2, "a", "1", "b", "x"), timedOf(2, "ab", 5000, -1),
		stringOf([]byte("\x02\x01a\x03\x00one\x02bb\x02\x03to...\xff")),
		stringOf([]byte("\x0f\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\xf2\x02\xf3\xff")),
	} {
		for i := range uint8(5) {
			f.Add(i, seed)
		}
	}
	types := []byte{rdb.TypeRedisHash, rdb.TypeRedisPack, rdb.TypeRedisHashCandidate, rdb.TypeRedisPackCandidate, rdb.TypeHash, rdb.TypeHashFieldExpiry, rdb.TypeHashListpack, rdb.TypeHashZiplist, rdb.TypeHashZipmap}
	f.Fuzz(func(t *testing.T, which uint8, payload []byte) {
		heap := newHeap(t)
		b := &builder{heap: heap, deadline: 1000}
		if _, err := value.Load(types[int(which)%len(types)], rdb.NewBytesReader(payload), b); err != nil {
			var known *rdb.Error
			if !errors.As(err, &known) && !errors.Is(err, rdb.ErrEmptyKey) && !errors.Is(err, rdb.ErrExpiredFields) {
				t.Fatal(err)
			}
			return
		}
		n := 0
		b.got.Each(func(name, _ Value) bool {
			if !b.got.Has(listpack.AppendText(nil, name)) {
				t.Fatalf("%q is not found", listpack.AppendText(nil, name))
			}
			n++
			return true
		})
		if n != b.got.Len() || n == 0 {
			t.Fatalf("%d fields of %d", n, b.got.Len())
		}
		b.got.Free()
	})
}
