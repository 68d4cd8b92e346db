package keyspace

import "testing"

// TestCutIsForgotten: what a cut held is not kept until the next one, though its
// owner may still ask for its counts.
func TestCutIsForgotten(t *testing.T) {
	f := newFixture(t)
	k := KeyOf([]byte("k"))
	f.EnterAll()
	f.Set(k, []byte("v"), NoExpiry)
	c := f.StartCut(rawSaver{}, rawSaver{})
	f.Set(k, []byte("w"), NoExpiry)
	f.Leave()
	f.gate.Leave()
	err := c.Walk(func([]byte) error { return nil })
	f.gate.Enter()
	if err != nil || c.Saved() != 1 || c.Total() != 1 {
		t.Fatalf("saved %d of %d: %v", c.Saved(), c.Total(), err)
	}
	if c.tables != nil || c.handed != nil || c.frozen != nil || c.taken != nil || c.spare != nil {
		t.Error("the cut keeps what it held")
	}
	for _, sh := range f.ks.shards {
		if sh.heap.Guard != nil || sh.heap.Saving != nil {
			t.Error("a heap still calls the cut")
		}
		for _, tb := range sh.tables {
			if tb.cut != nil {
				t.Error("a table still belongs to the cut")
			}
		}
	}
}
