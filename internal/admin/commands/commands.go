// Package commands is COMMAND with its subcommands: what clients and proxies
// ask to learn which commands there are, how they are called and where their
// keys stand. All of it is read from the command table.
//
// Commands are told in the order of the alphabet, where Valkey's order is that
// of a hash table. Summaries, complexities and histories are Sigrun's own words.
package commands

import (
	"sigrun/internal/command"
	"sigrun/internal/resp"
)

// about answers questions about a table, which there is not yet when the
// handlers are made.
type about struct{ table func() *command.Table }

// Handlers are COMMAND and its subcommands, by full name. What they tell is
// about the table that the given function returns, called for each command.
func Handlers(table func() *command.Table) map[string]command.Handler {
	a := about{table}
	return map[string]command.Handler{
		"command":                 a.all,
		"command|count":           a.count,
		"command|docs":            a.docs,
		"command|getkeys":         a.getKeys,
		"command|getkeysandflags": a.getKeysAndFlags,
		"command|help":            help,
		"command|info":            a.info,
		"command|list":            a.list,
	}
}

// all replies with the rows of all commands.
func (a about) all(c *command.Ctx) error {
	list := a.table().Commands()
	c.W.Array(len(list))
	for _, s := range list {
		writeInfo(c.W, s)
	}
	return nil
}

// COMMAND COUNT

func (a about) count(c *command.Ctx) error {
	c.W.Int(int64(len(a.table().Commands())))
	return nil
}

// COMMAND INFO [name ...]

// info replies with the rows of the given commands: null for one that isn't
// there.
func (a about) info(c *command.Ctx) error {
	if len(c.Argv) == 2 {
		return a.all(c)
	}
	table := a.table()
	c.W.Array(len(c.Argv) - 2)
	for _, name := range c.Argv[2:] {
		if s := table.Find(name); s != nil {
			writeInfo(c.W, s)
		} else {
			c.W.Null()
		}
	}
	return nil
}

// COMMAND DOCS [name ...]

// docs replies with the descriptions of the given commands, leaving out those
// that aren't there, or of all.
func (a about) docs(c *command.Ctx) error {
	table := a.table()
	if len(c.Argv) == 2 {
		writeDocsMap(c.W, table.Commands())
		return nil
	}
	found := make([]*command.Spec, 0, len(c.Argv)-2)
	for _, name := range c.Argv[2:] {
		if s := table.Find(name); s != nil {
			found = append(found, s)
		}
	}
	writeDocsMap(c.W, found)
	return nil
}

func writeDocsMap(w *resp.Writer, list []*command.Spec) {
	w.Map(len(list))
	for _, s := range list {
		writeDocs(w, s)
	}
}

// COMMAND HELP

func help(c *command.Ctx) error {
	c.Help(
		"(no subcommand)",
		"    Describe every command.",
		"COUNT",
		"    Tell how many commands there are.",
		"LIST [FILTERBY (MODULE <module>|ACLCAT <category>|PATTERN <pattern>)]",
		"    Name the commands and subcommands, or some of them.",
		"INFO [<command-name> ...]",
		"    Describe these commands for a client; without a name, every command.",
		"DOCS [<command-name> ...]",
		"    Describe these commands for a reader; without a name, every command.",
		"GETKEYS <full-command>",
		"    Tell which words of a command line are keys.",
		"GETKEYSANDFLAGS <full-command>",
		"    Tell which words of a command line are keys and what is done with them.",
	)
	return nil
}
