// Package infos is INFO: a report on the server in sections of fields. Sections
// and fields are rows of tables (sections_*.go) in Valkey's order and with its
// names; fields about what Sigrun doesn't have say so with 0.
//
// A section of our own, Sigrun, is told only when it is asked for by its name
// or with "everything", so that whoever parses the usual report finds nothing
// unexpected in it.
package infos

import (
	"strings"

	"sigrun/internal/command"
	"sigrun/internal/netio"
	"sigrun/internal/persist"
)

// Server is what INFO asks the server for.
type Server interface {
	Persist() *persist.Manager
	Network() *netio.Server
}

// Handlers are the commands of this package.
func Handlers(s Server) map[string]command.Handler {
	return map[string]command.Handler{
		"info": func(c *command.Ctx) error { return info(c, s) },
	}
}

// Global are the commands that run with all shards entered.
func Global() []string { return []string{"info"} }

// INFO [section ...]

func info(c *command.Ctx, s Server) error {
	r := gather(c, s)
	wanted := choose(c.Argv[1:])
	for i := range sections {
		if wanted[i] {
			r.section(&sections[i])
		}
	}
	c.W.Verbatim("txt", r.b)
	return nil
}

// scope says with which words a section is told, beside its own names.
type scope uint8

const (
	byDefault    scope = iota // with all of the words below
	inAll                     // "all" and "everything"
	inEverything              // "everything"
	whenNamed                 // none
)

// words are the words that stand for several sections: each for those of a
// scope up to its own.
var words = map[string]scope{"default": byDefault, "all": inAll, "everything": inEverything}

// choose tells which sections the given words name; without words the default
// ones.
func choose(names [][]byte) [len(sections)]bool {
	var wanted [len(sections)]bool
	if len(names) == 0 {
		names = [][]byte{[]byte("default")}
	}
	for _, b := range names {
		name := strings.ToLower(string(b))
		upTo, several := words[name]
		for i := range sections {
			s := &sections[i]
			if several && s.scope <= upTo || s.name == name || s.alias == name && name != "" {
				wanted[i] = true
			}
		}
	}
	return wanted
}

// section is a part of the report.
type section struct {
	name, alias string // as clients ask for it
	title       string
	scope       scope
	rows        []row
	lines       func(r *report) // what stands behind the rows, if not nil
}

// row is a field.
type row struct {
	name  string
	value func(r *report) []byte // nil: there is no such field now
}

var sections = [...]section{
	{name: "server", title: "Server", rows: serverRows, lines: listeners},
	{name: "tls", title: "TLS", scope: inAll, rows: tlsRows},
	{name: "clients", title: "Clients", rows: clientRows},
	{name: "memory", title: "Memory", rows: memoryRows},
	{name: "persistence", title: "Persistence", rows: persistenceRows},
	{name: "stats", title: "Stats", rows: statsRows},
	{name: "replication", title: "Replication", rows: replicationRows},
	{name: "cpu", title: "CPU", rows: cpuRows, lines: loopTimes},
	{name: "modules", alias: "module_list", title: "Modules"},
	{name: "commandstats", title: "Commandstats", scope: inAll, lines: commandStats},
	{name: "errorstats", title: "Errorstats", lines: errorStats},
	{name: "latencystats", title: "Latencystats", scope: inAll, lines: latencyStats},
	{name: "cluster", title: "Cluster", rows: clusterRows},
	{name: "cluster_info", title: "Cluster Info", scope: inAll},
	{name: "scriptingengines", title: "Scripting Engines", scope: inAll, rows: engineRows},
	{name: "keyspace", title: "Keyspace", lines: databases},
	{name: "debug", title: "Debug", scope: whenNamed, rows: debugRows},
	{name: "sigrun", title: "Sigrun", scope: inEverything, rows: sigrunRows, lines: purposes},
}
