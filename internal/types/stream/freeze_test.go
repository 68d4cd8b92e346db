package stream

import (
	"bytes"
	"testing"

	ds "sigrun/internal/ds/stream"
	"sigrun/internal/lzf"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// saved is what is being saved, for state, which is a heap's Saving.
var saved value.Saving

func state[P any](P) any { return saved.State() }

// TestSavedInPieces wants a stream that is saved a little at a time, while it is
// emptied, to be saved as it is as a whole.
func TestSavedInPieces(t *testing.T) {
	h := newHeap(t)
	key := []byte("key")
	for _, size := range []int{1, 100, 1 << 20} {
		for _, commands := range []bool{false, true} {
			s, ref := sample(h, 3000)
			withObject(h, ref, func(o value.Object) {
				want := appendRDB(nil, o, new(lzf.Compressor))
				if commands {
					want = appendCommands(nil, key, o)
				}
				w := freeze(o)
				saved, h.Saving = w, state
				if w.Gone() {
					t.Error("a stream is gone")
				}
				var got []byte
				for calls, done := 0, false; !done; calls++ {
					if commands {
						done = w.TakeCommands(key, h, size)
						empty(s, calls)
						got = w.AppendCommands(got, key)
					} else {
						done = w.TakeRDB(h, size)
						empty(s, calls)
						got = w.AppendRDB(got, new(lzf.Compressor))
					}
				}
				if !bytes.Equal(got, want) {
					t.Errorf("commands %v: %d bytes in pieces of %d, others than the %d of the whole", commands, len(got), size, len(want))
				}
			})
			ds.Free(h, ref)
		}
	}
	if n := h.Used(); n != 0 {
		t.Errorf("%d bytes were not freed", n)
	}
}

// empty takes something away.
func empty(s ds.Stream, i int) {
	switch i {
	case 2:
		g, _ := s.FindGroup([]byte("one"))
		g.RemoveConsumer([]byte("consumer 2"))
	case 3:
		s.RemoveGroup([]byte("two"))
	case 4:
		s.Trim(ds.Trim{MaxLen: 100})
	case 5:
		s.Append(ds.ID{Ms: 1 << 40}, [][]byte{[]byte("field"), []byte("new")}, ds.Limits{})
		s.SetLastID(ds.ID{Ms: 1 << 50})
	}
}

// TestSavingSkipped gives a saving up.
func TestSavingSkipped(t *testing.T) {
	h := newHeap(t)
	s, ref := sample(h, 3000)
	withObject(h, ref, func(o value.Object) {
		w := freeze(o)
		saved, h.Saving = w, state
		w.TakeRDB(h, 1)
		got := w.AppendRDB(nil, nil)
		s.Trim(ds.Trim{MaxLen: 100})
		for !w.Skip(h, 1) {
		}
		if body := bodyOf(h, ref); len(got) == 0 || rdb.Skip(rdb.NewBytesReader(body), rdb.TypeStream3) != nil {
			t.Error("damaged")
		}
	})
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	ds.Free(h, ref)
}

// TestSmallIsSavedWhole wants no saving of a stream of some entries.
func TestSmallIsSavedWhole(t *testing.T) {
	h := newHeap(t)
	_, ref := sample(h, 5)
	withObject(h, ref, func(o value.Object) {
		if freeze(o) != nil {
			t.Error("frozen")
		}
	})
	ds.Free(h, ref)
}
