package stream

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
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

// The model: a stream as the real server's code describes it, in slices.
type (
	modelEntry struct {
		id    ID
		pairs []string
		gone  bool
	}
	modelNode  []modelEntry
	modelNack  struct{ consumer, time, count int }
	modelGroup struct {
		consumers []int // sorted
		pending   map[ID]modelNack
	}
	model struct {
		h      *offheap.Heap
		ref    offheap.Ref
		limits Limits
		nodes  []modelNode
		groups map[int]*modelGroup
		last   ID
	}
)

func has(s Stream, id ID) bool {
	it := s.Range(id, id, false)
	return it.Next()
}

func (m *model) stream() Stream { return Open(m.h, m.ref) }

func (n modelNode) live() (count int) {
	for _, e := range n {
		if !e.gone {
			count++
		}
	}
	return count
}

func (m *model) entries(lo, hi ID) (all []modelEntry) {
	for _, n := range m.nodes {
		for _, e := range n {
			if !e.gone && !e.id.Less(lo) && !hi.Less(e.id) {
				all = append(all, e)
			}
		}
	}
	return all
}

// add decides by itself only about the number of entries: the stream's limit of
// bytes is none.
func (m *model) add(id ID, pairs []string) {
	e := modelEntry{id: id, pairs: pairs}
	if n := len(m.nodes); n > 0 && len(m.nodes[n-1]) < m.limits.Entries {
		m.nodes[n-1] = append(m.nodes[n-1], e)
	} else {
		m.nodes = append(m.nodes, modelNode{e})
	}
	m.last = id
}

func (m *model) remove(id ID) bool {
	for i, n := range m.nodes {
		for j, e := range n {
			if e.id == id && !e.gone {
				n[j].gone = true
				if n.live() == 0 {
					m.nodes = slices.Delete(m.nodes, i, i+1)
				}
				return true
			}
		}
	}
	return false
}

func (m *model) trim(t Trim) (removed int64) {
	length := uint64(len(m.entries(ID{}, MaxID)))
	for len(m.nodes) > 0 && (t.ByID || length > t.MaxLen) {
		n := m.nodes[0]
		live := n.live()
		if t.Limit > 0 && removed+int64(live) > t.Limit {
			return removed
		}
		whole := t.ByID && n[len(n)-1].id.Less(t.MinID) || !t.ByID && length-uint64(live) >= t.MaxLen
		if whole {
			m.nodes = m.nodes[1:]
			removed += int64(live)
			length -= uint64(live)
			continue
		}
		for i := range n {
			if t.Whole || t.ByID && !n[i].id.Less(t.MinID) || !t.ByID && length <= t.MaxLen {
				break
			}
			if !n[i].gone {
				n[i].gone = true
				removed++
				length--
			}
		}
		return removed
	}
	return removed
}

// compare wants the stream to hold what the model holds, both ways.
func (m *model) compare(t *rapid.T, lo, hi ID) {
	s := m.stream()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	want := m.entries(lo, hi)
	for _, back := range []bool{false, true} {
		it := s.Range(lo, hi, back)
		for _, e := range want {
			if !it.Next() {
				t.Fatalf("back %v: ends before %v", back, e.id)
			}
			if it.ID() != e.id || it.Pairs() != len(e.pairs)/2 {
				t.Fatalf("back %v: %v with %d pairs, want %v", back, it.ID(), it.Pairs(), e)
			}
			for i := 0; i < len(e.pairs); i += 2 {
				f, v := it.Pair()
				if got := string(listpack.AppendText(nil, f)) + "=" + string(listpack.AppendText(nil, v)); got != e.pairs[i]+"="+e.pairs[i+1] {
					t.Fatalf("%v: %s, want %s=%s", e.id, got, e.pairs[i], e.pairs[i+1])
				}
			}
		}
		if it.Next() {
			t.Fatalf("back %v: %v is too many", back, it.ID())
		}
		slices.Reverse(want)
	}
	m.compareFinder(t, want)
	if all := m.entries(ID{}, MaxID); uint64(len(all)) != s.Len() || int(s.Nodes()) != len(m.nodes) || s.LastID() != m.last {
		t.Fatalf("%d entries in %d blocks up to %v, want %d in %d up to %v", s.Len(), s.Nodes(), s.LastID(), len(all), len(m.nodes), m.last)
	}
	if got, want := s.RadixNodes(), m.radixNodes(); got != want {
		t.Fatalf("%d radix nodes, want %d", got, want)
	}
	m.compareGroups(t)
}

// compareFinder looks up some of the entries, and what is between them.
func (m *model) compareFinder(t *rapid.T, all []modelEntry) {
	f := m.stream().Finder()
	every := rapid.IntRange(1, 40).Draw(t, "every")
	for i, e := range all {
		if i%every != 0 {
			continue
		}
		for _, id := range []ID{e.id, e.id.Next()} {
			it, ok := f.Find(id)
			if want := has(m.stream(), id); ok != want || ok && (it.ID() != id || it.Pairs() == 0) {
				t.Fatalf("%v: found %v, want %v", id, ok, want)
			}
			if ok {
				if _, v := it.Pair(); id == e.id && string(listpack.AppendText(nil, v)) != e.pairs[1] {
					t.Fatalf("%v: %v", id, v)
				}
			}
		}
	}
}

func (m *model) compareGroups(t *rapid.T) {
	s := m.stream()
	if s.Groups() != len(m.groups) {
		t.Fatalf("%d groups, want %d", s.Groups(), len(m.groups))
	}
	for name, want := range m.groups {
		g, ok := s.FindGroup(nameOf(name))
		if !ok || g.Consumers() != len(want.consumers) || int(g.Pending()) != len(want.pending) {
			t.Fatalf("group %d: %v with %d consumers and %d pending, want %+v", name, ok, g.Consumers(), g.Pending(), want)
		}
		var last ID
		for p := g.PendingFrom(ID{}); p.Ok(); p.Next() {
			n := p.Nack()
			w, there := want.pending[p.ID()]
			if !there || p.ID().Less(last) || string(n.Consumer().Name()) != string(nameOf(w.consumer)) || n.Time() != int64(w.time) || n.Count() != uint64(w.count) {
				t.Fatalf("group %d: %v pending as %s %d %d, want %+v", name, p.ID(), n.Consumer().Name(), n.Time(), n.Count(), w)
			}
			last = p.ID()
		}
		for i, c := range want.consumers {
			if got := g.Consumer(i).Name(); !bytes.Equal(got, nameOf(c)) {
				t.Fatalf("group %d: consumer %d is %s, want %d", name, i, got, c)
			}
		}
	}
}

func nameOf(i int) []byte { return fmt.Appendf(nil, "name:%03d", i) }

// radixNodes builds the tree of bytes that RadixNodes only counts.
func (m *model) radixNodes() uint64 {
	keys := []string{}
	for _, n := range m.nodes {
		k := n[0].id
		keys = append(keys, fmt.Sprintf("%016x%016x", k.Ms, k.Seq))
	}
	return radixNodes(keys)
}

// radixNodes counts the nodes for sorted keys, of which two digits are a byte.
func radixNodes(keys []string) uint64 {
	if len(keys) == 0 || keys[0] == "" {
		return 1
	}
	common := keys[0]
	for _, k := range keys {
		n := 0
		for n < len(common) && common[n:n+2] == k[n:n+2] {
			n += 2
		}
		common = common[:n]
	}
	total := uint64(0)
	if common != "" {
		total++
	}
	groups := map[string][]string{}
	for _, k := range keys {
		if k = k[len(common):]; k != "" {
			groups[k[:2]] = append(groups[k[:2]], k[2:])
		}
	}
	total++ // the fork, or the leaf
	for _, g := range groups {
		if g[0] == "" {
			total++
		} else {
			total += radixNodes(g)
		}
	}
	return total
}

var (
	someTexts = rapid.SampledFrom([]string{"", "a", "b", "field", "1", "-7", "70000", "9223372036854775807", string(bytes.Repeat([]byte{'x'}, 100))})
	smallID   = rapid.Custom(func(t *rapid.T) ID {
		return ID{uint64(rapid.IntRange(0, 60).Draw(t, "ms")), uint64(rapid.IntRange(0, 3).Draw(t, "seq"))}
	})
)

// nextID is an ID above m's last: near it, or far.
func (m *model) nextID(t *rapid.T) ID {
	id := m.last
	switch rapid.IntRange(0, 5).Draw(t, "how") {
	case 0:
		id.Ms += uint64(rapid.IntRange(1, 3).Draw(t, "ms"))
		id.Seq = uint64(rapid.IntRange(0, 2).Draw(t, "seq"))
	case 1:
		id.Ms += 1 << rapid.IntRange(0, 20).Draw(t, "bits")
		id.Seq = 0
	case 2:
		id.Seq += 1 << rapid.IntRange(0, 40).Draw(t, "bits")
	default:
		id.Seq++
	}
	return id
}

func (m *model) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"append": func(t *rapid.T) {
			for range rapid.IntRange(1, 40).Draw(t, "times") {
				pairs := rapid.SliceOfN(someTexts, 1, 3).Draw(t, "texts")
				pairs = append(pairs, pairs...)
				var b [][]byte
				for _, p := range pairs {
					b = append(b, []byte(p))
				}
				id := m.nextID(t)
				m.stream().Append(id, b, m.limits)
				m.add(id, pairs)
			}
		},
		"delete": func(t *rapid.T) {
			id := m.someID(t)
			if got, want := m.stream().Delete(id), m.remove(id); got != want {
				t.Fatalf("delete %v: %v", id, got)
			}
		},
		"trim": func(t *rapid.T) {
			trim := Trim{ByID: rapid.Bool().Draw(t, "byid"), Whole: rapid.Bool().Draw(t, "whole"),
				Limit: int64(rapid.SampledFrom([]int{0, 0, 1, 5, 20}).Draw(t, "limit"))}
			all := len(m.entries(ID{}, MaxID))
			trim.MaxLen = uint64(rapid.IntRange(0, all+1).Draw(t, "maxlen"))
			trim.MinID = m.someID(t)
			if got, want := m.stream().Trim(trim), m.trim(trim); got != want {
				t.Fatalf("trim %+v: %d, want %d", trim, got, want)
			}
		},
		"group":    m.group,
		"consumer": m.consumer,
		"give":     m.give,
		"ack":      m.ack,
		"copy": func(t *rapid.T) {
			ref := m.stream().Copy(m.h)
			Free(m.h, m.ref)
			m.ref = ref
		},
		"": func(t *rapid.T) { m.compare(t, m.someID(t), m.someID(t)) },
	}
}

// someID is often one that is there.
func (m *model) someID(t *rapid.T) ID {
	all := m.entries(ID{}, MaxID)
	if len(all) == 0 || rapid.IntRange(0, 3).Draw(t, "any") == 0 {
		return smallID.Draw(t, "id")
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "entry")].id
}

func (m *model) group(t *rapid.T) {
	name := rapid.IntRange(0, 5).Draw(t, "group")
	s := m.stream()
	if m.groups[name] == nil {
		m.groups[name] = &modelGroup{pending: map[ID]modelNack{}}
		if _, ok := s.AddGroup(nameOf(name), ID{}, 0); !ok {
			t.Fatal("not added")
		}
	} else if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
		delete(m.groups, name)
		if !s.RemoveGroup(nameOf(name)) {
			t.Fatal("not removed")
		}
	}
}

// someGroup calls f with a group, if there is one.
func (m *model) someGroup(t *rapid.T, f func(g Group, want *modelGroup)) {
	name := rapid.IntRange(0, 5).Draw(t, "group")
	if want := m.groups[name]; want != nil {
		g, _ := m.stream().FindGroup(nameOf(name))
		f(g, want)
	}
}

func (m *model) consumer(t *rapid.T) {
	m.someGroup(t, func(g Group, want *modelGroup) {
		name := rapid.IntRange(0, 30).Draw(t, "consumer")
		i, there := slices.BinarySearch(want.consumers, name)
		if !there {
			want.consumers = slices.Insert(want.consumers, i, name)
			if _, ok := g.AddConsumer(nameOf(name), 5); !ok {
				t.Fatal("not added")
			}
			return
		}
		if rapid.IntRange(0, 4).Draw(t, "remove") > 0 {
			return
		}
		want.consumers = slices.Delete(want.consumers, i, i+1)
		n := uint64(0)
		for id, p := range want.pending {
			if p.consumer == name {
				delete(want.pending, id)
				n++
			}
		}
		if got, ok := g.RemoveConsumer(nameOf(name)); !ok || got != n {
			t.Fatalf("removed with %d pending, want %d", got, n)
		}
	})
}

func (m *model) give(t *rapid.T) {
	m.someGroup(t, func(g Group, want *modelGroup) {
		if len(want.consumers) == 0 {
			return
		}
		at := rapid.IntRange(0, 1000).Draw(t, "time")
		for i := range rapid.IntRange(1, 200).Draw(t, "times") {
			name := want.consumers[(at+i)%min(len(want.consumers), 3)]
			c, _ := g.FindConsumer(nameOf(name))
			id := smallID.Draw(t, "id")
			if i%2 == 0 {
				id = ID{uint64(at), uint64(i)}
			}
			if n, ok := g.FindPending(id); ok {
				g.Give(id, n, c)
				n.Set(int64(at), uint64(i))
			} else {
				g.AddPending(id, c, int64(at), uint64(i))
			}
			want.pending[id] = modelNack{name, at, i}
		}
	})
}

func (m *model) ack(t *rapid.T) {
	m.someGroup(t, func(g Group, want *modelGroup) {
		keep := rapid.IntRange(1, 10).Draw(t, "keep")
		var ids []ID
		for p := g.PendingFrom(smallID.Draw(t, "from")); p.Ok(); p.Next() {
			if int(p.ID().Seq)%keep != 1 {
				ids = append(ids, p.ID())
			}
		}
		for _, id := range ids {
			if !g.Ack(id) {
				t.Fatalf("%v was not pending", id)
			}
			delete(want.pending, id)
		}
		if g.Ack(ID{1 << 60, 1}) {
			t.Fatal("what is not there was pending")
		}
	})
}

// TestModel drives a stream and a model with the same operations.
func TestModel(t *testing.T) {
	h := newHeap(t)
	rapid.Check(t, func(t *rapid.T) {
		m := &model{h: h, groups: map[int]*modelGroup{}, limits: Limits{Entries: rapid.SampledFrom([]int{1, 2, 3, 10, 200}).Draw(t, "entries")}}
		_, m.ref = New(h)
		t.Repeat(m.actions())
		m.compare(t, ID{}, MaxID)
		for steps := 0; !FreeSome(h, m.ref, 3); steps++ {
			if steps > 100_000 {
				t.Fatal("freeing doesn't end")
			}
		}
		if n := h.Used(); n != 0 {
			t.Fatalf("%d bytes are left", n)
		}
	})
}
