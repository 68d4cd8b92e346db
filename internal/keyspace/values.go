package keyspace

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Mutable is the value of a key that lies outside its record, for a command that
// is about to change it. It dies with the next operation on its Txn that is not
// its own.
type Mutable struct {
	value.Object
	t *Txn
	l loc
	k Key
}

// Mutate looks k up for a command that may change its value in place, and notes
// the access. If there is a cut that needs the value it has got it when Mutate
// returns.
func (t *Txn) Mutate(k Key) (m Mutable, ok bool) {
	m.t, m.k = t, k
	if !t.find(k, &m.l) {
		return m, false
	}
	m.Object = m.l.object()
	t.preserve(m.l.sh, m.l.tb, m.Rec)
	if !t.NoTouch {
		t.access.touch(m.Rec)
	}
	return m, true
}

// Kind and Word are what the record holds.
func (m *Mutable) Kind() dict.Kind { return m.Rec.Kind() }

// Word is the word of the record, which must not be a string's.
func (m *Mutable) Word() uint64 { return m.Rec.Word() }

// Set makes the record hold another word, perhaps of another kind. What the old
// one stood for is the caller's.
func (m *Mutable) Set(kind dict.Kind, word uint64) {
	was := m.Rec.Kind()
	m.Rec.SetWord(kind, word)
	if timed := kind == dict.KindTimed; timed != (was == dict.KindTimed) {
		m.l.tb.d.SetTimed(m.Heap, &m.l.pos, timed)
	}
}

// NoteDue notes that a part of a value of dict.KindTimed expires at ms (Unix
// milliseconds).
func (m *Mutable) NoteDue(ms int64) { m.l.tb.d.NoteDue(m.Heap, &m.l.pos, ms) }

// Text is the string that m holds, for the caller to change in place; its record
// becomes one for strings that change, if it isn't, which is no change by itself.
func (m *Mutable) Text() []byte {
	switch m.Rec.Kind() {
	case dict.KindLoose, dict.KindBlob:
	default:
		t := m.t
		t.buf = m.AppendString(t.buf[:0])
		copy(t.reshape(&m.l, m.k.B, dict.Shape{Kind: dict.KindLoose, Len: len(t.buf), Expiry: expiryOf(m.Rec)}), t.buf)
		m.Object = m.l.object()
	}
	return m.Bytes()
}

// Changed notes that the value has changed, in n places (see Txn.Dirty).
func (m *Mutable) Changed(n int) {
	m.t.changed(m.l.sh, m.k)
	m.t.Dirty += n - 1
}

// Wake has who waits for the key look at it again, without a change that
// transactions which watch it would notice.
func (m *Mutable) Wake() {
	if len(m.l.sh.waiting) > 0 {
		m.t.noteReady(m.l.sh, watchKey{m.t.DB(), string(m.k.B)})
	}
}

// Remove deletes the key, whose value has become empty, and frees what is left of
// the value. It does not count as a change of its own.
func (m *Mutable) Remove() {
	dirty := m.t.Dirty
	m.t.remove(&m.l, m.k)
	m.t.Dirty = dirty
}

// Heap is where the blocks of k's value come from.
func (t *Txn) Heap(k Key) *offheap.Heap {
	_, sh := t.ks.shardOf(k.Hash)
	return sh.heap
}

// Store makes k hold a value whose blocks come from Heap(k), with the given
// expiry, and reports whether the key is new. What k held is freed.
func (t *Txn) Store(k Key, kind dict.Kind, word uint64, expiry int64) (added bool) {
	var l loc
	found := t.find(k, &l)
	dict.PutWord(t.put(&l, k, found, dict.Shape{Kind: kind, Expiry: expiry}), word)
	return !found
}

// lazyEffort is how many blocks a value may have that is freed at once; larger
// ones are left to the keyspace's worker.
const lazyEffort = 64

// free gives back what o holds outside its record, at once or a little at a time.
func (t *Txn) free(sh *shard, o value.Object) {
	if o.Rec.Kind() < dict.KindBlob {
		return
	}
	if !lazily(o) || sh.frozenAt(o) != nil {
		sh.discard(o)
		return
	}
	t.ks.lazyFreed.Add(1)
	t.ks.trash.add(discarded{sh: sh, kind: o.Rec.Kind(), word: o.Rec.Word()})
}

// lazily reports whether o is better freed a little at a time.
func lazily(o value.Object) bool {
	effort := o.Class().Effort
	return effort != nil && effort(o) > lazyEffort
}

// Tidy takes back some of the memory that was freed in the name of other shards
// than those that it came from. The owner of t holds its gate.
func (t *Txn) Tidy() {
	for _, sh := range t.ks.shards {
		if sh.heap.Strays() {
			sh.mu.Lock()
			sh.heap.TakeBack(tidyBlocks)
			sh.mu.Unlock()
		}
	}
}

// tidyBlocks is how many blocks are taken back while a shard is held.
const tidyBlocks = 1024
