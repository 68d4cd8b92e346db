// Package linear checks that a server whose event loops all execute commands
// behaves as one that executes them one after the other. Clients on different
// loops work on few keys; every call is recorded with the times at which it was
// sent and answered, and porcupine looks for an order that explains all replies
// and in which no call moves out of its time.
//
//	keys   SET, GET, INCRBY, DEL, SETNX, GETDEL, conditional writes under WATCH,
//	       and times to live of a few milliseconds, on one key each
//	crash  strings, lists, fields of a hash, MULTI and EXEC, and BLPOP, with
//	       appendfsync always and a server that is killed and started again in
//	       between: what had no reply was done before that, or never
//	group  MSET, MGET, MULTI and EXEC, transfers under WATCH, RENAME and COPY
//	       among three keys
//
// A key with a time to live may be found expired from the earliest moment at
// which the server can have meant it to, and must be from the latest one on; once
// found expired it stays away, whichever loop is asked.
//
// Connections are spread over four loops from the start: left to itself the
// server uses more than one only when that pays.
//
// Flags: -seeds is the number of histories of each kind, -seed the first of them;
// SIGRUN_FAULTS=all makes it 200, and 500 with crashes.
// A history that cannot be explained is written as a page for the browser. The
// controls show that the checker notices: histories with a known fault, and a
// server without the check of WATCH.
package linear
