package sorting

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/ds/listpack"
)

// TestSort compares the sort of many keys with that of few.
func TestSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sorter{alpha: rapid.Bool().Draw(t, "alpha"), desc: rapid.Bool().Draw(t, "desc"), store: rapid.Bool().Draw(t, "store")}
		prefix := strings.Repeat("p", rapid.SampledFrom([]int{0, 3, 8, 30, 200}).Draw(t, "prefix"))
		if !s.alpha {
			prefix = ""
		}
		n := rapid.IntRange(1, 3*radixFrom).Draw(t, "n")
		most := rapid.SampledFrom([]int{1, 5, 1000, 1 << 50}).Draw(t, "most")
		for range n {
			v := rapid.IntRange(-most, most).Draw(t, "v")
			text := fmt.Sprint(prefix, v)
			if s.alpha && v%7 == 0 {
				text = prefix + strings.Repeat("\x00", v%5*v%5)
			}
			s.elems = append(s.elems, listpack.Entry{Bytes: []byte(text)})
		}
		s.rate()
		if s.alpha {
			for i := range s.words {
				if i%11 == 10 {
					s.words[i] = nil
					s.keys[i].rank = s.wordRank(i, 0)
				}
			}
		}
		want := slices.Clone(s.keys)
		slices.SortStableFunc(want, s.compare)
		s.sort(s.keys, 0)
		for i, k := range s.keys {
			if k.i != want[i].i {
				t.Fatalf("place %d: %q, want %q", i, s.elems[k.i].Bytes, s.elems[want[i].i].Bytes)
			}
		}
	})
}
