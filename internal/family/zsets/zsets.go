// Package zsets holds the commands of the type "zset".
//
// There is a file for each small group: its parsed form, its parser and its
// handlers. Whatever selects members (ranks, scores, names) becomes a span of
// ranks, which is then read, counted or deleted. Replies go straight from the set
// to the reply buffer.
package zsets

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/resp"
	"sigrun/internal/types/zset"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"bzmpop":           runBZMPop,
		"bzpopmax":         runBZPopMax,
		"bzpopmin":         runBZPopMin,
		"zadd":             runZAdd,
		"zcard":            runZCard,
		"zcount":           runZCount,
		"zdiff":            runZDiff,
		"zdiffstore":       runZDiffStore,
		"zincrby":          runZIncrBy,
		"zinter":           runZInter,
		"zintercard":       runZInterCard,
		"zinterstore":      runZInterStore,
		"zlexcount":        runZLexCount,
		"zmpop":            runZMPop,
		"zmscore":          runZMScore,
		"zpopmax":          runZPopMax,
		"zpopmin":          runZPopMin,
		"zrandmember":      runZRandMember,
		"zrange":           runZRange,
		"zrangebylex":      runZRangeByLex,
		"zrangebyscore":    runZRangeByScore,
		"zrangestore":      runZRangeStore,
		"zrank":            runZRank,
		"zrem":             runZRem,
		"zremrangebylex":   runZRemRangeByLex,
		"zremrangebyrank":  runZRemRangeByRank,
		"zremrangebyscore": runZRemRangeByScore,
		"zrevrange":        runZRevRange,
		"zrevrangebylex":   runZRevRangeByLex,
		"zrevrangebyscore": runZRevRangeByScore,
		"zrevrank":         runZRevRank,
		"zscan":            runZScan,
		"zscore":           runZScore,
		"zunion":           runZUnion,
		"zunionstore":      runZUnionStore,
	}
}

const (
	errBounds    = command.ReplyError("ERR min or max is not a float")
	errLexBounds = command.ReplyError("ERR min or max not valid string range item")
)

// read looks k up for a reading command: ok is false if it is absent, and err set
// if it holds no sorted set.
func read(c *command.Ctx, k keyspace.Key) (s zset.Set, ok bool, err error) {
	o, ok := c.Tx.Read(k)
	switch {
	case !ok:
		c.Event(command.EventKeyMiss, "keymiss", k.B)
		return s, false, nil
	case !zset.Is(o):
		return s, false, command.ErrWrongType
	}
	return zset.Of(o), true, nil
}

// change looks k up for a command that is about to change the sorted set there:
// see read. What has changed is to be given to keep.
func change(c *command.Ctx, k keyspace.Key) (m keyspace.Mutable, s zset.Set, ok bool, err error) {
	m, ok = c.Tx.Mutate(k)
	switch {
	case !ok:
		return m, s, false, nil
	case !zset.Is(m.Object):
		return m, s, false, command.ErrWrongType
	}
	return m, zset.Of(m.Object), true, nil
}

// keep makes m hold s, in which n members have changed, or deletes it if s is
// empty, which it reports.
func keep(m *keyspace.Mutable, s *zset.Set, n int) (removed bool) {
	if s.Kind != m.Kind() || s.Word != m.Word() {
		m.Set(s.Kind, s.Word)
	}
	if n == 0 {
		return false
	}
	m.Changed(n)
	if s.Len() > 0 {
		return false
	}
	m.Remove()
	return true
}

// told tells of event, and that k is gone if it is.
func told(c *command.Ctx, k keyspace.Key, event string, removed bool) {
	c.Event(command.EventZSet, event, k.B)
	if removed {
		c.Event(command.EventGeneric, "del", k.B)
	}
}

// store makes k hold s, which is new, with n changes, or deletes k if s is empty,
// and answers with the number of members.
func store(c *command.Ctx, k keyspace.Key, s *zset.Set, event string) {
	n := s.Len()
	if n == 0 {
		s.Free()
		if c.Tx.Delete(k) {
			c.Event(command.EventGeneric, "del", k.B)
		}
		c.W.Int(0)
		return
	}
	if c.Tx.Store(k, s.Kind, s.Word, keyspace.NoExpiry) {
		c.Event(command.EventNew, "new", k.B)
	}
	c.Event(command.EventZSet, event, k.B)
	c.W.Int(int64(n))
}

// beginPairs begins a reply of n members, each with its score if scores is set:
// in version 2 of the protocol one list, in version 3 a list of pairs.
func beginPairs(w *resp.Writer, n int, scores bool) {
	if scores && !w.Proto3 {
		n *= 2
	}
	w.Array(n)
}

// replyPair is one member of a reply that beginPairs began.
func replyPair(w *resp.Writer, member []byte, score float64) {
	if w.Proto3 {
		w.Array(2)
	}
	w.Bulk(member)
	w.Double(score)
}

// replyMembers answers with n members from a rank on, which in reverse is counted
// from the last one.
func replyMembers(c *command.Ctx, s *zset.Set, from, n int, reverse, scores bool) {
	beginPairs(c.W, n, scores)
	it := s.Iter(from, n, reverse)
	if !scores {
		for it.Next() {
			replyName(c.W, &it)
		}
		return
	}
	for it.Next() {
		if c.W.Proto3 {
			c.W.Array(2)
		}
		replyName(c.W, &it)
		replyScore(c.W, &it)
	}
}

// replyScore answers with the score of the member that it is on.
func replyScore(w *resp.Writer, it *zset.Iter) {
	if !w.Proto3 {
		if text, ok := it.ScoreText(); ok {
			w.Bulk(text)
			return
		}
	}
	w.Double(it.Score())
}

// replyName answers with the member that it is on.
func replyName(w *resp.Writer, it *zset.Iter) {
	if it.IsInt() {
		w.BulkInt(it.Int())
	} else {
		w.Bulk(it.Member())
	}
}

// positive reads a number that must be at least least; otherwise it fails with
// err.
func positive(b []byte, least int64, err error) (int, error) {
	n, ok := num.ParseInt(b)
	if !ok || n < least {
		return 0, err
	}
	return int(n), nil
}
