package offheap

import (
	"encoding/binary"
	"testing"

	"sigrun/internal/rng"
)

func newTestHeap(t testing.TB) *Heap {
	t.Helper()
	s, err := NewSpace(Options{Reserve: 1 << 32})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return NewHeap(s, 1)
}

func TestClasses(t *testing.T) {
	for n := 1; n <= MaxSlab; n++ {
		c := classOf(n)
		if got := classSize(c); got < n {
			t.Fatalf("class %d of %d holds only %d", c, n, got)
		}
		if c > 0 && classSize(c-1) >= n {
			t.Fatalf("class %d of %d is not the smallest", c, n)
		}
	}
	for i, c := range classes {
		blocks := c.pages << pageShift / c.size
		for b := range uint64(blocks) {
			if got := b * uint64(c.size) * uint64(c.inverse) >> 32; got != b {
				t.Fatalf("class %d: block %d has index %d", i, b, got)
			}
		}
		if waste := c.pages<<pageShift - blocks*c.size; waste*16 > c.pages<<pageShift {
			t.Errorf("class %d (%d bytes) wastes %d of %d pages", i, c.size, waste, c.pages)
		}
	}
}

// TestModel allocates and frees at random and checks that no block overlaps
// another, that counts are right and that everything comes back.
func TestModel(t *testing.T) {
	const seed = 42
	h := newTestHeap(t)
	r := rng.New(seed)
	type block struct {
		ref  Ref
		size int
		mark uint64
		p    Purpose
	}
	var live []block
	var total int64
	for step := range 60000 {
		if len(live) == 0 || r.Uint64n(100) < 55 && step < 50000 {
			n := int(r.Uint64n(300)) + 8
			switch r.Uint64n(50) {
			case 0:
				n = int(r.Uint64n(100_000)) + 8
			case 1:
				n = int(r.Uint64n(8000)) + 8
			}
			b := block{size: n, mark: r.Uint64(), p: Purpose(r.Uint64n(uint64(purposes)))}
			b.ref = h.Alloc(n, b.p)
			v := h.space.Bytes(b.ref, n)
			binary.LittleEndian.PutUint64(v, b.mark)
			binary.LittleEndian.PutUint64(v[n-8:], b.mark)
			total += int64(RoundUp(n))
			if h.Size(b.ref) != RoundUp(n) {
				t.Fatalf("size %d of a block of %d", h.Size(b.ref), n)
			}
			live = append(live, b)
			continue
		}
		i := int(r.Uint64n(uint64(len(live))))
		b := live[i]
		v := h.space.Bytes(b.ref, b.size)
		head := binary.LittleEndian.Uint64(v)
		if tail := binary.LittleEndian.Uint64(v[b.size-8:]); tail != b.mark || b.size >= 16 && head != b.mark {
			t.Fatalf("seed %d step %d: block of %d was overwritten", seed, step, b.size)
		}
		h.Free(b.ref, b.p)
		total -= int64(RoundUp(b.size))
		live[i] = live[len(live)-1]
		live = live[:len(live)-1]
	}
	if h.Used() != total {
		t.Fatalf("used %d, want %d", h.Used(), total)
	}
	for _, b := range live {
		h.Free(b.ref, b.p)
	}
	h.Trim()
	if h.Used() != 0 || h.space.InUse() != 0 {
		t.Fatalf("left over: used %d, in spans %d", h.Used(), h.space.InUse())
	}
	if h.space.Scavenge(1<<40) == 0 || h.space.Mapped() > 64<<10 {
		t.Fatalf("scavenging left %d bytes", h.space.Mapped())
	}
}

func BenchmarkAllocFree(b *testing.B) {
	h := newTestHeap(b)
	for b.Loop() {
		h.Free(h.Alloc(40, Records), Records)
	}
}
