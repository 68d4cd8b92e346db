package server_test

import (
	"fmt"
	"strconv"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// changer makes one random change of a value of its type under key; other is
// another key of that type, a an element and b some of them.
type changer func(key, other, a string, b []string) []string

// changers are the changes of each type whose effects differ from their command
// lines, or that change the form of a value.
var changers = map[string][]changer{
	"set": {
		func(key, _, _ string, b []string) []string { return append([]string{"SADD", key}, b...) },
		func(key, _, _ string, b []string) []string { return append([]string{"SADD", key}, b...) },
		func(key, _, _ string, b []string) []string { return append([]string{"SREM", key}, b...) },
		func(key, _, a string, _ []string) []string { return []string{"SPOP", key, strconv.Itoa(len(a))} },
		func(key, _, _ string, _ []string) []string { return []string{"SPOP", key} },
		func(key, _, _ string, b []string) []string { return []string{"SPOP", key, strconv.Itoa(len(b) * 20)} },
		func(key, other, a string, _ []string) []string { return []string{"SMOVE", key, other, a} },
		func(key, other, _ string, _ []string) []string { return []string{"SUNIONSTORE", key, key, other} },
		func(key, other, _ string, _ []string) []string { return []string{"SDIFFSTORE", key, key, other} },
	},
	"list": {
		func(key, _, _ string, b []string) []string { return append([]string{"RPUSH", key}, b...) },
		func(key, _, _ string, b []string) []string { return append([]string{"LPUSH", key}, b...) },
		func(key, _, a string, _ []string) []string { return []string{"LREM", key, "1", a} },
		func(key, _, a string, b []string) []string { return []string{"LINSERT", key, "BEFORE", a, b[0]} },
		func(key, other, _ string, _ []string) []string { return []string{"LMOVE", key, other, "LEFT", "RIGHT"} },
		func(key, other, _ string, _ []string) []string {
			return []string{"BLMOVE", key, other, "RIGHT", "LEFT", "0.001"}
		},
		func(key, other, _ string, _ []string) []string {
			return []string{"LMPOP", "2", key, other, "LEFT", "COUNT", "3"}
		},
		func(key, _, _ string, _ []string) []string { return []string{"LTRIM", key, "0", "400"} },
	},
	"hash": {
		func(key, _, a string, b []string) []string { return []string{"HSET", key, a, b[0], b[0], a} },
		func(key, _, _ string, b []string) []string { return append(append([]string{"HSET", key}, b...), b...) },
		func(key, _, a string, _ []string) []string { return []string{"HDEL", key, a} },
		func(key, _, a string, _ []string) []string { return []string{"HINCRBYFLOAT", key, "float" + a, "0.1"} },
		func(key, _, a string, _ []string) []string {
			return []string{"HEXPIRE", key, "1000000", "FIELDS", "1", a}
		},
		func(key, _, a string, b []string) []string {
			return []string{"HSETEX", key, "EX", "1000000", "FIELDS", "1", a, b[0]}
		},
		func(key, _, a string, _ []string) []string { return []string{"HPERSIST", key, "FIELDS", "1", a} },
	},
	"zset": {
		func(key, _, a string, b []string) []string {
			return []string{"ZADD", key, strconv.Itoa(len(a)), a, "-0.5", b[0]}
		},
		func(key, _, _ string, b []string) []string { return scored(key, b) },
		func(key, _, a string, _ []string) []string { return []string{"ZINCRBY", key, "1e10", a} },
		func(key, _, a string, _ []string) []string { return []string{"ZREM", key, a} },
		func(key, _, _ string, _ []string) []string { return []string{"ZPOPMIN", key, "2"} },
		func(key, other, _ string, _ []string) []string {
			return []string{"BZMPOP", "0.001", "2", key, other, "MAX"}
		},
		func(key, other, _ string, _ []string) []string { return []string{"ZUNIONSTORE", key, "2", key, other} },
		func(key, _, _ string, _ []string) []string { return []string{"ZREMRANGEBYRANK", key, "300", "-1"} },
	},
	"stream": {
		func(key, _, a string, b []string) []string { return []string{"XADD", key, "*", a + "f", b[0]} },
		func(key, _, a string, b []string) []string {
			return []string{"XADD", key, "MAXLEN", "~", "100", "*", "f", a, "g", b[0]}
		},
		func(key, _, _ string, _ []string) []string { return []string{"XTRIM", key, "MAXLEN", "50"} },
	},
}

// scored is a ZADD of members with scores that follow from them.
func scored(key string, members []string) []string {
	args := []string{"ZADD", key}
	for i, m := range members {
		args = append(args, strconv.Itoa(i*len(m)), m)
	}
	return args
}

// storeTypes makes so many changes of values of all types.
func storeTypes(c *testkit.Client, r *rng.Source, n int) {
	types := []string{"set", "list", "hash", "zset", "stream"}
	element := func() string {
		switch r.Uint64n(4) {
		case 0:
			return strconv.Itoa(int(r.Uint64n(100)))
		case 1:
			return strconv.FormatInt(int64(r.Uint64())>>r.Uint64n(64), 10)
		case 2:
			return fmt.Sprintf("member:%d", r.Uint64n(400))
		}
		return fmt.Sprintf("%0*d", 60+r.Uint64n(10), r.Uint64n(30))
	}
	var batch [][]string
	for range n {
		kind := types[r.Uint64n(uint64(len(types)))]
		key, other := fmt.Sprintf("%s:%d", kind, r.Uint64n(10)), fmt.Sprintf("%s:%d", kind, r.Uint64n(10))
		elements := make([]string, 1+r.Uint64n([]uint64{3, 20, 150}[r.Uint64n(3)]))
		for i := range elements {
			elements[i] = element()
		}
		switch r.Uint64n(30) {
		case 0:
			batch = append(batch, []string{"COPY", key, other, "REPLACE"})
		case 1:
			batch = append(batch, []string{"EXPIRE", key, "1000000"})
		case 2:
			batch = append(batch, []string{"UNLINK", key})
		default:
			all := changers[kind]
			batch = append(batch, all[r.Uint64n(uint64(len(all)))](key, other, element(), elements))
		}
	}
	c.Pipeline(batch...)
}
