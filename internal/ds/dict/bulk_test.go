package dict

import (
	"fmt"
	"testing"

	"sigrun/internal/offheap"
)

func TestReserve(t *testing.T) {
	for _, n := range []int{0, 1, 10, 11, 200, 256, 257, 1000, 100_000} {
		h := newHeap(t)
		var d Dict
		d.Reserve(h, n)
		room := h.UsedFor(offheap.Tables)
		if err := d.Check(h); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			key := fmt.Appendf(nil, "member:%d", i)
			r, _ := NewRecord(h, offheap.Values, Shape{Kind: KindKey, Expiry: -1}, key)
			d.Insert(h, Hash(key), r)
		}
		if err := d.Check(h); err != nil {
			t.Fatal(err)
		}
		if used := h.UsedFor(offheap.Tables); n > 10 && used > room+room/3 {
			t.Errorf("for %d: %d bytes reserved, %d used", n, room, used)
		}
		freed, _ := dismantle(h, &d)
		if freed != n || h.Used() != 0 && n > 0 {
			t.Errorf("for %d: %d freed, %d bytes left", n, freed, h.Used())
		}
	}
}

func TestFindEach(t *testing.T) {
	for _, n := range []int{3000, 30_000} {
		h := newHeap(t)
		_, a := subTable(h, 20_000)
		_, b := subTable(h, n)
		compareTables(t, h, a, b)
	}
}

// compareTables looks for the records of a in b.
func compareTables(t *testing.T, h *offheap.Heap, a, b *Dict) {
	for pos, first := uint64(0), true; first || pos != 0; first = false {
		var refs []offheap.Ref
		for len(refs) < 150 {
			if refs, pos = a.Scan(h, pos, refs); pos == 0 {
				break
			}
		}
		calls := 0
		b.FindEach(h, refs, func(r offheap.Ref, found bool) bool {
			key := At(h, r).Key()
			var p Pos
			if want := b.Find(h, Hash(key), key, &p); found != want || r != refs[calls] {
				t.Fatalf("%s: %v", key, found)
			}
			calls++
			return calls < 140
		})
		if calls != min(len(refs), 140) {
			t.Fatalf("%d calls for %d", calls, len(refs))
		}
	}
}
