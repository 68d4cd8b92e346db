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
	key    keyspace.Key
	expiry int64
	limits *value.Limits
}

// NewLoader returns a sink that stores keys in ks. It drops keys and fields that
// have expired unless keepExpired.
func NewLoader(ks *keyspace.Keyspace, limits *value.Limits, keepExpired bool) *Loader {
	g := ks.NewGate()
	return &Loader{tx: ks.NewTxn(g, nil), gate: g, keep: keepExpired, limits: limits}
}

// Close ends the use of the loader.
func (l *Loader) Close() { l.tx.Keyspace().DropGate(l.gate) }

// SelectDB implements rdb.Sink.
func (l *Loader) SelectDB(db int) error {
	l.tx.Select(db)
	return nil
}

// ResizeDB implements rdb.Sink; tables grow in small steps, so there is nothing to prepare.
func (l *Loader) ResizeDB(_, _ uint64) error { return nil }

// Aux implements rdb.Sink.
func (l *Loader) Aux(_, _ []byte) error { return nil }

// Key implements rdb.Sink.
func (l *Loader) Key(key []byte, m rdb.Meta, typ byte, r *rdb.Reader) error {
	l.expiry = keyspace.NoExpiry
	if m.ExpireMs != rdb.None {
		l.expiry = m.ExpireMs
	}
	if l.expiry >= 0 && l.expiry < l.tx.Now() && !l.keep {
		if err := rdb.Skip(r, typ); err != nil {
			return err
		}
		return rdb.ErrExpiredKey
	}
	// The key is a view that the value's reader may overwrite.
	l.key = keyspace.KeyOf(append(l.key.B[:0], key...))
	l.gate.Enter()
	defer l.gate.Leave()
	l.tx.EnterOne(l.key.Hash)
	defer l.tx.Leave()
	ok, err := value.Load(typ, r, l)
	switch {
	case err != nil:
		return err
	case !ok:
		return r.Refusef("this server has no values of type %s yet", rdb.TypeName(typ))
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
func (l *Loader) String(b []byte) { l.tx.Set(l.key, b, l.expiry) }

// Int implements value.Builder.
func (l *Loader) Int(n int64) { l.tx.SetInt(l.key, n, l.expiry) }

// Value implements value.Builder.
func (l *Loader) Value(kind dict.Kind, word uint64) { l.tx.Store(l.key, kind, word, l.expiry) }

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
