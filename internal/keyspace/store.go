package keyspace

import (
	"unsafe"

	"sigrun/internal/ds/dict"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Expiries other than a time in Unix milliseconds.
const (
	NoExpiry int64 = -1 // the key lives until it is deleted
	KeepTTL  int64 = -2 // the key keeps the expiry that it has
)

// maxIntText is the longest text of an integer.
const maxIntText = 20

// Set stores the string b under k, as an integer if it is the text of one. It
// reports whether the key is new.
func (t *Txn) Set(k Key, b []byte, expiry int64) (added bool) {
	if len(b) <= maxIntText {
		if n, ok := num.ParseInt(b); ok {
			return t.SetInt(k, n, expiry)
		}
	}
	return t.setBytes(k, b, dict.KindRaw, expiry)
}

// SetText is Set for a string that is to stay text whatever it looks like.
func (t *Txn) SetText(k Key, b []byte, expiry int64) (added bool) {
	return t.setBytes(k, b, dict.KindRaw, expiry)
}

// SetInt stores the string that is the decimal text of n under k. It reports
// whether the key is new.
func (t *Txn) SetInt(k Key, n int64, expiry int64) (added bool) {
	var l loc
	found := t.find(k, &l)
	v := t.put(&l, k, found, dict.Shape{Kind: dict.IntKind(n), Expiry: expiry})
	dict.PutInt(v, n)
	return !found
}

// NewInt is SetInt for a key that a look-up has just not found.
func (t *Txn) NewInt(k Key, n int64) {
	var l loc
	l.sh, l.tb = t.home(k)
	dict.PutInt(t.put(&l, k, false, dict.Shape{Kind: dict.IntKind(n), Expiry: NoExpiry}), n)
}

// AddInt changes the integer of k in place if it is one and the result fits
// where it is stored; it reports whether it did. The caller has checked for
// overflow.
func (t *Txn) AddInt(k Key, o value.Object, n int64) bool {
	if !o.Rec.IsInt() || dict.IntKind(n) != o.Rec.Kind() {
		return false
	}
	sh, tb := t.home(k)
	t.preserve(sh, tb, o.Rec)
	dict.PutInt(o.Rec.Value(), n)
	t.changed(sh, k)
	return true
}

// setBytes stores b as it is.
func (t *Txn) setBytes(k Key, b []byte, kind dict.Kind, expiry int64) (added bool) {
	var l loc
	found := t.find(k, &l)
	if len(b) > value.MaxInline {
		r := l.sh.heap.Alloc(len(b), offheap.Values)
		copy(l.sh.heap.Space().Bytes(r, len(b)), b)
		value.PutBlob(t.put(&l, k, found, dict.Shape{Kind: dict.KindBlob, Expiry: expiry}), r, len(b))
		return !found
	}
	copy(t.put(&l, k, found, dict.Shape{Kind: kind, Len: len(b), Expiry: expiry}), b)
	return !found
}

// put makes the record of k one of shape s and returns its value for the caller
// to fill. What the old value held outside the record is freed.
func (t *Txn) put(l *loc, k Key, found bool, s dict.Shape) []byte {
	t.changed(l.sh, k)
	if !found {
		if s.Expiry == KeepTTL {
			s.Expiry = NoExpiry
		}
		return t.insert(l, k, s)
	}
	o := l.object()
	t.preserve(l.sh, l.tb, o.Rec)
	t.free(l.sh, o)
	if s.Expiry == KeepTTL {
		s.Expiry = expiryOf(o.Rec)
	}
	return t.reshape(l, k.B, s)
}

func expiryOf(r dict.Rec) int64 {
	if r.HasExpiry() {
		return r.Expiry()
	}
	return NoExpiry
}

// insert adds a new record for a key that find didn't find.
func (t *Txn) insert(l *loc, k Key, s dict.Shape) []byte {
	t.bury(l, k)
	h := l.sh.heap
	r := h.Alloc(s.Size(len(k.B)), offheap.Records)
	v := s.Write(h.Ptr(r), k.B)
	rec := dict.At(h, r)
	rec.SetAccess(t.access.fresh())
	rec.SetEpoch(uint8(t.ks.epoch.Load() & 1))
	l.tb.d.Insert(h, k.Hash, r)
	return v
}

// reshape gives the record at l another shape, in place if its block suits, and
// returns its value, whose bytes are undefined. The key may be a view of the
// record itself.
func (t *Txn) reshape(l *loc, key []byte, s dict.Shape) []byte {
	h := l.sh.heap
	old := l.pos.Ref()
	rec := dict.At(h, old)
	access, epoch, had := rec.Access(), rec.Epoch(), rec.HasExpiry()
	timed := rec.Kind() == dict.KindTimed
	size := s.Size(len(key))
	r := old
	if offheap.RoundUp(size) != offheap.RoundUp(rec.Size()) {
		r = h.Alloc(size, offheap.Records)
	}
	v := s.Write(h.Ptr(r), key)
	rec = dict.At(h, r)
	rec.SetAccess(access)
	rec.SetEpoch(epoch)
	if r != old {
		l.pos.SetRef(r)
		h.Free(old, offheap.Records)
	}
	t.access.touch(rec)
	if had || s.Expiry >= 0 {
		l.tb.d.SetExpiry(h, &l.pos, had, s.Expiry)
	}
	switch is := s.Kind == dict.KindTimed; {
	case is != timed:
		l.tb.d.SetTimed(h, &l.pos, is)
	case is: // it may be another value, other parts of which expire
		l.tb.d.NoteDue(h, &l.pos, 0)
	}
	return v
}

// Edit makes k hold a string of n bytes that the caller may change: the bytes of
// the old string as far as they go, then zeros. The view dies with the next
// operation. The key must be absent or hold a string.
func (t *Txn) Edit(k Key, n int) []byte {
	var l loc
	found := t.find(k, &l)
	if !found {
		t.changed(l.sh, k)
		return t.newString(&l, k, n)
	}
	o := l.object()
	t.changed(l.sh, k)
	t.preserve(l.sh, l.tb, o.Rec)
	switch {
	case o.Rec.Kind() == dict.KindBlob:
		return t.editBlob(&l, o, n)
	case o.Rec.Kind() == dict.KindLoose && len(o.Rec.Value()) == n:
		t.access.touch(o.Rec)
		return o.Rec.Value()
	}
	t.buf = o.AppendString(t.buf[:0])
	expiry := expiryOf(o.Rec)
	var v []byte
	if n > value.MaxInline {
		// Room to grow: a string that is being appended to goes on growing.
		r := l.sh.heap.Alloc(grownSize(n), offheap.Values)
		value.PutBlob(t.reshape(&l, k.B, dict.Shape{Kind: dict.KindBlob, Expiry: expiry}), r, n)
		v = l.sh.heap.Space().Bytes(r, n)
	} else {
		v = t.reshape(&l, k.B, dict.Shape{Kind: dict.KindLoose, Len: n, Expiry: expiry})
	}
	clear(v[copy(v, t.buf):])
	return v
}

func (t *Txn) newString(l *loc, k Key, n int) []byte {
	var v []byte
	if n > value.MaxInline {
		r := l.sh.heap.Alloc(n, offheap.Values)
		value.PutBlob(t.insert(l, k, dict.Shape{Kind: dict.KindBlob, Expiry: NoExpiry}), r, n)
		v = l.sh.heap.Space().Bytes(r, n)
	} else {
		v = t.insert(l, k, dict.Shape{Kind: dict.KindLoose, Len: n, Expiry: NoExpiry})
	}
	clear(v)
	return v
}

// grownSize is the room that a growing string of n bytes gets: double, but at
// most a megabyte more, as Valkey's strings.
func grownSize(n int) int { return n + min(n, 1<<20) }

func (t *Txn) editBlob(l *loc, o value.Object, n int) []byte {
	h := l.sh.heap
	r, old := o.Blob()
	if n > h.Size(r) {
		next := h.Alloc(grownSize(n), offheap.Values)
		copy(h.Space().Bytes(next, old), h.Space().Bytes(r, old))
		h.Free(r, offheap.Values)
		r = next
	}
	value.PutBlob(o.Rec.Value(), r, n)
	v := h.Space().Bytes(r, n)
	if n > old {
		clear(v[old:])
	}
	return v
}

// SetBlock makes k hold the string of n bytes at the beginning of block r of
// Heap(k), which belongs to the keyspace then. It reports whether the key is new.
func (t *Txn) SetBlock(k Key, r offheap.Ref, n int, expiry int64) (added bool) {
	var l loc
	found := t.find(k, &l)
	if n > value.MaxInline {
		value.PutBlob(t.put(&l, k, found, dict.Shape{Kind: dict.KindBlob, Expiry: expiry}), r, n)
		return !found
	}
	h := l.sh.heap
	copy(t.put(&l, k, found, dict.Shape{Kind: dict.KindLoose, Len: n, Expiry: expiry}), h.Space().Bytes(r, n))
	h.Free(r, offheap.Values)
	return !found
}

// Reserve makes room for about n keys in t's database, where a shard has none yet,
// so that they are stored without the growing of tables. The owner holds its gate
// and has no shard entered.
func (t *Txn) Reserve(n int) {
	each := n / len(t.ks.shards) * 4 / 5 // what a few segments lack they grow by
	for _, sh := range t.ks.shards {
		t.enterShard(sh)
		if t.db < len(sh.tables) {
			sh.tables[t.db].d.Reserve(sh.heap, each)
		}
		t.Leave()
	}
}

// Delete deletes k and reports whether it was there.
func (t *Txn) Delete(k Key) bool {
	var l loc
	if !t.find(k, &l) {
		return false
	}
	t.remove(&l, k)
	return true
}

// remove deletes the record at l.
func (t *Txn) remove(l *loc, k Key) {
	o := l.object()
	t.preserve(l.sh, l.tb, o.Rec)
	t.free(l.sh, o)
	t.detach(l, k)
}

// detach takes the record at l, which the cut needs no more, away from its
// value.
func (t *Txn) detach(l *loc, k Key) {
	t.vanished(l.sh, k)
	r := l.pos.Ref()
	l.tb.d.Delete(l.sh.heap, &l.pos)
	l.sh.heap.Free(r, offheap.Records)
}

// SetExpiry makes k expire at ms (Unix milliseconds), or never if ms is
// NoExpiry, and reports whether k is there.
func (t *Txn) SetExpiry(k Key, ms int64) bool {
	var l loc
	if !t.find(k, &l) {
		return false
	}
	t.changed(l.sh, k)
	o := l.object()
	t.preserve(l.sh, l.tb, o.Rec)
	if o.Rec.HasExpiry() && ms >= 0 {
		o.Rec.SetExpiry(ms)
		l.tb.d.SetExpiry(l.sh.heap, &l.pos, true, ms)
		return true
	}
	if o.Rec.HasExpiry() == (ms >= 0) {
		return true
	}
	t.rewrite(&l, k.B, ms)
	return true
}

// rewrite gives the record at l, which keeps its value, room for an expiry or
// takes it away.
func (t *Txn) rewrite(l *loc, key []byte, ms int64) {
	rec := dict.At(l.sh.heap, l.pos.Ref())
	t.buf = append(t.buf[:0], rec.Value()...)
	s := dict.Shape{Kind: rec.Kind(), Len: len(t.buf), Expiry: ms}
	copy(t.reshape(l, key, s), t.buf)
}

// Rename moves the value of src, which is there, to dst, with its expiry. What
// dst held is deleted.
func (t *Txn) Rename(src, dst Key) {
	t.move(src, t.db, dst)
}

// Move moves the value of k to database db, where k must be absent.
func (t *Txn) Move(k Key, db int) { t.move(k, t.ks.slot(db), k) }

// move hands the value over from record to record. What lies outside stays where
// it is, even if that is the heap of another shard: see offheap.Heap.Free.
func (t *Txn) move(src Key, slot int, dst Key) {
	var l loc
	if !t.find(src, &l) {
		return
	}
	o := l.object()
	s := shapeOf(o)
	t.buf = append(t.buf[:0], o.Rec.Value()...)
	t.preserve(l.sh, l.tb, o.Rec)
	_, home := t.ks.shardOf(dst.Hash)
	rehome(l.sh, home, o)
	t.detach(&l, src)
	here := t.db
	t.db = slot
	defer func() { t.db = here }()
	var to loc
	found := t.find(dst, &to)
	copy(t.put(&to, dst, found, s), t.buf)
}

// shapeOf is the shape of a record that holds o's value under another key. A
// string that Valkey keeps in a block of its own, as it is too long to share one
// with its key, stays there under a shorter key too.
func shapeOf(o value.Object) dict.Shape {
	s := dict.Shape{Kind: o.Rec.Kind(), Len: len(o.Rec.Value()), Expiry: expiryOf(o.Rec)}
	if s.Kind == dict.KindRaw && o.Class().Encoding(o) == "raw" {
		s.Kind = dict.KindLoose
	}
	return s
}

// CopyTo stores a copy of the value of src, which is there, with its expiry,
// under dst in database db. What dst held is deleted.
func (t *Txn) CopyTo(src Key, db int, dst Key) {
	var l loc
	if !t.find(src, &l) {
		return
	}
	o := l.object()
	s := shapeOf(o)
	here := t.db
	t.db = t.ks.slot(db)
	defer func() { t.db = here }()
	var to loc
	found := t.find(dst, &to)
	t.buf = append(t.buf[:0], o.Rec.Value()...)
	if s.Kind >= dict.KindBlob {
		o.Class().Copy(to.sh.heap, t.buf, o)
	}
	copy(t.put(&to, dst, found, s), t.buf)
}

// Place is where a key's record may be, found by Touch.
type Place struct {
	at  unsafe.Pointer // a bucket, then its child; nil if there is nothing to load
	tag uint8
}

// Touch starts loading the bucket of a key in database db, and TouchRecord, some
// time later, the record; TouchChild, later still, that of the few records that
// need one look more. They are called for a whole batch before it is executed,
// so that the cache misses overlap each other and other work. The caller holds
// its gate but has not entered the shard: what is found may be stale and serves
// for nothing else.
func (ks *Keyspace) Touch(db int, hash uint64) Place {
	if db >= nearDatabases {
		return Place{}
	}
	_, sh := ks.shardOf(hash)
	b, tag := sh.tables[db].d.Touch(sh.heap, hash)
	return Place{at: b, tag: tag}
}

// TouchRecord starts loading the record at a place that Touch found.
func (ks *Keyspace) TouchRecord(p *Place) {
	if p.at != nil {
		p.at = dict.TouchRecord(ks.space, p.at, p.tag)
	}
}

// TouchChild starts loading the record at a place that TouchRecord has seen.
func (ks *Keyspace) TouchChild(p *Place) {
	if p.at != nil {
		dict.TouchChild(ks.space, p.at, p.tag)
	}
}
