package compat

// missingOnPurpose is a command that no server has: it makes a transaction fail.
const missingOnPurpose = "NOPE"

// transactionGroup is the group "transactions", with two connections that get in
// each other's way.
var transactionGroup = group{
	name:    "transactions",
	clients: 2,
	commands: parseCommands(`
		MULTI
		MULTI
		EXEC
		EXEC
		DISCARD
		WATCH key...
		UNWATCH
	`),
	beside: parseCommands(`
		SET key value
		GET key
		INCR key
		APPEND key value
		DEL key
		EXPIRE key ttl
		TTL key
		RENAME key key
		MSET (key value)...
		FLUSHDB
		SELECT db
		SWAPDB db db
		KEYS pattern
		SCAN cursor
		PING
		ECHO text
		HELLO protover
		RESET
		CLIENT GETNAME
		NOPE
		GET
	`),
}
