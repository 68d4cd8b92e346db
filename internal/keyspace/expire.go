package keyspace

import (
	"math"

	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// Sweeper deletes expired keys, and parts of values, before anybody asks for them.
// It goes round all tables; each segment of a table knows its earliest expiry, so
// what has nothing to give is passed over, and all that has expired is found in
// one round.
type Sweeper struct {
	db, shard int
	pos       uint64
	refs      []offheap.Ref
	key       []byte
	parts     parts
	volatile  bool
}

// Volatile reports whether the last Sweep came by keys, or parts of values, that
// expire some time. Unless it does there is nothing to look for until a command
// has run.
func (s *Sweeper) Volatile() bool { return s.volatile }

// Sweep deletes expired keys as long as more() says so and reports whether it
// came round. It asks more() after every segment (some hundred keys at most, or
// as many parts as sweepParts) and holds one shard meanwhile. The owner of t
// holds its gate.
func (s *Sweeper) Sweep(t *Txn, more func() bool) (done bool) {
	here, noTouch := t.db, t.NoTouch
	t.NoTouch = true
	defer func() { t.db, t.NoTouch = here, noTouch }()
	s.volatile = false
	for n := t.ks.dbs * len(t.ks.shards); n > 0; {
		t.db = s.db
		if s.segment(t) {
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

// segment deletes what expired in the next segment, or some of it, and reports
// whether that was the last one of its table.
func (s *Sweeper) segment(t *Txn) (last bool) {
	sh := t.ks.shards[s.shard]
	t.enterShard(sh)
	defer t.Leave()
	d := &sh.tables[s.db].d
	s.volatile = s.volatile || d.Expires()+d.Timed() > 0
	due := func(rec dict.Rec) int64 {
		o := value.Object{Heap: sh.heap, Rec: rec}
		return o.Class().Due(o)
	}
	var next uint64
	s.refs, next = d.Expired(sh.heap, s.pos, t.now-1, due, s.refs[:0])
	left := sweepParts
	for _, r := range s.refs {
		s.key = append(s.key[:0], dict.At(sh.heap, r).Key()...)
		k := KeyOf(s.key)
		if !t.Exists(k) { // deletes it, if it has expired itself
			continue
		}
		if left -= s.parts.expire(t, k, left); left <= 0 {
			return false // the rest of the segment is for the next time
		}
	}
	s.pos = next
	return next == 0
}

// sweepParts is how many parts of values are deleted while a shard is held.
const sweepParts = 512

// parts are copies of parts of a value that are gone.
type parts struct {
	bytes []byte
	ends  []int
	views [][]byte
}

func (p *parts) add(b []byte) {
	p.bytes = append(p.bytes, b...)
	p.ends = append(p.ends, len(p.bytes))
}

// list is all of them; it is valid until the next change.
func (p *parts) list() [][]byte {
	p.views = p.views[:0]
	start := 0
	for _, end := range p.ends {
		p.views = append(p.views, p.bytes[start:end])
		start = end
	}
	return p.views
}

// expire deletes about n of the parts of k's value that have expired, and returns
// how many. The key goes with the last part.
func (p *parts) expire(t *Txn, k Key, n int) int {
	m, ok := t.Mutate(k)
	if !ok || m.Kind() != dict.KindTimed {
		return 0
	}
	p.bytes, p.ends = p.bytes[:0], p.ends[:0]
	kind, left := m.Class().Expire(m.Object, t.now, n, p.add)
	if len(p.ends) == 0 {
		return 0
	}
	dirty := t.Dirty
	m.Set(kind, m.Word())
	m.Changed(0)
	t.Stats.Parts += uint64(len(p.ends))
	if left == 0 {
		m.Remove()
	}
	t.Dirty = dirty
	if t.observer != nil {
		t.observer.PartsVanished(t, k.B, p.list(), left == 0)
	}
	return len(p.ends)
}

// Past reports whether a key that is given this expiry (Unix milliseconds, may
// be negative) is to be deleted at once: the time has come, and this server
// deletes such keys.
func (t *Txn) Past(ms int64) bool { return ms <= t.now && !t.ks.keepDead.Load() }

// Horizon is the time before which parts of values expire that are not there for
// t any more, in Unix milliseconds.
func (t *Txn) Horizon() int64 {
	if t.SeeExpired && t.ks.keepDead.Load() {
		return math.MinInt64
	}
	return t.now
}
