package zset

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/rng"
	"sigrun/internal/value"
)

var limits = value.Limits{ZSetEntries: 16, ZSetValue: 20}

func newHeap(t interface {
	Fatal(...any)
	Cleanup(func())
}) *offheap.Heap {
	s, err := offheap.NewSpace(offheap.Options{Reserve: 1 << 33})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return offheap.NewHeap(s, 1)
}

// element is an element of the model.
type element struct {
	member string
	score  float64
}

func order(a, b element) int {
	return cmp.Or(cmp.Compare(a.score, b.score), strings.Compare(a.member, b.member))
}

// model drives a Set and a sorted slice with the same operations.
type model struct {
	*rapid.T
	s    Set
	want []element
}

func (m *model) find(member string) int {
	return slices.IndexFunc(m.want, func(e element) bool { return e.member == member })
}

// member draws a member, often one that is there.
func (m *model) member() string {
	if len(m.want) > 0 && rapid.Bool().Draw(m.T, "there") {
		return m.want[rapid.IntRange(0, len(m.want)-1).Draw(m.T, "at")].member
	}
	return rapid.OneOf(
		rapid.StringMatching(`[a-c]{0,3}`),
		rapid.Map(rapid.IntRange(-5, 300), strconv.Itoa),
		rapid.StringMatching(`x{18,22}`),
	).Draw(m.T, "member")
}

var scores = rapid.OneOf(
	rapid.Map(rapid.IntRange(-3, 3), func(n int) float64 { return float64(n) }),
	rapid.Float64(),
	rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 1 << 62, -1 << 62, 1e300, 0.1}),
)

func (m *model) put() {
	member, score := m.member(), scores.Draw(m.T, "score")
	if score != score {
		return
	}
	how := How{
		NX: rapid.IntRange(0, 5).Draw(m.T, "nx") == 0, XX: rapid.IntRange(0, 5).Draw(m.T, "xx") == 0,
		GT: rapid.IntRange(0, 5).Draw(m.T, "gt") == 0, LT: rapid.IntRange(0, 5).Draw(m.T, "lt") == 0,
		Incr: rapid.IntRange(0, 3).Draw(m.T, "incr") == 0,
	}
	i := m.find(member)
	wantOutcome, wantScore := Added, score
	switch {
	case i < 0 && how.XX, i >= 0 && how.NX:
		wantOutcome = Refused
	case i >= 0:
		old := m.want[i].score
		if how.Incr {
			wantScore += old
		}
		switch {
		case wantScore != wantScore:
			wantOutcome = NaN
		case how.LT && wantScore >= old || how.GT && wantScore <= old:
			wantOutcome = Refused
		case wantScore == old:
			wantOutcome = Same
		default:
			wantOutcome = Updated
		}
	}
	got, o := m.s.Put(&limits, []byte(member), score, how)
	if o != wantOutcome || o >= Added && o != NaN && got != wantScore {
		m.Fatalf("put %q %v %+v: %v %v, want %v %v", member, score, how, got, o, wantScore, wantOutcome)
	}
	switch o {
	case Updated:
		m.want[i].score = wantScore
	case Added:
		m.want = append(m.want, element{member, wantScore})
	}
	slices.SortFunc(m.want, order)
}

func (m *model) delete() {
	member := m.member()
	i := m.find(member)
	if m.s.Delete([]byte(member)) != (i >= 0) {
		m.Fatalf("delete %q", member)
	}
	if i >= 0 {
		m.want = slices.Delete(m.want, i, i+1)
	}
}

func (m *model) deleteRange() {
	from := rapid.IntRange(0, len(m.want)).Draw(m.T, "from")
	to := rapid.IntRange(from, min(len(m.want), from+5)).Draw(m.T, "to")
	m.s.DeleteRange(from, to)
	m.want = slices.Delete(m.want, from, to)
}

func (m *model) byScore() {
	r := Range{
		Min: scores.Draw(m.T, "min"), Max: scores.Draw(m.T, "max"),
		MinOpen: rapid.Bool().Draw(m.T, "minopen"), MaxOpen: rapid.Bool().Draw(m.T, "maxopen"),
	}
	if r.Min != r.Min || r.Max != r.Max {
		return
	}
	from, to := m.s.ByScore(&r)
	var want []element
	for _, e := range m.want {
		if !r.below(e.score) && !r.above(e.score) {
			want = append(want, e)
		}
	}
	if to-from != len(want) || len(want) > 0 && !slices.Equal(m.want[from:to], want) {
		m.Fatalf("%+v: %d to %d of %v", r, from, to, m.want)
	}
}

// check compares everything.
func (m *model) check() {
	if m.s.Len() != len(m.want) {
		m.Fatalf("%d members, want %d", m.s.Len(), len(m.want))
	}
	for _, reverse := range []bool{false, true} {
		from := len(m.want) / 3
		it := m.s.Iter(from, len(m.want)-from, reverse)
		for i := from; i < len(m.want); i++ {
			e := m.want[i]
			if reverse {
				e = m.want[len(m.want)-1-i]
			}
			if !it.Next() || string(it.Member()) != e.member || it.Score() != e.score {
				m.Fatalf("rank %d, reverse %v: %q %v, want %v", i, reverse, it.Member(), it.Score(), e)
			}
		}
		if it.Next() {
			m.Fatal("goes on behind the end")
		}
	}
	for i, e := range m.want {
		rank, score, ok := m.s.Rank([]byte(e.member))
		if got, there := m.s.Score([]byte(e.member)); !ok || !there || rank != i || score != e.score || got != e.score {
			m.Fatalf("%v has rank %d and score %v, want rank %d", e, rank, score, i)
		}
	}
	if m.s.Small() {
		if lp := m.s.pack(); !listpack.Valid(lp[:listpack.Bytes(lp)], true) {
			m.Fatal("the listpack is damaged")
		}
		return
	}
	t := m.s.table()
	if err := t.Dict().Check(t.Heap); err != nil {
		m.Fatal(err)
	}
	if err := t.tree().Check(t.Heap, nil); err != nil {
		m.Fatal(err)
	}
	if used := int(t.Heap.UsedFor(offheap.Values)); t.Bytes()+t.tree().Bytes()+t.Heap.Size(t.Ref) != used {
		m.Fatalf("counts %d + %d bytes, uses %d", t.Bytes(), t.tree().Bytes(), used)
	}
}

func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHeap(t)
		m := &model{T: rt, s: New(h, &limits, rapid.SampledFrom([]int{1, 100}).Draw(rt, "hint"), 0)}
		rt.Repeat(map[string]func(*rapid.T){
			"put":         func(rt *rapid.T) { m.T = rt; m.put() },
			"put more":    func(rt *rapid.T) { m.T = rt; m.put(); m.put(); m.put() },
			"delete":      func(rt *rapid.T) { m.T = rt; m.delete() },
			"deleteRange": func(rt *rapid.T) { m.T = rt; m.deleteRange() },
			"byScore":     func(rt *rapid.T) { m.T = rt; m.byScore() },
			"":            func(rt *rapid.T) { m.T = rt; m.check() },
		})
		m.s.Free()
		if h.Used() != 0 {
			rt.Fatalf("%d bytes are left", h.Used())
		}
	})
}

// build makes a set of n members in the form that n asks for.
func build(h *offheap.Heap, n int) Set {
	s := New(h, &limits, n, 0)
	for i := range n {
		s.Put(&limits, []byte("m"+strconv.Itoa(i*7919%n)), float64(i%10)/4, How{})
	}
	return s
}

// TestMembers compares ranges of members in both forms.
func TestMembers(t *testing.T) {
	bounds := []Bound{{End: -1}, {End: 1}}
	for _, m := range []string{"", "a", "b", "bb", "c", "5", "z"} {
		bounds = append(bounds, Bound{Member: []byte(m)}, Bound{Member: []byte(m), Open: true})
	}
	h := newHeap(t)
	small, large := New(h, &limits, 1, 0), NewLarge(h)
	members := []string{"", "5", "12", "a", "ab", "b", "c", "cc"}
	slices.Sort(members)
	for _, m := range members {
		small.Put(&limits, []byte(m), 1, How{})
		large.Put(&limits, []byte(m), 1, How{})
	}
	for i := range bounds {
		for j := range bounds {
			r := LexRange{bounds[i], bounds[j]}
			low := sortedCount(members, &r.Min, r.Min.Open)
			high := max(low, sortedCount(members, &r.Max, !r.Max.Open))
			for _, s := range []*Set{&small, &large} {
				for _, reverse := range []bool{false, true} {
					from, to := s.ByMember(&r, reverse)
					if to-from != high-low || to > from && from != low {
						t.Errorf("%+v, small %v, reverse %v: %d to %d, want %d to %d", r, s.Small(), reverse, from, to, low, high)
					}
				}
			}
		}
	}
}

func sortedCount(members []string, b *Bound, equal bool) (n int) {
	for _, m := range members {
		if b.End > 0 || b.End == 0 && (m < string(b.Member) || equal && m == string(b.Member)) {
			n++
		}
	}
	return n
}

// TestSample wants every member to be drawn about as often as any other.
func TestSample(t *testing.T) {
	h := newHeap(t)
	src := rng.New(5)
	for _, size := range []int{5, 16, 17, 200} {
		s := build(h, size)
		for _, n := range []int{1, 2, size / 10, size / 2, size - 1} {
			count := map[string]int{}
			const rounds = 4000
			for range rounds {
				seen := map[string]bool{}
				s.Sample(src, n, func(member []byte, _ float64) { seen[string(member)] = true })
				if len(seen) != n {
					t.Fatalf("%d of %d: %d different ones", n, size, len(seen))
				}
				for m := range seen {
					count[m]++
				}
			}
			mean := float64(rounds*n) / float64(size)
			for m, c := range count {
				if d := float64(c) - mean; d*d > 36*mean+36 {
					t.Errorf("%d of %d: %s was drawn %d times, not about %.0f", n, size, m, c, mean)
				}
			}
		}
		s.Free()
	}
}

// TestForms copies, measures and frees sets of both forms.
func TestForms(t *testing.T) {
	for _, n := range []int{1, 16, 17, 1000, 50000} {
		h := newHeap(t)
		s := build(h, n)
		block, v := dict.NewRecord(h, offheap.Transient, dict.Shape{Kind: s.Kind, Expiry: -1}, []byte("key"))
		dict.PutWord(v, s.Word)
		o := value.Object{Heap: h, Rec: dict.At(h, block)}
		used := int(h.Used() - h.UsedFor(offheap.Transient))
		if got := o.Class().Outside(o); got < used*95/100 || got > used*105/100 {
			t.Errorf("%d members: %d bytes, not about %d", n, got, used)
		}
		other := offheap.NewHeap(h.Space(), 2)
		word := make([]byte, 8)
		o.Class().Copy(other, word, o)
		block2, v2 := dict.NewRecord(other, offheap.Transient, dict.Shape{Kind: s.Kind, Expiry: -1}, []byte("copy"))
		copy(v2, word)
		o2 := value.Object{Heap: other, Rec: dict.At(other, block2)}
		if a, b := members(o), members(o2); !slices.Equal(a, b) || len(a) != n {
			t.Errorf("%d members: the copy differs", n)
		}
		for _, o := range []value.Object{o, o2} {
			rest, done := o.Rec.Word(), false
			for steps := 0; !done; steps++ {
				if rest, done = value.FreeSome(o.Heap, o.Rec.Kind(), rest, 100); steps > n/20+10 {
					t.Fatal("freeing doesn't end")
				}
			}
			if left := o.Heap.Used() - o.Heap.UsedFor(offheap.Transient); left != 0 {
				t.Errorf("%d members: %d bytes are left", n, left)
			}
		}
	}
}

func members(o value.Object) (all []element) {
	s := Of(o)
	it := s.Iter(0, s.Len(), false)
	for it.Next() {
		all = append(all, element{string(it.Member()), it.Score()})
	}
	return all
}

// builder takes a loaded set.
type builder struct {
	h *offheap.Heap
	s *Set
}

func (b *builder) String([]byte)                     { panic("a string") }
func (b *builder) Int(int64)                         { panic("an integer") }
func (b *builder) Value(kind dict.Kind, word uint64) { b.s = &Set{b.h, kind, word} }
func (b *builder) Heap() *offheap.Heap               { return b.h }
func (b *builder) Limits() *value.Limits             { return &limits }
func (b *builder) Deadline() int64                   { return 0 }

// load reads a set of an RDB type and wants nothing to be left if that fails.
func load(t testing.TB, h *offheap.Heap, typ byte, body []byte) (*Set, error) {
	b := builder{h: h}
	before := h.Used()
	ok, err := value.Load(typ, rdb.NewBytesReader(body), &b)
	if !ok {
		t.Fatalf("no loader for type %d", typ)
	}
	if err != nil && h.Used() != before {
		t.Errorf("type %d: %d bytes are left after %v", typ, h.Used()-before, err)
	}
	return b.s, err
}

// pairs is the body of a set in the form of old files, or of a large one.
func pairs(binary bool, es ...element) []byte {
	body := rdb.AppendLen(nil, uint64(len(es)))
	for _, e := range es {
		body = rdb.AppendString(body, []byte(e.member), nil)
		if binary {
			body = rdb.AppendBinaryDouble(body, e.score)
		} else {
			body = append(body, textScore(e.score)...)
		}
	}
	return body
}

func textScore(f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return []byte{254}
	case math.IsInf(f, -1):
		return []byte{255}
	case f != f:
		return []byte{253}
	}
	text := strconv.FormatFloat(f, 'g', 17, 64)
	return append([]byte{byte(len(text))}, text...)
}

// packed is the body of a listpack with these entries.
func packed(entries ...string) []byte {
	lp := listpack.New()
	for _, e := range entries {
		lp = listpack.Append(lp, []byte(e))
	}
	return rdb.AppendString(nil, lp, nil)
}

// ziplisted is the body of a ziplist with these entries, all short strings.
func ziplisted(entries ...string) []byte {
	zl := make([]byte, 10)
	last, before := 10, 0
	for _, e := range entries {
		last = len(zl)
		zl = append(append(zl, byte(before), byte(len(e))), e...)
		before = len(e) + 2
	}
	zl = append(zl, 255)
	zl[0], zl[1] = byte(len(zl)), byte(len(zl)>>8)
	zl[4], zl[8] = byte(last), byte(len(entries))
	return rdb.AppendString(nil, zl, nil)
}

func TestLoad(t *testing.T) {
	inf := math.Inf(1)
	var many []element
	for i := range 100 {
		many = append(many, element{fmt.Sprint("m", i), float64(i)})
	}
	for _, c := range []struct {
		name string
		typ  byte
		body []byte
		want string // "error", or members with scores
	}{
		{"old", rdb.TypeZset, pairs(false, element{"b", 1.5}, element{"a", inf}, element{"c", -inf}), "small c -Inf b 1.5 a +Inf"},
		{"old with NaN", rdb.TypeZset, pairs(false, element{"b", math.NaN()}), "error"},
		{"binary", rdb.TypeZset2, pairs(true, element{"b", 2}, element{"a", 2}, element{"c", -0.25}), "small c -0.25 a 2 b 2"},
		{"binary, long member", rdb.TypeZset2, pairs(true, element{strings.Repeat("x", 21), 2}), "large " + strings.Repeat("x", 21) + " 2"},
		{"binary with NaN", rdb.TypeZset2, pairs(true, element{"b", math.NaN()}), "error"},
		{"binary with a repetition", rdb.TypeZset2, pairs(true, element{"b", 1}, element{"b", 2}), "error"},
		{"binary, many", rdb.TypeZset2, pairs(true, many[:17]...), "large 17"},
		{"empty", rdb.TypeZset2, pairs(true), "error"},
		{"listpack", rdb.TypeZsetListpack, packed("a", "1", "b", "1.5", "7", "inf"), "small a 1 b 1.5 7 +Inf"},
		{"listpack out of order", rdb.TypeZsetListpack, packed("b", "2", "a", "1"), "small a 1 b 2"},
		{"listpack of an odd number", rdb.TypeZsetListpack, packed("b", "2", "a"), "error"},
		{"listpack without scores", rdb.TypeZsetListpack, packed("b", "x"), "error"},
		{"listpack with a repetition", rdb.TypeZsetListpack, packed("b", "1", "b", "2"), "error"},
		{"listpack with NaN", rdb.TypeZsetListpack, packed("b", "nan"), "error"},
		{"empty listpack", rdb.TypeZsetListpack, packed(), "error"},
		{"ziplist", rdb.TypeZsetZiplist, ziplisted("a", "1", "b", "2.5"), "small a 1 b 2.5"},
		{"an empty member out of order", rdb.TypeZsetListpack, packed("", "5", "a", "1"), "small a 1  5"},
		{"ziplist out of order", rdb.TypeZsetZiplist, ziplisted("b", "2.5", "a", "1"), "small a 1 b 2.5"},
		{"damaged ziplist", rdb.TypeZsetZiplist, rdb.AppendString(nil, []byte("not at all"), nil), "error"},
	} {
		h := newHeap(t)
		s, err := load(t, h, c.typ, c.body)
		if got := describe(s, err); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func describe(s *Set, err error) string {
	if err != nil {
		return "error"
	}
	text := "large"
	if s.Small() {
		text = "small"
	}
	if s.Len() > 10 {
		return fmt.Sprint(text, " ", s.Len())
	}
	it := s.Iter(0, s.Len(), false)
	for it.Next() {
		text += fmt.Sprintf(" %s %v", it.Member(), it.Score())
	}
	return text
}

// TestRoundTrip saves and loads sets of both forms.
func TestRoundTrip(t *testing.T) {
	for _, n := range []int{1, 16, 17, 3000} {
		h := newHeap(t)
		s := build(h, n)
		block, v := dict.NewRecord(h, offheap.Transient, dict.Shape{Kind: s.Kind, Expiry: -1}, []byte("key"))
		dict.PutWord(v, s.Word)
		o := value.Object{Heap: h, Rec: dict.At(h, block)}
		class := o.Class()
		back, err := load(t, h, class.RDBType(o), class.AppendRDB(nil, o, nil))
		if err != nil {
			t.Fatal(err)
		}
		it := back.Iter(0, back.Len(), false)
		for i, e := range members(o) {
			if !it.Next() || string(it.Member()) != e.member || it.Score() != e.score {
				t.Fatalf("%d members: rank %d differs", n, i)
			}
		}
		if back.Len() != n || back.Kind != s.Kind {
			t.Errorf("%d members: %d came back, in kind %d", n, back.Len(), back.Kind)
		}
		if commands := class.AppendCommands(nil, []byte("key"), o); bytes.Count(commands, []byte("ZADD")) != (n+63)/64 {
			t.Errorf("%d members: %d commands", n, bytes.Count(commands, []byte("ZADD")))
		}
	}
}

// FuzzLoad reads damaged sets.
func FuzzLoad(f *testing.F) {
	for _, typ := range []byte{rdb.TypeZset, rdb.TypeZset2, rdb.TypeZsetListpack, rdb.TypeZsetZiplist} {
		f.Add(typ, packed("a", "1", "b", "1.5", "7", "inf"))
		f.Add(typ, ziplisted("a", "1", "b", "2.5"))
		f.Add(typ, pairs(true, element{"b", 2}, element{"a", 2}))
		f.Add(typ, pairs(false, element{"b", 2}, element{"a", 2}))
	}
	f.Fuzz(func(t *testing.T, typ byte, body []byte) {
		types := []byte{rdb.TypeZset, rdb.TypeZset2, rdb.TypeZsetListpack, rdb.TypeZsetZiplist}
		h := newHeap(t)
		s, err := load(t, h, types[int(typ)%len(types)], body)
		if err != nil {
			return
		}
		n := s.Len()
		for i := range n {
			s.Put(&limits, strconv.AppendInt(nil, int64(i), 10), float64(i), How{})
		}
		s.DeleteRange(0, s.Len())
		s.Free()
		if h.Used() != 0 {
			t.Errorf("%d bytes are left", h.Used())
		}
	})
}
