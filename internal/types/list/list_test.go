package list

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

func newHeap(t interface{ Fatal(...any) }) (h *offheap.Heap, done func()) {
	s, err := offheap.NewSpace(offheap.Options{Reserve: 1 << 32})
	if err != nil {
		t.Fatal(err)
	}
	h = offheap.NewHeap(s, 1)
	return h, func() {
		if n := h.Used(); n != 0 {
			t.Fatal(n, "bytes left behind")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// object is a record that holds l, and its block.
func object(l List) (o value.Object, r offheap.Ref) {
	s := dict.Shape{Kind: l.Kind, Expiry: -1}
	r = l.Heap.Alloc(s.Size(1), offheap.Records)
	dict.PutWord(s.Write(l.Heap.Ptr(r), []byte("k")), l.Word)
	return value.Object{Heap: l.Heap, Rec: dict.At(l.Heap, r)}, r
}

// builder takes a loaded value.
type builder struct {
	h    *offheap.Heap
	lim  *value.Limits
	list *List
}

func (b *builder) String([]byte)         {}
func (b *builder) Int(int64)             {}
func (b *builder) Heap() *offheap.Heap   { return b.h }
func (b *builder) Limits() *value.Limits { return b.lim }
func (b *builder) Deadline() int64       { return 0 }
func (b *builder) Value(kind dict.Kind, word uint64) {
	b.list = &List{b.h, kind, word}
}

// load is the list that an RDB value is, nil if it is damaged or empty.
func load(b *builder, typ byte, body []byte) *List {
	b.list = nil
	if _, err := value.Load(typ, rdb.NewBytesReader(body), b); err != nil {
		return nil
	}
	return b.list
}

func texts(l *List) (out []string) {
	r := l.Read(0, false)
	for e, ok := r.Next(); ok; e, ok = r.Next() {
		out = append(out, string(AppendText(nil, e)))
	}
	return out
}

// machine changes a list and a slice alike.
type machine struct {
	l    List
	lim  value.Limits
	want []string
}

func (m *machine) step(op int, s, pivot string, i, n int) {
	b := []byte(s)
	switch op {
	case 0, 1:
		m.l.Grow(&m.lim, b)
		m.l.Push(b, op == 1)
		if op == 1 {
			m.want = slices.Insert(m.want, 0, s)
		} else {
			m.want = append(m.want, s)
		}
	case 2:
		m.l.Drop(n, false)
		m.want = m.want[:max(0, len(m.want)-n)]
	case 3:
		m.l.Drop(n, true)
		m.want = m.want[min(n, len(m.want)):]
	case 4:
		m.l.Grow(&m.lim, b)
		if m.l.Replace(i, b) {
			m.want[i] = s
		}
	case 5, 6:
		m.l.Grow(&m.lim, b)
		if m.l.Insert([]byte(pivot), b, op == 6) {
			m.want = slices.Insert(m.want, slices.Index(m.want, pivot)+op-5, s)
		}
	case 7:
		m.l.Keep(i, n)
		m.want = m.want[min(i, len(m.want)):min(i+n, len(m.want))]
	case 8:
		m.l.Remove([]byte(pivot), len(m.want), false)
		m.want = slices.DeleteFunc(m.want, func(w string) bool { return w == pivot })
	}
	m.l.Shrink(&m.lim)
}

// TestModel compares lists in both forms with slices, and what is saved of them
// with what is loaded.
func TestModel(t *testing.T) {
	text := rapid.OneOf(rapid.SampledFrom([]string{"a", "b", "7", "-70000"}),
		rapid.Map(rapid.IntRange(0, 9000), func(n int) string { return strings.Repeat("x", n) }))
	rapid.Check(t, func(t *rapid.T) {
		h, done := newHeap(t)
		defer done()
		m := machine{l: New(h), lim: value.Limits{ListSize: rapid.SampledFrom([]int{-2, -1, 3, 100}).Draw(t, "size")}}
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			n := len(m.want)
			i, pivot := 0, "nothing"
			if n > 0 {
				i = rapid.IntRange(0, n-1).Draw(t, "index")
				pivot = m.want[i]
			}
			m.step(rapid.IntRange(0, 8).Draw(t, "op"), text.Draw(t, "text"), pivot, i, rapid.IntRange(0, 4).Draw(t, "n"))
			m.compare(t)
		}
		if len(m.want) > 0 {
			m.copies(t, h)
		}
		m.l.Free()
	})
}

func (m *machine) compare(t *rapid.T) {
	if got := texts(&m.l); !slices.Equal(got, m.want) || m.l.Len() != len(m.want) {
		t.Fatalf("%d elements %.200q, want %.200q", m.l.Len(), got, m.want)
	}
	for _, end := range []bool{true, false} {
		if len(m.want) == 0 {
			continue
		}
		want := m.want[0]
		if !end {
			want = m.want[len(m.want)-1]
		}
		if !listpack.Equal(m.l.End(end), []byte(want)) {
			t.Fatalf("%v at the end, want %.100q", m.l.End(end), want)
		}
	}
}

// copies compares a copy and a saved and loaded one.
func (m *machine) copies(t *rapid.T, h *offheap.Heap) {
	o, r := object(m.l)
	var word [8]byte
	copyList(h, word[:], o)
	c := List{h, m.l.Kind, binary.LittleEndian.Uint64(word[:])}
	b := &builder{h: h, lim: &m.lim}
	saved := load(b, rdb.TypeListQuicklist2, appendRDB(nil, o, nil))
	for _, other := range []*List{&c, saved} {
		if !slices.Equal(texts(other), m.want) {
			t.Fatalf("a copy has other elements")
		}
		other.Free()
	}
	if outside(o) <= 0 || effort(o) <= 0 {
		t.Fatal("no size")
	}
	h.Free(r, offheap.Records)
}

// FuzzLoad loads bytes of all sorts: lists come of them, or errors, and nothing is
// left behind.
func FuzzLoad(f *testing.F) {
	pack := listpack.Append(listpack.AppendInt(listpack.New(), 7), []byte("seven"))
	node := rdb.AppendString(rdb.AppendLen(nil, rdbPacked), pack, nil)
	plain := rdb.AppendString(rdb.AppendLen(nil, rdbPlain), bytes.Repeat([]byte("x"), 9000), nil)
	zip := rdb.AppendString(nil, []byte("\x13\x00\x00\x00\x0f\x00\x00\x00\x02\x00\x00\x03abc\x05\xf8\xff"), nil)
	f.Add(byte(rdb.TypeListQuicklist2), slices.Concat(rdb.AppendLen(nil, 2), node, plain))
	f.Add(byte(rdb.TypeList), slices.Concat(rdb.AppendLen(nil, 1), rdb.AppendString(nil, []byte("x"), nil)))
	f.Add(byte(rdb.TypeListZiplist), zip)
	f.Add(byte(rdb.TypeListQuicklist), slices.Concat(rdb.AppendLen(nil, 1), zip))
	types := []byte{rdb.TypeList, rdb.TypeListZiplist, rdb.TypeListQuicklist, rdb.TypeListQuicklist2}
	f.Fuzz(func(t *testing.T, typ byte, body []byte) {
		h, done := newHeap(t)
		defer done()
		if !slices.Contains(types, typ) {
			typ = types[int(typ)%len(types)]
		}
		l := load(&builder{h: h, lim: &value.Limits{ListSize: -2}}, typ, body)
		if l == nil {
			return
		}
		want := texts(l)
		if len(want) != l.Len() || len(want) == 0 {
			t.Errorf("%d elements, Len says %d", len(want), l.Len())
		}
		if q, ok := l.Quick(); ok {
			if err := q.Check(); err != nil {
				t.Error(err)
			}
		}
		l.Free()
	})
}

// TestForms goes over the sizes at which the form changes.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		fill, size, long, short int // elements of size bytes; how many make it long, and short again
	}{{-2, 100, 80, 39}, {-1, 100, 40, 19}, {3, 1, 4, 1}, {128, 10, 129, 64}, {0, 1, 2, 0}} {
		t.Run(fmt.Sprint(c.fill), func(t *testing.T) {
			h, done := newHeap(t)
			defer done()
			lim := &value.Limits{ListSize: c.fill}
			l, b := New(h), []byte(strings.Repeat("x", c.size))
			for l.Kind == value.KindListPack {
				l.Grow(lim, b)
				l.Push(b, false)
			}
			if l.Len() != c.long {
				t.Errorf("long with %d elements, want %d", l.Len(), c.long)
			}
			for l.Kind == value.KindList && l.Len() > 0 {
				l.Drop(1, false)
				l.Shrink(lim)
			}
			if l.Len() != c.short {
				t.Errorf("short again with %d elements, want %d", l.Len(), c.short)
			}
			l.Free()
		})
	}
}
