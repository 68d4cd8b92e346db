// Package config owns the settings of a server: which there are, what they may
// be, where they come from and how they are written back.
//
// A setting is one row of a table (rows_*.go): its name, the older name it is
// also known by, the kind of its value, its default and its flags. Everything
// else is read from the rows:
//
//	Load     config file, standard input and command line → Store
//	Get      CONFIG GET
//	Set      CONFIG SET: all of the given settings or none
//	Rewrite  CONFIG REWRITE: the file as its owner wrote it, with what changed
//
// A kind (kind.go and kind_*.go) knows the three spellings of a value: the
// words that a person gives, the text that CONFIG GET answers, and the line of
// a rewritten file. These and every error text are Valkey's.
//
// # Reading and writing
//
// A Store is read by every loop for every command, so a read is one atomic load
// of a slot that is indexed by the setting's ID. Writers take turns under one
// lock: they parse all of what they were given, publish it, then run the hooks
// of those who act on it. When a hook refuses, the old values are published
// again and the hooks run once more. A value is never changed once published;
// a setting made of several numbers is replaced whole.
//
// Readers of two settings may see one changed and the other not yet. Who needs
// both of one moment copies them in a hook.
package config
