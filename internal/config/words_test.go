package config

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitWords(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string // nil: a quote is open
	}{
		{"", []string{}},
		{" \t ", []string{}},
		{"a b", []string{"a", "b"}},
		{" a\t b \r\n", []string{"a", "b"}},
		{`a "b c" d`, []string{"a", "b c", "d"}},
		{`"a"b`, []string{"ab"}},
		{`a'b c'd`, []string{"ab cd"}},
		{`a""`, []string{"a"}},
		{`""`, []string{""}},
		{`'' ""`, []string{"", ""}},
		{`a\ b`, []string{`a\`, "b"}},
		{`a\x41`, []string{`a\x41`}},
		{`"\x41\X41\x4g\x4"`, []string{"AX41x4gx4"}},
		{`"\n\r\t\a\b\q\\\""`, []string{"\n\r\t\a\bq\\\""}},
		{`'\n\''`, []string{`\n'`}},
		{`'a\\'`, nil}, // the second backslash keeps the quote
		{"a\vb\f", []string{"a\vb\f"}},
		{"\va \v b", []string{"a", "b"}},
		{"a\x00b", []string{"a"}},
		{`a"b`, nil},
		{`'a`, nil},
		{`"a\`, nil},
		{`"a\"`, nil},
		{`'\'`, nil},
		{"'a\x00'", nil},
	} {
		got, ok := splitWords(c.line)
		if ok != (c.want != nil) || !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, %v, want %q", c.line, got, ok, c.want)
		}
	}
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"":                     `""`,
		"a b":                  `"a b"`,
		"\"\\'":                `"\"\\'"`,
		"\n\r\t\a\b\v\x00\xff": `"\n\r\t\a\b\x0b\x00\xff"`,
	} {
		if got := quote(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

// Whatever is quoted comes back as the one word that it was.
func FuzzQuote(f *testing.F) {
	f.Add("a b")
	f.Add("\"\\\x00\xff'")
	f.Fuzz(func(t *testing.T, s string) {
		words, ok := splitWords("x " + quote(s) + " y")
		if !ok || !slices.Equal(words, []string{"x", s, "y"}) {
			t.Fatalf("%q: got %q, %v", s, words, ok)
		}
	})
}

// Words never grow: an escape is longer than what it stands for.
func FuzzSplitWords(f *testing.F) {
	f.Add(`a "b\x41" 'c\'d'`)
	f.Fuzz(func(t *testing.T, line string) {
		words, ok := splitWords(line)
		if !ok && words != nil {
			t.Fatalf("%q: words %q of a line with an open quote", line, words)
		}
		if total := strings.Join(words, ""); len(total) > len(line) {
			t.Fatalf("%q: got %q", line, words)
		}
	})
}
