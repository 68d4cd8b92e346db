package set

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/intset"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/lzf"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
	"sigrun/internal/rng"
	"sigrun/internal/value"
)

var usual = &value.Limits{SetInts: 512, SetEntries: 128, SetValue: 64}

func newHeap(t testing.TB) *offheap.Heap {
	s, err := offheap.NewSpace(offheap.Options{Reserve: 1 << 33})
	if err != nil {
		t.Fatal(err)
	}
	h := offheap.NewHeap(s, 1)
	if t, ok := t.(*testing.T); ok {
		t.Cleanup(func() {
			if n := h.Used(); n != 0 {
				t.Errorf("%d bytes were not freed", n)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return h
}

// withObject calls f with a record that holds s.
func withObject(h *offheap.Heap, s *Set, f func(o value.Object)) {
	r, v := dict.NewRecord(h, offheap.Records, dict.Shape{Kind: s.Kind, Expiry: -1}, []byte("key"))
	dict.PutWord(v, s.Word)
	f(value.Object{Heap: h, Rec: dict.At(h, r)})
	h.Free(r, offheap.Records)
}

func texts(s *Set) (all []string) {
	s.Each(func(m Member) bool {
		all = append(all, string(AppendText(nil, m)))
		return true
	})
	return all
}

// check compares s with a model.
func check(t rapid.TB, s *Set, want map[string]bool) {
	t.Helper()
	got := slices.Sorted(slices.Values(texts(s)))
	if all := slices.Sorted(maps.Keys(want)); !slices.Equal(got, all) || s.Len() != len(all) {
		t.Fatalf("%d members %.300q, want %.300q", s.Len(), got, all)
	}
	for m := range want {
		if !s.Has(Text([]byte(m))) {
			t.Fatalf("%q is lost", m)
		}
	}
	if s.Kind == value.KindSet {
		tb := s.table()
		if err := tb.Dict().Check(s.Heap); err != nil {
			t.Fatal(err)
		}
		n := 0
		s.Each(func(m Member) bool {
			n += offheap.RoundUp(dict.Shape{Kind: dict.KindKey, Expiry: -1}.Size(len(m.Bytes)))
			return true
		})
		if n != tb.Bytes() {
			t.Fatalf("the root counts %d bytes, not %d", tb.Bytes(), n)
		}
	}
}

// formOf is the form that a set has that was only added to, one member at a time:
// told by its members alone.
func formOf(l *value.Limits, order []string) dict.Kind {
	kind := value.KindSetInts
	for i, m := range order {
		isInt := strconv.FormatInt(atoi(m), 10) == m
		switch {
		case kind == value.KindSetInts && isInt && i+1 > l.SetInts:
			kind = value.KindSet
		case kind == value.KindSetInts && isInt:
		case kind == value.KindSet:
		case i < l.SetEntries && len(m) <= l.SetValue:
			kind = value.KindSetPack
		default:
			kind = value.KindSet
		}
	}
	return kind
}

func atoi(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

func memberGenerator() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-30, 300), strconv.Itoa),
		rapid.Map(rapid.Int64(), func(n int64) string { return strconv.FormatInt(n, 10) }),
		rapid.SampledFrom([]string{"", "a", "-0", "01", "+1", "9223372036854775808", strings.Repeat("x", 20)}),
		rapid.Map(rapid.IntRange(0, 300), func(n int) string { return "m" + strconv.Itoa(n) }),
	)
}

func TestModel(t *testing.T) {
	h := newHeap(t)
	member := memberGenerator()
	rapid.Check(t, func(t *rapid.T) {
		l := &value.Limits{
			SetInts:    rapid.SampledFrom([]int{0, 1, 5, 512}).Draw(t, "ints"),
			SetEntries: rapid.SampledFrom([]int{0, 1, 6, 128}).Draw(t, "entries"),
			SetValue:   64,
		}
		s, want := New(h, value.KindSetInts), map[string]bool{}
		defer func() { s.Free() }()
		var order []string
		removed := false
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				for _, m := range rapid.SliceOfN(member, 1, 20).Draw(t, "members") {
					if s.Add(l, Text([]byte(m))) == want[m] {
						t.Fatalf("add %q: %v", m, want[m])
					}
					if !want[m] {
						order = append(order, m)
					}
					want[m] = true
				}
				if form := formOf(l, order); !removed && s.Kind != form {
					t.Fatalf("kind %d, want %d", s.Kind, form)
				}
			},
			"remove": func(t *rapid.T) {
				m := member.Draw(t, "member")
				if s.Len() > 0 && rapid.Bool().Draw(t, "there") {
					m = string(AppendText(nil, s.Random(rng.New(rapid.Uint64().Draw(t, "seed")))))
				}
				if s.Remove(Text([]byte(m))) != want[m] {
					t.Fatalf("remove %q: %v", m, !want[m])
				}
				delete(want, m)
				removed = true
			},
			"shrink": func(t *rapid.T) {
				s.Shrink(l)
				removed = true
			},
			"copy": func(t *rapid.T) {
				withObject(h, &s, func(o value.Object) {
					var word [8]byte
					o.Class().Copy(h, word[:], o)
					r, v := dict.NewRecord(h, offheap.Records, dict.Shape{Kind: s.Kind, Expiry: -1}, []byte("copy"))
					copy(v, word[:])
					twin := Of(value.Object{Heap: h, Rec: dict.At(h, r)})
					check(t, &twin, want)
					twin.Free()
					h.Free(r, offheap.Records)
				})
			},
			"save and load": func(t *rapid.T) {
				withObject(h, &s, func(o value.Object) {
					c := o.Class()
					b := builder{t: t, h: h, l: usual}
					err := load(&b, c.RDBType(o), c.AppendRDB(nil, o, &lzf.Compressor{}))
					if len(want) == 0 {
						if err != rdb.ErrEmptyKey {
							t.Fatalf("an empty set is loaded: %v", err)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					check(t, &b.s, want)
					b.s.Free()
				})
			},
			"": func(t *rapid.T) { check(t, &s, want) },
		})
	})
}

// builder takes what is loaded.
type builder struct {
	t rapid.TB
	h *offheap.Heap
	l *value.Limits
	s Set
}

func (b *builder) String([]byte)         { b.t.Fatal("a string") }
func (b *builder) Int(int64)             { b.t.Fatal("an integer") }
func (b *builder) Heap() *offheap.Heap   { return b.h }
func (b *builder) Limits() *value.Limits { return b.l }
func (b *builder) Deadline() int64       { return 0 }
func (b *builder) Value(kind dict.Kind, word uint64) {
	b.s = Set{b.h, kind, word}
}

func load(b *builder, typ byte, payload []byte) error {
	ok, err := value.Load(typ, rdb.NewBytesReader(payload), b)
	if !ok {
		b.t.Fatalf("no loader for %d", typ)
	}
	return err
}

// TestLoadBad feeds payloads that no server writes.
func TestLoadBad(t *testing.T) {
	h := newHeap(t)
	text := func(b []byte) []byte { return rdb.AppendString(nil, b, nil) }
	twice := listpack.Append(listpack.Append(listpack.New(), []byte("a")), []byte("a"))
	for _, c := range []struct {
		name    string
		typ     byte
		payload []byte
	}{
		{"no members", rdb.TypeSet, []byte{0}},
		{"fewer than counted", rdb.TypeSet, []byte{2, 1, 'a'}},
		{"a huge count", rdb.TypeSet, []byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 'a'}},
		{"a member twice", rdb.TypeSet, []byte{2, 1, 'a', 1, 'a'}},
		{"an integer twice", rdb.TypeSet, []byte{2, 1, '7', 0xc0, 7}},
		{"no integers", rdb.TypeSetIntset, text(intset.AppendEmpty(nil))},
		{"an integer twice", rdb.TypeSetIntset, text([]byte{2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0})},
		{"integers of a strange size", rdb.TypeSetIntset, text([]byte{3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1})},
		{"no bytes", rdb.TypeSetIntset, text(nil)},
		{"no entries", rdb.TypeSetListpack, text(listpack.New())},
		{"an entry twice", rdb.TypeSetListpack, text(twice)},
		{"no bytes", rdb.TypeSetListpack, text(nil)},
		{"cut off", rdb.TypeSetListpack, text(twice[:8])},
	} {
		b := builder{t: t, h: h, l: usual}
		if err := load(&b, c.typ, c.payload); err == nil {
			t.Errorf("type %d, %s: loaded", c.typ, c.name)
		}
	}
}

func FuzzLoad(f *testing.F) {
	h := newHeap(f)
	f.Add(byte(rdb.TypeSet), []byte{2, 1, 'a', 0xc0, 7})
	f.Add(byte(rdb.TypeSetIntset), append([]byte{12}, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0))
	f.Add(byte(rdb.TypeSetListpack), rdb.AppendString(nil, listpack.AppendInt(listpack.Append(listpack.New(), []byte("a")), 1000), nil))
	f.Fuzz(func(t *testing.T, typ byte, payload []byte) {
		if typ != rdb.TypeSet && typ != rdb.TypeSetIntset && typ != rdb.TypeSetListpack {
			return
		}
		used := h.Used()
		b := builder{t: t, h: h, l: &value.Limits{SetInts: 3, SetEntries: 2, SetValue: 8}}
		if load(&b, typ, payload) == nil {
			want := map[string]bool{}
			for _, m := range texts(&b.s) {
				want[m] = true
			}
			check(t, &b.s, want)
			b.s.Free()
		}
		if h.Used() != used {
			t.Fatalf("%d bytes are lost", h.Used()-used)
		}
	})
}

// TestReserve wants all of what was reserved freed, used or not.
func TestReserve(t *testing.T) {
	h := newHeap(t)
	for _, n := range []int{0, 1, 100, 10_000} {
		s := New(h, value.KindSet)
		s.Reserve(n)
		check(t, &s, nil)
		s.Free()
	}
}

// TestFit reserves more for an intset than it needs, and less.
func TestFit(t *testing.T) {
	h := newHeap(t)
	for _, n := range []int{1, 40, 500} {
		s, want := New(h, value.KindSetInts), map[string]bool{}
		s.Reserve(n)
		for i := range 40 {
			s.AddNew(usual, Int(int64(i)<<20))
			want[strconv.Itoa(i<<20)] = true
		}
		s.Fit()
		check(t, &s, want)
		if got, need := h.Used(), int64(offheap.RoundUp(intset.Bytes(s.pack()))); got != need {
			t.Errorf("%d bytes are in use, not %d", got, need)
		}
		s.Free()
	}
}

// TestAddAll joins sets of all forms and compares them.
func TestAddAll(t *testing.T) {
	h := newHeap(t)
	src := rng.New(5)
	for range 300 {
		var sets [2]Set
		var want [2]map[string]bool
		for i := range sets {
			sets[i], want[i] = New(h, value.KindSetInts), map[string]bool{}
			prefix := []string{"", "m"}[src.Uint64n(2)]
			for range src.Uint64n([]uint64{4, 100, 1000, 12_000}[src.Uint64n(4)]) {
				m := prefix + strconv.Itoa(int(src.Uint64n(2000)))
				sets[i].Add(usual, Text([]byte(m)))
				want[i][m] = true
			}
		}
		sets[0].Compare(&sets[1], func(m Member, both bool) bool {
			if text := string(AppendText(nil, m)); !want[0][text] || want[1][text] != both {
				t.Fatalf("%s: %v", text, both)
			}
			return true
		})
		sets[0].AddAll(usual, &sets[1])
		maps.Copy(want[0], want[1])
		for i := range sets {
			check(t, &sets[i], want[i])
			sets[i].Free()
		}
	}
}

// TestFreeSome frees a large set in steps of bounded size.
func TestFreeSome(t *testing.T) {
	h := newHeap(t)
	s := New(h, value.KindSet)
	const n = 100_000
	for i := range n {
		s.Add(usual, Text(fmt.Appendf(nil, "member:%d", i)))
	}
	word, steps := s.Word, 0
	for done := false; !done; steps++ {
		used := h.Used()
		word, done = value.FreeSome(h, s.Kind, word, 256)
		if freed := used - h.Used(); freed > 1000*32+32*64+int64(dict.RootSize) && !done {
			t.Fatalf("%d bytes in one step", freed)
		}
	}
	if steps < n/1000 {
		t.Errorf("only %d steps", steps)
	}
}

// TestCommands wants the commands of a rewritten log to name every member once.
func TestCommands(t *testing.T) {
	h := newHeap(t)
	for _, n := range []int{1, 63, 64, 65, 1000} {
		s, want := New(h, value.KindSetInts), map[string]bool{}
		for i := range n {
			m := strconv.Itoa(i)
			if n == 1000 {
				m = "m" + m
			}
			s.Add(usual, Text([]byte(m)))
			want[m] = true
		}
		withObject(h, &s, func(o value.Object) {
			var p resp.Parser
			for b := o.Class().AppendCommands(nil, []byte("key"), o); len(b) > 0; {
				args, used, err := p.Next(b, nil, resp.Limits{MaxBulk: 1 << 20})
				if err != nil || string(bytes.Join(args[:2], []byte(" "))) != "SADD key" || len(args) > 2+64 {
					t.Fatalf("%q %v", args, err)
				}
				for _, m := range args[2:] {
					if !want[string(m)] {
						t.Fatalf("%d members: %q too many", n, m)
					}
					delete(want, string(m))
				}
				b = b[used:]
			}
		})
		if len(want) > 0 {
			t.Errorf("%d of %d members are missing", len(want), n)
		}
		s.Free()
	}
}

// TestMemory holds large sets of short members to what an entry may take.
func TestMemory(t *testing.T) {
	h := newHeap(t)
	s := New(h, value.KindSet)
	const n = 200_000
	for i := range n {
		s.Add(usual, Text(fmt.Appendf(nil, "member:%09d", i)))
	}
	withObject(h, &s, func(o value.Object) {
		per, claimed := float64(h.Used())/n, float64(o.Class().Outside(o))/n
		t.Logf("%.1f bytes per member of 16, %.1f as MEMORY USAGE tells", per, claimed)
		if per > 34 || claimed < per*0.97 || claimed > per*1.03 {
			t.Errorf("%.1f bytes per member, %.1f claimed", per, claimed)
		}
	})
	s.Free()
}

func BenchmarkAdd(b *testing.B) {
	h := newHeap(b)
	var room [32]byte
	for b.Loop() {
		s := New(h, value.KindSet)
		for i := range 10_000 {
			s.Add(usual, Text(strconv.AppendInt(append(room[:0], "member:"...), int64(i), 10)))
		}
		s.Free()
	}
}
