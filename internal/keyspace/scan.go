package keyspace

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/internal/value"
)

// A cursor is a position on the line of all hashes, shards first, cut to the
// bits that can differ. It fits 53 bits, for clients that keep it in a double.
const cursorShift = 64 - dict.CursorBits - 8

// Scan visits the keys of t's database from cursor on, at least count of them or
// those of ten times as many buckets, and returns the next cursor; 0 after the
// last key. Keys that are there from the first call (cursor 0) to the last are
// visited; some may be visited twice. visit must not change anything; expired
// keys are visited too. t has entered all shards.
func (t *Txn) Scan(cursor uint64, count int, visit func(o value.Object)) uint64 {
	invariant.Assert(t.all, "a scan needs all shards")
	bits := t.ks.shardBits
	line := cursor << cursorShift
	i := int(line >> 1 >> (63 - bits))
	pos := line << bits
	var room [64]offheap.Ref
	for visited, buckets := 0, 0; i < len(t.ks.shards); {
		sh := t.ks.shards[i]
		refs, next := sh.tables[t.db].d.Scan(sh.heap, pos, room[:0])
		for _, r := range refs {
			visit(sh.object(r))
		}
		visited += len(refs)
		buckets++
		pos = next
		if next == 0 {
			i++
		}
		if visited >= count || buckets >= 10*count && visited > 0 || buckets >= 1000*count {
			break
		}
	}
	if i == len(t.ks.shards) {
		return 0
	}
	return (uint64(i)<<1<<(63-bits) | pos>>bits) >> cursorShift
}

// Each visits every key of t's database, also one that has expired and is not
// deleted yet: see Hides. visit must not change anything. t has entered all shards.
func (t *Txn) Each(visit func(o value.Object)) {
	invariant.Assert(t.all, "visiting all keys needs all shards")
	var room [64]offheap.Ref
	for _, sh := range t.ks.shards {
		d := &sh.tables[t.db].d
		for pos, first := uint64(0), true; first || pos != 0; first = false {
			var refs []offheap.Ref
			refs, pos = d.Scan(sh.heap, pos, room[:0])
			for _, r := range refs {
				visit(sh.object(r))
			}
		}
	}
}

// Len is the number of keys of t's database, expired ones that are not deleted
// yet included. t has entered all shards.
func (t *Txn) Len() (n int) {
	for _, sh := range t.ks.shards {
		n += sh.tables[t.db].d.Len()
	}
	return n
}

// Volatile is the number of keys of t's database that have an expiry. t has
// entered all shards.
func (t *Txn) Volatile() (n int) {
	for _, sh := range t.ks.shards {
		n += sh.tables[t.db].d.Expires()
	}
	return n
}

// Timed is the number of keys of t's database parts of whose values expire. t has
// entered all shards.
func (t *Txn) Timed() (n int) {
	for _, sh := range t.ks.shards {
		n += sh.tables[t.db].d.Timed()
	}
	return n
}

// Random is some key of t's database that has not expired; ok is false if there
// is none. The bytes are a copy. t has entered all shards.
func (t *Txn) Random(r *rng.Source) (key []byte, ok bool) {
	for range 100 { // then an expired key is good enough, if all are
		n := t.Len()
		if n == 0 {
			return nil, false
		}
		rec := t.randomRecord(r, n)
		key = append([]byte(nil), rec.Key()...)
		if t.Exists(KeyOf(key)) {
			return key, true
		}
	}
	return key, t.ks.keepDead.Load()
}

func (t *Txn) randomRecord(r *rng.Source, n int) dict.Rec {
	skip := int(r.Uint64n(uint64(n)))
	for _, sh := range t.ks.shards {
		d := &sh.tables[t.db].d
		if skip >= d.Len() {
			skip -= d.Len()
			continue
		}
		var room [64]offheap.Ref
		refs, pos := d.Scan(sh.heap, r.Uint64(), room[:0])
		for len(refs) == 0 {
			refs, pos = d.Scan(sh.heap, pos, refs)
		}
		return dict.At(sh.heap, refs[r.Uint64n(uint64(len(refs)))])
	}
	panic("BUG: fewer keys than counted")
}

// AverageTTL estimates the mean time to live, in milliseconds, of the keys of
// t's database that have one. t has entered all shards.
func (t *Txn) AverageTTL(r *rng.Source) int64 {
	var sum, n int64
	for _, sh := range t.ks.shards {
		d := &sh.tables[t.db].d
		if d.Expires() == 0 {
			continue
		}
		pos := r.Uint64()
		for range 8 {
			var refs []offheap.Ref
			refs, pos = d.Scan(sh.heap, pos, nil)
			for _, ref := range refs {
				if rec := dict.At(sh.heap, ref); rec.HasExpiry() {
					sum += max(rec.Expiry()-t.now, 0)
					n++
				}
			}
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// TableStats adds up the shape of t's database. t has entered all shards.
func (t *Txn) TableStats() (s dict.Stats) {
	for _, sh := range t.ks.shards {
		x := sh.tables[t.db].d.Stats(sh.heap)
		s.Segments += x.Segments
		s.Buckets += x.Buckets
		s.Children += x.Children
		s.LongestChain = max(s.LongestChain, x.LongestChain)
	}
	return s
}
