package compat

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// A pattern says how a command is called, as command docs do:
//
//	SET key value [NX|XX|IFEQ value] [GET] [EX ttl|PX ttl-ms|KEEPTTL]
//
// Words without lower-case letters stand for themselves, others are kinds of
// kinds.go. [x] may be left out, (x) groups, a|b is one of both, x... is one or
// more. The leading words that stand for themselves are the command's name.

// op is what a node of a parsed pattern does.
type op int

const (
	literal  op = iota
	argument    // one word of the node's kind
	sequence    // all kids in order; neighbouring optional kids in any order
	choice      // one kid
	optional    // the one kid or nothing
	repeated    // the one kid, once or more
)

// node is a part of a parsed pattern.
type node struct {
	op   op
	text string // of a literal
	kind *kind  // of an argument
	kids []*node
}

// command is a parsed pattern.
type command struct {
	name string // "SET", "CLIENT LIST"
	root *node
}

var patternWord = regexp.MustCompile(`\.\.\.|[\[\]()|]|[^\s\[\]()|.]+`)

// parseCommand parses pattern and panics if it is malformed: patterns are part
// of the tests' source.
func parseCommand(pattern string) command {
	p := patternParser{pattern: pattern, words: patternWord.FindAllString(pattern, -1)}
	root := p.choice()
	if len(p.words) > 0 {
		p.fail("unbalanced " + p.words[0])
	}
	var name []string
	for _, kid := range root.kids {
		if kid.op != literal || len(name) == 2 || !unicode.IsLetter(rune(kid.text[0])) {
			break
		}
		name = append(name, kid.text)
	}
	return command{strings.Join(name, " "), root}
}

// parseCommands parses one pattern a line.
func parseCommands(patterns string) []command {
	var commands []command
	for _, line := range strings.Split(patterns, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			commands = append(commands, parseCommand(line))
		}
	}
	return commands
}

type patternParser struct {
	pattern string
	words   []string // still to be read
}

func (p *patternParser) fail(why string) {
	panic(fmt.Sprintf("BUG: pattern %q: %s", p.pattern, why))
}

// choice parses sequences between bars, up to a closing bracket or the end. A
// single sequence is returned as itself.
func (p *patternParser) choice() *node {
	kids := []*node{p.sequence()}
	for len(p.words) > 0 && p.words[0] == "|" {
		p.words = p.words[1:]
		kids = append(kids, p.sequence())
	}
	if len(kids) == 1 {
		return kids[0]
	}
	return &node{op: choice, kids: kids}
}

func (p *patternParser) sequence() *node {
	seq := &node{op: sequence}
	for len(p.words) > 0 && !strings.ContainsAny(p.words[0], "|])") {
		item := p.item()
		if len(p.words) > 0 && p.words[0] == "..." {
			p.words = p.words[1:]
			item = &node{op: repeated, kids: []*node{item}}
		}
		seq.kids = append(seq.kids, item)
	}
	return seq
}

func (p *patternParser) item() *node {
	word := p.words[0]
	p.words = p.words[1:]
	switch word {
	case "[":
		return &node{op: optional, kids: []*node{p.closed("]")}}
	case "(":
		return p.closed(")")
	}
	if strings.IndexFunc(word, unicode.IsLower) < 0 {
		return &node{op: literal, text: word}
	}
	kind := kinds[word]
	if kind == nil {
		p.fail("no kind " + word)
	}
	return &node{op: argument, kind: kind}
}

func (p *patternParser) closed(bracket string) *node {
	inner := p.choice()
	if len(p.words) == 0 || p.words[0] != bracket {
		p.fail("no " + bracket)
	}
	p.words = p.words[1:]
	return inner
}

// forms returns calls as short as possible that together hold every part of n:
// each option once, each alternative once, each repetition once and twice.
func (n *node) forms() [][]word {
	switch n.op {
	case literal:
		return [][]word{{{text: n.text}}}
	case argument:
		return [][]word{{{text: n.kind.plain, kind: n.kind}}}
	case optional:
		return append([][]word{nil}, n.kids[0].forms()...)
	case choice:
		var all [][]word
		for _, kid := range n.kids {
			all = append(all, kid.forms()...)
		}
		return all
	case repeated:
		forms := n.kids[0].forms()
		return append(forms, join(forms[0], forms[0]))
	}
	return n.sequenceForms()
}

// sequenceForms is forms of a sequence: the first form of each kid, then the
// others of one kid at a time.
func (n *node) sequenceForms() [][]word {
	each := make([][][]word, len(n.kids))
	first := make([][]word, len(n.kids))
	for i, kid := range n.kids {
		each[i] = kid.forms()
		first[i] = each[i][0]
	}
	all := [][]word{join(first...)}
	for i, forms := range each {
		for _, form := range forms[1:] {
			parts := append([][]word{}, first...)
			parts[i] = form
			all = append(all, join(parts...))
		}
	}
	return all
}

func join(parts ...[]word) []word {
	var whole []word
	for _, part := range parts {
		whole = append(whole, part...)
	}
	return whole
}
