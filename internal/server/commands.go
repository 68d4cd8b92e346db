package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sigrun/internal/admin/clients"
	"sigrun/internal/admin/cmdlogs"
	"sigrun/internal/admin/commands"
	"sigrun/internal/admin/confs"
	"sigrun/internal/admin/dbs"
	"sigrun/internal/admin/debugs"
	"sigrun/internal/admin/infos"
	"sigrun/internal/admin/latencies"
	"sigrun/internal/admin/memory"
	"sigrun/internal/admin/misc"
	"sigrun/internal/admin/persists"
	"sigrun/internal/command"
	"sigrun/internal/command/catalog"
	"sigrun/internal/exec"
	"sigrun/internal/family/bitmaps"
	"sigrun/internal/family/generic"
	"sigrun/internal/family/geo"
	"sigrun/internal/family/hashes"
	"sigrun/internal/family/hyperloglogs"
	"sigrun/internal/family/lists"
	"sigrun/internal/family/sets"
	"sigrun/internal/family/sorting"
	"sigrun/internal/family/streams"
	strs "sigrun/internal/family/strings"
	"sigrun/internal/family/zsets"
)

// handlers are the handlers of all commands that the server has.
func (s *Server) handlers() map[string]command.Handler {
	all := map[string]command.Handler{}
	for _, h := range []map[string]command.Handler{
		exec.Handlers(),
		clients.Handlers(),
		bitmaps.Handlers(),
		generic.Handlers(),
		geo.Handlers(),
		hashes.Handlers(),
		lists.Handlers(),
		hyperloglogs.Handlers(),
		sets.Handlers(),
		sorting.Handlers(),
		streams.Handlers(),
		strs.Handlers(),
		zsets.Handlers(),
		commands.Handlers(func() *command.Table { return s.table }),
		cmdlogs.Handlers(),
		confs.Handlers(),
		dbs.Handlers(func() { s.persist.Emptying() }),
		debugs.Handlers(debugs.Options{Logf: s.Logf, Crash: s.crash, Reload: s.reload, LoadAOF: s.reloadLog,
			FlushSleep: s.flushSleep}),
		infos.Handlers(s),
		latencies.Handlers(),
		memory.Handlers(),
		misc.Handlers(),
		persists.Handlers(s),
	} {
		maps.Copy(all, h)
	}
	return all
}

// flushSleep is DEBUG AOF-FLUSH-SLEEP.
func (s *Server) flushSleep(d time.Duration) {
	if w := s.persist.AOF; w != nil { // there is none before the data is loaded
		w.SetNap(d)
	}
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
		latencies.Global(),
		memory.Global(),
		persists.Global(),
	} {
		all = append(all, names...)
	}
	return all
}

// renameCommands does what the lines rename-command say. A command that the
// catalog knows but the server doesn't have yet has nothing to rename.
func (s *Server) renameCommands() error {
	known := map[string]bool{}
	for _, row := range catalog.Specs() {
		known[row.Name] = true
	}
	for _, r := range s.Config.Directives().Renames {
		from := strings.ToLower(r.From)
		switch found, free := s.table.Rename(from, strings.ToLower(r.To)); {
		case !found && !known[from]:
			return fmt.Errorf("rename-command %s: No such command in rename-command", r.From)
		case !free:
			return fmt.Errorf("rename-command %s: Target command name already exists", r.From)
		}
	}
	return nil
}

// refuseUsers fails if the config file defines a user who may not do everything:
// there are no users but the default one yet, and to ignore the line would leave
// open what its author meant to close.
func (s *Server) refuseUsers() error {
	for _, words := range s.Config.Directives().Users {
		if words[0] == "default" && slices.Contains(words, "nopass") && slices.Contains(words, "+@all") && slices.Contains(words, "~*") {
			continue
		}
		return fmt.Errorf("the config file defines user '%s', but this version has no ACL users yet: refusing to start without the protection that they give", words[0])
	}
	return nil
}
