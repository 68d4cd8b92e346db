package quicklist

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

func newHeap(t interface{ Fatal(...any) }) (*offheap.Heap, func()) {
	s, err := offheap.NewSpace(offheap.Options{Reserve: 1 << 32})
	if err != nil {
		t.Fatal(err)
	}
	h := offheap.NewHeap(s, 1)
	return h, func() {
		if n := h.Used(); n != 0 {
			t.Fatal(n, "bytes left behind")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func texts(d Reader) (out []string) {
	for e, ok := d.Next(); ok; e, ok = d.Next() {
		out = append(out, string(listpack.AppendText(nil, e)))
	}
	return out
}

func compare(t *rapid.T, l List, want []string) {
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	if l.Len() != len(want) {
		t.Fatalf("%d elements, want %d", l.Len(), len(want))
	}
	if got := texts(l.Read(0, false)); !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	back := texts(l.Read(-1, true))
	slices.Reverse(back)
	if !slices.Equal(back, want) {
		t.Fatalf("backwards %q, want %q", back, want)
	}
	for i, w := range want {
		if !listpack.Equal(l.Get(l.Seek(i)), []byte(w)) || !listpack.Equal(l.Get(l.Seek(i-len(want))), []byte(w)) {
			t.Fatalf("element %d is %v, want %q", i, l.Get(l.Seek(i)), w)
		}
	}
	if l.Seek(len(want)).Valid() || l.Seek(-len(want)-1).Valid() {
		t.Fatal("elements outside of the list")
	}
}

// machine edits a list and a slice alike.
type machine struct {
	l    List
	want []string
}

func (m *machine) step(t *rapid.T, op int, s string, i, n int) {
	b := []byte(s)
	if len(m.want) == 0 {
		op %= 2
	}
	switch op {
	case 0:
		m.l.PushBack(b)
		m.want = append(m.want, s)
	case 1:
		m.l.PushFront(b)
		m.want = slices.Insert(m.want, 0, s)
	case 2:
		m.l.Insert(m.l.Seek(i), b, false)
		m.want = slices.Insert(m.want, i, s)
	case 3:
		m.l.Insert(m.l.Seek(i), b, true)
		m.want = slices.Insert(m.want, i+1, s)
	case 4:
		m.l.Replace(m.l.Seek(i), b)
		m.want[i] = s
	case 5:
		m.l.DropFront(n)
		m.want = m.want[min(n, len(m.want)):]
	case 6:
		m.l.DropBack(n)
		m.want = m.want[:max(0, len(m.want)-n)]
	case 7, 8:
		m.deleteEqual(t, m.want[i], n, op == 8)
	case 9:
		m.checkEnds(t, m.want[i])
	}
}

func (m *machine) deleteEqual(t *rapid.T, s string, n int, back bool) {
	match := listpack.NewMatcher([]byte(s))
	got := m.l.DeleteEqual(&match, n, back)
	if back {
		slices.Reverse(m.want)
	}
	gone := 0
	m.want = slices.DeleteFunc(m.want, func(w string) bool {
		if w != s || gone == n {
			return false
		}
		gone++
		return true
	})
	if back {
		slices.Reverse(m.want)
	}
	if got != gone {
		t.Fatalf("%d elements %q removed, want %d", got, s, gone)
	}
}

func (m *machine) checkEnds(t *rapid.T, s string) {
	if !listpack.Equal(m.l.First(), []byte(m.want[0])) || !listpack.Equal(m.l.Last(), []byte(m.want[len(m.want)-1])) {
		t.Fatalf("ends are %v and %v", m.l.First(), m.l.Last())
	}
	match := listpack.NewMatcher([]byte(s))
	c := m.l.Find(&match)
	m.l.Insert(c, []byte("found"), false)
	m.want = slices.Insert(m.want, slices.Index(m.want, s), "found")
}

var someText = rapid.OneOf(
	rapid.SampledFrom([]string{"a", "b", "1", "-70000", ""}),
	rapid.Map(rapid.IntRange(0, 300), func(n int) string { return strings.Repeat("x", n) }),
	rapid.Map(rapid.IntRange(0, 10000), func(n int) string { return strings.Repeat("y", n) }),
)

// TestModel compares edits with those of a slice, for nodes limited in all ways.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, done := newHeap(t)
		defer done()
		fill := rapid.SampledFrom([]int{-1, -2, -5, 0, 1, 3, 20, 100}).Draw(t, "fill")
		m := machine{l: New(h, fill, 0)}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := 0
			if len(m.want) > 0 {
				i = rapid.IntRange(0, len(m.want)-1).Draw(t, "index")
			}
			m.step(t, rapid.IntRange(0, 9).Draw(t, "op"), someText.Draw(t, "text"), i, rapid.IntRange(0, 5).Draw(t, "n"))
			compare(t, m.l, m.want)
		}
		finish(t, h, m)
	})
}

// TestIndex asks long lists for elements everywhere, while mostly the ends change.
func TestIndex(t *testing.T) {
	marks := 0
	rapid.Check(t, func(t *rapid.T) {
		h, done := newHeap(t)
		defer done()
		m := machine{l: New(h, rapid.IntRange(1, 3).Draw(t, "fill"), 0)}
		for i := range rapid.IntRange(0, 1000).Draw(t, "size") {
			m.step(t, 0, strconv.Itoa(i), 0, 0)
		}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			i := 0
			if len(m.want) > 0 {
				i = rapid.IntRange(0, len(m.want)-1).Draw(t, "index")
			}
			op := rapid.SampledFrom([]int{0, 1, 5, 6, 0, 1, 5, 6, 0, 1, 5, 6, 2, 3, 4, 7, 8}).Draw(t, "op")
			for range rapid.SampledFrom([]int{1, 1, 1, 1, 70, 300}).Draw(t, "times") {
				m.step(t, op, someText.Draw(t, "text"), min(i, max(0, len(m.want)-1)), rapid.IntRange(0, 40).Draw(t, "n"))
			}
			for range min(len(m.want), 5) {
				i := rapid.IntRange(0, len(m.want)-1).Draw(t, "index")
				if !listpack.Equal(m.l.Get(m.l.Seek(i)), []byte(m.want[i])) {
					t.Fatalf("element %d is %v, want %q", i, m.l.Get(m.l.Seek(i)), m.want[i])
				}
			}
			if err := m.l.Check(); err != nil {
				t.Fatal(err)
			}
			if x := m.l.index(); x != nil {
				marks += len(x.marks())
			}
		}
		finish(t, h, m)
	})
	if marks == 0 {
		t.Error("no list had an index")
	}
}

// finish looks at copies and at the short form, and frees the list in small steps.
func finish(t *rapid.T, h *offheap.Heap, m machine) {
	c := m.l.Clone(h)
	compare(t, c, m.want)
	if size, ok := c.OnePack(); ok {
		pack := c.Unwrap()
		lp := h.Space().Bytes(pack, h.Size(pack))
		if size != listpack.Bytes(lp) || !slices.Equal(texts(ReadPack(lp, 0, false)), m.want) {
			t.Fatal("another listpack than the list's")
		}
		c = FromPack(h, pack, m.l.Fill(), 0)
		compare(t, c, m.want)
	}
	c.Free()
	for !m.l.FreeSome(2) {
	}
}

// TestQueues pushes at one end and pops at the other, as long as it takes for all
// blocks to be used again.
func TestQueues(t *testing.T) {
	h, done := newHeap(t)
	defer done()
	for _, front := range []bool{false, true} {
		l := New(h, -2, 0)
		for i := range 20000 {
			b := []byte(strconv.Itoa(i * 1000003))
			if front {
				l.PushFront(b)
			} else {
				l.PushBack(b)
			}
			if i >= 3000 {
				want := []byte(strconv.Itoa((i - 3000) * 1000003))
				e := l.First()
				if front {
					e = l.Last()
				}
				if !listpack.Equal(e, want) {
					t.Fatalf("%v comes out, want %s", e, want)
				}
				if front {
					l.DropBack(1)
				} else {
					l.DropFront(1)
				}
			}
		}
		if err := l.Check(); err != nil {
			t.Fatal(err)
		}
		l.Free()
	}
}

// TestMemory holds long lists to their bytes per element.
func TestMemory(t *testing.T) {
	h, done := newHeap(t)
	defer done()
	for _, front := range []bool{false, true} {
		l := New(h, -2, 0)
		const n = 200000
		for i := range n {
			b := []byte("element:" + strconv.Itoa(10000000+i))
			if front {
				l.PushFront(b)
			} else {
				l.PushBack(b)
			}
		}
		if per := float64(h.Used()) / n; per > 18.3 {
			t.Errorf("%.2f bytes for an element of 16", per)
		}
		l.Free()
	}
}

func TestNoAllocations(t *testing.T) {
	h, done := newHeap(t)
	defer done()
	l := New(h, -2, 0)
	b := []byte("some element")
	if n := testing.AllocsPerRun(2000, func() { l.PushBack(b); l.PushFront(b); l.PushBack(b); l.DropFront(1); l.DropBack(1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	l.Free()
}
