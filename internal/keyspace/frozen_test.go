package keyspace

import (
	"bytes"
	"fmt"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/types/list"
	"sigrun/internal/types/set"
	"sigrun/internal/value"
)

var testLimits = value.Limits{ListSize: -1, SetInts: 64, SetEntries: 64, SetValue: 64}

// TestCutOfLargeValues is TestCut for sets and lists that are saved a little at a
// time while they change, move from shard to shard and vanish.
func TestCutOfLargeValues(t *testing.T) {
	f := newFixture(t)
	r := rng.New(99)
	for i := range 2000 {
		mutateLarge(f.Txn, r, i)
	}
	walked, handed := cutsUnder(t, f, mutateLarge)
	if walked == 0 || handed == 0 {
		t.Errorf("%d elements were saved by the walker, %d by writers: both should have", walked, handed)
	}
}

func mutateLarge(tx *Txn, r *rng.Source, n int) {
	tx.Select(int(r.Uint64n(4)))
	k := KeyOf(fmt.Appendf(nil, "key:%d", r.Uint64n(12)))
	o := KeyOf(fmt.Appendf(nil, "key:%d", r.Uint64n(12)))
	if flushOrSwap(tx, r, 20000) {
		return
	}
	tx.Enter([]Key{k, o})
	defer tx.Leave()
	switch op := r.Uint64n(1000); {
	case !tx.Exists(k):
		storeLarge(tx, r, k)
	case op < 4:
		tx.Delete(k)
	case op < 14 && k.Hash != o.Hash:
		tx.Rename(k, o)
	case op < 17 && k.Hash != o.Hash:
		tx.CopyTo(k, int(r.Uint64n(4)), o)
	case op < 30:
		tx.SetExpiry(k, tx.Now()+100_000)
	default:
		changeLarge(tx, r, k, n)
	}
}

// storeLarge makes k a set or a list.
func storeLarge(tx *Txn, r *rng.Source, k Key) {
	h := tx.Heap(k)
	if r.Uint64n(2) == 0 {
		s := set.New(h, value.KindSetPack)
		for range 1500 {
			s.Add(&testLimits, set.Text(member(r)))
		}
		tx.Store(k, s.Kind, s.Word, NoExpiry)
		return
	}
	l := list.New(h)
	for i := range 700 {
		pushLarge(&l, i, true)
	}
	tx.Store(k, l.Kind, l.Word, NoExpiry)
}

func member(r *rng.Source) []byte { return fmt.Appendf(nil, "member:%d", r.Uint64n(3000)) }

func pushLarge(l *list.List, n int, front bool) {
	b := bytes.Repeat([]byte{'a' + byte(n%26)}, 50+n%100)
	l.Grow(&testLimits, b)
	l.Push(b, front)
}

// changeLarge changes some elements of k.
func changeLarge(tx *Txn, r *rng.Source, k Key, n int) {
	m, _ := tx.Mutate(k)
	if set.Is(m.Object) {
		s := set.Of(m.Object)
		for range 3 {
			s.Add(&testLimits, set.Text(member(r)))
			s.Remove(set.Text(member(r)))
		}
		m.Set(s.Kind, s.Word)
		m.Changed(1)
		return
	}
	l := list.Of(m.Object)
	switch r.Uint64n(3) {
	case 0:
		l.Replace(int(r.Uint64n(uint64(l.Len()))), fmt.Appendf(nil, "%d", n))
	default:
		pushLarge(&l, n, n%2 == 0)
		if l.Len() > 600 {
			l.Drop(1+int(r.Uint64n(3)), n%3 == 0)
		}
	}
	m.Set(l.Kind, l.Word)
	m.Changed(1)
}

// TestHandOversAmongLargeValues: what writers hand over while large values are saved
// one after the other waits for one of them at most, and if these may be interrupted
// for some slices.
func TestHandOversAmongLargeValues(t *testing.T) {
	const values, strings, size = 4, 4000, 1000
	for _, apart := range []bool{false, true} {
		f := newFixture(t)
		r := rng.New(5)
		f.EnterAll()
		for i := range values {
			k := KeyOf(fmt.Appendf(nil, "large:%d", i))
			s := set.New(f.Heap(k), value.KindSet)
			for range 3000 {
				s.Add(&testLimits, set.Text(member(r)))
			}
			f.Store(k, s.Kind, s.Word, NoExpiry)
		}
		for i := range strings {
			f.Set(KeyOf(fmt.Append(nil, i)), make([]byte, size), NoExpiry)
		}
		saver := &rawSaver{apart: apart}
		c := f.StartCut(saver, saver)
		for i := range values {
			f.Mutate(KeyOf(fmt.Appendf(nil, "large:%d", i))) // is to be saved first now
		}
		f.Leave()
		f.gate.Leave()
		next, most := 0, 0
		got := &rawReader{t: t, apart: apart, values: newContent()}
		err := c.Walk(func(p []byte) error {
			was := got.open
			got.read(p)
			if apart || was == "" && got.open != "" {
				most = max(most, c.waiting())
			}
			if got.open != "" && next < strings {
				overwrite(f, next)
				next++
			}
			return nil
		})
		f.gate.Enter()
		if err != nil || len(got.values[0]) != values+strings {
			t.Fatalf("%d of %d keys were saved: %v", len(got.values[0]), values+strings, err)
		}
		limit := 0
		if apart {
			limit = 3 * (collectEvery + 1) * (size + 100)
		}
		if next < 100 || most > limit {
			t.Errorf("apart %v: %d records were handed over; of them %d bytes waited, want at most %d", apart, next, most, limit)
		}
	}
}

// overwrite changes string i.
func overwrite(f *fixture, i int) {
	k := KeyOf(fmt.Append(nil, i))
	f.gate.Enter()
	f.EnterOne(k.Hash)
	f.Set(k, []byte("new"), NoExpiry)
	f.Leave()
	f.gate.Leave()
}

// waiting is how many bytes writers have handed over that nobody has collected.
func (c *Cut) waiting() (n int) {
	for i := range c.handed {
		n += len(c.handed[i].buf)
		for _, b := range c.handed[i].full {
			n += len(b)
		}
	}
	return n
}
