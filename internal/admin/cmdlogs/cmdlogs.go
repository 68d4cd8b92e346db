// Package cmdlogs is COMMANDLOG and its older form SLOWLOG: the commands that
// took long, and those with large requests or replies.
package cmdlogs

import (
	"sigrun/internal/command"
	"sigrun/internal/exec"
	"sigrun/internal/num"
	"sigrun/internal/stats"
)

// Handlers are the subcommands of both by full name.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"slowlog|get":      slowGet,
		"slowlog|len":      func(c *command.Ctx) error { return length(c, stats.Slow) },
		"slowlog|reset":    func(c *command.Ctx) error { return reset(c, stats.Slow) },
		"slowlog|help":     slowHelp,
		"commandlog|get":   commandGet,
		"commandlog|len":   func(c *command.Ctx) error { return withKind(c, 2, length) },
		"commandlog|reset": func(c *command.Ctx) error { return withKind(c, 2, reset) },
		"commandlog|help":  commandHelp,
	}
}

// kinds are the words for the logs, by stats.LogKind.
var kinds = [stats.LogKinds]string{stats.Slow: "slow", stats.LargeRequest: "large-request", stats.LargeReply: "large-reply"}

const (
	errKind  = command.ReplyError("ERR type should be one of the following: slow, large-request, large-reply")
	errCount = command.ReplyError("ERR count should be greater than or equal to -1")
)

// withKind runs f with the log that argument i names.
func withKind(c *command.Ctx, i int, f func(c *command.Ctx, kind stats.LogKind) error) error {
	for kind, name := range kinds {
		if command.Is(c.Arg(i), name) {
			return f(c, stats.LogKind(kind))
		}
	}
	return errKind
}

func logOf(c *command.Ctx) *stats.CommandLog { return &exec.Of(c).Engine().CommandLog }

// slowCount is how many entries SLOWLOG GET tells by itself.
const slowCount = 10

// SLOWLOG GET [count]

func slowGet(c *command.Ctx) error {
	if len(c.Argv) == 2 {
		return get(c, slowCount, stats.Slow)
	}
	if len(c.Argv) > 3 {
		return command.ReplyError("ERR unknown subcommand or wrong number of arguments for '" + string(c.Arg(1)) + "'. Try SLOWLOG HELP.")
	}
	n, err := parseCount(c.Arg(2))
	if err != nil {
		return err
	}
	return get(c, n, stats.Slow)
}

// COMMANDLOG GET count type

func commandGet(c *command.Ctx) error {
	n, err := parseCount(c.Arg(2))
	if err != nil {
		return err
	}
	return withKind(c, 3, func(c *command.Ctx, kind stats.LogKind) error { return get(c, n, kind) })
}

func parseCount(b []byte) (int, error) {
	n, ok := num.ParseInt(b)
	if !ok || n < -1 {
		return 0, errCount
	}
	return int(min(n, 1<<31)), nil
}

// get replies with the newest n entries, newest first; all for -1.
func get(c *command.Ctx, n int, kind stats.LogKind) error {
	entries := logOf(c).Get(kind, n)
	c.W.Array(len(entries))
	for i := range entries {
		e := &entries[i]
		c.W.Array(6)
		c.W.Int(e.ID)
		c.W.Int(e.Time)
		c.W.Int(e.Value)
		c.W.Array(len(e.Args))
		for _, a := range e.Args {
			c.W.Bulk(a)
		}
		c.W.BulkString(e.Client)
		c.W.BulkString(e.Name)
	}
	return nil
}

func length(c *command.Ctx, kind stats.LogKind) error {
	c.W.Int(int64(logOf(c).Len(kind)))
	return nil
}

func reset(c *command.Ctx, kind stats.LogKind) error {
	logOf(c).Reset(kind)
	c.W.OK()
	return nil
}

func slowHelp(c *command.Ctx) error {
	c.Help(
		"GET [<count>]",
		"    Show the newest entries, 10 unless told, all with -1: each with id, time,",
		"    microseconds, arguments, the client's address and its name.",
		"LEN",
		"    Tell how many entries there are.",
		"RESET",
		"    Forget all entries.",
	)
	return nil
}

func commandHelp(c *command.Ctx) error {
	c.Help(
		"GET <count> <type>",
		"    Show the newest entries of a log, all with -1: each with id, time, size in",
		"    bytes (of slow: microseconds), arguments, the client's address and its name.",
		"    The types are slow, large-request and large-reply.",
		"LEN <type>",
		"    Tell how many entries a log has.",
		"RESET <type>",
		"    Forget all entries of a log.",
	)
	return nil
}
