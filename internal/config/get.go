package config

import (
	"slices"
	"strings"

	"sigrun/internal/glob"
)

// A Pair is a setting's name and its value as text.
type Pair struct{ Name, Value string }

// Get answers CONFIG GET: the settings that match any of the patterns, each
// once, in ascending order of the names. A pattern without wildcards names one
// setting in any case, a hidden one too, and the answer repeats that spelling.
// A pattern with wildcards finds older names as well.
func (s *Store) Get(patterns ...string) []Pair {
	var found [2 * numIDs]bool // by index in entries
	var pairs []Pair
	for _, p := range patterns {
		if strings.ContainsAny(p, "*?[") {
			pairs = s.appendMatches(pairs, p, found[:])
			continue
		}
		i, ok := findEntry(strings.ToLower(p))
		if ok && !found[i] {
			found[i] = true
			pairs = append(pairs, Pair{p, s.Text(entries[i].id)})
		}
	}
	slices.SortFunc(pairs, func(a, b Pair) int { return strings.Compare(a.Name, b.Name) })
	return pairs
}

// appendMatches appends what pattern matches and is not found yet.
func (s *Store) appendMatches(pairs []Pair, pattern string, found []bool) []Pair {
	for i, e := range entries {
		if found[i] || table[e.id].has(Hidden) || !glob.MatchFold([]byte(pattern), []byte(e.name)) {
			continue
		}
		found[i] = true
		pairs = append(pairs, Pair{e.name, s.Text(e.id)})
	}
	return pairs
}

// findEntry is the index in entries of a name in lower case.
func findEntry(name string) (int, bool) {
	return slices.BinarySearchFunc(entries, name, func(e entry, name string) int {
		return strings.Compare(e.name, name)
	})
}
