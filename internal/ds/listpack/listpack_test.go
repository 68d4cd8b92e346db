package listpack

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func texts(lp []byte) (out []string) {
	for p := First(lp); p != End; p = Next(lp, p) {
		out = append(out, string(AppendText(nil, Get(lp, p))))
	}
	return out
}

func backwards(lp []byte) (out []string) {
	for p := Last(lp); p != End; p = Prev(lp, p) {
		out = append(out, string(AppendText(nil, Get(lp, p))))
	}
	return out
}

// check compares lp with want in both directions and by index.
func check(t interface{ Fatalf(string, ...any) }, lp []byte, want []string) {
	if !Valid(lp[:Bytes(lp)], true) {
		t.Fatalf("not valid: % x", lp)
	}
	if Len(lp) != len(want) {
		t.Fatalf("%d entries, want %d", Len(lp), len(want))
	}
	got, back := texts(lp), backwards(lp)
	for i, w := range want {
		if got[i] != w || back[len(want)-1-i] != w {
			t.Fatalf("entry %d: %q and backwards %q, want %q", i, got[i], back[len(want)-1-i], w)
		}
		for _, index := range []int{i, i - len(want)} {
			if e := Get(lp, Seek(lp, index)); !Equal(e, []byte(w)) || EntryLen(e) != len(w) {
				t.Fatalf("index %d: %v, want %q", index, e, w)
			}
		}
	}
	if Seek(lp, len(want)) != End || Seek(lp, -len(want)-1) != End {
		t.Fatalf("entries outside of the list")
	}
}

// edges are integers at the limits of the forms.
func edges() (out []int64) {
	for _, shift := range []uint{0, 7, 12, 15, 23, 31, 63} {
		v := int64(uint64(1) << shift)
		for d := int64(-2); d <= 2; d++ {
			out = append(out, v+d, -v+d)
		}
	}
	return append(out, math.MaxInt64, math.MinInt64)
}

func TestIntegers(t *testing.T) {
	lp := New()
	var want []string
	for _, n := range edges() {
		text := strconv.FormatInt(n, 10)
		before := Bytes(lp)
		lp = Append(lp, []byte(text))
		if Bytes(lp)-before != IntSize(n) || Size([]byte(text)) != IntSize(n) {
			t.Fatalf("%d takes %d bytes, Size says %d", n, Bytes(lp)-before, IntSize(n))
		}
		if e := Get(lp, Last(lp)); !e.IsInt || e.Int != n {
			t.Fatalf("%d is stored as %v", n, e)
		}
		want = append(want, text)
	}
	check(t, lp, want)
}

func TestStringsAreNotIntegers(t *testing.T) {
	for _, s := range []string{"", "-", "-0", "00", "+1", " 1", "1 ", "9223372036854775808", "1e3", "-9223372036854775809"} {
		if e := Get(Append(New(), []byte(s)), HeaderSize); e.IsInt || string(e.Bytes) != s {
			t.Errorf("%q is stored as %v", s, e)
		}
	}
}

// TestLengths goes over the lengths at which the form of an entry changes.
func TestLengths(t *testing.T) {
	for _, n := range []int{0, 1, 62, 63, 64, 65, 125, 126, 127, 4094, 4095, 4096, 16376, 16377, 16378, 16379, 1<<21 - 7, 1<<21 - 6} {
		s := strings.Repeat("x", n)
		lp := Append(Append(Append(New(), []byte("before")), []byte(s)), []byte("after"))
		check(t, lp, []string{"before", s, "after"})
		if got := Bytes(lp) - EmptySize - Size([]byte("before")) - Size([]byte("after")); got != Size([]byte(s)) {
			t.Errorf("%d bytes take %d, Size says %d", n, got, Size([]byte(s)))
		}
	}
}

func TestMoreThanCountHolds(t *testing.T) {
	lp := New()
	for i := range 70000 {
		lp = AppendInt(lp, int64(i))
	}
	if Len(lp) != 70000 || !Valid(lp, true) {
		t.Fatalf("%d entries", Len(lp))
	}
	if e := Get(lp, Seek(lp, 69999)); e.Int != 69999 {
		t.Errorf("last is %v", e)
	}
	if Seek(lp, 70000) != End || Seek(lp, -70001) != End {
		t.Errorf("entries outside of the list")
	}
	lp, _ = DeleteRange(lp, First(lp), 10000)
	if Len(lp) != 60000 || Get(lp, First(lp)).Int != 10000 {
		t.Errorf("%d entries after deletion", Len(lp))
	}
}

func TestEditsInPlace(t *testing.T) {
	block := make([]byte, 64)
	AppendEmpty(block[:0])
	lp := Append(block, []byte("abc"))
	lp = InsertBefore(lp, HeaderSize, []byte("-70000"))
	if &lp[0] != &block[0] {
		t.Fatalf("the list has moved")
	}
	check(t, block, []string{"-70000", "abc"})
	lp = Append(lp, make([]byte, 64))
	if &lp[0] == &block[0] {
		t.Fatalf("the list has overrun its block")
	}
}

func TestFindSkips(t *testing.T) {
	lp := New()
	for _, s := range []string{"a", "b", "b", "1", "1", "a"} {
		lp = Append(lp, []byte(s))
	}
	for _, c := range []struct {
		text       string
		skip, want int
	}{{"a", 0, 0}, {"b", 0, 1}, {"b", 1, 2}, {"1", 0, 3}, {"1", 1, 4}, {"x", 0, -1}, {"a", 2, 0}, {"1", 2, 3}} {
		p := Find(lp, First(lp), []byte(c.text), c.skip)
		if want := wantPos(lp, c.want); p != want {
			t.Errorf("%q with %d left out: %d, want %d", c.text, c.skip, p, want)
		}
	}
	if Find(New(), First(New()), nil, 0) != End {
		t.Errorf("found in an empty list")
	}
}

func wantPos(lp []byte, index int) Pos {
	if index < 0 {
		return End
	}
	return Seek(lp, index)
}

// TestModel compares edits with those of a slice.
func TestModel(t *testing.T) {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"a", "b", "1"}),
		rapid.StringN(0, 10, 80),
		rapid.Map(rapid.Int64(), func(n int64) string { return strconv.FormatInt(n, 10) }),
		rapid.Map(rapid.IntRange(-5000, 5000), strconv.Itoa),
		rapid.Map(rapid.IntRange(0, 5000), func(n int) string { return strings.Repeat("y", n) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		lp, want := New(), []string(nil)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			s, i := text.Draw(t, "text"), 0
			if len(want) > 0 {
				i = rapid.IntRange(0, len(want)-1).Draw(t, "index")
			}
			lp, want = edit(t, lp, want, rapid.IntRange(0, 11).Draw(t, "op"), i, s)
			check(t, lp, want)
		}
	})
}

func edit(t *rapid.T, lp []byte, want []string, op, i int, s string) ([]byte, []string) {
	p := Seek(lp, i)
	switch {
	case op == 0 || len(want) == 0:
		return Append(lp, []byte(s)), append(want, s)
	case op == 1:
		return InsertBefore(lp, HeaderSize, []byte(s)), append([]string{s}, want...)
	case op == 2:
		return InsertBefore(lp, p, []byte(s)), spliced(want, i, 0, s)
	case op == 3:
		return InsertBefore(lp, Next(lp, p), []byte(s)), spliced(want, i+1, 0, s)
	case op == 4:
		return Replace(lp, p, []byte(s)), spliced(want, i, 1, s)
	case op == 5:
		n := rapid.IntRange(0, 5).Draw(t, "n")
		lp, next := DeleteRange(lp, p, n)
		want = spliced(want, i, min(n, len(want)-i))
		if next != Seek(lp, i) {
			t.Fatalf("after deletion at %d, want %d", next, Seek(lp, i))
		}
		return lp, want
	case op == 6:
		return ReplaceInt(lp, p, int64(i)), spliced(want, i, 1, strconv.Itoa(i))
	}
	return editMany(t, lp, want, op, i, s)
}

func editMany(t *rapid.T, lp []byte, want []string, op, i int, s string) ([]byte, []string) {
	switch op {
	case 7:
		other := Append(AppendInt(New(), 7), []byte(s))
		return AppendList(lp, other), append(want, "7", s)
	case 8:
		it := ItemOf([]byte(s))
		front := rapid.IntRange(0, 9).Draw(t, "front")
		buf := append(make([]byte, it.Size()+front), lp[:Bytes(lp)]...)
		at := PrependBack(buf, it.Size()+front, it)
		if at != front {
			t.Fatalf("begins at %d, want %d", at, front)
		}
		return buf[at:], append([]string{s}, want...)
	case 9:
		n := rapid.IntRange(0, len(want)+1).Draw(t, "n")
		return DropFirst(lp, n), want[min(n, len(want)):]
	case 10:
		out := Split([]byte("x"), lp, Seek(lp, i), -1)
		check(t, out[1:], want[i:])
		lp, _ = DeleteRange(lp, Seek(lp, i), len(want))
		return lp, want[:i]
	}
	return deleteEqual(t, lp, want, i)
}

func deleteEqual(t *rapid.T, lp []byte, want []string, i int) ([]byte, []string) {
	m, limit := NewMatcher([]byte(want[i])), rapid.IntRange(0, 4).Draw(t, "limit")
	from := rapid.IntRange(0, i).Draw(t, "from")
	var left []string
	n := 0
	for j, w := range want {
		if j >= from && w == want[i] && n < limit {
			n++
			continue
		}
		left = append(left, w)
	}
	out, got := DeleteEqual(lp, Seek(lp, from), &m, limit)
	if got != n {
		t.Fatalf("%d deleted, want %d", got, n)
	}
	return out, left
}

func spliced(in []string, i, old int, s ...string) []string {
	out := append([]string(nil), in[:i]...)
	return append(append(out, s...), in[i+old:]...)
}

// FuzzValid reads whatever passes for valid from end to end, and changes it.
func FuzzValid(f *testing.F) {
	f.Add(New())
	f.Add(Append(Append(New(), []byte("abc")), []byte("123456")))
	f.Add(Append(New(), bytes.Repeat([]byte("z"), 5000)))
	f.Add([]byte{9, 0, 0, 0, 1, 0, 0xf0, 1, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		if !Valid(b, true) {
			return
		}
		got, back := texts(b), backwards(b)
		if len(got) != Len(b) || len(back) != len(got) {
			t.Fatalf("%d forwards, %d backwards, Len says %d", len(got), len(back), Len(b))
		}
		for i, s := range got {
			if back[len(got)-1-i] != s {
				t.Fatalf("entry %d is %q and backwards %q", i, s, back[len(got)-1-i])
			}
			if Find(b, First(b), []byte(s), 0) == End {
				t.Fatalf("%q isn't found", s)
			}
		}
		b = Append(InsertBefore(bytes.Clone(b), HeaderSize, []byte("first")), []byte("last"))
		check(t, b, append(append([]string{"first"}, got...), "last"))
	})
}

func TestNoAllocations(t *testing.T) {
	block := AppendEmpty(make([]byte, 0, 4096))
	key, value := []byte("field"), []byte("12345")
	n := testing.AllocsPerRun(100, func() {
		lp := Append(Append(block, key), value)
		if Find(lp, First(lp), key, 1) == End {
			t.Fatal("not found")
		}
		DeleteRange(lp, First(lp), 2)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFind(b *testing.B) {
	lp := New()
	for i := range 100 {
		lp = Append(lp, []byte("member:"+strconv.Itoa(100000+i)))
	}
	text := []byte("member:100099")
	for b.Loop() {
		if Find(lp, First(lp), text, 0) == End {
			b.Fatal("lost")
		}
	}
}
