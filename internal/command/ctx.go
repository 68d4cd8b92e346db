package command

import (
	"sigrun/internal/keyspace"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

// Handler runs a command inside an open transaction. It parses all of its
// arguments before it changes anything. A ReplyError that it returns becomes the
// reply; otherwise it has written exactly one reply to c.W (or, if it answers
// later or not at all, none).
type Handler func(c *Ctx) error

// EventClass is the class of a keyspace event (notify-keyspace-events).
type EventClass uint16

// Classes of keyspace events.
const (
	EventGeneric EventClass = 1 << iota
	EventString
	EventList
	EventSet
	EventHash
	EventZSet
	EventExpired
	EventEvicted
	EventStream
	EventKeyMiss
	EventModule
	EventNew
)

// Events hears of keyspace events.
type Events interface {
	KeyEvent(class EventClass, event string, key []byte, db int)
}

// DumpRules are the settings about DUMP payloads.
type DumpRules struct {
	rdb.DumpOptions
	Plain bool // strings in them are not compressed (rdbcompression no)
	// Damaged hears why a payload can't be decoded. May be nil.
	Damaged func(reason *rdb.Error)
}

// Ctx is one command being run. Handlers keep nothing of it.
type Ctx struct {
	Spec *Spec
	// Argv is the command line, name first (of a subcommand: container, then
	// name). Its elements are views that die when the handler returns.
	Argv [][]byte
	// Keys are the keys of Argv in the order of the key specs, hashed.
	Keys []keyspace.Key
	Tx   *keyspace.Txn
	W    *resp.Writer
	// MaxBulk is the largest string allowed (proto-max-bulk-len), in bytes.
	MaxBulk int64
	// Dump says how DUMP and RESTORE treat payloads.
	Dump DumpRules
	// Limits are the sizes at which values change their form.
	Limits *value.Limits
	// Session is the connection's state, for commands about it: an
	// *exec.Session.
	Session any
	// Events is nil while nobody listens.
	Events Events
	// Nested is set while the command is part of something else: a transaction, a
	// script, a log that is being loaded.
	Nested bool
	// Again is set while a command runs again that waited (see Block).
	Again bool
	// Replayed is set while the command comes from the log: it was accepted before
	// and is done as it stands.
	Replayed bool

	block     *Block
	effects   []byte // encoded commands that replace Argv in the log
	count     int    // of them
	rewritten bool
	logging   bool
}

// Now is the frozen time of the command in Unix milliseconds.
func (c *Ctx) Now() int64 { return c.Tx.Now() }

// Arg is argument i, 0 being the command's name (of a subcommand: the container's).
func (c *Ctx) Arg(i int) []byte { return c.Argv[i] }

// Event tells whoever listens that something happened to key.
func (c *Ctx) Event(class EventClass, event string, key []byte) {
	if c.Events != nil {
		c.Events.KeyEvent(class, event, key, c.Tx.DB())
	}
}

// Effect puts a command into the log instead of the one that is running: its
// effect in absolute terms. Several calls put several. It does nothing when
// there is no log. If the handler changes nothing, nothing is logged whatever it
// says here; if it changes something and calls neither Effect nor NoEffect, the
// command line itself is logged.
//
// It is not inlined because the compiler, inlining it, takes the generic call in
// it for one that keeps args, and allocates them.
//
//go:noinline
func (c *Ctx) Effect(args ...[]byte) {
	c.rewritten = true
	c.count++
	if c.logging {
		c.effects = resp.AppendCommand(c.effects, args...)
	}
}

// NoEffect keeps the command out of the log.
func (c *Ctx) NoEffect() { c.rewritten = true }

// Logging reports whether effects are kept at all, for handlers that would do
// work only to call Effect.
func (c *Ctx) Logging() bool { return c.logging }

// Begin readies c for a command line; keys may be nil for the caller to fill in.
func (c *Ctx) Begin(s *Spec, argv [][]byte, logging bool) {
	c.Spec, c.Argv = s, argv
	c.effects, c.count, c.rewritten, c.logging = c.effects[:0], 0, false, logging
	c.block = nil
}

// Effects is the number of commands that Effect put into the log.
func (c *Ctx) Effects() int { return c.count }

// AppendEffects appends what the command that ran does to the log.
func (c *Ctx) AppendEffects(dst []byte) []byte {
	if c.rewritten {
		return append(dst, c.effects...)
	}
	return resp.AppendCommand(dst, c.Argv...)
}
