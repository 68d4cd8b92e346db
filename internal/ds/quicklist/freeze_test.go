package quicklist

import (
	"slices"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

type fataler interface{ Fatalf(string, ...any) }

// saving is a list's Frozen and what it has given out.
type saving struct {
	f    *Frozen
	l    List
	want []string // nodes at the freeze
	got  []string
}

// freeze freezes l.
func freeze(h *offheap.Heap, l List) *saving {
	s := &saving{l: l}
	l.EachNode(func(b []byte, _ bool) { s.want = append(s.want, string(b)) })
	s.f = l.Freeze()
	h.Saving = func(structure unsafe.Pointer) any {
		if structure != l.Identity() {
			panic("another list than the one that is frozen")
		}
		return s.f
	}
	return s
}

// next is a step of the saving.
func (s *saving) next(t fataler, h *offheap.Heap) (done bool) {
	done = s.f.Next(h, func(b []byte, _ bool) { s.got = append(s.got, string(b)) })
	if done && !slices.Equal(s.got, s.want) {
		t.Fatalf("%d nodes were saved, or others than the %d that there were", len(s.got), len(s.want))
	}
	return done
}

// rest ends it.
func (s *saving) rest(t fataler, h *offheap.Heap) {
	for !s.next(t, h) {
	}
}

// TestFreeze changes a list in all ways while it is saved, and compares what is
// saved with what was there.
func TestFreeze(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, done := newHeap(t)
		defer done()
		fill := rapid.SampledFrom([]int{-1, -2, 0, 1, 3, 20}).Draw(t, "fill")
		m := machine{l: New(h, fill, 0)}
		text := func() string { return someText.Draw(t, "text") }
		for range rapid.IntRange(0, 40).Draw(t, "nodes") {
			lp := listpack.New()
			for range rapid.IntRange(1, 3).Draw(t, "elements") {
				s := rapid.SampledFrom([]string{"a", "b", "1", "-70000", ""}).Draw(t, "short")
				lp = listpack.Append(lp, []byte(s))
				m.want = append(m.want, s)
			}
			m.l.AppendPack(lp)
		}
		for range rapid.IntRange(0, 40).Draw(t, "elements") {
			s := text()
			m.l.PushBack([]byte(s))
			m.want = append(m.want, s)
		}
		var s *saving
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch {
			case s == nil && len(m.want) > 0 && rapid.IntRange(0, 9).Draw(t, "begin") == 0:
				s = freeze(h, m.l)
				continue
			case s != nil && rapid.IntRange(0, 3).Draw(t, "save") == 0:
				if s.next(t, h) {
					s = nil
				}
				continue
			}
			i := 0
			if len(m.want) > 0 {
				i = rapid.IntRange(0, len(m.want)-1).Draw(t, "index")
			}
			m.step(t, rapid.IntRange(0, 10).Draw(t, "op"), text(), i, rapid.IntRange(0, 20).Draw(t, "n"))
			compare(t, m.l, m.want)
		}
		if s != nil {
			s.leave(t, h, &m)
		}
		checkEpochs(t, m.l)
		m.l.Free()
	})
}

// leave ends a saving of a list that may become a listpack first.
func (s *saving) leave(t *rapid.T, h *offheap.Heap, m *machine) {
	if _, ok := m.l.OnePack(); !ok {
		s.rest(t, h)
		return
	}
	pack := m.l.Unwrap()
	if !s.f.Gone() {
		t.Fatal("the root is not left behind")
	}
	s.rest(t, h)
	m.l.Free()
	m.l = FromPack(h, pack, m.l.Fill(), 0)
	compare(t, m.l, m.want)
}

func checkEpochs(t *rapid.T, l List) {
	for r := l.root().head; r != 0; r = l.node(r).next() {
		if l.node(r).epoch() != l.root().epoch {
			t.Fatal("bits do not agree")
		}
	}
}

// TestFreezeCopiesLittle drops, empties and searches a frozen list: what is not
// changed is not copied.
func TestFreezeCopiesLittle(t *testing.T) {
	h, done := newHeap(t)
	defer done()
	l := New(h, -2, 0)
	for range 200 {
		l.PushBack([]byte(strings.Repeat("x", 100)))
		l.AppendPlain([]byte(strings.Repeat("y", 20000)))
	}
	s := freeze(h, l)
	used := h.Used()
	match := listpack.NewMatcher([]byte("nothing"))
	l.DeleteEqual(&match, 1, false)
	l.Replace(l.Seek(1), []byte(strings.Repeat("z", 30000)))
	l.DropFront(100)
	if n := h.Used() - used; n > 40000 {
		t.Fatalf("%d bytes more", n)
	}
	l.DropBack(l.Len() - 1)
	s.rest(t, h)
	l.Free()
}

func TestFrozenAllocations(t *testing.T) {
	h, done := newHeap(t)
	defer done()
	l := New(h, -2, 0)
	for range 2000 {
		l.PushBack([]byte("some element"))
	}
	f := l.Freeze()
	h.Saving = func(unsafe.Pointer) any { return f }
	b := []byte("some element")
	if n := testing.AllocsPerRun(2000, func() { l.PushBack(b); l.PushFront(b); l.PushBack(b); l.DropFront(1); l.DropBack(1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	for !f.Next(h, nil) {
	}
	l.Free()
}
