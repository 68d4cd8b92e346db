package btree

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
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

func newRecord(h *offheap.Heap, member string) offheap.Ref {
	s := dict.Shape{Kind: dict.KindOther, Expiry: -1}
	r := h.Alloc(s.Size(len(member)), offheap.Values)
	s.Write(h.Ptr(r), []byte(member))
	return r
}

// element is an element of the model.
type element struct {
	score  float64
	member string
	ref    offheap.Ref
}

func compare(a, b element) int {
	if c := cmp.Compare(a.score, b.score); c != 0 {
		return c
	}
	return strings.Compare(a.member, b.member)
}

// model drives a Tree and a sorted slice with the same operations.
type model struct {
	t    testing.TB
	h    *offheap.Heap
	tree Tree
	want []element
}

func newModel(t testing.TB) *model { return &model{t: t, h: newHeap(t)} }

// insert adds an element, unless it is there.
func (m *model) insert(score float64, member string) {
	e := element{score: score, member: member}
	i, found := slices.BinarySearchFunc(m.want, e, compare)
	if found {
		return
	}
	e.ref = newRecord(m.h, member)
	m.tree.Insert(m.h, Key(score), e.ref)
	m.want = slices.Insert(m.want, i, e)
}

func (m *model) delete(i int) {
	e := m.want[i]
	m.tree.Delete(m.h, Key(e.score), e.ref)
	m.h.Free(e.ref, offheap.Values)
	m.want = slices.Delete(m.want, i, i+1)
}

// move gives element i another score, unless that makes it one that is there.
func (m *model) move(i int, score float64) {
	e := m.want[i]
	m.want = slices.Delete(m.want, i, i+1)
	from := Key(e.score)
	e.score = score
	at, found := slices.BinarySearchFunc(m.want, e, compare)
	if found {
		m.t.Fatal("BUG: two elements of the same member")
	}
	m.tree.Move(m.h, from, Key(score), e.ref)
	m.want = slices.Insert(m.want, at, e)
}

func (m *model) deleteRange(from, n int) {
	m.t.Helper()
	var room [300]offheap.Ref
	for i := from; i < from+n; {
		k := m.tree.DeleteSome(m.h, from, room[:min(len(room), from+n-i)])
		if k == 0 {
			m.t.Fatal("deleted nothing")
		}
		for _, r := range room[:k] {
			if m.want[i].ref != r {
				m.t.Fatalf("deleted another element than that of rank %d", i)
			}
			m.h.Free(r, offheap.Values)
			i++
		}
	}
	m.want = slices.Delete(m.want, from, from+n)
}

// check compares everything.
func (m *model) check() {
	m.t.Helper()
	i := 0
	err := m.tree.Check(m.h, func(key uint64, r offheap.Ref) error {
		if i >= len(m.want) || m.want[i].ref != r || Key(m.want[i].score) != key {
			return fmt.Errorf("rank %d holds %q with key %x", i, memberOf(m.h, r), key)
		}
		i++
		return nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
	if i != len(m.want) || m.tree.Len() != i {
		m.t.Fatalf("holds %d, Len %d, want %d", i, m.tree.Len(), len(m.want))
	}
}

// look compares what reading operations answer about rank i.
func (m *model) look(i int) {
	m.t.Helper()
	e := m.want[i]
	if got := m.tree.Rank(m.h, Key(e.score), []byte(e.member)); got != i {
		m.t.Fatalf("rank of %q: %d, want %d", e.member, got, i)
	}
	below := sortedBefore(m.want, func(x element) bool { return x.score < e.score })
	if got := m.tree.Below(m.h, Key(e.score)); got != below {
		m.t.Fatalf("below %v: %d, want %d", e.score, got, below)
	}
	upTo := sortedBefore(m.want, func(x element) bool { return x.score <= e.score })
	if got := m.tree.Below(m.h, Key(e.score)+1); got != upTo {
		m.t.Fatalf("up to %v: %d, want %d", e.score, got, upTo)
	}
	var room [300]offheap.Ref
	var c Cursor
	c.Seek(m.h, &m.tree, i)
	m.same(room[:c.Forward(m.h, room[:1+i%len(room)])], m.want[i:min(len(m.want), i+1+i%len(room))])
	c.Seek(m.h, &m.tree, i)
	got := room[:c.Backward(m.h, room[:1+i%len(room)])]
	slices.Reverse(got)
	m.same(got, m.want[max(0, i-i%len(room)):i+1])
}

func sortedBefore(es []element, before func(element) bool) int {
	n := 0
	for _, e := range es {
		if before(e) {
			n++
		}
	}
	return n
}

func (m *model) same(got []offheap.Ref, want []element) {
	m.t.Helper()
	if !slices.EqualFunc(got, want, func(r offheap.Ref, e element) bool { return r == e.ref }) {
		m.t.Fatalf("read %d elements, want %d others", len(got), len(want))
	}
}

// close frees everything, some blocks at a time, and wants nothing to be left.
func (m *model) close() {
	m.t.Helper()
	for steps := 0; !m.tree.Drop(m.h, 3); steps++ {
		if steps > 1<<20 {
			m.t.Fatal("Drop doesn't end")
		}
	}
	for _, e := range m.want {
		m.h.Free(e.ref, offheap.Values)
	}
	if m.h.Used() != 0 || m.tree != (Tree{}) {
		m.t.Fatalf("%d bytes are left", m.h.Used())
	}
}

// shapes are ways in which scores come.
var shapes = []struct {
	name  string
	score func(r *rng.Source, i int) float64
}{
	{"random", func(r *rng.Source, _ int) float64 { return r.Float64() }},
	{"whole", func(r *rng.Source, _ int) float64 { return float64(r.Uint64n(1000000)) - 500000 }},
	{"few", func(r *rng.Source, _ int) float64 { return float64(r.Uint64n(7)) }},
	{"equal", func(*rng.Source, int) float64 { return 0 }},
	{"rising", func(_ *rng.Source, i int) float64 { return float64(i) }},
	{"falling", func(_ *rng.Source, i int) float64 { return -float64(i) * 1.1 }},
	{"clock", func(r *rng.Source, i int) float64 { return 1.7e12 + float64(i)*1000 + float64(r.Uint64n(5000)) }},
	{"wild", func(r *rng.Source, _ int) float64 { return wildScore(r.Uint64()) }},
}

// wildScore is any double that is not NaN.
func wildScore(bits uint64) float64 {
	f := math.Float64frombits(bits)
	switch {
	case bits%17 == 0:
		return math.Inf(1)
	case bits%17 == 1:
		return math.Inf(-1)
	case f != f:
		return math.Copysign(0, -1)
	}
	return f
}

func TestModel(t *testing.T) {
	for _, shape := range shapes {
		for _, grow := range []uint64{9, 6, 2} { // inserts of 10 operations
			t.Run(fmt.Sprint(shape.name, grow), func(t *testing.T) {
				r := rng.New(grow)
				m := newModel(t)
				for i := range 12000 {
					switch {
					case r.Uint64n(10) < grow || len(m.want) == 0 || i < 8000 && grow == 2:
						m.insert(shape.score(r, i), strconv.Itoa(i))
					case r.Uint64n(100) == 0:
						from := int(r.Uint64n(uint64(len(m.want))))
						m.deleteRange(from, 1+int(r.Uint64n(uint64(min(len(m.want)-from, 300)))))
					case r.Uint64n(3) == 0:
						at := int(r.Uint64n(uint64(len(m.want))))
						m.move(at, m.want[at].score+float64(r.Uint64n(5))-2)
					default:
						m.delete(int(r.Uint64n(uint64(len(m.want)))))
					}
					if i%2000 == 0 {
						m.check()
					}
					if i%50 == 0 && len(m.want) > 0 {
						m.look(int(r.Uint64n(uint64(len(m.want)))))
					}
				}
				m.check()
				m.close()
			})
		}
	}
}

// TestMembers looks for members among equal scores.
func TestMembers(t *testing.T) {
	m := newModel(t)
	r := rng.New(1)
	for range 5000 {
		m.insert(3, strconv.Itoa(int(r.Uint64n(9000))))
	}
	for i := range 9000 {
		x := strconv.Itoa(i)
		below := sortedBefore(m.want, func(e element) bool { return e.member < x })
		upTo := sortedBefore(m.want, func(e element) bool { return e.member <= x })
		if got := m.tree.BelowMember(m.h, []byte(x), false); got != below {
			t.Fatalf("below %s: %d, want %d", x, got, below)
		}
		if got := m.tree.BelowMember(m.h, []byte(x), true); got != upTo {
			t.Fatalf("up to %s: %d, want %d", x, got, upTo)
		}
	}
	m.close()
}

// TestBuild builds trees of all sizes around those of nodes, and changes them.
func TestBuild(t *testing.T) {
	for _, n := range []int{0, 1, 2, 111, 112, 113, 128, 129, 224, 225, 112 * 56, 112*56 + 1, 112 * 57, 20000} {
		m := newModel(t)
		for i := range n {
			e := element{score: float64(i / 3), member: fmt.Sprintf("%06d", i)}
			e.ref = newRecord(m.h, e.member)
			m.want = append(m.want, e)
		}
		m.tree.Build(m.h, n, func(i int) (uint64, offheap.Ref) { return Key(m.want[i].score), m.want[i].ref })
		m.check()
		r := rng.New(uint64(n))
		for i := range min(n, 300) {
			m.insert(float64(r.Uint64n(uint64(n))), fmt.Sprint("x", i))
			m.delete(int(r.Uint64n(uint64(len(m.want)))))
		}
		m.check()
		m.close()
	}
}

// TestKey wants keys to be ordered as scores are.
func TestKey(t *testing.T) {
	r := rng.New(2)
	for range 100000 {
		a, b := wildScore(r.Uint64()), wildScore(r.Uint64())
		if cmp.Compare(a, b) != cmp.Compare(Key(a), Key(b)) {
			t.Fatalf("%v and %v", a, b)
		}
	}
	if Key(0) != Key(math.Copysign(0, -1)) || Key(math.Inf(1)) == math.MaxUint64 {
		t.Error("zero or infinity")
	}
}

func FuzzTree(f *testing.F) {
	f.Add([]byte("\x00abcdefgh\x01abcdefgh\x02\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := newModel(t)
		for i := 0; len(b) >= 9; i++ {
			op, word := b[0], binary.LittleEndian.Uint64(b[1:])
			b = b[9:]
			switch n := uint64(len(m.want)); {
			case op < 200 || n == 0:
				// Many elements a step: a fuzzer hardly makes inputs that fill nodes.
				for j := range int(op) {
					m.insert(shapes[op%8].score(rng.New(word+uint64(j)), j), strconv.Itoa(i*1000+j))
				}
			case op < 240:
				from := word % n
				m.deleteRange(int(from), int(min(word>>32%512+1, n-from)))
			default:
				m.delete(int(word % n))
			}
		}
		m.check()
		if len(m.want) > 0 {
			m.look(len(m.want) / 2)
		}
		m.close()
	})
}

// TestSize holds what an element costs in the tree, in bytes, for common shapes.
func TestSize(t *testing.T) {
	for _, c := range []struct {
		shape int
		most  float64
	}{{0, 13}, {1, 10}, {3, 7}, {4, 9}, {6, 10}} {
		m := &model{t: t, h: newHeap(t)}
		r := rng.New(3)
		const n = 200000
		for i := range n {
			m.tree.Insert(m.h, Key(shapes[c.shape].score(r, i)), newRecord(m.h, strconv.Itoa(i)))
		}
		if err := m.tree.Check(m.h, nil); err != nil {
			t.Fatal(err)
		}
		per := float64(m.tree.Bytes()) / n
		t.Logf("%s: %.1f bytes", shapes[c.shape].name, per)
		if per > c.most {
			t.Errorf("%s: %.1f bytes per element", shapes[c.shape].name, per)
		}
	}
}

func BenchmarkTree(b *testing.B) {
	h := newHeap(b)
	r := rng.New(4)
	var tree Tree
	const n = 1000000
	scores := make([]float64, n)
	refs := make([]offheap.Ref, n)
	for i := range scores {
		scores[i] = r.Float64()
		refs[i] = newRecord(h, "member:"+strconv.Itoa(1000000+i))
		tree.Insert(h, Key(scores[i]), refs[i])
	}
	b.Run("rank", func(b *testing.B) {
		for b.Loop() {
			i := r.Uint64n(n)
			tree.Rank(h, Key(scores[i]), memberOf(h, refs[i]))
		}
	})
	b.Run("move", func(b *testing.B) {
		for b.Loop() {
			i := r.Uint64n(n)
			tree.Delete(h, Key(scores[i]), refs[i])
			scores[i] = r.Float64()
			tree.Insert(h, Key(scores[i]), refs[i])
		}
	})
	b.Run("range100", func(b *testing.B) {
		var c Cursor
		var room [100]offheap.Ref
		for b.Loop() {
			c.Seek(h, &tree, int(r.Uint64n(n-100)))
			c.Forward(h, room[:])
		}
	})
}
