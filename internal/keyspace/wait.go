package keyspace

import "slices"

// Waiter is a client that waits until something can be done with one of its
// keys. It hangs in a queue of each key's shard; whoever changes such a key
// finds it there (see Txn.NextReady). Its fields don't change while it waits,
// and to serve it or to end its waiting one must have entered the shards of all
// its keys, so that only one does.
type Waiter struct {
	Keys  []Key  // the waiter's own
	DB    int    //
	Class string // name of the class that a key must have to be of use
	Gone  bool   // also wants to know when a key is not there
	Owner any    // whose it is

	spots []spot // in the queues of Keys; none when it does not wait
}

// Waiting reports whether b hangs in queues.
func (b *Waiter) Waiting() bool { return len(b.spots) > 0 }

// spot is a place in a queue.
type spot struct {
	waiter     *Waiter
	queue      *queue
	prev, next *spot
}

// queue is who waits for a key, who came first in front.
type queue struct {
	key         ReadyKey
	first, last *spot
	gone        int  // waiters with Gone
	ready       *Txn // the last that has noted it in its list of ready keys
}

// ReadyKey is a key for which somebody waits and that has changed.
type ReadyKey struct {
	Key
	DB int
}

// Await makes b wait; t has entered the shards of its keys.
func (t *Txn) Await(b *Waiter) {
	b.spots = make([]spot, 0, len(b.Keys))
	for _, k := range b.Keys {
		id := watchKey{b.DB, string(k.B)}
		_, sh := t.ks.shardOf(k.Hash)
		if sh.waiting == nil {
			sh.waiting = map[watchKey]*queue{}
		}
		q := sh.waiting[id]
		switch {
		case q == nil:
			q = &queue{key: ReadyKey{k, b.DB}}
			sh.waiting[id] = q
			t.ks.waitingKeys.Add(1)
		case q.last.waiter == b:
			continue // the same key twice
		}
		b.spots = append(b.spots, spot{waiter: b, queue: q})
		if q.push(&b.spots[len(b.spots)-1]); b.Gone && q.gone == 1 {
			t.ks.waitingGone.Add(1)
		}
	}
}

func (q *queue) push(s *spot) {
	s.prev = q.last
	if q.last == nil {
		q.first = s
	} else {
		q.last.next = s
	}
	q.last = s
	if s.waiter.Gone {
		q.gone++
	}
}

func (q *queue) drop(s *spot) {
	if s.prev == nil {
		q.first = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		q.last = s.prev
	} else {
		s.next.prev = s.prev
	}
	if s.waiter.Gone {
		q.gone--
	}
}

// Forget ends b's waiting; t has entered the shards of its keys.
func (t *Txn) Forget(b *Waiter) {
	for i := range b.spots {
		s := &b.spots[i]
		q := s.queue
		if q.drop(s); b.Gone && q.gone == 0 {
			t.ks.waitingGone.Add(-1)
		}
		if q.first == nil {
			_, sh := t.ks.shardOf(q.key.Hash)
			delete(sh.waiting, watchKey{q.key.DB, string(q.key.B)})
			t.ks.waitingKeys.Add(-1)
		}
	}
	b.spots = nil
}

// noteReady remembers that a key has changed that somebody may wait for.
func (t *Txn) noteReady(sh *shard, id watchKey) {
	if q := sh.waiting[id]; q != nil && q.ready != t {
		q.ready = t
		t.ready = append(t.ready, q.key)
	}
}

// HasReady reports whether keys changed for which somebody waits.
func (t *Txn) HasReady() bool { return len(t.ready) > t.served }

// NextReady takes the first of the keys that changed and for which somebody
// waits, of those whose shards t has entered. Others, which were evicted, stay
// for a transaction that has entered more.
func (t *Txn) NextReady() (k ReadyKey, ok bool) {
	i := slices.IndexFunc(t.ready[t.served:], func(k ReadyKey) bool { return t.holds(k.Hash) })
	if i < 0 {
		return k, false
	}
	i += t.served
	k = t.ready[i]
	copy(t.ready[t.served+1:i+1], t.ready[t.served:i])
	t.ready[t.served] = ReadyKey{}
	if t.served++; t.served == len(t.ready) {
		t.ready, t.served = t.ready[:0], 0
	}
	_, sh := t.ks.shardOf(k.Hash)
	if q := sh.waiting[watchKey{k.DB, string(k.B)}]; q != nil {
		q.ready = nil
	}
	return k, true
}

// EachWaiter calls f for who waits for k and can use what it holds now, who came
// first first, until f returns false. f may end the waiting of the waiter that it
// is given. t has entered k's shard and works on k's database.
func (t *Txn) EachWaiter(k ReadyKey, f func(b *Waiter) bool) {
	_, sh := t.ks.shardOf(k.Hash)
	q := sh.waiting[watchKey{k.DB, string(k.B)}]
	if q == nil {
		return
	}
	for s := q.first; s != nil; {
		b, next := s.waiter, s.next
		if q.gone == 0 && !t.Exists(k.Key) {
			return
		}
		if t.Useful(b, k) && !f(b) {
			return
		}
		s = next
	}
}

// Useful reports whether b can use what its key k holds now. t has entered k's
// shard and works on k's database.
func (t *Txn) Useful(b *Waiter, k ReadyKey) bool {
	var l loc
	return b.Gone || t.find(k.Key, &l) && l.object().Class().Name == b.Class
}

// HoldsAll reports whether t has entered the shards of all these keys.
func (t *Txn) HoldsAll(keys []Key) bool {
	return !slices.ContainsFunc(keys, func(k Key) bool { return !t.holds(k.Hash) })
}

func (t *Txn) holds(hash uint64) bool {
	i, _ := t.ks.shardOf(hash)
	return t.all || i == t.one || t.set[i/64]>>(i%64)&1 != 0
}

// WaitedFor is the number of keys that somebody waits for. Any goroutine may ask.
func (ks *Keyspace) WaitedFor() int64 { return ks.waitingKeys.Load() }

// WaitedForEnd is how many of these somebody waits for who also wants to know
// when the key is not there. Any goroutine may ask.
func (ks *Keyspace) WaitedForEnd() int64 { return ks.waitingGone.Load() }
