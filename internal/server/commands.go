package server

import (
	"fmt"
	"maps"
	"strings"

	"sigrun/internal/admin/clients"
	"sigrun/internal/admin/cmdlogs"
	"sigrun/internal/admin/commands"
	"sigrun/internal/admin/confs"
	"sigrun/internal/admin/dbs"
	"sigrun/internal/admin/debugs"
	"sigrun/internal/admin/infos"
	"sigrun/internal/admin/memory"
	"sigrun/internal/admin/misc"
	"sigrun/internal/admin/persists"
	"sigrun/internal/command"
	"sigrun/internal/exec"
	"sigrun/internal/family/generic"
	strs "sigrun/internal/family/strings"
)

// handlers are the handlers of all commands that the server has.
func (s *Server) handlers() map[string]command.Handler {
	all := map[string]command.Handler{}
	for _, h := range []map[string]command.Handler{
		exec.Handlers(),
		clients.Handlers(),
		generic.Handlers(),
		strs.Handlers(),
		commands.Handlers(func() *command.Table { return s.table }),
		cmdlogs.Handlers(),
		confs.Handlers(),
		dbs.Handlers(),
		debugs.Handlers(debugs.Options{Logf: s.Logf, Crash: s.crash}),
		infos.Handlers(s),
		memory.Handlers(),
		misc.Handlers(),
		persists.Handlers(s),
	} {
		maps.Copy(all, h)
	}
	return all
}

// globalCommands are the commands that run in a transaction over all shards.
func globalCommands() (all []string) {
	for _, names := range [][]string{
		generic.GlobalCommands(),
		clients.Global(),
		confs.Global(),
		dbs.Global(),
		debugs.Global(),
		infos.Global(),
		memory.Global(),
		persists.Global(),
	} {
		all = append(all, names...)
	}
	return all
}

// renameCommands does what the lines rename-command say.
func (s *Server) renameCommands() error {
	for _, r := range s.Config.Directives().Renames {
		switch found, free := s.table.Rename(strings.ToLower(r.From), strings.ToLower(r.To)); {
		case !found:
			return fmt.Errorf("rename-command %s: No such command in rename-command", r.From)
		case !free:
			return fmt.Errorf("rename-command %s: Target command name already exists", r.From)
		}
	}
	return nil
}
