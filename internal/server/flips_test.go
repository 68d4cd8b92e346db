package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/keyspace"
	"sigrun/internal/rdb"
	"sigrun/internal/rng"
	"sigrun/internal/snapshot"
	"sigrun/internal/testkit"
	"sigrun/internal/value"
)

// vault loads files into a keyspace of its own, again and again.
type vault struct {
	t      testing.TB
	ks     *keyspace.Keyspace
	gate   *keyspace.Gate
	tx     *keyspace.Txn
	limits *value.Limits
}

func newVault(t testing.TB) *vault {
	t.Helper()
	ks, err := keyspace.New(keyspace.Options{Databases: 16, Shards: 8, Clock: clock.NewManual(1_700_000_000_000_000)})
	testkit.NoError(t, err)
	v := &vault{t: t, ks: ks, gate: ks.NewGate(), limits: config.New(config.Options{}).Limits()}
	v.tx = ks.NewTxn(v.gate, nil)
	t.Cleanup(func() { testkit.NoError(t, ks.Close()) })
	return v
}

// all calls f with all shards entered.
func (v *vault) all(f func()) {
	v.gate.Enter()
	defer v.gate.Leave()
	v.tx.EnterAll()
	defer v.tx.Leave()
	f()
}

// vaultSink takes libraries too.
type vaultSink struct{ *snapshot.Loader }

func (vaultSink) Function([]byte) error { return nil }

// load loads file with so many helpers.
func (v *vault) load(file []byte, checksum bool, helpers int) error {
	newSink := func() vaultSink { return vaultSink{snapshot.NewLoader(v.ks, v.limits, false)} }
	first := newSink()
	defer first.Close()
	first.Expect(int64(len(file)))
	o := rdb.LoadOptions{Clock: clock.NewManual(1_700_000_000_000_000), SkipChecksum: !checksum, Relaxed: helpers == 0, SkipModules: true}
	for range helpers {
		s := newSink()
		defer s.Close()
		o.Helpers = append(o.Helpers, s)
	}
	_, err := rdb.Load(bytes.NewReader(file), o, first)
	return err
}

// use reads all that was loaded, in each way in which a snapshot does.
func (v *vault) use() {
	for _, commands := range []bool{false, true} {
		o := snapshot.Options{Header: rdb.Header{Version: rdb.Version}, Access: v.tx.AccessReader(), Keyspace: v.ks, Compress: true}
		var c *keyspace.Cut
		v.all(func() {
			if commands {
				c = v.tx.StartCut(snapshot.Commands{Keyspace: v.ks}, snapshot.Commands{Keyspace: v.ks})
			} else {
				c = v.tx.StartCut(snapshot.NewEncoders(o))
			}
		})
		var err error
		if commands {
			err = snapshot.WriteCommands(c, io.Discard, nil, nil, func(int64) {})
		} else {
			_, err = snapshot.Write(c, io.Discard, o, nil)
		}
		testkit.NoError(v.t, err)
	}
}

func (v *vault) empty() { v.all(func() { v.tx.Flush(-1, false) }) }

// TestFlips flips single bits in files that hold all types, of the newest version
// of both families. With the checksum every flip is refused. Without it the file
// is refused or loads, what was loaded can be saved, and it takes memory for no
// more than there is.
func TestFlips(t *testing.T) {
	flips := 2_000
	if os.Getenv("SIGRUN_FAULTS") == "all" {
		flips = 100_000
	}
	v := newVault(t)
	for family, version := range map[string]int{redis: 15, valkey: 80} {
		file, _ := fileOf(family, version)
		testkit.NoError(t, v.load(file, true, 1))
		v.use()
		v.empty()
		limit := uint64(4*len(file) + 1<<20)
		before := v.ks.Used()
		for _, checksum := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s%d, checksum %v", family, version, checksum), func(t *testing.T) {
				seed := rng.NewRandom().Uint64()
				random := rng.New(seed)
				loaded := 0
				for i := range flips / 4 {
					bit := random.Uint64n(uint64(8 * len(file)))
					bad := bytes.Clone(file)
					bad[bit/8] ^= 1 << (bit % 8)
					var start, end runtime.MemStats
					runtime.ReadMemStats(&start)
					err := v.load(bad, checksum, i%2)
					runtime.ReadMemStats(&end)
					used := end.TotalAlloc - start.TotalAlloc + uint64(max(v.ks.Used()-before, 0))
					var damage *rdb.Error
					switch {
					case err != nil && !errors.As(err, &damage), err == nil && checksum:
						t.Fatalf("seed %d, bit %d: %v", seed, bit, err)
					case used > limit:
						t.Fatalf("seed %d, bit %d: %d bytes take %d bytes of memory", seed, bit, len(file), used)
					case err == nil:
						loaded++
						v.use()
					}
					v.empty()
				}
				t.Logf("%d flips, %d loaded", flips/4, loaded)
			})
		}
	}
}

// FuzzFile loads files whose checksum isn't asked for.
func FuzzFile(f *testing.F) {
	for _, version := range []int{1, 9, 11, 15} {
		file, _ := fileOf(redis, version)
		f.Add(file)
	}
	file, _ := fileOf(valkey, 80)
	f.Add(file)
	v := newVault(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		v.t = t
		var damage *rdb.Error
		if err := v.load(file, false, len(file)%2); err == nil {
			v.use()
		} else if !errors.As(err, &damage) {
			t.Fatal(err)
		}
		v.empty()
	})
}
