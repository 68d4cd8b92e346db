// Package generic holds the commands that work on keys of any type: whether
// they are there, when they expire, where they are, how they are held.
//
// What depends on the type is asked of the value's class; no type is known
// here but by name.
package generic

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/value"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"copy":            runCopy,
		"del":             runDel,
		"dump":            runDump,
		"exists":          runExists,
		"expire":          runExpire,
		"expireat":        runExpireAt,
		"expiretime":      runExpireTime,
		"keys":            runKeys,
		"move":            runMove,
		"object|encoding": runObjectEncoding,
		"object|freq":     runObjectFreq,
		"object|help":     runObjectHelp,
		"object|idletime": runObjectIdleTime,
		"object|refcount": runObjectRefCount,
		"persist":         runPersist,
		"pexpire":         runPExpire,
		"pexpireat":       runPExpireAt,
		"pexpiretime":     runPExpireTime,
		"pttl":            runPTTL,
		"randomkey":       runRandomKey,
		"rename":          runRename,
		"renamenx":        runRenameNX,
		"restore":         runRestore,
		"scan":            runScan,
		"touch":           runTouch,
		"ttl":             runTTL,
		"type":            runType,
		"unlink":          runDel,
	}
}

// GlobalCommands are the commands that need a transaction over every shard.
func GlobalCommands() []string { return []string{"keys", "randomkey", "scan"} }

// peek looks k up without noting the access, as commands about a key do that
// don't use its value.
func peek(c *command.Ctx, k keyspace.Key) (o value.Object, ok bool) {
	o, ok = c.Tx.Peek(k)
	if !ok {
		missed(c, k)
	}
	return o, ok
}

// read looks k up as a command does that uses its value.
func read(c *command.Ctx, k keyspace.Key) (o value.Object, ok bool) {
	o, ok = c.Tx.Read(k)
	if !ok {
		missed(c, k)
	}
	return o, ok
}

func missed(c *command.Ctx, k keyspace.Key) {
	c.Event(command.EventKeyMiss, "keymiss", k.B)
}
