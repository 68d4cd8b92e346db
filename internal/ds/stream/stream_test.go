package stream

import (
	"encoding/binary"
	"fmt"
	"testing"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/rng"
)

// TestTree drives a tree far beyond one level, against a map.
func TestTree(t *testing.T) {
	for _, width := range []int{0, 1, nackWords} {
		for _, how := range []string{"up", "down", "random"} {
			t.Run(fmt.Sprintf("%s-%d", how, width), func(t *testing.T) { testTree(t, width, how) })
		}
	}
}

const treeTestSize = 20_000

func testTree(t *testing.T, width int, how string) {
	h := newHeap(t)
	s, ref := New(h)
	c := audit{s: s}
	tr := &tree{}
	random := rng.New(7)
	there := map[ID]bool{}
	for i := range treeTestSize {
		id := ID{uint64(i / 3), uint64(i % 3)}
		switch how {
		case "down":
			id = ID{uint64(treeTestSize - i), 0}
		case "random":
			id = ID{random.Uint64n(1 << 20), random.Uint64n(1 << 20)}
		}
		if there[id] {
			continue
		}
		there[id] = true
		for j, w := 0, tr.insert(s, width, id); j < len(w); j++ {
			w[j] = id.Ms*7 + uint64(j)
		}
	}
	check := func() {
		t.Helper()
		if err := c.tree(tr, width); err != nil {
			t.Fatal(err)
		}
		n := 0
		for p := tr.seek(s, ID{}); p.ok(); p.next() {
			if !there[p.id()] || width > 0 && p.words()[width-1] != p.id().Ms*7+uint64(width-1) {
				t.Fatalf("%v is wrong", p.id())
			}
			n++
		}
		for p := tr.seekBack(s, MaxID); p.ok(); p.prev() {
			n--
		}
		if n != 0 || tr.count != uint64(len(there)) {
			t.Fatalf("%d more forwards than backwards; %d counted, %d there", n, tr.count, len(there))
		}
	}
	check()
	if how == "up" && s.r.bytes > uint64(len(there)*(idSize+width*wordSize))*11/10 {
		t.Errorf("%d bytes for %d entries that came in order", s.r.bytes, len(there))
	}
	left := len(there) / 10
	for id := range there {
		if len(there) == left {
			break
		}
		if !tr.remove(s, id) || tr.remove(s, id) {
			t.Fatalf("%v not removed once", id)
		}
		delete(there, id)
	}
	check()
	if full := uint64(left * (idSize + width*wordSize)); s.r.bytes > 8*full {
		t.Errorf("%d bytes for %d entries that are left", s.r.bytes, left)
	}
	for tr.count > 0 {
		tr.dropLeaf(s, func([]uint64) {})
	}
	Free(h, ref)
	if n := h.Used(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}

// pairsOf makes entries of one field of 16 bytes and a value of as many.
func pairsOf(i int) [][]byte {
	return [][]byte{[]byte("field:0123456789"), fmt.Appendf(nil, "value:%010d", i)}
}

// usual are the default limits of the server.
var usual = Limits{Bytes: 4096, Entries: 100}

// TestMemory holds a large stream to its bar of memory.
func TestMemory(t *testing.T) {
	h := newHeap(t)
	s, ref := New(h)
	const n = 200_000
	for i := range n {
		s.Append(ID{uint64(1_700_000_000_000 + i/20), uint64(i % 20)}, pairsOf(i), usual)
	}
	if per := float64(h.Used()) / n; per > 28.5 {
		t.Errorf("%.2f bytes an entry", per)
	}
	if int64(s.Bytes()) != h.Used() {
		t.Errorf("%d bytes counted, %d used", s.Bytes(), h.Used())
	}
	Free(h, ref)
}

// TestAllocs holds the common operations to not using the Go heap.
func TestAllocs(t *testing.T) {
	h := newHeap(t)
	s, ref := New(h)
	defer Free(h, ref)
	g, _ := s.AddGroup([]byte("g"), ID{}, 0)
	c, _ := g.AddConsumer([]byte("c"), 0)
	pairs := pairsOf(1)
	id := ID{1, 1}
	n := testing.AllocsPerRun(1000, func() {
		s.Append(id, pairs, usual)
		g.AddPending(id, c, 1, 1)
		it := s.Range(id, MaxID, false)
		for it.Next() {
			it.Pair()
		}
		if id.Seq%3 != 0 {
			g.Ack(id)
		}
		if id.Seq%2 == 0 {
			s.Delete(id)
		}
		s.Trim(Trim{MaxLen: 500})
		id = id.Next()
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestEdgeIDs appends the highest IDs.
func TestEdgeIDs(t *testing.T) {
	h := newHeap(t)
	s, ref := New(h)
	defer Free(h, ref)
	for _, id := range []ID{{0, 1}, {0, 1 << 63}, {1 << 63, 0}, {^uint64(0), 0}, MaxID.Prev(), MaxID} {
		s.Append(id, pairsOf(1), usual)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		if !has(s, id) || s.LastValidID() != id || s.Top() != id {
			t.Fatalf("%v is not there", id)
		}
	}
	if n := s.Trim(Trim{ByID: true, MinID: MaxID}); n != 5 || s.FirstID() != MaxID {
		t.Fatalf("trimmed %d, first is %v", n, s.FirstID())
	}
}

// TestCounts crosses the sizes at which the counts of a block need more bytes.
func TestCounts(t *testing.T) {
	h := newHeap(t)
	s, ref := New(h)
	defer Free(h, ref)
	const n = 9000 // 127, 4095
	for i := range n {
		s.Append(ID{uint64(i + 1), 0}, pairsOf(i), Limits{})
	}
	if s.Nodes() != 1 {
		t.Fatalf("%d blocks", s.Nodes())
	}
	for i := range n - 10 {
		if !s.Delete(ID{uint64(i*7%n + 1), 0}) {
			t.Fatalf("entry %d is not there", i*7%n)
		}
		if i%500 == 0 {
			if err := s.Check(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Check(); err != nil || s.Len() != 10 {
		t.Fatal(err, s.Len())
	}
}

// FuzzNode gives AddNode bytes that may be anything: it must refuse them or be
// able to work with them.
func FuzzNode(f *testing.F) {
	h := newHeap(f)
	s, ref := New(h)
	for i := range 5 {
		s.Append(ID{uint64(i + 1), uint64(i)}, pairsOf(i)[:2], usual)
	}
	s.Append(ID{9, 9}, [][]byte{[]byte("x"), []byte("1"), []byte("y"), []byte("z")}, usual)
	s.Delete(ID{2, 1})
	s.EachNode(func(key ID, lp []byte) { f.Add(key.Ms, key.Seq, append([]byte(nil), lp...)) })
	Free(h, ref)
	f.Add(uint64(1), uint64(0), listpack.New())
	f.Fuzz(func(t *testing.T, ms, seq uint64, lp []byte) {
		if len(lp) > 6 && binary.LittleEndian.Uint32(lp) != uint32(len(lp)) {
			binary.LittleEndian.PutUint32(lp, uint32(len(lp))) // or nothing gets past it
		}
		s, ref := New(h)
		defer func() {
			Free(h, ref)
			if n := h.Used(); n != 0 {
				t.Fatalf("%d bytes are left", n)
			}
		}()
		if s.AddNode(ID{ms, seq}, lp) != nil {
			return
		}
		s.Loaded()
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		for _, back := range []bool{false, true} {
			for it := s.Range(ID{}, MaxID, back); it.Next(); {
				for range it.Pairs() {
					it.Pair()
				}
			}
		}
		if s.LastID() != MaxID {
			s.Append(s.LastID().Next(), pairsOf(1), Limits{})
		}
		s.Trim(Trim{MaxLen: s.Len() / 2})
		for s.Len() > 0 && s.Delete(s.LastValidID()) {
		}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	h := newHeap(b)
	s, ref := New(h)
	pairs := pairsOf(1)
	i := uint64(0)
	for b.Loop() {
		i++
		s.Append(ID{1_700_000_000_000 + i/20, i % 20}, pairs, usual)
	}
	Free(h, ref)
}

func BenchmarkRange10(b *testing.B) {
	h := newHeap(b)
	s, ref := New(h)
	for i := range uint64(100_000) {
		s.Append(ID{i + 1, 0}, pairsOf(1), usual)
	}
	i := uint64(0)
	for b.Loop() {
		i = (i + 7919) % 100_000
		it := s.Range(ID{i, 0}, MaxID, false)
		for range 10 {
			if it.Next() {
				it.Pair()
			}
		}
	}
	Free(h, ref)
}

func BenchmarkPending(b *testing.B) {
	h := newHeap(b)
	s, ref := New(h)
	g, _ := s.AddGroup([]byte("g"), ID{}, 0)
	c, _ := g.AddConsumer([]byte("c"), 0)
	i := uint64(0)
	for b.Loop() {
		i++
		g.AddPending(ID{i, 0}, c, 1, 1)
		if i > 1000 {
			g.Ack(ID{i - 1000, 0})
		}
	}
	Free(h, ref)
}
