// Package compat compares sigrun with the real Valkey: the same commands go to
// both, live, and the replies must be the same bytes, in RESP2 and in RESP3;
// after each conversation both must hold the same data, by DEBUG DIGEST.
//
// Where the commands come from:
//
//   - a grammar of every command in the style of the command docs, one table for
//     each group (strings.go, generic.go, …). pattern.go reads it, generate.go
//     makes random streams of it with wrong arities, wrong options and odd values
//     mixed in, and rapid shrinks a stream that shows a difference;
//   - the same grammar, walked in full: each numeric argument with each extreme
//     value, each command with each number of arguments;
//   - COMMAND DOCS of the real server: every number that it knows of meets the
//     extremes, whether or not a grammar has it (extremes_test.go);
//   - scripts in testdata, for what no grammar says;
//   - what was reported as a flaw of Redis or Valkey (cve_test.go);
//   - streams after which ours, and then the real server, load the log of ours
//     (replay_test.go).
//
// What cannot be equal byte by byte (times, ids, the order of a hash table) is
// compared by a rule of rules.go, never left out. What is meant to differ stands
// in differences.go with its reason, and so does what is not there yet.
//
// `make compat` runs it; -rapid.checks=N makes more streams of each group,
// -commands=N as many as have N commands together, and -rapid.seed=N repeats those
// of a failure: `go test ./test/compat -run TestStreams/list -commands 100000`.
package compat
