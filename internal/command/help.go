package command

import "strings"

// Help replies with how the container of the running subcommand is used: a
// headline, then lines, in which a usage stands at the margin and what it does
// behind four blanks, then HELP itself.
func (c *Ctx) Help(lines ...string) {
	name, _, _ := strings.Cut(c.Spec.Name, "|")
	c.W.Array(len(lines) + 3)
	c.W.SimpleString(strings.ToUpper(name) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, line := range lines {
		c.W.SimpleString(line)
	}
	c.W.SimpleString("HELP")
	c.W.SimpleString("    Print this help.")
}
