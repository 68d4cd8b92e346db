// Package catalog holds the facts of every command as one row each: arity,
// flags, categories, keys and the description that COMMAND DOCS gives. A row
// whose command has no handler in any family is not served.
//
// There is a file for each group of commands. A row states only what can't be
// told from the rest of it: the group comes from the list in which it stands,
// and the categories that follow from flags (see implied) are added when the
// rows are first asked for.
package catalog

import (
	"sync"

	"sigrun/internal/command"
)

// rows is a list of commands or of the subcommands of one.
type rows []*command.Spec

// groups are all rows, by the group that COMMAND DOCS names.
var groups = []struct {
	name command.Group
	rows rows
}{
	{"string", stringRows},
	{"generic", genericRows},
	{"transactions", transactionRows},
	{"connection", connectionRows},
	{"server", setupRows},
	{"server", watchRows},
	{"server", dataRows},
	{"hash", hashRows},
	{"list", listRows},
	{"set", setRows},
	{"sorted-set", sortedSetRows},
	{"stream", streamRows},
	{"geo", geoRows},
	{"hyperloglog", hyperLogLogRows},
	{"bitmap", bitmapRows},
	{"pubsub", pubSubRows},
	{"scripting", scriptingRows},
	{"cluster", clusterRows},
	{"sentinel", sentinelRows},
}

// specs are all rows, completed.
var specs = sync.OnceValue(func() []*command.Spec {
	var all []*command.Spec
	for _, g := range groups {
		complete(g.name, g.rows)
		all = append(all, g.rows...)
	}
	return all
})

// Specs returns the row of every command, each with its subcommands. They are
// everybody's and must not be changed: a command.Table copies those that it
// serves.
func Specs() []*command.Spec { return specs() }

// complete gives the rows of list, and those of their subcommands, the group
// and the categories that they don't state themselves.
func complete(group command.Group, list rows) {
	for _, s := range list {
		s.Group = group
		s.Categories |= implied(s)
		complete(group, s.Sub)
	}
}

// implied are the categories that s has because of its flags. A script that
// promises not to write isn't a read: what it reads, its own rows say.
func implied(s *command.Spec) command.Category {
	cats := command.CatSlow
	if s.Is(command.Fast) {
		cats = command.CatFast
	}
	if s.Is(command.ReadOnly) && s.Categories&command.CatScripting == 0 {
		cats |= command.CatRead
	}
	for _, rule := range impliedByFlag {
		if s.Is(rule.flag) {
			cats |= rule.cats
		}
	}
	return cats
}

var impliedByFlag = []struct {
	flag command.Flag
	cats command.Category
}{
	{command.Write, command.CatWrite},
	{command.Admin, command.CatAdmin | command.CatDangerous},
	{command.PubSub, command.CatPubSub},
	{command.Blocking, command.CatBlocking},
}
