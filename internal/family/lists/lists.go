// Package lists holds the commands of the list type.
//
// There is a file for each small group. A handler's name is run and the command's
// name. Elements go straight from the list to the reply buffer; nothing here
// allocates but for errors, long elements that move, and waiting.
package lists

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/resp"
	"sigrun/internal/types/list"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"blmove":     runBLMove,
		"blmpop":     runBLMPop,
		"blpop":      runBLPop,
		"brpop":      runBRPop,
		"brpoplpush": runBRPopLPush,
		"lindex":     runLIndex,
		"linsert":    runLInsert,
		"llen":       runLLen,
		"lmove":      runLMove,
		"lmpop":      runLMPop,
		"lpop":       runLPop,
		"lpos":       runLPos,
		"lpush":      runLPush,
		"lpushx":     runLPushX,
		"lrange":     runLRange,
		"lrem":       runLRem,
		"lset":       runLSet,
		"ltrim":      runLTrim,
		"rpop":       runRPop,
		"rpoplpush":  runRPopLPush,
		"rpush":      runRPush,
		"rpushx":     runRPushX,
	}
}

// Words of commands in the log.
var (
	wordLMove     = []byte("LMOVE")
	wordLPop      = []byte("LPOP")
	wordRPop      = []byte("RPOP")
	wordRPopLPush = []byte("RPOPLPUSH")
)

// Names of the ends of a list.
const (
	front = true
	back  = false
)

// words are what is said of an end of a list.
type words struct{ pop, push string }

// wordsOf are those of an end.
func wordsOf(atFront bool) words {
	if atFront {
		return words{"lpop", "lpush"}
	}
	return words{"rpop", "rpush"}
}

// popWord is the command in the log that pops from an end.
func popWord(atFront bool) []byte {
	if atFront {
		return wordLPop
	}
	return wordRPop
}

// read looks k up for a reading command: ok is false if it is absent, and err set
// if it holds no list.
func read(c *command.Ctx, k keyspace.Key) (l list.List, ok bool, err error) {
	o, ok := c.Tx.Read(k)
	switch {
	case !ok:
		c.Event(command.EventKeyMiss, "keymiss", k.B)
		return l, false, nil
	case !list.Is(o):
		return l, false, command.ErrWrongType
	}
	return list.Of(o), true, nil
}

// edit is a list that a command changes.
type edit struct {
	list.List
	m keyspace.Mutable
}

// mutate looks k up for a command that changes its list, as read does.
func mutate(c *command.Ctx, k keyspace.Key) (e edit, ok bool, err error) {
	e.m, ok = c.Tx.Mutate(k)
	switch {
	case !ok:
		return e, false, nil
	case !list.Is(e.m.Object):
		return e, false, command.ErrWrongType
	}
	e.List = list.Of(e.m.Object)
	return e, true, nil
}

// save puts the list into its record, after n changes.
func (e *edit) save(n int) {
	e.m.Set(e.Kind, e.Word)
	e.m.Changed(n)
}

// shrunk is save for a list of k from which n elements have been removed, and tells
// of it; one without elements is deleted.
func (e *edit) shrunk(c *command.Ctx, k keyspace.Key, n int, event string) {
	c.Event(command.EventList, event, k.B)
	if e.Len() > 0 {
		e.Shrink(c.Limits)
		e.save(n)
		return
	}
	e.save(n)
	e.m.Remove()
	c.Event(command.EventGeneric, "del", k.B)
}

// reply answers with an element.
func reply(w *resp.Writer, e list.Element) {
	if e.IsInt {
		w.BulkInt(e.Int)
		return
	}
	w.Bulk(e.Bytes)
}

// integer is an argument that is an integer.
func integer(b []byte) (n int64, err error) {
	n, ok := num.ParseInt(b)
	if !ok {
		return 0, command.ErrNotInteger
	}
	return n, nil
}

// end is an argument that names an end of a list.
func end(b []byte) (end bool, err error) {
	switch {
	case command.Is(b, "left"):
		return front, nil
	case command.Is(b, "right"):
		return back, nil
	}
	return false, command.ErrSyntax
}

// span is the part of n elements between the indexes start and stop, both inclusive
// and counted from the end if negative.
func span(n int, start, stop int64) (from, count int) {
	size := int64(n)
	if start < 0 {
		start = max(start+size, 0)
	}
	if stop < 0 {
		stop += size
	}
	stop = min(stop, size-1)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop - start + 1)
}
