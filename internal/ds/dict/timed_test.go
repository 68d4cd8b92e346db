package dict

import (
	"fmt"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/internal/rng"
)

// timedModel drives a table of records of KindTimed, whose words are the times at
// which their parts expire, and of others, whose words are 0.
type timedModel struct {
	t    *testing.T
	h    *offheap.Heap
	d    Dict
	want map[string]int64
}

func dueOf(r Rec) int64 { return int64(r.Word()) }

func (m *timedModel) put(key string, due int64) {
	var p Pos
	kind := KindOther
	if due > 0 {
		kind = KindTimed
	}
	hash := Hash([]byte(key))
	if !m.d.Find(m.h, hash, []byte(key), &p) {
		r, v := NewRecord(m.h, offheap.Records, Shape{Kind: kind, Expiry: -1}, []byte(key))
		PutWord(v, uint64(due))
		m.d.Insert(m.h, hash, r)
	} else {
		rec := At(m.h, p.Ref())
		was := rec.Kind()
		rec.SetWord(kind, uint64(due))
		if was != kind {
			m.d.SetTimed(m.h, &p, kind == KindTimed)
		} else if due > 0 {
			m.d.NoteDue(m.h, &p, due)
		}
	}
	m.want[key] = due
}

func (m *timedModel) del(key string) {
	var p Pos
	if m.d.Find(m.h, Hash([]byte(key)), []byte(key), &p) {
		r := p.Ref()
		m.d.Delete(m.h, &p)
		m.h.Free(r, offheap.Records)
	}
	delete(m.want, key)
}

// sweep wants every record that is due to be found, and no other; what is found
// ceases to be timed.
func (m *timedModel) sweep(now int64) {
	m.t.Helper()
	for pos, end := uint64(0), false; !end; {
		refs, next := m.d.Expired(m.h, pos, now, dueOf, nil)
		for _, r := range refs {
			key := string(At(m.h, r).Key())
			if due := m.want[key]; due == 0 || due > now {
				m.t.Fatalf("%s is not due at %d but at %d", key, now, due)
			}
			m.put(key, 0)
		}
		pos, end = next, next == 0
	}
	for key, due := range m.want {
		if due > 0 && due <= now {
			m.t.Fatalf("%s was due at %d, and not found at %d", key, due, now)
		}
	}
	earliest := m.d.Earliest(m.h)
	for key, due := range m.want {
		if due > 0 && due < earliest {
			m.t.Fatalf("%s is due at %d, earlier than %d", key, due, earliest)
		}
	}
}

func TestTimed(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	r := rng.New(seed)
	m := &timedModel{t: t, h: newHeap(t), want: map[string]int64{}}
	now := int64(0)
	for round := range 60 {
		keys := []uint64{3, 300, 20000}[round%3]
		for range 2000 {
			key := fmt.Sprint(r.Uint64n(keys))
			switch r.Uint64n(5) {
			case 0:
				m.del(key)
			case 1:
				m.put(key, 0)
			default:
				m.put(key, now+1+int64(r.Uint64n(3000)))
			}
		}
		if err := m.d.Check(m.h); err != nil {
			t.Fatal(err)
		}
		timed := 0
		for _, due := range m.want {
			if due > 0 {
				timed++
			}
		}
		if m.d.Timed() != timed {
			t.Fatalf("%d records are timed, not %d", m.d.Timed(), timed)
		}
		now += int64(r.Uint64n(2000))
		m.sweep(now)
	}
}
