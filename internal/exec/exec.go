// Package exec is the life of a command: from the bytes of a connection to the
// bytes of its reply.
//
//	tick.go     all ready connections of a loop: parse, touch, execute, in windows
//	gates.go    what may refuse a command, in the order that clients see
//	call.go     one command: transaction, handler, effects, counts
//	multi.go    MULTI, EXEC, DISCARD, WATCH, UNWATCH
//	session.go  what the server knows of a connection
//	engine.go   what all loops share
//
// A Worker executes for one loop. It holds its gate of the keyspace during a
// tick, so everything that belongs to a Worker or its Sessions may be read, or
// changed, by whoever has entered all shards.
package exec
