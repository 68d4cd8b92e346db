package config

import (
	"strings"
	"testing"
)

func TestEveryRowIsSound(t *testing.T) {
	s := New(Options{WorkDir: "/data"})
	for _, id := range All() {
		r := &table[id]
		if got, ok := Lookup(strings.ToUpper(r.name)); !ok || got != id {
			t.Errorf("%s: Lookup gives %d, %v", r.name, got, ok)
		}
		if r.name != strings.ToLower(r.name) || r.alias != strings.ToLower(r.alias) {
			t.Errorf("%s: names must be in lower case", r.name)
		}
		if !s.IsDefault(id) {
			t.Errorf("%s: a new Store has not its default", r.name)
		}
	}
}

func TestSetAndGet(t *testing.T) {
	s := New(Options{})
	if err := s.Set([]Pair{{"maxmemory", "1kb"}, {"slave-read-only", "NO"}}, Caller{}); err != nil {
		t.Fatal(err)
	}
	if s.Uint(MaxMemory) != 1024 || s.Bool(ReplicaReadOnly) {
		t.Errorf("maxmemory %d, replica-read-only %v", s.Uint(MaxMemory), s.Bool(ReplicaReadOnly))
	}
	err := s.Set([]Pair{{"maxmemory", "2kb"}, {"hz", "x"}}, Caller{})
	const want = "CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if s.Uint(MaxMemory) != 1024 {
		t.Error("a failed Set changed something")
	}
}
