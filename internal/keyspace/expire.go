package keyspace

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
)

// Sweeper deletes expired keys before anybody asks for them. It goes round all
// tables; each segment of a table knows its earliest expiry, so what has nothing
// to give is passed over, and all that has expired is found in one round.
type Sweeper struct {
	db, shard int
	pos       uint64
	refs      []offheap.Ref
	key       []byte
}

// Sweep deletes expired keys as long as more() says so and reports whether it
// came round. It asks more() after every segment (some hundred keys at most)
// and holds one shard meanwhile. The owner of t holds its gate.
func (s *Sweeper) Sweep(t *Txn, more func() bool) (done bool) {
	here := t.db
	defer func() { t.db = here }()
	for n := t.ks.dbs * len(t.ks.shards); n > 0; {
		t.db = s.db
		s.segment(t)
		if s.pos == 0 {
			n--
			s.advance(t.ks)
		}
		if !more() {
			return n == 0
		}
	}
	return true
}

func (s *Sweeper) advance(ks *Keyspace) {
	if s.shard++; s.shard == len(ks.shards) {
		s.shard = 0
		s.db = (s.db + 1) % ks.dbs
	}
}

// segment deletes what expired in the next segment.
func (s *Sweeper) segment(t *Txn) {
	sh := t.ks.shards[s.shard]
	t.EnterOne(uint64(s.shard) << 1 << (63 - t.ks.shardBits))
	defer t.Leave()
	d := &sh.tables[s.db].d
	s.refs, s.pos = d.Expired(sh.heap, s.pos, t.now-1, nil, s.refs[:0])
	for _, r := range s.refs {
		s.key = append(s.key[:0], dict.At(sh.heap, r).Key()...)
		t.Exists(KeyOf(s.key)) // deletes it, as it has expired
	}
}

// Past reports whether a key that is given this expiry (Unix milliseconds, may
// be negative) is to be deleted at once: the time has come, and this server
// deletes such keys.
func (t *Txn) Past(ms int64) bool { return ms <= t.now && !t.ks.keepDead.Load() }
