package catalog_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/command"
	"sigrun/internal/command/catalog"
)

// TestKeyPositions: whatever the arguments, keys stand among them, behind the
// name.
func TestKeyPositions(t *testing.T) {
	var served []*command.Spec
	var collect func(list []*command.Spec)
	collect = func(list []*command.Spec) {
		for _, s := range list {
			if len(s.Keys) > 0 {
				served = append(served, s)
			}
			collect(s.Sub)
		}
	}
	collect(catalog.Specs())
	words := []string{
		"", "k", "0", "1", "2", "-1", "9", "9223372036854775807", "x",
		"get", "set", "incrby", "overflow", "store", "STOREDIST", "by", "limit",
		"keys", "auth", "auth2", "streams", "STREAMS", "count",
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(served).Draw(t, "command")
		least := shortest(s)
		argc := least
		if s.Arity < 0 {
			argc = rapid.IntRange(least, least+8).Draw(t, "argc")
		}
		argv := make([][]byte, argc)
		for i := range argv {
			argv[i] = []byte(rapid.SampledFrom(words).Draw(t, "word"))
		}
		keys, err := s.AppendKeys(argv, nil)
		if err != nil && !errors.Is(err, command.ErrInvalidKeys) {
			t.Fatalf("%s %q: %v", s.Name, argv, err)
		}
		for _, k := range keys {
			if k.Index < 1 || k.Index >= argc || k.Flags&command.KeyNotKey != 0 {
				t.Fatalf("%s %q: key at %d with flags %b", s.Name, argv, k.Index, k.Flags)
			}
		}
	})
}
