package server

import (
	"maps"

	"sigrun/internal/command"
	"sigrun/internal/exec"
	"sigrun/internal/family/strings"
)

// handlers are the handlers of all commands that the server has.
func handlers() map[string]command.Handler {
	all := map[string]command.Handler{}
	for _, h := range []map[string]command.Handler{
		exec.Handlers(),
		strings.Handlers(),
	} {
		maps.Copy(all, h)
	}
	all["ping"] = func(c *command.Ctx) error { c.W.Raw("+PONG\r\n"); return nil }
	return all
}

// globalCommands are the commands that run in a transaction over all shards.
func globalCommands() []string {
	return nil
}
