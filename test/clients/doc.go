// Package clients proves sigrun with the client libraries that people use: each
// against a real process, with the library's own defaults, which send more on
// connecting than any test of single commands would.
package clients
