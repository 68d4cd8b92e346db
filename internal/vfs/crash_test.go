package vfs_test

import (
	"bytes"
	"fmt"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/vfs"
)

// outcomes collects what f finds after many power cuts of one state.
func outcomes(t *testing.T, mem *vfs.Mem, f func(m *vfs.Mem) string) map[string]int {
	t.Helper()
	got := map[string]int{}
	for seed := range uint64(300) {
		got[f(mem.CrashClone(rng.New(seed)))]++
	}
	return got
}

func expect(t *testing.T, got map[string]int, want ...string) {
	t.Helper()
	allowed := map[string]bool{}
	for _, w := range want {
		allowed[w] = true
		if got[w] == 0 {
			t.Errorf("never saw %q in %v", w, got)
		}
	}
	for g := range got {
		if !allowed[g] {
			t.Errorf("%q must not happen", g)
		}
	}
}

func TestCrashLosesUnsyncedTail(t *testing.T) {
	mem := vfs.NewMem()
	write(t, mem, "f", "ab", true)
	must(t, mem.SyncDir("/"))
	write(t, mem, "f", "cd", false)
	expect(t, outcomes(t, mem, func(m *vfs.Mem) string { return read(t, m, "f") }), "ab", "abc", "abcd")
	if got := read(t, mem, "f"); got != "abcd" {
		t.Fatalf("a crash of the clone changed the original to %q", got)
	}
	if got := read(t, mem.Clone(), "f"); got != "abcd" {
		t.Fatalf("a killed process lost written bytes: %q", got)
	}
}

func TestCrashLosesUnsyncedName(t *testing.T) {
	mem := vfs.NewMem()
	write(t, mem, "f", "ab", true)
	expect(t, outcomes(t, mem, func(m *vfs.Mem) string { return read(t, m, "f") }), "ab", "<none>")
}

func TestCrashKeepsRenameWhole(t *testing.T) {
	mem := vfs.NewMem()
	must(t, mem.MkdirAll("d", 0o755))
	write(t, mem, "old", "old", true)
	write(t, mem, "d/new", "new", true)
	must(t, mem.SyncDir("/"))
	must(t, mem.SyncDir("d"))
	must(t, mem.Rename("d/new", "old")) // across directories: in both or in none
	see := func(m *vfs.Mem) string { return read(t, m, "old") + " " + read(t, m, "d/new") }
	expect(t, outcomes(t, mem, see), "old new", "new <none>")
	must(t, mem.SyncDir("d")) // the other directory carries the edit as well
	expect(t, outcomes(t, mem, see), "new <none>")
}

func TestCrashKeepsOrderInDirectory(t *testing.T) {
	mem := vfs.NewMem()
	for i := range 3 {
		write(t, mem, fmt.Sprint("f", i), "", true)
	}
	must(t, mem.Remove("f0"))
	count := func(m *vfs.Mem) string {
		list, err := m.List("/")
		must(t, err)
		s := ""
		for _, e := range list {
			s += e.Name()
		}
		return s
	}
	expect(t, outcomes(t, mem, count), "", "f0", "f0f1", "f0f1f2", "f1f2")
}

// TestCrashSyncedSurvives is the promise that all users rest on, under random operations.
func TestCrashSyncedSurvives(t *testing.T) {
	for seed := range uint64(200) {
		chance := rng.New(seed)
		mem := vfs.NewMem()
		durable := map[string][]byte{}
		for range 40 {
			name := fmt.Sprint("f", chance.Uint64n(5))
			switch chance.Uint64n(3) {
			case 0:
				write(t, mem, name, fmt.Sprint(chance.Uint64n(1000)), false)
			case 1:
				write(t, mem, name, "s", true)
				must(t, mem.SyncDir("/"))
				durable[name] = []byte(read(t, mem, name))
			case 2:
				data := []byte(fmt.Sprint("whole", chance.Uint64n(1000)))
				must(t, vfs.WriteFileAtomic(mem, name, data, 0o644))
				durable[name] = data
			}
		}
		after := mem.CrashClone(chance)
		for name, want := range durable {
			if got := read(t, after, name); !bytes.HasPrefix([]byte(got), want) {
				t.Fatalf("seed %d: %s holds %q, durable was %q", seed, name, got, want)
			}
		}
	}
}
