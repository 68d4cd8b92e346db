// Package sets holds the commands of the set type.
//
// There is a file for each command or small group. What a set is made of is the
// business of types/set; here is what commands make of it: replies, events, and
// what goes into the log.
package sets

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/resp"
	"sigrun/internal/types/set"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"sadd":        runSAdd,
		"scard":       runSCard,
		"sdiff":       runSDiff,
		"sdiffstore":  runSDiffStore,
		"sinter":      runSInter,
		"sintercard":  runSInterCard,
		"sinterstore": runSInterStore,
		"sismember":   runSIsMember,
		"smembers":    runSMembers,
		"smismember":  runSMIsMember,
		"smove":       runSMove,
		"spop":        runSPop,
		"srandmember": runSRandMember,
		"srem":        runSRem,
		"sscan":       runSScan,
		"sunion":      runSUnion,
		"sunionstore": runSUnionStore,
	}
}

// Words of commands in the log.
var (
	wordSRem   = []byte("SREM")
	wordUnlink = []byte("UNLINK")
)

// read looks k up for a reading command: ok is false if it is absent, and err
// set if it holds no set.
func read(c *command.Ctx, k keyspace.Key) (s set.Set, ok bool, err error) {
	o, ok := c.Tx.Read(k)
	switch {
	case !ok:
		c.Event(command.EventKeyMiss, "keymiss", k.B)
		return s, false, nil
	case !set.Is(o):
		return s, false, command.ErrWrongType
	}
	return set.Of(o), true, nil
}

// mutate looks k up for a command that changes a set, as read does.
func mutate(c *command.Ctx, k keyspace.Key) (m keyspace.Mutable, s set.Set, ok bool, err error) {
	m, ok = c.Tx.Mutate(k)
	switch {
	case !ok:
		return m, s, false, nil
	case !set.Is(m.Object):
		return m, s, false, command.ErrWrongType
	}
	return m, set.Of(m.Object), true, nil
}

// keep makes the key of m hold s, of which it held an earlier form.
func keep(m *keyspace.Mutable, s *set.Set) {
	if s.Kind != m.Kind() || s.Word != m.Word() {
		m.Set(s.Kind, s.Word)
	}
}

// shrunk notes that n members of s, the set of k, were removed by the event, and
// deletes the key if none is left.
func shrunk(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable, s *set.Set, n int, event string) {
	keep(m, s)
	m.Changed(n)
	c.Event(command.EventSet, event, k.B)
	if s.Len() == 0 {
		m.Remove()
		c.Event(command.EventGeneric, "del", k.B)
	}
}

// replyMember appends a member as a string.
func replyMember(w *resp.Writer, m set.Member) {
	if m.IsInt {
		w.BulkInt(m.Int)
	} else {
		w.Bulk(m.Bytes)
	}
}
