// Package confs is CONFIG: it reads and changes the settings of a running
// server, writes them back into its file and resets what INFO counts.
package confs

import (
	"errors"

	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
)

// Handlers are the subcommands of CONFIG by full name.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"config|get":       get,
		"config|set":       set,
		"config|resetstat": resetStat,
		"config|rewrite":   rewrite,
		"config|help":      help,
	}
}

// Global are the commands that run with all shards entered: what acts on a
// setting may look at everything.
func Global() []string { return []string{"config|set", "config|resetstat"} }

// CONFIG GET pattern [pattern ...]

func get(c *command.Ctx) error {
	patterns := make([]string, 0, len(c.Argv)-2)
	for _, p := range c.Argv[2:] {
		patterns = append(patterns, string(p))
	}
	pairs := exec.Of(c).Engine().Config.Get(patterns...)
	c.W.Map(len(pairs))
	for _, p := range pairs {
		c.W.BulkString(p.Name)
		c.W.BulkString(p.Value)
	}
	return nil
}

// CONFIG SET name value [name value ...]

func set(c *command.Ctx) error {
	words := c.Argv[2:]
	if len(words)%2 != 0 {
		return command.ErrSyntax
	}
	s := exec.Of(c)
	pairs := make([]config.Pair, 0, len(words)/2)
	for i := 0; i < len(words); i += 2 {
		pairs = append(pairs, config.Pair{Name: string(words[i]), Value: string(words[i+1])})
		if id, known := config.Lookup(string(words[i])); known && id.Flags()&config.Sensitive != 0 {
			s.Hide(2 + i + 1)
		}
	}
	e := s.Engine()
	err := e.Config.Set(pairs, config.Caller{Local: s.Local(), Loading: e.State()&exec.Loading != 0})
	switch {
	case errors.Is(err, config.ErrLoading):
		return command.ErrLoading
	case err != nil:
		return command.ReplyError("ERR " + err.Error())
	}
	s.Worker().Settle() // the next command of this very batch obeys already
	c.W.OK()
	return nil
}

// CONFIG RESETSTAT

func resetStat(c *command.Ctx) error {
	e := exec.Of(c).Engine()
	e.ResetStats()
	e.Host.Cycle.Reset()
	e.Host.Cycle.LazyFreed.Store(-e.Keyspace.LazyFreed()) // the sum of both is told
	c.W.OK()
	return nil
}

// CONFIG REWRITE

func rewrite(c *command.Ctx) error {
	if err := exec.Of(c).Engine().Config.Rewrite(); err != nil {
		return command.ReplyError("ERR " + err.Error())
	}
	c.W.OK()
	return nil
}

// CONFIG HELP

func help(c *command.Ctx) error {
	c.Help(
		"GET <pattern>",
		"    Show the settings whose names match the pattern.",
		"SET <directive> <value>",
		"    Change a setting; of several, all or none.",
		"RESETSTAT",
		"    Start the counts of INFO from zero.",
		"REWRITE",
		"    Write the settings into the config file.",
	)
	return nil
}
