package config

import (
	"strings"
	"testing"
)

// flat is pairs as one line.
func flat(pairs []Pair) string {
	var words []string
	for _, p := range pairs {
		words = append(words, p.Name, p.Value)
	}
	return strings.Join(words, " ")
}

func TestGet(t *testing.T) {
	s := New(Options{})
	for _, c := range []struct{ patterns, want string }{
		{"port", "port 6379"},
		{"PORT", "PORT 6379"},
		{"PORT port Port", "PORT 6379"},
		{"PORT*", "port 6379"},
		{"hz HZ activedefrag", "activedefrag no hz 10"},
		{"HZ activedefrag Port", "HZ 10 Port 6379 activedefrag no"},
		{"slave-read-only port replica-read-only", "port 6379 replica-read-only yes slave-read-only yes"},
		{"Slave-a* hz", "hz 10 slave-announce-ip  slave-announce-port 0"},
		{"h?", "hz 10"},
		{"HZ h?", "HZ 10"},
		{"h? HZ", "hz 10"},
		{"[g-i]z", "hz 10"},
		{"[^a]z", "hz 10"},
		{"*-li[n]k-*", "cluster-link-sendbuf-limit 0"},
		{"aof-dis*", ""},
		{"aof-disable-auto-gc", "aof-disable-auto-gc no"},
		{"h\\z", ""},
		{"[", ""},
		{"nope", ""},
		{"user include rename-command", ""},
		{"lua-replicate-commands", ""},
	} {
		if got := flat(s.Get(strings.Fields(c.patterns)...)); got != c.want {
			t.Errorf("CONFIG GET %s: got %q, want %q", c.patterns, got, c.want)
		}
	}
	if got := s.Get(); got != nil {
		t.Errorf("no pattern finds %v", got)
	}
}

func TestGetAllIsSorted(t *testing.T) {
	pairs := New(Options{}).Get("*", "*-*", "port")
	for i := range pairs[1:] {
		if pairs[i].Name >= pairs[i+1].Name {
			t.Fatalf("%s comes before %s", pairs[i].Name, pairs[i+1].Name)
		}
	}
}
