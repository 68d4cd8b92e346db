// Package debugs is DEBUG: what those who test the server and its data need.
// Its words are rows of a table.
package debugs

import (
	"strings"
	"time"

	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/logs"
)

// Options are what DEBUG needs of the server.
type Options struct {
	// Logf writes a line of the server's log.
	Logf func(level logs.Level, format string, args ...any)
	// Reload saves all data unless noSave, forgets them unless noFlush, and loads
	// the file. t has no shard entered.
	Reload func(t *keyspace.Txn, noSave, noFlush bool) error
	// LoadAOF forgets all data and loads the append-only file.
	LoadAOF func(t *keyspace.Txn) error
	// FlushSleep makes each write to the append-only file come d later.
	FlushSleep func(d time.Duration)
	// Crash ends the process with a report, whose headline it is given.
	Crash func(headline string)
}

// Handlers are the commands of this package.
func Handlers(o Options) map[string]command.Handler {
	d := &debugger{o}
	return map[string]command.Handler{"debug": d.run}
}

// Global are the commands that run with all shards entered.
func Global() []string { return []string{"debug"} }

type debugger struct{ Options }

// word is a subcommand of DEBUG, which has no rows for them in the catalog.
type word struct {
	name     string
	min, max int // arguments that follow; a negative maximum means any number
	run      func(d *debugger, c *command.Ctx) error
}

// words are all of them. A function fills them in, for HELP is one of them.
func words() []word {
	return []word{
		{"aof-flush-sleep", 1, 1, flushSleep},
		{"assert", 0, 0, crash("ASSERTION FAILED")},
		{"change-repl-id", 0, 0, changeReplID},
		{"config-rewrite-force-all", 0, 0, rewriteAll},
		{"digest", 0, 0, digestOfAll},
		{"digest-value", 0, -1, digestOfKeys},
		{"error", 1, 1, replyWith},
		{"help", 0, 0, help},
		{"htstats", 1, 2, tableStats},
		{"htstats-key", 1, 2, keyTableStats},
		{"listpack", 1, 1, listPack},
		{"loadaof", 0, 0, loadAOF},
		{"log", 1, 1, writeLog},
		{"object", 1, 2, object},
		{"oom", 0, 0, crash("Out Of Memory allocating 18446744073709551615 bytes!")},
		{"panic", 0, 0, crash("called from DEBUG PANIC")},
		{"pause-cron", 1, 1, pauseCron},
		{"populate", 1, 3, populate},
		{"protocol", 1, 1, protocol},
		{"quicklist", 1, 2, quickList},
		{"quicklist-packed-threshold", 1, 1, packedThreshold},
		{"reload", 0, -1, reload},
		{"segfault", 0, 0, crash("crashed by signal: 11, si_code: 1")},
		{"set-active-expire", 1, 1, setActiveExpire},
		{"set-skip-checksum-validation", 1, 1, setSkipChecksum},
		{"sleep", 1, 1, sleep},
		{"stringmatch-test", 0, 0, matchTest},

		// What these switch in Valkey is not there in Sigrun, so that either
		// position is the present state.
		{"client-enforce-reply-list", 1, 1, nothing},
		{"dict-resizing", 1, 1, nothing},
		{"hashtable-can-abort-shrink", 1, 1, nothing},
		{"pause-after-fork", 1, 1, nothing},
		{"replybuffer", 2, 2, replyBuffer},
		{"set-disable-deny-scripts", 1, 1, nothing},
	}
}

// DEBUG word [argument ...]

func (d *debugger) run(c *command.Ctx) error {
	name := strings.ToLower(string(c.Arg(1)))
	n := len(c.Argv) - 2
	for _, w := range words() {
		if w.name == name && n >= w.min && (w.max < 0 || n <= w.max) {
			c.NoEffect()
			return w.run(d, c)
		}
	}
	return errUnknown(c)
}

func errUnknown(c *command.Ctx) error {
	return command.ReplyError("ERR unknown subcommand or wrong number of arguments for '" +
		string(c.Arg(1)[:min(len(c.Arg(1)), 128)]) + "'. Try DEBUG HELP.")
}

func nothing(_ *debugger, c *command.Ctx) error {
	c.W.OK()
	return nil
}

// help replies with how DEBUG is used. It names what a tester may want.
func help(_ *debugger, c *command.Ctx) error {
	c.Help(
		"AOF-FLUSH-SLEEP <microseconds>",
		"    Wait so long before each write to the append-only file.",
		"ASSERT | PANIC | SEGFAULT | OOM",
		"    End the process with a report, as a failure of that sort would.",
		"CHANGE-REPL-ID",
		"    Begin another replication history.",
		"CONFIG-REWRITE-FORCE-ALL",
		"    Write all settings into the config file, those with their default too.",
		"DIGEST",
		"    Show a signature of all data, equal wherever the data is.",
		"DIGEST-VALUE <key> [<key> ...]",
		"    Show signatures of the values of these keys.",
		"ERROR <text>",
		"    Reply with this error.",
		"HTSTATS <dbid> [full]",
		"    Show the shape of the tables of a database.",
		"HTSTATS-KEY <key> [full]",
		"    Show the shape of the table that a value is.",
		"LISTPACK <key>",
		"    Write into the server's log how a small value is stored.",
		"LOADAOF",
		"    Forget all data and load the append-only file.",
		"LOG <message>",
		"    Write a message into the server's log.",
		"OBJECT <key> [fast]",
		"    Show how a value is stored, with fast without what takes long.",
		"PAUSE-CRON <0|1>",
		"    Stop the work that is done from time to time, or go on with it.",
		"POPULATE <count> [<prefix>] [<size>]",
		"    Create strings named prefix:<number>, of which replicas don't hear.",
		"PROTOCOL <type>",
		"    Reply with an example of a type: "+strings.Join(protocolTypes(), ", ")+".",
		"QUICKLIST <key> [<0|1>]",
		"    Write into the server's log how a long list is stored, with 1 node by node.",
		"QUICKLIST-PACKED-THRESHOLD <size>",
		"    Give elements of lists of this size or more a node of their own; 0 for the usual size.",
		"RELOAD [NOSAVE] [NOFLUSH] [MERGE]",
		"    Save all data, forget them and load the file, or leave out a step of it.",
		"SET-ACTIVE-EXPIRE <0|1>",
		"    Leave expired keys until somebody asks for them, or don't.",
		"SET-SKIP-CHECKSUM-VALIDATION <0|1>",
		"    Read RDB files and payloads without checking their sums, or don't.",
		"SLEEP <seconds>",
		"    Make the whole server stand still.",
		"STRINGMATCH-TEST",
		"    Match random patterns with random strings.",
	)
	return nil
}
