package compat

// zsetGroup is the group "sorted-set".
var zsetGroup = func() group {
	addZSetKinds()
	return zsetGrammar()
}()

const zsetPatterns = `
	BZMPOP zwait 1 key (MIN|MAX) [COUNT count]
	BZMPOP zwait 2 key key (MIN|MAX) [COUNT count]
	BZPOPMAX key... zwait
	BZPOPMIN key... zwait
	ZADD key [NX|XX] [GT|LT] [CH] [INCR] (score member)...
	ZADD key (score member)...
	ZADD key score member score member score member score member
	ZCARD key
	ZCOUNT key min max
	ZDIFF 1 key [WITHSCORES]
	ZDIFF 2 key key [WITHSCORES]
	ZDIFF 3 key key key [WITHSCORES]
	ZDIFFSTORE key 2 key key
	ZINCRBY key score member
	ZINTER 1 key [WEIGHTS score] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]
	ZINTER 2 key key [WEIGHTS score score] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]
	ZINTERCARD 2 key key [LIMIT count]
	ZINTERSTORE key 2 key key [WEIGHTS score score] [AGGREGATE (SUM|MIN|MAX)]
	ZLEXCOUNT lexkey lexmin lexmax
	ZMPOP 1 key (MIN|MAX) [COUNT count]
	ZMPOP 2 key key (MIN|MAX) [COUNT count]
	ZMSCORE key member...
	ZPOPMAX key [count]
	ZPOPMIN key [count]
	ZRANDMEMBER key [draws [WITHSCORES]]
	ZRANGE key index index [REV] [WITHSCORES]
	ZRANGE key min max BYSCORE [REV] [LIMIT index index] [WITHSCORES]
	ZRANGE key max min BYSCORE REV [LIMIT index index] [WITHSCORES]
	ZRANGE lexkey lexmin lexmax BYLEX [REV] [LIMIT index index] [WITHSCORES]
	ZRANGEBYLEX lexkey lexmin lexmax [LIMIT index index]
	ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT index index]
	ZRANGESTORE key key index index [REV]
	ZRANGESTORE key key min max BYSCORE [REV] [LIMIT index index]
	ZRANGESTORE key lexkey lexmin lexmax BYLEX [REV] [LIMIT index index]
	ZRANK key member [WITHSCORE]
	ZREM key member...
	ZREMRANGEBYLEX lexkey lexmin lexmax
	ZREMRANGEBYRANK key index index
	ZREMRANGEBYSCORE key min max
	ZREVRANGE key index index [WITHSCORES]
	ZREVRANGEBYLEX lexkey lexmax lexmin [LIMIT index index]
	ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT index index]
	ZREVRANK key member [WITHSCORE]
	ZSCAN key cursor [MATCH pattern] [COUNT count] [NOSCORES]
	ZSCORE key member
	ZUNION 1 key [WEIGHTS score] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]
	ZUNION 2 key key [WEIGHTS score score] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]
	ZUNIONSTORE key 2 key key [WEIGHTS score score] [AGGREGATE (SUM|MIN|MAX)]
	ZUNIONSTORE key 3 key key key [AGGREGATE (SUM|MIN|MAX)]
`

func zsetGrammar() group {
	return group{
		name:    "sorted-set",
		clients: 1,
		before: [][]string{
			{"DEL", "a", "b"},
			{"ZADD", "a", "1", "a", "2", "b", "2", "c", "3.5", "d"},
			{"ZADD", "lex:1", "0", "a", "0", "ab", "0", "b"},
			{"ZADD", "b", "0", "a", "0", "b", "0", "c", "0", longText},
		},
		commands: parseCommands(zsetPatterns),
		beside: parseCommands(`
		ZADD key score member score member score member score member score member score member
		ZADD lexkey 0 member 0 member 0 member 0 member
		ZREM lexkey member
		DEL key
		SET key value
		SADD key member...
		COPY key key [REPLACE]
		OBJECT ENCODING key
		DUMP key
		DEBUG DIGEST-VALUE key
		PEXPIRE key ttl-ms
		TYPE key
	`),
	}
}

// Members long enough that a small sorted set becomes a large one, and others.
var someMembers = []string{
	"a", "b", "c", "ab", "abc", "1", "-5", "007", "9223372036854775807", "9223372036854775808", "", "\x00\xff", "{t}x",
	longText[:64], longText[:65], longText,
}

var (
	scoreEdges = append(append([]string{}, floatEdges...), notIntegers...)
	lexEdges   = []string{"", "a", "[", "(", "[\x00", "-\x00x", "+\x00", "--", "+-", "-inf", "+inf", "]a", "\xff"}
)

// addZSetKinds adds the kinds of arguments that only these commands take.
func addZSetKinds() {
	for name, k := range map[string]*kind{
		"member": {plain: "a", usual: someMembers, odd: append([]string{" "}, integers...)},
		"score": {plain: "1", usual: []string{"1", "2", "2", "3", "0", "-0", "-1", "0.1", "1.5", "-2.75", "1e20", "1e-7", "inf", "-inf", "1700000000000", "4611686018427387904"},
			odd: scoreEdges},
		"min":    {plain: "-inf", usual: []string{"-inf", "0", "(0", "1", "(1", "-3", "0.1", "(inf"}, odd: append([]string{"(", "((1", "(1\x00x", "(nan"}, scoreEdges...)},
		"max":    {plain: "+inf", usual: []string{"+inf", "inf", "2", "(2", "3", "1.5", "(-inf", "1e300"}, odd: append([]string{"(", "( 1", "(-nan"}, scoreEdges...)},
		"lexmin": {plain: "-", usual: []string{"-", "-", "[a", "(a", "[b", "[", "(", "+", "[1"}, odd: lexEdges},
		"lexmax": {plain: "+", usual: []string{"+", "+", "[c", "(c", "(b", "[zz", "-", "[9"}, odd: lexEdges},
		// Among different scores, what a range of members is in a large set hangs on
		// the shape of a skip list.
		"lexkey": {plain: "lex:1", usual: []string{"lex:1", "lex:2"}, odd: []string{"missing"}},
		"draws":  {plain: "2", usual: []string{"0", "1", "2", "-1", "-5", "3", "100"}, odd: without(integers, "-2147483648", "-2147483649", "-9223372036854775807")},
		"zwait":  {plain: "0.001", usual: []string{"0.001", "0.002"}, odd: []string{"", "abc", "-1", "1e400", "nan", "-inf", "1 "}, last: true},
	} {
		kinds[name] = k
	}
}
