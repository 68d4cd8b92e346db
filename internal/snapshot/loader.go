package snapshot

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/keyspace"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// Loader is an rdb.Sink that stores keys.
type Loader struct {
	tx     *keyspace.Txn
	gate   *keyspace.Gate
	keep   bool // keys that have expired, as a replica does
	merge  bool // with keys that are there already
	added  bool // the key that was stored last is new
	key    keyspace.Key
	expiry int64
	limits *value.Limits

	believed uint64 // keys for which room is still made if the file promises them
}

// leastKey is how many bytes of a file a key takes at least: a type, two lengths
// and, for nearly all, a byte of text.
const leastKey = 4

// Merge lets keys take the place of those that are there. Without it they are
// damage, for a file holds no key twice.
func (l *Loader) Merge() { l.merge = true }

// Expect tells how large the file is, which bounds the keys that it can hold.
// Without it no room is made for keys before they come.
func (l *Loader) Expect(bytes int64) { l.believed = uint64(max(0, bytes)) / leastKey }

// NewLoader returns a sink that stores keys in ks. It drops keys and fields that
// have expired unless keepExpired.
func NewLoader(ks *keyspace.Keyspace, limits *value.Limits, keepExpired bool) *Loader {
	g := ks.NewGate()
	l := &Loader{tx: ks.NewTxn(g, nil), gate: g, keep: keepExpired, limits: limits}
	l.tx.SeeExpired = true // a key is there once, whatever its expiry
	return l
}

// Close ends the use of the loader.
func (l *Loader) Close() { l.tx.Keyspace().DropGate(l.gate) }

// SelectDB implements rdb.Sink.
func (l *Loader) SelectDB(db int) error {
	l.tx.Select(db)
	return nil
}

// ResizeDB implements rdb.Sink.
func (l *Loader) ResizeDB(keys, _ uint64) error {
	keys = min(keys, l.believed)
	l.believed -= keys // together the databases hold no more than the file
	l.gate.Enter()
	l.tx.Reserve(int(keys))
	l.gate.Leave()
	return nil
}

// Aux implements rdb.Sink.
func (l *Loader) Aux(_, _ []byte) error { return nil }

// Key implements rdb.Sink.
func (l *Loader) Key(key []byte, m rdb.Meta, typ byte, r *rdb.Reader) error {
	if l.dead(m) {
		return skipDead(typ, r)
	}
	l.setKey(key, m)
	l.gate.Enter()
	l.tx.EnterOne(l.key.Hash)
	err := l.store(m, typ, r)
	l.tx.Leave()
	l.gate.Leave()
	return err
}

// TryKey implements rdb.SharedSink.
func (l *Loader) TryKey(key []byte, m rdb.Meta, typ byte, r *rdb.Reader) error {
	if l.dead(m) {
		return skipDead(typ, r)
	}
	l.setKey(key, m)
	err := rdb.ErrBusy
	l.gate.Enter()
	if l.tx.TryEnterOne(l.key.Hash) {
		err = l.store(m, typ, r)
		l.tx.Leave()
	}
	l.gate.Leave()
	return err
}

// dead reports whether a key with m has expired and is to be dropped.
func (l *Loader) dead(m rdb.Meta) bool {
	return m.ExpireMs != rdb.None && m.ExpireMs >= 0 && m.ExpireMs < l.tx.Now() && !l.keep
}

func skipDead(typ byte, r *rdb.Reader) error {
	if err := rdb.Skip(r, typ); err != nil {
		return err
	}
	return rdb.ErrExpiredKey
}

// setKey notes whose value comes. The key is copied, as it is a view that the
// value's reader may overwrite.
func (l *Loader) setKey(key []byte, m rdb.Meta) {
	l.key = keyspace.KeyOf(append(l.key.B[:0], key...))
	l.expiry = keyspace.NoExpiry
	if m.ExpireMs != rdb.None {
		l.expiry = m.ExpireMs
	}
}

// KeyAhead implements rdb.SharedSink.
func (l *Loader) KeyAhead(key []byte) {
	hash := keyspace.KeyOf(key).Hash
	l.gate.Enter()
	l.tx.Keyspace().Touch(l.tx.DB(), hash)
	l.gate.Leave()
}

// store reads the value of l's key, whose shard has been entered.
func (l *Loader) store(m rdb.Meta, typ byte, r *rdb.Reader) error {
	ok, err := value.Load(typ, r, l)
	switch {
	case err != nil:
		return err
	case !ok:
		return r.Refusef("this server has no values of type %s yet", rdb.TypeName(typ))
	case !l.added && !l.merge:
		return r.Corruptf("RDB has duplicated key in DB %d", l.tx.DB())
	}
	if m.LRUIdle != rdb.None {
		l.tx.SetIdle(l.key, m.LRUIdle)
	}
	if m.LFUFreq != rdb.None {
		l.tx.SetFrequency(l.key, uint8(m.LFUFreq))
	}
	return nil
}

// String implements value.Builder.
func (l *Loader) String(b []byte) { l.added = l.tx.Set(l.key, b, l.expiry) }

// Int implements value.Builder.
func (l *Loader) Int(n int64) { l.added = l.tx.SetInt(l.key, n, l.expiry) }

// Value implements value.Builder.
func (l *Loader) Value(kind dict.Kind, word uint64) {
	l.added = l.tx.Store(l.key, kind, word, l.expiry)
}

// Heap implements value.Builder.
func (l *Loader) Heap() *offheap.Heap { return l.tx.Heap(l.key) }

// Limits implements value.Builder.
func (l *Loader) Limits() *value.Limits { return l.limits }

// Deadline implements value.Builder.
func (l *Loader) Deadline() int64 {
	if l.keep {
		return 0
	}
	return l.tx.Now()
}
