// Package hashes holds the commands of the hash type.
//
// There is a file for each command or small group. What a hash is made of, and
// which of its fields are dead, is the business of types/hash; here is what
// commands make of it: replies, events, and what goes into the log. Replies go
// straight from the hash to the reply buffer.
package hashes

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/resp"
	"sigrun/internal/types/hash"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"hdel":         runHDel,
		"hexists":      runHExists,
		"hexpire":      runHExpire,
		"hexpireat":    runHExpireAt,
		"hexpiretime":  runHExpireTime,
		"hget":         runHGet,
		"hgetall":      runHGetAll,
		"hgetdel":      runHGetDel,
		"hgetex":       runHGetEx,
		"hincrby":      runHIncrBy,
		"hincrbyfloat": runHIncrByFloat,
		"hkeys":        runHKeys,
		"hlen":         runHLen,
		"hmget":        runHMGet,
		"hmset":        runHMSet,
		"hpersist":     runHPersist,
		"hpexpire":     runHPExpire,
		"hpexpireat":   runHPExpireAt,
		"hpexpiretime": runHPExpireTime,
		"hpttl":        runHPTTL,
		"hrandfield":   runHRandField,
		"hscan":        runHScan,
		"hset":         runHSet,
		"hsetex":       runHSetEx,
		"hsetnx":       runHSetNX,
		"hstrlen":      runHStrLen,
		"httl":         runHTTL,
		"hvals":        runHVals,
	}
}

// Words of commands in the log.
var (
	wordFields     = []byte("FIELDS")
	wordHDel       = []byte("HDEL")
	wordHPersist   = []byte("HPERSIST")
	wordHPExpireAt = []byte("HPEXPIREAT")
	wordHSet       = []byte("HSET")
	wordHSetEx     = []byte("HSETEX")
	wordKeepTTL    = []byte("KEEPTTL")
	wordOne        = []byte("1")
	wordPXAt       = []byte("PXAT")
)

const errFieldCount = command.ReplyError("ERR numfields should be greater than 0 and match the provided number of fields")

// read looks k up for a reading command: ok is false if it is absent, and err
// set if it holds no hash.
func read(c *command.Ctx, k keyspace.Key) (h hash.Hash, ok bool, err error) {
	o, ok := c.Tx.Read(k)
	switch {
	case !ok:
		c.Event(command.EventKeyMiss, "keymiss", k.B)
		return h, false, nil
	case !hash.Is(o):
		return h, false, command.ErrWrongType
	}
	return hash.Of(o, c.Tx.Horizon()), true, nil
}

// target is the hash that a command changes. It is made in place if the key was
// absent.
type target struct {
	hash.Hash
	c   *command.Ctx
	key keyspace.Key
	m   keyspace.Mutable
	new bool
}

// open looks the command's key up for a command that changes its hash, as read
// does.
func (t *target) open(c *command.Ctx) (ok bool, err error) {
	t.c, t.key = c, c.Keys[0]
	t.m, ok = c.Tx.Mutate(t.key)
	switch {
	case !ok:
		return false, nil
	case !hash.Is(t.m.Object):
		return false, command.ErrWrongType
	}
	t.Hash = hash.Of(t.m.Object, c.Tx.Horizon())
	return true, nil
}

// create makes an empty hash for a key that is absent, with room for fields and
// values in pairs; done stores it.
func (t *target) create(pairs [][]byte) {
	t.Hash = hash.NewFor(t.c.Tx.Heap(t.key), t.c.Limits, pairs)
	t.new = true
}

// done stores the hash, in which n things have changed.
func (t *target) done(n int) {
	if t.new {
		t.c.Tx.Store(t.key, t.Kind, t.Word, keyspace.NoExpiry)
		t.c.Tx.Dirty += n - 1
		t.c.Event(command.EventNew, "new", t.key.B)
		return
	}
	if t.Kind != t.m.Kind() || t.Word != t.m.Word() {
		t.m.Set(t.Kind, t.Word)
	}
	if t.Timed() {
		t.m.NoteDue(t.Due())
	}
	t.m.Changed(n)
}

// event tells of something that happened to the hash.
func (t *target) event(name string) { t.c.Event(command.EventHash, name, t.key.B) }

// revived notes that n fields were overwritten that had expired.
func (t *target) revived(n int) {
	if n > 0 {
		t.c.Tx.Stats.Parts += uint64(n)
		t.event("hexpired")
	}
}

// dropIfEmpty deletes the key if its hash, which was stored by done, has no fields
// left.
func (t *target) dropIfEmpty() {
	if t.Len() == 0 {
		t.m.Remove()
		t.c.Event(command.EventGeneric, "del", t.key.B)
	}
}

// reply appends a field or value as a string.
func reply(w *resp.Writer, v hash.Value) {
	if v.IsInt {
		w.BulkInt(v.Int)
	} else {
		w.Bulk(v.Bytes)
	}
}

// text is the text of v, which buf, of num.MaxIntLen bytes, holds if it is an
// integer.
func text(v hash.Value, buf []byte) []byte {
	if v.IsInt {
		return num.AppendInt(buf[:0], v.Int)
	}
	return v.Bytes
}

// fieldsBehind reads the fields that a command names at its end, "FIELDS n field …",
// with step arguments for each. word is where it says FIELDS, at where the first
// field stands.
func fieldsBehind(c *command.Ctx, word, step int) (at int, err error) {
	n, ok := num.ParseInt(c.Arg(word + 1))
	if !ok {
		return 0, command.ErrNotInteger
	}
	at = word + 2
	if left := len(c.Argv) - at; left == 0 || left%step != 0 || n != int64(left/step) {
		return 0, errFieldCount
	}
	return at, nil
}

// findFields is where the word FIELDS stands, from index from on; it is not the
// last argument. 0: nowhere.
func findFields(c *command.Ctx, from int) int {
	for i := from; i < len(c.Argv)-1; i++ {
		if command.Is(c.Argv[i], "fields") {
			return i
		}
	}
	return 0
}
