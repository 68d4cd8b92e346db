package keyspace

import (
	"sync/atomic"

	"sigrun/internal/ds/dict"
)

// Watcher is what WATCH leaves with keys: it learns whether one of them changed.
// Of its fields all but changed belong to its session.
type Watcher struct {
	changed atomic.Bool
	keys    []*watched
	known   map[watchKey]struct{} // the keys, once they are too many to look through
}

type watchKey struct {
	db  int
	key string
}

// watched is a key that a Watcher watches. What changes of it belongs to whoever
// has entered the key's shard, for the watcher may be busy in another one.
type watched struct {
	watchKey
	w       *Watcher
	hash    uint64
	at      int  // its place in the shard's list of the key
	expired bool // was already when the watch began
}

// fewWatched is how many keys are looked through to see whether one is watched already.
const fewWatched = 8

// watches reports whether w watches id, and notes that it does from now on.
func (w *Watcher) watches(id watchKey) bool {
	if len(w.keys) < fewWatched {
		for _, o := range w.keys {
			if o.watchKey == id {
				return true
			}
		}
		return false
	}
	if w.known == nil {
		w.known = make(map[watchKey]struct{}, 2*fewWatched)
		for _, o := range w.keys {
			w.known[o.watchKey] = struct{}{}
		}
	}
	if _, ok := w.known[id]; ok {
		return true
	}
	w.known[id] = struct{}{}
	return false
}

// Watch makes w learn of changes of k in t's database; t has entered k's shard.
func (t *Txn) Watch(w *Watcher, k Key) {
	id := watchKey{t.DB(), string(k.B)}
	if w.watches(id) {
		return
	}
	_, sh := t.ks.shardOf(k.Hash)
	if sh.watched == nil {
		sh.watched = map[watchKey][]*watched{}
	}
	list := sh.watched[id]
	o := &watched{watchKey: id, w: w, hash: k.Hash, at: len(list), expired: t.dead(k)}
	sh.watched[id] = append(list, o)
	w.keys = append(w.keys, o)
}

// dead reports whether k is there but past its expiry.
func (t *Txn) dead(k Key) bool {
	sh, tb := t.home(k)
	var p dict.Pos
	if !tb.d.Find(sh.heap, k.Hash, k.B, &p) {
		return false
	}
	rec := dict.At(sh.heap, p.Ref())
	return rec.HasExpiry() && rec.Expiry() < t.now
}

// Keys appends the keys that w watches, for Enter.
func (w *Watcher) Keys(dst []Key) []Key {
	for i := range w.keys {
		dst = append(dst, Key{[]byte(w.keys[i].key), w.keys[i].hash})
	}
	return dst
}

// Len is the number of keys that w watches.
func (w *Watcher) Len() int { return len(w.keys) }

// Changed reports whether a watched key changed, or expired after it was
// watched; t has entered the shards of all of w's keys.
func (t *Txn) Changed(w *Watcher) bool {
	if w.changed.Load() {
		return true
	}
	here := t.db
	defer func() { t.db = here }()
	for _, k := range w.keys {
		t.Select(k.db)
		if !k.expired && t.dead(Key{[]byte(k.key), k.hash}) {
			return true
		}
	}
	return false
}

// MayHaveChanged reports whether a change was seen so far. It needs no shard.
func (w *Watcher) MayHaveChanged() bool { return w.changed.Load() }

// Unwatch ends all watches of w; t has entered the shards of all of w's keys.
func (t *Txn) Unwatch(w *Watcher) {
	for _, k := range w.keys {
		_, sh := t.ks.shardOf(k.hash)
		list := sh.watched[k.watchKey]
		last := len(list) - 1
		if last == 0 {
			delete(sh.watched, k.watchKey)
			continue
		}
		list[k.at] = list[last]
		list[k.at].at = k.at
		list[last] = nil
		sh.watched[k.watchKey] = list[:last]
	}
	w.keys, w.known = nil, nil
	w.changed.Store(false)
}

// notify tells o's watcher that the key changed, or is gone. To who has watched it
// since it expired nothing changes then: it watches a key that is not there.
func (o *watched) notify(gone bool) {
	if gone && o.expired {
		o.expired = false
		return
	}
	o.w.changed.Store(true)
}

// changed notes a change of k: it counts, and whoever watches k learns of it.
func (t *Txn) changed(sh *shard, k Key) { t.noteChange(sh, k, false) }

// vanished is changed for a key that is about to be deleted. To who has watched it
// since it expired nothing changes.
func (t *Txn) vanished(sh *shard, k Key) { t.noteChange(sh, k, true) }

func (t *Txn) noteChange(sh *shard, k Key, gone bool) {
	t.Dirty++
	if len(sh.watched) == 0 && len(sh.waiting) == 0 {
		return
	}
	id := watchKey{t.DB(), string(k.B)}
	for _, o := range sh.watched[id] {
		o.notify(gone)
	}
	t.noteReady(sh, id)
}

// changedAll notes that the databases in the slots a and b (which may be equal) were
// emptied or swapped: watched keys that are in one of them changed.
func (t *Txn) changedAll(a, b int) {
	first, second := t.ks.Number(a), t.ks.Number(b)
	for _, sh := range t.ks.shards {
		for id := range sh.waiting {
			if id.db == first || id.db == second {
				t.noteReady(sh, id)
			}
		}
		for id, list := range sh.watched {
			if id.db != first && id.db != second {
				continue
			}
			was, is := a, b
			if id.db != first {
				was, is = b, a
			}
			k := KeyOf([]byte(id.key))
			before, _ := sh.holds(was, k, t.now)
			after, dead := false, false
			if a != b {
				after, dead = sh.holds(is, k, t.now)
			}
			for _, o := range list {
				o.replaced(before, after, dead)
			}
		}
	}
}

// holds reports whether k is in the table of a slot, and whether it is past its expiry.
func (sh *shard) holds(slot int, k Key, now int64) (ok, dead bool) {
	var p dict.Pos
	if !sh.tables[slot].d.Find(sh.heap, k.Hash, k.B, &p) {
		return false, false
	}
	rec := dict.At(sh.heap, p.Ref())
	return true, rec.HasExpiry() && rec.Expiry() < now
}

// replaced tells o's watcher that its database was emptied or replaced: whether the key
// was there before and is after, maybe past its expiry. A key that is none for the
// watcher in both cases has not changed.
func (o *watched) replaced(before, after, dead bool) {
	switch {
	case !before && !after:
	case o.expired && !after:
		o.expired = false
	case o.expired && dead:
	case !before && dead:
		o.expired = true
	default:
		o.w.changed.Store(true)
	}
}

// WatchedKeys is the number of keys that are watched; t has entered all
// shards.
func (t *Txn) WatchedKeys() (n int) {
	for _, sh := range t.ks.shards {
		n += len(sh.watched)
	}
	return n
}
