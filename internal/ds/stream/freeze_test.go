package stream

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"sigrun/internal/offheap"
)

// saving is a frozen stream, and what was given out of it.
type saving struct {
	h         *offheap.Heap
	f         *Frozen
	byEntry   bool // pending entries are looked up, as commands need it
	g, c      int
	now       phase
	got, want []string
}

type phase func(*saving) phase

func (s *saving) add(format string, args ...any) { s.got = append(s.got, fmt.Sprintf(format, args...)) }

func nodes(s *saving) phase {
	if s.f.NextNode(s.h, func(key ID, lp []byte) { s.add("%v %x", key, lp) }) {
		return nodes
	}
	s.add("%d %d %v %v %v", s.f.Len, s.f.Added, s.f.LastID, s.f.FirstID, s.f.MaxDelete)
	return groups
}

func groups(s *saving) phase {
	if s.g == len(s.f.Groups) {
		return nil
	}
	g := &s.f.Groups[s.g]
	s.add("%s %v %d %d %d", g.Name, g.LastID, g.EntriesRead, g.Pending, len(g.Consumers))
	s.c = 0
	if s.byEntry {
		return consumers
	}
	return pending
}

func pending(s *saving) phase {
	id, ms, count, ok := s.f.NextPending(s.h, s.g)
	if !ok {
		return consumers
	}
	s.add("%v %d %d", id, ms, count)
	return pending
}

func consumers(s *saving) phase {
	if s.c == len(s.f.Groups[s.g].Consumers) {
		s.g++
		return groups
	}
	c := &s.f.Groups[s.g].Consumers[s.c]
	s.add("%s %d %d %d", c.Name, c.Seen, c.Active, c.Pending)
	return of
}

func of(s *saving) phase {
	id, ok := s.f.NextOf(s.h, s.g, s.c)
	switch {
	case !ok:
		s.c++
		return consumers
	case s.byEntry:
		ms, count := s.f.FindPending(s.h, s.g, id)
		s.add("%v %d %d", id, ms, count)
	default:
		s.add("%v", id)
	}
	return of
}

// state is what a saving of s is to give out.
func state(s Stream, byEntry bool) []string {
	w := &saving{}
	s.EachNode(func(key ID, lp []byte) { w.add("%v %x", key, lp) })
	w.add("%d %d %v %v %v", s.Len(), s.Added(), s.LastID(), s.FirstID(), s.MaxDeletedID())
	for i := range s.Groups() {
		g := s.Group(i)
		w.add("%s %v %d %d %d", g.Name(), g.LastID(), g.EntriesRead(), g.Pending(), g.Consumers())
		for p := g.PendingFrom(ID{}); p.Ok() && !byEntry; p.Next() {
			w.add("%v %d %d", p.ID(), p.Nack().Time(), p.Nack().Count())
		}
		for i := range g.Consumers() {
			c := g.Consumer(i)
			w.add("%s %d %d %d", c.Name(), c.Seen(), c.Active(), c.Pending())
			for p := g.PendingOf(c, ID{}); p.Ok(); p.Next() {
				if byEntry {
					w.add("%v %d %d", p.ID(), p.Nack().Time(), p.Nack().Count())
				} else {
					w.add("%v", p.ID())
				}
			}
		}
	}
	return w.got
}

// freeze freezes the stream with root ref.
func freeze(h *offheap.Heap, ref offheap.Ref, byEntry bool) *saving {
	w := &saving{h: h, byEntry: byEntry, now: nodes, want: state(Open(h, ref), byEntry)}
	w.f = Freeze(h, ref)
	h.Saving = func(p unsafe.Pointer) any {
		if p != Open(h, ref).Identity() {
			panic("another stream than the one that is frozen")
		}
		return w.f
	}
	return w
}

// step does a step of the saving and reports whether it was the last.
func (s *saving) step(t interface{ Fatalf(string, ...any) }) (done bool) {
	if s.now != nil {
		s.now = s.now(s)
		return false
	}
	if !slices.Equal(s.got, s.want) {
		for i := range s.want {
			if i >= len(s.got) || s.got[i] != s.want[i] {
				t.Fatalf("%d things were saved of %d; first other: %d, %.200s", len(s.got), len(s.want), i, s.want[i])
			}
		}
		t.Fatalf("%d things were saved of %d", len(s.got), len(s.want))
	}
	return s.f.Close(s.h, 3)
}

// TestFreeze changes a stream in all ways while it is saved, and compares what is
// saved with what was there.
func TestFreeze(t *testing.T) {
	h := newHeap(t)
	rapid.Check(t, func(t *rapid.T) {
		m := &model{h: h, groups: map[int]*modelGroup{}, limits: Limits{Entries: rapid.SampledFrom([]int{1, 2, 3, 10, 200}).Draw(t, "entries")}}
		_, m.ref = New(h)
		var s *saving
		actions := m.actions()
		actions["freeze"] = func(t *rapid.T) {
			if s == nil {
				s = freeze(h, m.ref, rapid.Bool().Draw(t, "by entry"))
			}
		}
		actions["save"] = func(t *rapid.T) {
			for range rapid.IntRange(1, 200).Draw(t, "steps") {
				if s != nil && s.step(t) {
					s = nil
				}
			}
		}
		actions["give up"] = func(t *rapid.T) {
			if s == nil || rapid.IntRange(0, 3).Draw(t, "really") > 0 {
				return
			}
			for !s.f.Close(h, 2) {
			}
			s = nil
		}
		actions["lower"] = func(t *rapid.T) { // IDs that were there may come again
			all := m.entries(ID{}, MaxID)
			for _, e := range all[rapid.IntRange(0, len(all)).Draw(t, "from"):] {
				m.stream().Delete(e.id)
				m.remove(e.id)
			}
			m.last = m.stream().Top()
			m.stream().SetLastID(m.last)
		}
		actions["copy"] = func(t *rapid.T) { // and the old one is deleted while it is saved
			ref := m.stream().Copy(h)
			for s != nil {
				if s.step(t) {
					s = nil
				}
			}
			Free(h, m.ref)
			m.ref = ref
		}
		for range rapid.IntRange(0, 6).Draw(t, "before") {
			for _, name := range []string{"append", "group", "consumer", "give"} {
				actions[name](t)
			}
		}
		s = freeze(h, m.ref, rapid.Bool().Draw(t, "by entry"))
		t.Repeat(actions)
		for s != nil && !s.step(t) {
		}
		m.compare(t, ID{}, MaxID)
		Free(h, m.ref)
		if n := h.Used(); n != 0 {
			t.Fatalf("%d bytes are left", n)
		}
	})
}

// TestFreezeCopiesLittle trims a frozen stream and removes a large group: nothing
// of it is copied.
func TestFreezeCopiesLittle(t *testing.T) {
	h := newHeap(t)
	s, ref := New(h)
	g, _ := s.AddGroup([]byte("g"), ID{}, 0)
	c, _ := g.AddConsumer([]byte("c"), 0)
	const entries = 20_000
	for i := range uint64(entries) {
		s.Append(ID{i, 1}, [][]byte{[]byte("field"), []byte(strconv.Itoa(int(i)))}, Limits{Bytes: 4096, Entries: 100})
		g.AddPending(ID{i, 1}, c, 0, 0)
	}
	w := freeze(h, ref, false)
	used := h.Used()
	s.Trim(Trim{MaxLen: 50})
	s.RemoveGroup([]byte("g"))
	if n := h.Used() - used; n > 50_000 {
		t.Errorf("%d bytes more", n)
	}
	for !w.step(t) {
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	Free(h, ref)
	if n := h.Used(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}

// changes are all that a stream can suffer while it is saved, of the one that
// TestFreezeAtEachStep makes.
var changes = map[string]func(s Stream, g Group, a, b Consumer){
	"append":       func(s Stream, _ Group, _, _ Consumer) { s.Append(ID{100, 1}, pairsOf(1), Limits{}) },
	"append block": func(s Stream, _ Group, _, _ Consumer) { s.Append(ID{100, 1}, pairsOf(1), Limits{Entries: 1}) },
	"delete":       func(s Stream, _ Group, _, _ Consumer) { s.Delete(ID{3, 1}) },
	"delete block": func(s Stream, _ Group, _, _ Consumer) { s.Delete(ID{3, 1}); s.Delete(ID{4, 1}) },
	"delete the last and add others": func(s Stream, _ Group, _, _ Consumer) {
		for i := uint64(3); i <= 6; i++ {
			s.Delete(ID{i, 1})
		}
		s.SetLastID(ID{2, 1})
		s.Append(ID{2, 5}, pairsOf(1), Limits{Entries: 1})
		s.Append(ID{3, 1}, pairsOf(1), Limits{Entries: 1})
	},
	"trim blocks":  func(s Stream, _ Group, _, _ Consumer) { s.Trim(Trim{MaxLen: 2}) },
	"trim entries": func(s Stream, _ Group, _, _ Consumer) { s.Trim(Trim{MaxLen: 3}) },
	"set numbers": func(s Stream, _ Group, _, _ Consumer) {
		s.SetLastID(ID{200, 1})
		s.SetAdded(500)
		s.SetMaxDeletedID(ID{50, 1})
	},
	"add group": func(s Stream, _ Group, _, _ Consumer) { s.AddGroup([]byte("another"), ID{}, 0) },
	"replace group": func(s Stream, _ Group, _, _ Consumer) {
		s.RemoveGroup([]byte("group"))
		g, _ := s.AddGroup([]byte("group"), ID{}, 0)
		c, _ := g.AddConsumer([]byte("a"), 0)
		g.AddPending(ID{2, 1}, c, 0, 0)
	},
	"set group": func(_ Stream, g Group, a, _ Consumer) {
		g.SetLastID(ID{9, 9})
		g.SetEntriesRead(77)
		a.SetSeen(77)
		a.SetActive(77)
	},
	"add consumer": func(_ Stream, g Group, _, _ Consumer) {
		c, _ := g.AddConsumer([]byte("aa"), 0)
		g.AddPending(ID{3, 3}, c, 0, 0)
	},
	"replace consumer": func(_ Stream, g Group, _, _ Consumer) {
		g.RemoveConsumer([]byte("b"))
		c, _ := g.AddConsumer([]byte("b"), 0)
		g.AddPending(ID{3, 1}, c, 0, 0)
	},
	"add pending": func(_ Stream, g Group, a, _ Consumer) { g.AddPending(ID{2, 7}, a, 1, 1) },
	"set pending": func(_ Stream, g Group, _, _ Consumer) {
		n, _ := g.FindPending(ID{3, 1})
		n.Set(99, 99)
	},
	"give": func(_ Stream, g Group, a, b Consumer) {
		for i := uint64(1); i <= 6; i++ {
			n, _ := g.FindPending(ID{i, 1})
			g.Give(ID{i, 1}, n, a)
			g.Give(ID{i, 1}, n, b)
		}
	},
	"ack and add": func(_ Stream, g Group, _, b Consumer) {
		for i := uint64(1); i <= 6; i++ {
			g.Ack(ID{i, 1})
			g.AddPending(ID{i, 1}, b, 5, 5)
		}
	},
}

// TestFreezeAtEachStep makes each change after each number of steps of a saving.
func TestFreezeAtEachStep(t *testing.T) {
	h := newHeap(t)
	for name, change := range changes {
		for _, byEntry := range []bool{false, true} {
			for at, all := 0, 1; at < all; at++ {
				s, ref := New(h)
				g, _ := s.AddGroup([]byte("group"), ID{2, 1}, 2)
				a, _ := g.AddConsumer([]byte("a"), 1)
				b, _ := g.AddConsumer([]byte("b"), 2)
				for i := uint64(1); i <= 6; i++ {
					s.Append(ID{i, 1}, pairsOf(int(i)), Limits{Entries: 2})
					g.AddPending(ID{i, 1}, []Consumer{a, b}[i%2], 10, i)
				}
				w := freeze(h, ref, byEntry)
				for all = 0; ; all++ {
					if all == at {
						change(s, g, a, b)
					}
					if w.step(t) {
						break
					}
				}
				if err := s.Check(); err != nil {
					t.Fatalf("%s after %d steps: %v", name, at, err)
				}
				Free(h, ref)
				if n := h.Used(); n != 0 {
					t.Fatalf("%s after %d steps: %d bytes are left", name, at, n)
				}
			}
		}
	}
}
