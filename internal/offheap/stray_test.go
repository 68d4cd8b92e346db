package offheap

import (
	"sync"
	"testing"
)

// TestStrays frees blocks of one heap through others, from several goroutines,
// while their owner goes on allocating.
func TestStrays(t *testing.T) {
	s, err := NewSpace(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	owner := NewHeap(s, 0)
	others := []*Heap{NewHeap(s, 1), NewHeap(s, 2), NewHeap(s, 3)}
	sizes := []int{8, 24, 100, 5000, 40 << 10}
	for range 20 {
		given := make([][]Ref, len(others))
		for i := range others {
			for j := range 300 {
				given[i] = append(given[i], owner.Alloc(sizes[j%len(sizes)], Values))
			}
		}
		var done sync.WaitGroup
		for i, h := range others {
			done.Go(func() {
				for _, r := range given[i] {
					h.Free(r, Values)
				}
			})
		}
		var own []Ref
		for j := range 300 {
			own = append(own, owner.Alloc(sizes[j%len(sizes)], Values))
		}
		done.Wait()
		for _, r := range own {
			owner.Free(r, Values)
		}
		if n := owner.Used(); n != 0 {
			t.Fatalf("%d bytes in use", n)
		}
	}
	owner.Trim()
	if owner.Strays() {
		t.Error("strays are left")
	}
	for _, h := range others {
		if n := h.Used(); n != 0 {
			t.Errorf("%d bytes in use in a heap that allocated none", n)
		}
	}
	if n := s.InUse(); n != 0 {
		t.Errorf("%d bytes of spans in use", n)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// TestRelax: memory that lies ready for growth goes back when nothing grows, and
// comes again when something does.
func TestRelax(t *testing.T) {
	s, err := NewSpace(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Relax()
	h := NewHeap(s, 0)
	for range 3000 {
		h.Alloc(5000, Values)
	}
	s.ahead.wait()
	for range patience + 1 {
		s.Relax()
	}
	if spare := s.Mapped() - s.InUse(); spare != 0 {
		t.Errorf("%d bytes are kept for growth", spare)
	}
	for range 3000 {
		h.Alloc(5000, Values)
	}
	s.ahead.wait()
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}
