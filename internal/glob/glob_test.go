package glob

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"sigrun/internal/rng"
)

// TestMatch holds what a real server answers.
func TestMatch(t *testing.T) {
	tests := []struct {
		pattern string
		yes, no string // strings that match and that do not, separated by blanks
	}{
		{"a*", "a abc", "b"},
		{"*", "a ab", ""},
		{"*a", "a aXa", "ab"},
		{"a**b", "ab aXb", "a"},
		{"***a", "a ba", "b"},
		{"?*", "a ab", ""},
		{"a?c", "abc a*c", "ac abbc"},
		{"h*llo*", "hello heeeello hllo-world", "ello hell"},
		{"*a*b*c*", "abc xaxbxcx aabbcc", "acb ab"},
		{"*ab", "ab aab abab", "aba a b"},
		{"*a?c", "abc aaabc abcaxc", "abca ac"},
		{"[a-c]x", "ax bx", "dx x"},
		{"[c-a]x", "bx", "dx"},
		{"[^a]x", "bx", "ax"},
		{"[!a]", "! a", "b"},
		{"[a^]", "^ a", "b"},
		{"[^^]", "a", "^"},
		{"[0-9]-[0-9]", "1-2", "1--"},
		{"[]x", "", "x ]x"},
		{"[]]", "", "] ]]"},
		{"[^]x", "ax", "x"},
		{"[^]", "a ^", ""},
		{"[", "", "[ a"},
		{"[^", "a", ""},
		{"[a", "a", "ab b"},
		{"[a-c", "b", "bz"},
		{"x[a-c", "xb", "x"},
		{"[a-", "a -", "b"},
		{"[a-]", "a ] ^", "- b"},
		{"[-a]", "- a", "b"},
		{"[^-a]", "b", "- a"},
		{"[--a]", "-", "a]"},
		{"[a--]", "-", "b"},
		{"[]-a]", "", "] a ^"},
		{"[a-c-e]", "b e -", "d"},
		{"[\\]]", "]", "\\"},
		{"[\\]", "]", "\\"},
		{"[\\", "\\", "["},
		{"[\\\\]", "\\", "a"},
		{"[\\a-c]", "a - c", "b"},
		{"[a-\\c]", "\\ ]", "["},
		{"[a\\-c]", "- a c", "b \\"},
		{"\\*", "*", "a \\*"},
		{"\\a", "a", "\\a"},
		{"\\", "\\", "a"},
		{"a\\", "a\\", "a"},
		{"*\\", "\\ a\\", "a"},
		{"*[", "", "[ a"},
		{"a*[", "", "a a["},
		{"a?b", "a\x00b", "ab"},
	}
	for _, tt := range tests {
		for _, s := range strings.Fields(tt.yes) {
			if !Match([]byte(tt.pattern), []byte(s)) {
				t.Errorf("%q should match %q", tt.pattern, s)
			}
		}
		for _, s := range strings.Fields(tt.no) {
			if Match([]byte(tt.pattern), []byte(s)) {
				t.Errorf("%q should not match %q", tt.pattern, s)
			}
		}
	}
}

func TestMatchEmpty(t *testing.T) {
	for pattern, want := range map[string]bool{"": true, "*": false, "**": false, "?": false, "[^a]": false, "\\": false} {
		if got := Match([]byte(pattern), nil); got != want {
			t.Errorf("%q against nothing: got %v, want %v", pattern, got, want)
		}
	}
	if Match(nil, []byte("a")) {
		t.Error("the empty pattern should match only the empty string")
	}
}

func TestMatchFold(t *testing.T) {
	tests := []struct {
		pattern string
		want    bool
	}{
		{"MAXmemory", true}, {"*MEM*Y", true}, {"[MN]axmemory", true}, {"[L-n]axmemory", true}, {"[l-N]axmemory", false},
		{"[N-l]axmemory", false}, {"[^M]axmemory", false}, {"[Z-A]axmemory", true}, {"[Z-a]axmemory", false},
		{"\\Maxmemor?", true}, {"[\\M]axmemor?", false}, {"[\\m]axmemor?", true}, {"[^\\M]axmemory", true},
	}
	for _, tt := range tests {
		if got := MatchFold([]byte(tt.pattern), []byte("maxmemory")); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.pattern, got, tt.want)
		}
	}
	if MatchFold([]byte("\xc4*"), []byte("\xe4a")) {
		t.Error("only ASCII letters have a case")
	}
}

// model is the definition: it tries everything.
func model(p, s []byte, fold bool) bool {
	switch {
	case len(p) == 0:
		return len(s) == 0
	case p[0] == '*':
		return model(p[1:], s, fold) || len(s) > 0 && model(p, s[1:], fold)
	case len(s) == 0:
		return false
	}
	n, ok := element(p, s[0], fold)
	return ok && model(p[n:], s[1:], fold)
}

func TestMatchModel(t *testing.T) {
	const seed = 1
	r := rng.New(seed)
	draw := func(alphabet string) []byte {
		b := make([]byte, 1+r.Uint64n(10))
		for i := range b {
			b[i] = alphabet[r.Uint64n(uint64(len(alphabet)))]
		}
		return b
	}
	for range 200_000 {
		p, s := draw("aAbB**?[]^-\\"), draw("aAbB]-\\")
		for _, fold := range []bool{false, true} {
			if got, want := match(p, s, fold), model(p, s, fold); got != want {
				t.Fatalf("seed %d: %q against %q, fold %v: got %v, want %v", seed, p, s, fold, got, want)
			}
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte("*a[^b-c]?*\\*x"), []byte("aaabaxd*x"))
	f.Fuzz(func(t *testing.T, p, s []byte) {
		if len(s) == 0 || len(s) > 24 || bytes.Count(p, []byte("*")) > 5 {
			return
		}
		for _, fold := range []bool{false, true} {
			if got, want := match(p, s, fold), model(p, s, fold); got != want {
				t.Errorf("%q against %q, fold %v: got %v, want %v", p, s, fold, got, want)
			}
		}
		prefix, whole := LiteralPrefix(p)
		if Match(p, s) && (!bytes.HasPrefix(s, prefix) || whole && len(s) != len(prefix)) {
			t.Errorf("%q matches %q, but its prefix is %q, whole %v", p, s, prefix, whole)
		}
	})
}

func TestLiteralPrefix(t *testing.T) {
	for pattern, want := range map[string]string{
		"": " true", "user:1": "user:1 true", "user:*": "user: false", "*": " false", "a\\*b": "a false", "a[b]": "a false",
	} {
		prefix, whole := LiteralPrefix([]byte(pattern))
		if got := fmt.Sprintf("%s %v", prefix, whole); got != want {
			t.Errorf("%q: got %q, want %q", pattern, got, want)
		}
	}
}

// TestHostile has the patterns that take exponential time elsewhere, or a stack as deep as they are long.
func TestHostile(t *testing.T) {
	const n = 50_000
	as := bytes.Repeat([]byte("a"), n)
	tests := []struct {
		name    string
		pattern string
		want    bool
	}{
		{"star any", strings.Repeat("*?", n), true},
		{"star any, too long", strings.Repeat("*?", n+1), false},
		{"star a", strings.Repeat("*a", n), true},
		{"star a, then b", strings.Repeat("*a", n/2) + "b", false},
		{"long text", "*" + strings.Repeat("a", n/2) + "b*", false},
		{"long end", "*" + strings.Repeat("a", n/2) + "b", false},
		{"class", strings.Repeat("*[^b]", n/2) + "b", false},
	}
	for _, tt := range tests {
		start := time.Now()
		if got := Match([]byte(tt.pattern), as); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
		if took := time.Since(start); took > 2*time.Second { // takes about a millisecond
			t.Errorf("%s: took %v", tt.name, took)
		}
	}
}

func TestAllocs(t *testing.T) {
	p, s := []byte("user:*:[a-z]*x?y*"), []byte("user:1000:axxyxzy")
	if n := testing.AllocsPerRun(100, func() { Match(p, s); MatchFold(p, s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	key := []byte("user:1000:session:abcdef")
	for _, p := range []string{"user:*", "*session*", "*def", "user:[0-9]*:session:?bcdef", "user:1000:session:abcdef"} {
		b.Run(p, func(b *testing.B) {
			for b.Loop() {
				if !Match([]byte(p), key) {
					b.Fatal("no match")
				}
			}
		})
	}
}
