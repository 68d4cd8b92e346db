package snapshot_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/keyspace"
	"sigrun/internal/rdb"
	"sigrun/internal/rng"
	"sigrun/internal/snapshot"
	"sigrun/internal/testkit"
)

const (
	databases = 4
	now       = int64(1_700_000_000_000) // Unix milliseconds
)

// rig is a keyspace whose clock stands still.
type rig struct {
	t    *testing.T
	ks   *keyspace.Keyspace
	gate *keyspace.Gate
	tx   *keyspace.Txn
}

func newRig(t *testing.T) *rig {
	t.Helper()
	ks, err := keyspace.New(keyspace.Options{Databases: databases, Shards: 8, Clock: clock.NewManual(now * 1000)})
	testkit.NoError(t, err)
	t.Cleanup(func() { testkit.NoError(t, ks.Close()) })
	r := &rig{t: t, ks: ks, gate: ks.NewGate()}
	r.tx = ks.NewTxn(r.gate, nil)
	r.tx.SetNow(now)
	return r
}

// do calls f with all shards entered.
func (r *rig) do(f func()) {
	r.gate.Enter()
	defer r.gate.Leave()
	r.tx.EnterAll()
	defer r.tx.Leave()
	f()
}

// fill stores strings of all forms in all databases but one.
func (r *rig) fill(random *rng.Source, n int) {
	r.do(func() {
		for i := range n {
			r.tx.Select([]int{0, 1, 3}[random.Uint64n(3)])
			k := keyspace.KeyOf(fmt.Appendf(nil, "key:%d", i))
			expiry := keyspace.NoExpiry
			switch random.Uint64n(3) {
			case 0:
				expiry = now + int64(random.Uint64n(1e9)) + 1
			case 1:
				expiry = 1 + int64(random.Uint64n(uint64(now)-1)) // over
			}
			switch random.Uint64n(3) {
			case 0:
				r.tx.SetInt(k, int64(random.Uint64())>>random.Uint64n(64), expiry)
			case 1:
				r.tx.Set(k, bytes.Repeat([]byte("ab"), int(random.Uint64n(3000))), expiry)
			default:
				r.tx.Set(k, fmt.Appendf(nil, "value %d", random.Uint64()), expiry)
			}
		}
	})
}

// content is all that lives, by database and key.
func (r *rig) content(dead bool) map[string]string {
	m := map[string]string{}
	r.do(func() {
		r.ks.KeepExpired(dead)
		for db := range databases {
			r.tx.Select(db)
			for i := range 3000 {
				o, ok := r.tx.Stored(keyspace.KeyOf(fmt.Appendf(nil, "key:%d", i)))
				if !ok {
					continue
				}
				if o.Rec.HasExpiry() && o.Rec.Expiry() <= now && !dead {
					continue
				}
				expiry := int64(-1)
				if o.Rec.HasExpiry() {
					expiry = o.Rec.Expiry()
				}
				m[fmt.Sprintf("%d/%d", db, i)] = fmt.Sprintf("%d %x", expiry, o.Class().AppendRDB(nil, o, nil))
			}
		}
	})
	return m
}

func (r *rig) write(compress, checksum bool) []byte {
	o := snapshot.Options{
		Header: rdb.Header{Version: rdb.Version, ValkeyVer: "9.1.2"}, Compress: compress, Checksum: checksum,
		Access: r.tx.AccessReader(), Keyspace: r.ks,
	}
	var c *keyspace.Cut
	r.do(func() { c = r.tx.StartCut(snapshot.NewEncoders(o)) })
	var file bytes.Buffer
	size, err := snapshot.Write(c, &file, o, nil)
	testkit.NoError(r.t, err)
	if size > int64(file.Len()) {
		r.t.Errorf("%d bytes written, the file has %d", size, file.Len())
	}
	return file.Bytes()
}

func (r *rig) load(file []byte, keepExpired bool) (rdb.LoadStats, error) {
	l := snapshot.NewLoader(r.ks, config.New(config.Options{}).Limits(), keepExpired)
	defer l.Close()
	return rdb.Load(bytes.NewReader(file), rdb.LoadOptions{Databases: databases, Clock: clock.NewManual(now * 1000)}, l)
}

// TestRoundTrip writes and loads, with and without what has expired.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(4) {
		compress, checksum := seed&1 != 0, seed&2 != 0
		from := newRig(t)
		from.ks.KeepExpired(true)
		from.fill(rng.New(seed), 3000)
		file := from.write(compress, checksum)
		for _, dead := range []bool{false, true} {
			to := newRig(t)
			stats, err := to.load(file, dead)
			testkit.NoError(t, err)
			want, got := from.content(dead), to.content(true)
			if !maps.Equal(got, want) {
				t.Errorf("seed %d: %d keys came back, want %d", seed, len(got), len(want))
			}
			if n := stats.Loaded; n != int64(len(want)) || !dead && stats.Loaded+stats.Expired != 3000 {
				t.Errorf("seed %d: %d keys are said to be loaded and %d expired, want %d", seed, n, stats.Expired, len(want))
			}
		}
	}
}

// TestDamage cuts a file off everywhere: that is always an error that says where.
func TestDamage(t *testing.T) {
	from := newRig(t)
	from.fill(rng.New(1), 20)
	file := from.write(true, true)
	to := newRig(t)
	for n := range file {
		var damage *rdb.Error
		if _, err := to.load(file[:n], false); !errors.As(err, &damage) || damage.Offset > int64(n) || !strings.Contains(err.Error(), "at offset") {
			t.Fatalf("of %d bytes %d were loaded: %v", len(file), n, err)
		}
	}
	for n := range file {
		bad := bytes.Clone(file)
		bad[n] ^= 1
		if _, err := to.load(bad, false); err == nil {
			t.Errorf("byte %d of %d may be anything", n, len(file))
		}
	}
}

// brokenDisk takes some bytes, then no more.
type brokenDisk struct{ left int }

var errBroken = errors.New("broken")

func (b *brokenDisk) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

// TestBrokenDisk: a walk that can't be written ends the cut, so that the next one
// finds everything.
func TestBrokenDisk(t *testing.T) {
	r := newRig(t)
	r.fill(rng.New(2), 3000)
	want := r.content(false)
	for _, left := range []int{0, 100, 300 << 10} {
		o := snapshot.Options{Header: rdb.Header{Version: rdb.Version}, Access: r.tx.AccessReader(), Keyspace: r.ks}
		var c *keyspace.Cut
		r.do(func() { c = r.tx.StartCut(snapshot.NewEncoders(o)) })
		if _, err := snapshot.Write(c, &brokenDisk{left}, o, nil); !errors.Is(err, errBroken) {
			t.Errorf("after %d bytes: %v", left, err)
		}
		if r.ks.Cutting() {
			t.Fatal("the cut has not ended")
		}
	}
	to := newRig(t)
	_, err := to.load(r.write(false, true), false)
	testkit.NoError(t, err)
	if got := to.content(false); !maps.Equal(got, want) {
		t.Errorf("%d keys came back, want %d", len(got), len(want))
	}
}
