// Package strings holds the commands of the string type.
//
// There is a file for each command or small group: its parsed form, its parser
// and its handler. A handler's name is run and the command's name. Replies go
// straight from the record to the reply buffer; nothing here allocates but for
// errors and rare options.
package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"append":      runAppend,
		"decr":        runDecr,
		"decrby":      runDecrBy,
		"delifeq":     runDelIfEq,
		"get":         runGet,
		"getdel":      runGetDel,
		"getex":       runGetEx,
		"getrange":    runGetRange,
		"getset":      runGetSet,
		"incr":        runIncr,
		"incrbyfloat": runIncrByFloat,
		"lcs":         runLCS,
		"incrby":      runIncrBy,
		"mget":        runMGet,
		"mset":        runMSet,
		"msetex":      runMSetEx,
		"msetnx":      runMSetNX,
		"psetex":      runPSetEx,
		"set":         runSet,
		"setex":       runSetEx,
		"setnx":       runSetNX,
		"setrange":    runSetRange,
		"strlen":      runStrLen,
		"substr":      runGetRange,
	}
}

// Words of commands in the log.
var (
	wordDel       = []byte("DEL")
	wordKeepTTL   = []byte("KEEPTTL")
	wordPersist   = []byte("PERSIST")
	wordPExpireAt = []byte("PEXPIREAT")
	wordPXAt      = []byte("PXAT")
	wordSet       = []byte("SET")
)

// read looks k up for a reading command: ok is false if it is absent, and err
// set if it holds no string.
func read(c *command.Ctx, k keyspace.Key) (o value.Object, ok bool, err error) {
	o, ok = c.Tx.Read(k)
	switch {
	case !ok:
		c.Event(command.EventKeyMiss, "keymiss", k.B)
	case !o.IsString():
		err = command.ErrWrongType
	}
	return o, ok, err
}

// lookup looks k up for a writing command, as read does.
func lookup(c *command.Ctx, k keyspace.Key) (o value.Object, ok bool, err error) {
	o, ok = c.Tx.Lookup(k)
	if ok && !o.IsString() {
		err = command.ErrWrongType
	}
	return o, ok, err
}

// reply answers with the string o, or nil if it isn't there.
func reply(w *resp.Writer, o value.Object, ok bool) {
	switch {
	case !ok:
		w.Null()
	case o.Rec.IsInt():
		w.BulkInt(o.Rec.Int())
	default:
		w.View(o.Bytes())
	}
}

// text is a view of the string o, which buf, of num.MaxIntLen bytes, holds if
// it is an integer.
func text(o value.Object, buf []byte) []byte {
	if o.Rec.IsInt() {
		return num.AppendInt(buf[:0], o.Rec.Int())
	}
	return o.Bytes()
}

// equal reports whether the string o is b.
func equal(o value.Object, b []byte) bool {
	var buf [num.MaxIntLen]byte
	return string(text(o, buf[:])) == string(b)
}

// store sets k and tells of it.
func store(c *command.Ctx, k keyspace.Key, b []byte, expiry int64) {
	added := c.Tx.Set(k, b, expiry)
	if c.Events == nil {
		return
	}
	told(c, k, added, "set")
	if expiry >= 0 {
		c.Event(command.EventGeneric, "expire", k.B)
	}
}

// told tells that event happened to k, and before it that k is new if it is.
func told(c *command.Ctx, k keyspace.Key, added bool, event string) {
	if added {
		c.Event(command.EventNew, "new", k.B)
	}
	c.Event(command.EventString, event, k.B)
}

// removed deletes k and puts that into the log.
func removed(c *command.Ctx, k keyspace.Key) {
	c.Tx.Delete(k)
	c.Effect(wordDel, k.B)
	c.Event(command.EventGeneric, "del", k.B)
}
