package aof

import (
	"bytes"
	"fmt"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// TestReadAhead: what is read ahead is what a scanner finds, in small commands
// and in ones larger than any buffer, up to the end or to damage.
func TestReadAhead(t *testing.T) {
	seed := rng.NewRandom().Uint64()
	t.Logf("seed %d", seed)
	chance := rng.New(seed)
	for round, damage := range []string{"", "*1\r\n$3\r\nGE", "nonsense\r\n"} {
		text := []byte("#TS:1\r\n")
		for i := range 30_000 {
			size := chance.Uint64n(100)
			if i%10_000 == 5_000 {
				size += 2 * maxSpare
			}
			text = testkit.AppendCommand(text, "SET", fmt.Sprint(i), string(bytes.Repeat([]byte{'v'}, int(size))))
			if i%1000 == 0 {
				text = append(text, "#TS:2\r\n"...)
			}
		}
		text = append(text, damage...)
		fsys := vfs.OS(t.TempDir())
		testkit.NoError(t, vfs.WriteFileAtomic(fsys, "f", text, 0o644))
		f, g := scan(t, fsys), scan(t, fsys)
		r := readAhead(f)
		for n := 0; ; n++ {
			args, raw, off, err := r.command()
			wantArgs, wantRaw, wantErr := g.next()
			if fmt.Sprint(err) != fmt.Sprint(wantErr) || off != g.off {
				t.Fatalf("round %d, command %d: %v at %d, want %v at %d", round, n, err, off, wantErr, g.off)
			}
			if err != nil {
				if n != 30_000 {
					t.Errorf("round %d: %d commands", round, n)
				}
				break
			}
			if !bytes.Equal(raw, wantRaw) || fmt.Sprintf("%q", args) != fmt.Sprintf("%q", wantArgs) {
				t.Fatalf("round %d, command %d: %.100q, want %.100q", round, n, raw, wantRaw)
			}
		}
		r.stop()
	}
}

// TestReadAheadLong: the buffer grows by doubling for a command of many arguments.
func TestReadAheadLong(t *testing.T) {
	args := []string{"RPUSH", "list"}
	for range 200_000 {
		args = append(args, "element")
	}
	text := testkit.AppendCommand(testkit.AppendCommand(nil, "PING"), args...)
	text = testkit.AppendCommand(text, "PING")
	fsys := vfs.OS(t.TempDir())
	testkit.NoError(t, vfs.WriteFileAtomic(fsys, "f", text, 0o644))
	s := scan(t, fsys)
	renewals := 0
	s.renew = func(size int) []byte {
		renewals++
		return make([]byte, max(size, scanBuffer))
	}
	for i := range 3 {
		if got, _, err := s.next(); err != nil || i == 1 && len(got) != len(args) {
			t.Fatalf("command %d: %d arguments, %v", i, len(got), err)
		}
	}
	if renewals > 6 {
		t.Errorf("%d buffers for a command of %d bytes", renewals, len(text))
	}
	r := readAhead(scan(t, fsys))
	defer r.stop()
	for i := range 3 {
		if got, _, _, err := r.command(); err != nil || i == 1 && len(got) != len(args) {
			t.Fatalf("command %d ahead: %d arguments, %v", i, len(got), err)
		}
	}
}

// TestReadAheadStop: who stops early leaves nobody behind.
func TestReadAheadStop(t *testing.T) {
	var text []byte
	for range 100_000 {
		text = testkit.AppendCommand(text, "SET", "key", "some value or other")
	}
	fsys := vfs.OS(t.TempDir())
	testkit.NoError(t, vfs.WriteFileAtomic(fsys, "f", text, 0o644))
	for commands := range 3 {
		r := readAhead(scan(t, fsys))
		for range commands {
			if _, _, _, err := r.command(); err != nil {
				t.Fatal(err)
			}
		}
		r.stop() // waits for the goroutine
	}
}

// scan returns a scanner of the file f.
func scan(t *testing.T, fsys vfs.FS) *scanner {
	f, err := vfs.Open(fsys, "f")
	testkit.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	s, err := newScanner(f, 0)
	testkit.NoError(t, err)
	return s
}
