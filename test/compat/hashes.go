package compat

import (
	"slices"

	"sigrun/internal/testkit"
)

// hashGroup is the group "hash".
var hashGroup = group{
	name:    "hash",
	clients: 1,
	commands: parseCommands(`
		HDEL key hash-field...
		HEXISTS key hash-field
		HEXPIRE key ttl [NX|XX|GT|LT] FIELDS 1 hash-field
		HEXPIRE key ttl [NX|XX|GT|LT] [NX|XX|GT|LT] FIELDS 2 hash-field hash-field
		HEXPIRE key ttl [NX|XX|GT|LT] FIELDS count hash-field...
		HEXPIREAT key at [NX|XX|GT|LT] FIELDS 2 hash-field hash-field
		HEXPIREAT key past FIELDS 2 hash-field hash-field
		HEXPIRETIME key FIELDS 2 hash-field hash-field
		HEXPIRETIME key FIELDS count hash-field...
		HGET key hash-field
		HGETALL key
		HGETDEL key FIELDS 2 hash-field hash-field
		HGETDEL key FIELDS count hash-field...
		HGETEX key [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|PERSIST|EXAT past] FIELDS 1 hash-field
		HGETEX key [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|PERSIST|PX 0] FIELDS 2 hash-field hash-field
		HGETEX key [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|PERSIST] FIELDS count hash-field...
		HINCRBY key hash-field int
		HINCRBYFLOAT key hash-field float
		HKEYS key
		HLEN key
		HMGET key hash-field...
		HMSET key (hash-field value)...
		HPERSIST key FIELDS 2 hash-field hash-field
		HPERSIST key FIELDS count hash-field...
		HPEXPIRE key ttl-ms [NX|XX|GT|LT] FIELDS 2 hash-field hash-field
		HPEXPIREAT key at-ms [NX|XX|GT|LT] FIELDS 2 hash-field hash-field
		HPEXPIREAT key past [NX|XX|GT|LT] FIELDS 2 hash-field hash-field
		HPEXPIRETIME key FIELDS 2 hash-field hash-field
		HPTTL key FIELDS 2 hash-field hash-field
		HRANDFIELD key [hash-draws] [WITHVALUES]
		HRANDFIELD key hash-draws [WITHVALUES]
		HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES]
		HSET key (hash-field value)...
		HSETEX key [NX|XX] [FNX|FXX] [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|KEEPTTL|EX 0] FIELDS 1 hash-field value
		HSETEX key [NX|XX] [FNX|FXX] [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|KEEPTTL] FIELDS 2 hash-field value hash-field value
		HSETEX key [NX|XX] [FNX|FXX] [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|KEEPTTL] FIELDS pair-count (hash-field value)...
		HSETNX key hash-field value
		HSTRLEN key hash-field
		HTTL key FIELDS 2 hash-field hash-field
		HTTL key FIELDS count hash-field...
		HVALS key
	`),
	beside: parseCommands(`
		HSET key hash-field value hash-field value hash-field value
		HSET key hash-field value hash-field int
		DEL key
		SET key value
		OBJECT ENCODING key
		DEBUG DIGEST-VALUE key
		PEXPIRE key ttl-ms
		COPY key key REPLACE
		RENAME key key
		TYPE key
	`),
	before: [][]string{
		{"DEL", "a", "b", "c"},
		{"HSET", "a", "f", "1", "g", "ohmytext", "h", "3.5"},
		{"HSET", "b", "f", "1", "g", text65},
		{"HEXPIREAT", "b", "7000000000", "FIELDS", "1", "f"},
		{"HSET", "c", "f", "-5"},
	},
}

// unorderedPairs wants the same keys with the same values in whatever order, of a
// map or of an array in which they take turns.
func unorderedPairs(a, b testkit.Reply) bool {
	return a.Kind == b.Kind && unordered(pairs(a), pairs(b))
}

// eachNear wants elements that differ as near allows.
func eachNear(d int64) func(a, b testkit.Reply) bool {
	same := near(d)
	return func(a, b testkit.Reply) bool {
		return slices.EqualFunc(a.Elems, b.Elems, func(x, y testkit.Reply) bool {
			return sameTree(x, y) || x.Kind == y.Kind && same(x, y)
		})
	}
}
