package commands

import (
	"sigrun/internal/command"
	"sigrun/internal/glob"
)

// COMMAND LIST [FILTERBY (MODULE name | ACLCAT category | PATTERN pattern)]

// filter reports whether a command is listed.
type filter func(s *command.Spec) bool

// filters make a filter from what the user asks for.
var filters = []struct {
	word string
	make func(arg []byte) filter
}{
	{"module", byModule},
	{"aclcat", byCategory},
	{"pattern", byPattern},
}

// list replies with the names of commands and subcommands.
func (a about) list(c *command.Ctx) error {
	keep, err := parseFilter(c)
	if err != nil {
		return err
	}
	mark, n := c.W.Mark(), 0
	table := a.table()
	for id := range table.Len() {
		if s := table.ByID(id); keep(s) {
			c.W.BulkString(s.Name)
			n++
		}
	}
	c.W.PatchArray(mark, n)
	return nil
}

func parseFilter(c *command.Ctx) (filter, error) {
	if len(c.Argv) == 2 {
		return func(*command.Spec) bool { return true }, nil
	}
	if len(c.Argv) == 5 && command.Is(c.Argv[2], "filterby") {
		for _, f := range filters {
			if command.Is(c.Argv[3], f.word) {
				return f.make(c.Argv[4]), nil
			}
		}
	}
	return nil, command.ErrSyntax
}

// byModule keeps the commands of a module. What modules bring elsewhere is part
// of the server here, so there is none.
func byModule([]byte) filter {
	return func(*command.Spec) bool { return false }
}

// byCategory keeps the commands of an ACL category, none if there is no such.
func byCategory(name []byte) filter {
	var want command.Category
	for _, c := range command.CategoryNames {
		if command.Is(name, c.Name) {
			want = c.Category
		}
	}
	return func(s *command.Spec) bool { return s.Categories&want != 0 }
}

// byPattern keeps the commands whose names fit a pattern, in any case.
func byPattern(pattern []byte) filter {
	return func(s *command.Spec) bool { return glob.MatchFold(pattern, []byte(s.Name)) }
}
