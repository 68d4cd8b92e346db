package compat

import (
	"slices"
	"strings"

	"sigrun/internal/testkit"
)

// difference is a reply that is meant to differ from Valkey's.
type difference struct {
	command string   // the first words of the call
	first   []string // a call that makes what the example needs; nil if it needs nothing
	example []string // a call that shows it
	same    func(peer, ours testkit.Reply) bool
	why     string
}

// differences is the whole list: a reply that differs and stands not here is a
// mistake. TestDifferences plays each example and wants it to differ.
var differences = slices.Concat(
	helpDifferences("ACL", "CLIENT", "COMMAND", "COMMANDLOG", "CONFIG", "DEBUG", "LATENCY", "MEMORY", "MODULE", "OBJECT", "SLOWLOG", "XGROUP", "XINFO"),
	[]difference{
		{
			command: "GEOSEARCH astray", first: []string{"GEOADD", "astray", "13.4", "40.75", "x"}, same: noneAndSome,
			example: []string{"GEOSEARCH", "astray", "BYPOLYGON", "4", "0", "37.5", "12.5", "48.85", "180", "37.5", "180", "48.85"},
			why:     "Valkey finds nothing in a polygon whose middle lies beyond the latitude at which its cells end",
		},
		{
			command: "HELLO", example: []string{"HELLO"}, same: pairsExcept("id", "modules"),
			why: "Valkey's Lua engine is a module, which it lists; ours is no module",
		},
		{
			command: "COMMAND DOCS", example: []string{"COMMAND", "DOCS", "get"}, same: sameDocsButProse,
			why: "summaries and the like are prose, written anew; commands to come are not listed",
		},
		{
			command: "COMMAND INFO", example: []string{"COMMAND", "INFO"}, same: sameCommandsThere,
			why: "commands to come are not listed",
		},
		{
			command: "COMMAND LIST", example: []string{"COMMAND", "LIST"}, same: listedToo,
			why: "commands to come are not listed",
		},
		{
			command: "COMMAND COUNT", example: []string{"COMMAND", "COUNT"}, same: notMore,
			why: "commands to come are not counted",
		},
		{
			command: "COMMAND", example: []string{"COMMAND"}, same: sameCommandsThere,
			why: "commands to come are not listed",
		},
		{
			command: "KEYS " + manyStars, first: []string{"SET", strings.Repeat("a", len(manyStars)), "v"}, same: noneAndSome,
			example: []string{"KEYS", manyStars},
			why:     "Valkey gives up where stars nest more than a thousand deep; ours do not nest",
		},
		{
			command: "SRANDMEMBER none", example: []string{"SRANDMEMBER", "none", "-4611686018427387904"}, same: noneAndRefused,
			why: "a reply of more than 2^27 draws is refused, whatever the key holds",
		},
		{
			command: "ZRANDMEMBER none", example: []string{"ZRANDMEMBER", "none", "-4611686018427387904"}, same: noneAndRefused,
			why: "a reply of more than 2^27 draws is refused, whatever the key holds",
		},
		{
			command: "HRANDFIELD none", example: []string{"HRANDFIELD", "none", "-4611686018427387904"}, same: noneAndRefused,
			why: "a reply of more than 2^27 draws is refused, whatever the key holds",
		},
		{
			command: "LSET", first: []string{"RPUSH", "a", "x"}, example: []string{"LSET", "a", "4294967295", "y"}, same: foundAndNot,
			why: "Valkey drops all but 32 bits of the index and replaces another element",
		},
		{
			command: "MODULE LIST", example: []string{"MODULE", "LIST"}, same: bothArrays,
			why: "Valkey's Lua engine is a module, which it lists; ours is no module",
		},
	},
)

// helpDifferences are the HELP texts of containers.
func helpDifferences(containers ...string) []difference {
	var list []difference
	for _, container := range containers {
		list = append(list, difference{
			command: container + " HELP", example: []string{container, "HELP"}, same: bothHelp,
			why: "help is prose: ours is written anew, and says what is ours",
		})
	}
	return list
}

func bothArrays(peer, ours testkit.Reply) bool {
	return peer.Kind == testkit.Array && ours.Kind == testkit.Array
}

func foundAndNot(peer, ours testkit.Reply) bool {
	return peer.Text == "OK" && ours.Text == "ERR index out of range"
}

func noneAndSome(peer, ours testkit.Reply) bool {
	return bothArrays(peer, ours) && len(peer.Elems) == 0 && len(ours.Elems) > 0
}

func noneAndRefused(peer, ours testkit.Reply) bool {
	return peer.Kind == testkit.Array && len(peer.Elems) == 0 && ours.Text == "ERR value is out of range"
}

// manyStars is a pattern that matches nothing but long runs of one letter.
var manyStars = strings.Repeat("*a", 1_100)

// bothHelp wants lines of status replies that begin with the same usage.
func bothHelp(peer, ours testkit.Reply) bool {
	return bothArrays(peer, ours) && len(ours.Elems) > 1 &&
		sameTree(peer.Elems[0], ours.Elems[0]) &&
		!slices.ContainsFunc(ours.Elems, func(line testkit.Reply) bool { return line.Kind != testkit.Status })
}

// notYet names commands of the grammar that are still to come, "CLIENT TRACKING"
// or a whole "ACL". Streams and scripts do without them. TestNotYet fails once one
// of them is there, and for any other that is not.
var notYet = []string{
	"ACL", "CLIENT CACHING", "CLIENT GETREDIR", "CLIENT TRACKING", "CLIENT TRACKINGINFO",
}

// momentary names commands whose reply may differ once, if it does not when the
// same conversation is held again: they tell of time, or of what the server does
// by itself, in a way for which there is no rule. Whatever else differs once is a
// mistake that needs its moment.
var momentary = []struct{ command, why string }{
	{"CLIENT LIST", "another connection's reply may still be on its way: oll, omem and events tell"},
}

// isMomentary reports whether momentary has the command of a call, which may be
// nil.
func isMomentary(call []string) bool {
	return slices.ContainsFunc(momentary, func(m struct{ command, why string }) bool { return calls(call, m.command) })
}

// isThere reports whether the command of a call is not listed in notYet.
func isThere(args []string) bool {
	return !slices.ContainsFunc(notYet, func(name string) bool { return calls(args, name) })
}

// there is g without the commands that are still to come.
func (g *group) there() *group {
	missing := func(c command) bool { return !isThere(strings.Fields(c.name)) }
	left := *g
	left.commands = slices.DeleteFunc(slices.Clone(g.commands), missing)
	left.beside = slices.DeleteFunc(slices.Clone(g.beside), missing)
	return &left
}
