package compat

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"sigrun/internal/testkit"
)

// A group is the commands that one table describes.
type group struct {
	name     string
	commands []command
	// beside are commands of other groups that give these something to work on.
	beside []command
	// clients is how many connections a stream uses.
	clients int
	// fresh is set where commands change connections for good or show all of them:
	// each stream gets new ones.
	fresh bool
	// before are the calls that make the data for each call with an extreme; nil
	// for some strings.
	before [][]string
}

// step is one call of a stream.
type step struct {
	client int
	words  []word
}

// args is what the step sends when it stands at position at.
func (s step) args(at int) []string {
	args := make([]string, len(s.words))
	for i, w := range s.words {
		args[i] = w.render(at)
	}
	return args
}

// stream is one conversation with both servers.
type stream struct {
	proto int  // of all connections
	burst bool // neighbouring calls of a connection go out in one write
	fresh bool // on connections that were never used
	steps []step
}

// String is the stream as one could type it.
func (s stream) String() string {
	var b strings.Builder
	for i, step := range s.steps {
		b.WriteString(clientName(step.client) + ">")
		for _, arg := range step.args(i) {
			b.WriteString(" " + showArg(arg))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// GoString is what a failed test prints of a stream.
func (s stream) GoString() string { return "\n" + s.String() }

func clientName(i int) string { return string(rune('a' + i)) }

// showArg quotes arg only if it has to be.
func showArg(arg string) string {
	if quoted := testkit.Quote(arg); arg == "" || len(quoted) != len(arg)+2 || strings.ContainsAny(arg, " '") {
		return quoted
	}
	return arg
}

// A stream is made of up to maxParts parts of up to maxPart steps. One long slice
// would not do: rapid makes slices of about six, whatever the limit.
const (
	maxParts = 12
	maxPart  = 12
	maxSteps = maxParts * maxPart
)

// stream generates a conversation in commands of g.
func (g *group) stream() *rapid.Generator[stream] {
	parts := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(g.step), 1, maxPart), 1, maxParts)
	return rapid.Custom(func(t *rapid.T) stream {
		return stream{
			proto: rapid.SampledFrom([]int{2, 3}).Draw(t, "proto"),
			burst: rapid.Bool().Draw(t, "burst"),
			fresh: g.fresh,
			steps: slices.Concat(parts.Draw(t, "steps")...),
		}
	})
}

func (g *group) step(t *rapid.T) step {
	commands := g.commands
	if len(g.beside) > 0 && oneIn(t, 3) {
		commands = g.beside
	}
	s := step{}
	if oneIn(t, 4) {
		s.client = rapid.IntRange(0, g.clients-1).Draw(t, "client")
	}
	s.words = generate(t, rapid.SampledFrom(commands).Draw(t, "command").root)
	if oneIn(t, 4) {
		s.words = rapid.SampledFrom(mutations).Draw(t, "mutation")(t, s.words)
	}
	if len(s.words) == 0 {
		s.words = []word{{text: "PING"}} // an empty call has no reply
	}
	if oneIn(t, 8) {
		s.words = changeCase(t, s.words)
	}
	return s
}

// oneIn is true in about one of n cases; it shrinks to false.
func oneIn(t *rapid.T, n int) bool { return rapid.IntRange(0, n-1).Draw(t, "chance") == n-1 }

// generate makes one call out of a pattern.
func generate(t *rapid.T, n *node) []word {
	switch n.op {
	case literal:
		return []word{{text: n.text}}
	case argument:
		return []word{{text: rapid.SampledFrom(n.kind.usual).Draw(t, "usual"), kind: n.kind}}
	case choice:
		return generate(t, rapid.SampledFrom(n.kids).Draw(t, "choice"))
	case optional:
		return generateOptional(t, n, 2)
	case repeated:
		words := generate(t, n.kids[0])
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			words = append(words, generate(t, n.kids[0])...)
		}
		return words
	}
	return generateSequence(t, n)
}

// generateOptional takes the option once in every rarity cases, and now and then
// twice, as clients do by mistake.
func generateOptional(t *rapid.T, n *node, rarity int) []word {
	if !oneIn(t, rarity) {
		return nil
	}
	words := generate(t, n.kids[0])
	if oneIn(t, 10) {
		words = append(words, generate(t, n.kids[0])...)
	}
	return words
}

// generateSequence makes the kids in order, runs of options in any order. Of
// many options few are taken, or no call would be valid.
func generateSequence(t *rapid.T, n *node) []word {
	var words []word
	for i := 0; i < len(n.kids); {
		end := i
		for end < len(n.kids) && n.kids[end].op == optional {
			end++
		}
		if end == i {
			words = append(words, generate(t, n.kids[i])...)
			i++
			continue
		}
		rarity := max(2, (end-i)/2)
		for _, kid := range rapid.Permutation(n.kids[i:end]).Draw(t, "order") {
			words = append(words, generateOptional(t, kid, rarity)...)
		}
		i = end
	}
	return words
}

// mutations make a wrong or at least an odd call out of a right one.
var mutations = []func(*rapid.T, []word) []word{
	oddArgument, oddArgument, oddArgument, dropWord, repeatWord, appendJunk, misspell,
}

func position(t *rapid.T, words []word) int {
	return rapid.IntRange(0, len(words)-1).Draw(t, "position")
}

// oddArgument puts an edge of its kind in place of one argument.
func oddArgument(t *rapid.T, words []word) []word {
	i := position(t, words)
	if kind := words[i].kind; kind != nil && len(kind.odd) > 0 {
		words[i] = word{text: rapid.SampledFrom(kind.odd).Draw(t, "odd"), kind: kind, odd: true}
	}
	return words
}

// dropWord leaves the first word alone: FLUSHALL SYNC must not become SYNC.
func dropWord(t *rapid.T, words []word) []word {
	i := position(t, words)
	if i == 0 || words[i].kind != nil && words[i].kind.fixed {
		return words
	}
	return append(words[:i:i], words[i+1:]...)
}

func repeatWord(t *rapid.T, words []word) []word {
	i := position(t, words)
	return append(words[:i+1:i+1], words[i:]...)
}

func appendJunk(t *rapid.T, words []word) []word {
	if kind := words[len(words)-1].kind; kind != nil && kind.last {
		return words
	}
	return append(words, word{text: rapid.SampledFrom(kinds["junk"].usual).Draw(t, "junk"), kind: kinds["junk"]})
}

func misspell(t *rapid.T, words []word) []word {
	i := position(t, words)
	if words[i].kind == nil {
		words[i].text += "X"
	}
	return words
}

// changeCase writes the command's own words in lower or mixed case.
func changeCase(t *rapid.T, words []word) []word {
	mixed := rapid.Bool().Draw(t, "mixed")
	for i, w := range words {
		if w.kind != nil {
			continue
		}
		words[i].text = strings.ToLower(w.text)
		if mixed && len(w.text) > 1 {
			words[i].text = w.text[:1] + strings.ToLower(w.text[1:])
		}
	}
	return words
}
