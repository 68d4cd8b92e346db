package dict

import (
	"fmt"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/internal/rng"
)

// subTable is a table in a block, with n records of nothing but keys.
func subTable(h *offheap.Heap, n int) (block offheap.Ref, d *Dict) {
	block = h.Alloc(8+HeaderSize, offheap.Values)
	clear(h.Space().Bytes(block, 8+HeaderSize))
	d = Open(h, block, 8)
	for i := range n {
		key := fmt.Appendf(nil, "member:%d", i)
		r, v := NewRecord(h, offheap.Values, Shape{Kind: KindKey, Expiry: -1}, key)
		if len(v) != 0 {
			panic("a key alone has no value")
		}
		d.Insert(h, Hash(key), r)
	}
	return block, d
}

func dismantle(h *offheap.Heap, d *Dict) (freed, steps int) {
	for i := uint64(0); ; steps++ {
		var refs []offheap.Ref
		refs, i = d.Dismantle(h, i, nil)
		for _, r := range refs {
			h.Free(r, offheap.Values)
		}
		freed += len(refs)
		if i == 0 {
			return freed, steps + 1
		}
	}
}

func TestSubTable(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 11, 129, 352, 1000, 50_000} {
		h := newHeap(t)
		block, d := subTable(h, n)
		if err := d.Check(h); err != nil {
			t.Fatal(err)
		}
		var p Pos
		for i := range n {
			key := fmt.Appendf(nil, "member:%d", i)
			if !d.Find(h, Hash(key), key, &p) || string(At(h, p.Ref()).Key()) != string(key) {
				t.Fatalf("of %d: %s is missing", n, key)
			}
		}
		used, about := int(h.UsedFor(offheap.Tables)), d.TableBytes(h)
		if off := about - used; off > used/20 || -off > used/20 || n < 1000 && off != 0 {
			t.Errorf("%d members: the table takes %d bytes, not about %d", n, used, about)
		}
		if freed, steps := dismantle(h, d); freed != n || steps > n/100+1 {
			t.Errorf("%d of %d freed in %d steps", freed, n, steps)
		}
		h.Free(block, offheap.Values)
		if h.Used() != 0 {
			t.Errorf("%d members: %d bytes left", n, h.Used())
		}
	}
}

// TestRandomIsFair draws often enough that each record's share must lie within
// six standard deviations.
func TestRandomIsFair(t *testing.T) {
	for _, n := range []int{1, 2, 11, 130, 777, 2000} {
		h := newHeap(t)
		_, d := subTable(h, n)
		src := rng.New(uint64(n))
		count := map[offheap.Ref]int{}
		const mean = 400
		for range n * mean {
			count[d.Random(h, src)]++
		}
		if len(count) != n {
			t.Errorf("%d of %d records were ever drawn", len(count), n)
		}
		sum := 0.0 // chi squared, whose mean is n-1 and variance 2(n-1)
		for _, c := range count {
			if c < mean-6*20 || c > mean+6*20 {
				if n > 1 {
					t.Errorf("of %d: one was drawn %d times, not about %d", n, c, mean)
				}
			}
			sum += float64(c-mean) * float64(c-mean) / mean
		}
		if x := (sum - float64(n-1)); n > 1 && x*x > 36*2*float64(n-1) {
			t.Errorf("of %d: chi squared is %.0f", n, sum)
		}
	}
}

func BenchmarkRandom(b *testing.B) {
	h := newHeap(b)
	_, d := subTable(h, 1_000_000)
	src := rng.New(1)
	for b.Loop() {
		d.Random(h, src)
	}
}

// TestScanFrom scans tables that grow and shrink meanwhile and wants all that
// stays to be visited.
func TestScanFrom(t *testing.T) {
	for seed := range uint64(60) {
		src := rng.New(seed)
		h := newHeap(t)
		n := 1 + int(src.Uint64n(3000))
		_, d := subTable(h, n)
		seen := map[string]bool{}
		count := 1 + int(src.Uint64n(50))
		for cursor, added, gone := uint64(0), n, n/2; ; {
			var refs []offheap.Ref
			refs, cursor = d.ScanFrom(h, cursor, count, nil)
			for _, r := range refs {
				seen[string(At(h, r).Key())] = true
			}
			if cursor == 0 {
				break
			}
			if cursor>>CursorBits != 0 {
				t.Fatalf("cursor %x", cursor)
			}
			if seed%2 == 0 { // grow
				for range min(src.Uint64n(300), uint64(5*n+5000-added)) {
					key := fmt.Appendf(nil, "member:%d", added)
					r, _ := NewRecord(h, offheap.Values, Shape{Kind: KindKey, Expiry: -1}, key)
					d.Insert(h, Hash(key), r)
					added++
				}
			} else { // shrink to a half
				for range src.Uint64n(300) {
					key := fmt.Appendf(nil, "member:%d", gone)
					var p Pos
					if d.Find(h, Hash(key), key, &p) {
						r := p.Ref()
						d.Delete(h, &p)
						h.Free(r, offheap.Values)
						gone++
					}
				}
			}
		}
		for i := range n / 2 {
			if !seen[fmt.Sprintf("member:%d", i)] {
				t.Fatalf("seed %d: member %d of %d was not visited", seed, i, n)
			}
		}
	}
}
