// Package clients proves sigrun with the client libraries that people use: each
// against a real process, with the library's own defaults, which send more on
// connecting than any test of single commands would.
//
// Six libraries, each with RESP2 and RESP3, do the same work:
//
//	protocol     the connection speaks the version it was told to, and has a name
//	strings      values, ranges, counters, conditions, several keys at once
//	pipeline     1,000 commands at once, replies in order, an error among them
//	transaction  MULTI and EXEC, DISCARD, EXECABORT after a mistake
//	watch        EXEC refused after a conflict, and done without one
//	scan         3,000 keys found by cursor, by pattern and by type
//	expiry       a key that goes, and times to live set, read and lifted
//	binary       every byte in keys and values, empty values, holes
//	big          values of 512 KB, alone, together and pipelined
//	errors       become the library's errors, and the connection goes on
//	concurrent   8 workers with 100 increments each: all are counted
//	reconnect    the library goes on after CLIENT KILL
//
// The Go libraries do it in every test run. With the build tag clients (make
// clients), TestClients also fetches the libraries of other languages and runs
// their programs: python/, javascript/, java/. Each of these takes host, port
// and protocol, and prints a line for each of the above: "ok NAME" or
// "failed NAME: why". Everything is run against the real server first, so that a
// failure is known to be ours.
package clients
