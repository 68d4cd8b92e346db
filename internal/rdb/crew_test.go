package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/hash"
	"sigrun/internal/lzf"
	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// sharedSink is a memorySink that is busy at times.
type sharedSink struct {
	*memorySink
	chance *rng.Source
	busy   int // how often
	ahead  int
}

func (s *sharedSink) TryKey(key []byte, m Meta, typ byte, r *Reader) error {
	if s.chance.Uint64n(8) == 0 {
		s.busy++
		return ErrBusy
	}
	return s.Key(key, m, typ, r)
}

func (s *sharedSink) KeyAhead([]byte) { s.ahead++ }

// outcome is what a load came to. A file that is refused may have been loaded up
// to anywhere, so only the error counts then.
type outcome struct {
	stats LoadStats
	err   string
	dbs   map[int]map[string]entry
	logs  int
}

// loadShared loads file with so many helpers.
func loadShared(t *testing.T, file []byte, helpers int, chance *rng.Source) outcome {
	var sinks []*sharedSink
	for range helpers + 1 {
		s := &sharedSink{memorySink: newMemorySink(), chance: rng.New(chance.Uint64())}
		s.now = 1700000000_000
		sinks = append(sinks, s)
	}
	var mu sync.Mutex
	o := LoadOptions{Clock: clock.NewManual(1700000000_000000), Log: func(l Level, format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		sinks[0].logf(l, format, args...)
	}}
	for _, s := range sinks[1:] {
		o.Helpers = append(o.Helpers, s)
	}
	stats, err := Load(bytes.NewReader(file), o, sinks[0])
	if err != nil {
		return outcome{err: err.Error()}
	}
	got := outcome{stats: stats, dbs: map[int]map[string]entry{}, logs: len(sinks[0].log)}
	busy, ahead := 0, 0
	for i, s := range sinks {
		if i > 0 { // which of the helpers are scheduled is not certain
			busy, ahead = busy+s.busy, ahead+s.ahead
		}
		for db, keys := range s.dbs {
			if got.dbs[db] == nil {
				got.dbs[db] = map[string]entry{}
			}
			maps.Copy(got.dbs[db], keys)
		}
	}
	if helpers > 0 && len(file) > 10*bufferShared && (busy == 0 || ahead == 0) {
		t.Errorf("the helpers were busy %d times and told of %d keys: they had no part in the load", busy, ahead)
	}
	return got
}

// manyKeys is a file of n keys in three databases, some with attributes, empty,
// expired or larger than the buffer.
func manyKeys(n int, chance *rng.Source) []byte {
	var c lzf.Compressor
	out := []byte(v80)
	for i := range n {
		if i%(n/3+1) == 0 {
			out = AppendSelectDB(out, i/(n/3+1))
		}
		m := NoMeta
		switch chance.Uint64n(8) {
		case 0:
			m.ExpireMs = 1700000000_000 - 5 + int64(chance.Uint64n(10))
		case 1:
			m.LRUIdle = int64(chance.Uint64n(1000))
		case 2:
			m.ExpireMs, m.LFUFreq = 1800000000_000, 7
		}
		key := fmt.Appendf(nil, "key:%d:%s", i, strings.Repeat("k", int(chance.Uint64n(80))))
		if chance.Uint64n(50) == 0 {
			out = append(AppendString(append(out, TypeSet), key, &c), 0) // a set of none
			continue
		}
		size := chance.Uint64n(200)
		if chance.Uint64n(uint64(n)) == 0 {
			size += 2 * bufferShared
		}
		value := make([]byte, size)
		for j := range value {
			value[j] = byte(chance.Uint64())
		}
		out = AppendString(AppendKey(out, m, TypeString, key, &c), value, &c)
	}
	out = append(out, OpEOF)
	return binary.LittleEndian.AppendUint64(out, hash.CRC64(out))
}

// TestHelpers: however many load a file, the same comes of it.
func TestHelpers(t *testing.T) {
	seed := rng.NewRandom().Uint64()
	t.Logf("seed %d", seed)
	chance := rng.New(seed)
	file := manyKeys(30_000, chance)
	want := loadShared(t, file, 0, chance)
	if want.err != "" || want.stats.Loaded < 20_000 || want.stats.Expired == 0 || want.stats.Empty == 0 {
		t.Fatalf("one by one: %+v %s", want.stats, want.err)
	}
	for _, helpers := range []int{1, 3} {
		got := loadShared(t, file, helpers, chance)
		if got.stats != want.stats || got.err != "" || got.logs != want.logs {
			t.Fatalf("with %d helpers: %+v (%d lines) %s, want %+v (%d lines)",
				helpers, got.stats, got.logs, got.err, want.stats, want.logs)
		}
		for db, keys := range want.dbs {
			if !maps.Equal(keys, got.dbs[db]) {
				t.Fatalf("with %d helpers: other keys in database %d", helpers, db)
			}
		}
	}
}

// TestHelpersDamage: damage is found at the place at which one by one finds it.
func TestHelpersDamage(t *testing.T) {
	seed := rng.NewRandom().Uint64()
	t.Logf("seed %d", seed)
	chance := rng.New(seed)
	file := manyKeys(600, chance)
	const damages = 150
	refused := 0
	for range damages {
		bad := bytes.Clone(file)
		for range 1 + chance.Uint64n(3) {
			bad[headerLen+chance.Uint64n(uint64(len(bad)-headerLen))] = byte(chance.Uint64())
		}
		if chance.Uint64n(4) == 0 {
			bad = bad[:chance.Uint64n(uint64(len(bad)))]
		}
		want := loadShared(t, bad, 0, chance)
		got := loadShared(t, bad, 2, chance)
		if got.err != want.err || got.stats != want.stats {
			t.Fatalf("with helpers %+v %q, one by one %+v %q", got.stats, got.err, want.stats, want.err)
		}
		if want.err != "" {
			refused++
		}
	}
	if refused < damages*3/4 {
		t.Errorf("only %d of %d damaged files were refused", refused, damages)
	}
}

// TestHelpersBarren: what is looked over in vain is looked over once. A file of
// nothing but attributes takes no time.
func TestHelpersBarren(t *testing.T) {
	file := []byte(v80)
	for range 200_000 {
		file = append(file, OpExpireMs, 255, 255, 255, 255, 255, 255, 255, 255)
	}
	first, helper := &sharedSink{memorySink: newMemorySink()}, &sharedSink{memorySink: newMemorySink()}
	l := &loader{r: NewReader(bytes.NewReader(file)), sink: first, deliver: first.Key, meta: NoMeta, emptyLogged: &atomic.Int64{},
		o: LoadOptions{Helpers: []SharedSink{helper}}}
	l.setDefaults()
	testkit.NoError(t, l.header())
	c := newCrew(l)
	scans := 0
	err := l.oneByOne(func() error {
		before := c.barren
		err := c.share(l)
		if c.barren != before {
			scans++
		}
		return err
	})
	if c.end(l, err) == nil || scans > 2*len(file)/bufferSize {
		t.Errorf("%d scans, %v", scans, err)
	}
}

// TestHelpersRefusal: an error of a sink ends the load and comes back as it is.
func TestHelpersRefusal(t *testing.T) {
	chance := rng.New(1)
	refusal := errors.New("no more")
	helper := &sharedSink{memorySink: newMemorySink(), chance: chance}
	helper.refuse = refusal
	first := &sharedSink{memorySink: newMemorySink(), chance: rng.New(2)}
	_, err := Load(bytes.NewReader(manyKeys(20_000, chance)), LoadOptions{Helpers: []SharedSink{helper}}, first)
	if !errors.Is(err, refusal) {
		t.Errorf("got %v", err)
	}
}
