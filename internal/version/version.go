// Package version owns the names and versions that the server gives itself.
// Clients and tools refuse to work with servers that they don't know, so it
// answers with those of the Valkey whose behaviour it has.
package version

const (
	// Server is the name of what Sigrun behaves like.
	Server = "valkey"
	// Valkey is the version of Valkey that Sigrun behaves like.
	Valkey = "9.1.2"
	// Redis is the last version of Redis with which that Valkey is compatible.
	Redis = "7.2.4"
	// Sigrun is Sigrun's own version.
	Sigrun = "0.1.0"
)
