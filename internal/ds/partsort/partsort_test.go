package partsort

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sortKey is an element: what it is sorted by, and which it is.
type sortKey struct {
	rank uint64
	i    int32
}

func byRank(a, b sortKey) int { return cmp.Compare(a.rank, b.rank) }

// TestPartial wants the wanted places to hold what a whole sort puts there, and all
// keys to be there still.
func TestPartial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranks := rapid.SliceOfN(rapid.Uint64Range(0, rapid.SampledFrom([]uint64{1, 10, 1 << 40}).Draw(t, "most")), 1, 200).Draw(t, "ranks")
		a := make([]sortKey, len(ranks))
		for i, r := range ranks {
			a[i] = sortKey{r, int32(i)}
		}
		whole := slices.Clone(a)
		slices.SortFunc(whole, byRank)
		lo := rapid.IntRange(0, len(a)).Draw(t, "lo")
		hi := rapid.IntRange(lo, len(a)).Draw(t, "hi")
		Sort(a, lo, hi, byRank)
		for i := lo; i < hi; i++ {
			if a[i].rank != whole[i].rank {
				t.Fatalf("place %d: %d, want %d", i, a[i].rank, whole[i].rank)
			}
		}
		seen := map[int32]uint64{}
		for _, k := range a {
			seen[k.i] = k.rank
		}
		for i, r := range ranks {
			if got, ok := seen[int32(i)]; !ok || got != r {
				t.Fatalf("element %d got lost", i)
			}
		}
	})
}

// TestAdversary makes elements as it is asked to compare them, so that every pivot
// is bad (McIlroy, "A Killer Adversary for Quicksort"), and wants few comparisons.
func TestAdversary(t *testing.T) {
	const n, gas = 20000, 1 << 40
	a, value := make([]sortKey, n), make([]int, n)
	for i := range a {
		a[i].i, value[i] = int32(i), gas
	}
	solid, compared := 0, 0
	candidate := int32(0)
	Sort(a, 0, n, func(x, y sortKey) int {
		compared++
		if value[x.i] == gas && value[y.i] == gas {
			if x.i == candidate {
				value[x.i] = solid
			} else {
				value[y.i] = solid
			}
			solid++
		}
		if value[x.i] == gas {
			candidate = x.i
		} else if value[y.i] == gas {
			candidate = y.i
		}
		return cmp.Compare(value[x.i], value[y.i])
	})
	if compared > 200*n {
		t.Errorf("%d elements took %d comparisons", n, compared)
	}
}
