// Package strings holds the commands of the string type.
//
// There is a file for each command or small group: its parsed form, its parser
// and its handler. A handler's name is run and the command's name. Replies go
// straight from the record to the reply buffer; nothing here allocates but for
// errors, doubles and LCS.
package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"decr": runDecr,
		"get":  runGet,
		"incr": runIncr,
		"mget": runMGet,
		"mset": runMSet,
		"set":  runSet,
	}
}

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

// reply answers with the string o.
func reply(w *resp.Writer, o value.Object) {
	if o.Rec.IsInt() {
		w.BulkInt(o.Rec.Int())
		return
	}
	w.Bulk(o.Bytes())
}

// store sets k and tells of it. A key that is new is an event of its own.
func store(c *command.Ctx, k keyspace.Key, b []byte, expiry int64) {
	added := c.Tx.Set(k, b, expiry)
	if c.Events != nil {
		told(c, k, added, "set")
	}
}

// told tells that event happened to k, and before it that k is new if it is.
func told(c *command.Ctx, k keyspace.Key, added bool, event string) {
	if added {
		c.Event(command.EventNew, "new", k.B)
	}
	c.Event(command.EventString, event, k.B)
}
