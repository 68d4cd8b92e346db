package list

import (
	"bytes"
	"strings"
	"testing"

	"sigrun/internal/lzf"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

// saved is what is being saved, for state, which is a heap's Saving.
var saved value.Saving

func state[P any](P) any { return saved.State() }

// TestSavedInPieces wants a list that is saved a little at a time, while it is
// emptied until it is short, to be saved as it is as a whole.
func TestSavedInPieces(t *testing.T) {
	key := []byte("key")
	for _, size := range []int{1, 10_000, 1 << 20} {
		for _, commands := range []bool{false, true} {
			h, done := newHeap(t)
			lim := &value.Limits{ListSize: -2}
			l := New(h)
			for i := range 5000 {
				b := num.AppendInt(nil, int64(i*i))
				if i%300 == 0 {
					b = bytes.Repeat([]byte("large"), 2000)
				}
				l.Grow(lim, b)
				l.Push(b, false)
			}
			want := texts(&l)
			o, r := object(l)
			whole := appendRDB(nil, o, new(lzf.Compressor))
			w := freeze(o)
			saved, h.Saving = w, state
			var got []byte
			for calls, end := 0, false; !end; calls++ {
				if commands {
					end = w.TakeCommands(key, h, size)
					got = w.AppendCommands(got, key)
				} else {
					end = w.TakeRDB(h, size)
					got = w.AppendRDB(got, new(lzf.Compressor))
				}
				switch calls {
				case 1:
					l.Remove([]byte("25"), 1, false)
				case 2:
					l.Drop(l.Len()-3, true)
					l.Shrink(lim)
				}
			}
			if commands {
				if pushed := pushed(t, got); strings.Join(pushed, " ") != strings.Join(want, " ") {
					t.Errorf("%d elements in pieces of %d, or others than the %d of the whole", len(pushed), size, len(want))
				}
			} else if !bytes.Equal(got, whole) {
				t.Errorf("%d bytes in pieces of %d, others than the %d of the whole", len(got), size, len(whole))
			}
			if w.Gone() {
				value.Discard(h, value.KindList, o.Rec.Word())
			}
			l.Free()
			h.Free(r, offheap.Records)
			done()
		}
	}
}

// pushed is what commands push.
func pushed(t *testing.T, text []byte) (all []string) {
	var p resp.Parser
	for len(text) > 0 {
		args, n, err := p.Next(text, nil, resp.Limits{MaxBulk: 1 << 20})
		if err != nil || n == 0 || string(args[0]) != "RPUSH" || string(args[1]) != "key" {
			t.Fatalf("no RPUSH: %.100q", text)
		}
		for _, a := range args[2:] {
			all = append(all, string(a))
		}
		text = text[n:]
	}
	return all
}
