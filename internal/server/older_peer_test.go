package server_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"sigrun/internal/keyspace"
	"sigrun/internal/rdb"
	"sigrun/internal/snapshot"
	"sigrun/internal/testkit"
)

// saved is what v holds as a file of the given version.
func (v *vault) saved(version int) ([]byte, error) {
	o := snapshot.Options{
		Header: rdb.Header{Version: version, ValkeyVer: "9.1.2"}, Checksum: true, Compress: true,
		Access: v.tx.AccessReader(), Keyspace: v.ks, Unfit: new(atomic.Bool),
	}
	var c *keyspace.Cut
	v.all(func() { c = v.tx.StartCut(snapshot.NewEncoders(o)) })
	var file bytes.Buffer
	_, err := snapshot.Write(c, &file, o, nil)
	return file.Bytes(), err
}

// TestOlderForm saves what a reader of files of Redis 7.2 can have: nothing in the
// file is newer, and the real server has the same data from it. What such a reader
// can't have is an error.
func TestOlderForm(t *testing.T) {
	v := newVault(t)
	before, _ := fileOf(redis, 11)
	testkit.NoError(t, v.load(before, true, 0))
	after, err := v.saved(rdb.VersionRedis72)
	testkit.NoError(t, err)
	if !bytes.HasPrefix(after, []byte("REDIS0011")) {
		t.Errorf("the file begins with %q", after[:9])
	}
	peer := testkit.StartPeer(t, "--enable-protected-configs", "yes")
	var digests [2]string
	for i, file := range [][]byte{before, after} {
		dir := t.TempDir()
		testkit.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), file, 0o600))
		p := peer.Dial(t)
		p.MustDo("CONFIG", "SET", "dir", dir)
		p.MustDo("DEBUG", "RELOAD", "NOSAVE")
		digests[i] = p.MustDo("DEBUG", "DIGEST").Text
	}
	if digests[0] != digests[1] {
		t.Errorf("the peer has %s, had %s", digests[1], digests[0])
	}

	v.empty()
	timed, _ := fileOf(valkey, 80)
	testkit.NoError(t, v.load(timed, true, 0))
	if _, err := v.saved(rdb.VersionRedis72); !errors.Is(err, snapshot.ErrUnfit) {
		t.Errorf("hashes with fields that expire are saved for old readers: %v", err)
	}
	if _, err := v.saved(rdb.Version); err != nil || v.ks.Cutting() {
		t.Errorf("the next save: %v", err)
	}
}
