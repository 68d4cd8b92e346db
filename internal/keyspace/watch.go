package keyspace

import (
	"sync/atomic"

	"sigrun/internal/ds/dict"
)

// Watcher is what WATCH leaves with keys: it learns whether one of them changed.
type Watcher struct {
	changed atomic.Bool
	keys    []watched
}

type watchKey struct {
	db  int
	key string
}

type watched struct {
	watchKey
	hash    uint64
	expired bool // was already when the watch began
}

// Watch makes w learn of changes of k in t's database; t has entered k's shard.
func (t *Txn) Watch(w *Watcher, k Key) {
	id := watchKey{t.db, string(k.B)}
	for _, o := range w.keys {
		if o.watchKey == id {
			return
		}
	}
	_, sh := t.ks.shardOf(k.Hash)
	if sh.watched == nil {
		sh.watched = map[watchKey][]*Watcher{}
	}
	sh.watched[id] = append(sh.watched[id], w)
	w.keys = append(w.keys, watched{watchKey: id, hash: k.Hash, expired: t.dead(k)})
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
		t.db = k.db
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
		for i, o := range list {
			if o == w {
				list[i] = list[len(list)-1]
				list = list[:len(list)-1]
				break
			}
		}
		if len(list) == 0 {
			delete(sh.watched, k.watchKey)
		} else {
			sh.watched[k.watchKey] = list
		}
	}
	w.keys = w.keys[:0]
	w.changed.Store(false)
}

// hadExpired reports whether w has watched id since it expired, and makes it watch
// a key that is not there.
func (w *Watcher) hadExpired(id watchKey) bool {
	for i := range w.keys {
		if o := &w.keys[i]; o.watchKey == id && o.expired {
			o.expired = false
			return true
		}
	}
	return false
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
	id := watchKey{t.db, string(k.B)}
	for _, w := range sh.watched[id] {
		if !gone || !w.hadExpired(id) {
			w.changed.Store(true)
		}
	}
	t.noteReady(sh, id)
}

// changedAll notes that the databases a and b (which may be equal) were emptied
// or swapped: watched keys that are in one of them changed.
func (t *Txn) changedAll(a, b int) {
	for _, sh := range t.ks.shards {
		for id := range sh.waiting {
			if id.db == a || id.db == b {
				t.noteReady(sh, id)
			}
		}
		for id, list := range sh.watched {
			if id.db != a && id.db != b {
				continue
			}
			k := KeyOf([]byte(id.key))
			var p dict.Pos
			if !sh.tables[a].d.Find(sh.heap, k.Hash, k.B, &p) && !sh.tables[b].d.Find(sh.heap, k.Hash, k.B, &p) {
				continue
			}
			other := a
			if id.db == a {
				other = b
			}
			gone := other == id.db || !sh.tables[other].d.Find(sh.heap, k.Hash, k.B, &p)
			for _, w := range list {
				if !gone || !w.hadExpired(id) {
					w.changed.Store(true)
				}
			}
		}
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
