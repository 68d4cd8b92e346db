package compat

// setGroup is the group "set". What chance decides and then stays in the data is
// compared by TestPop.
var setGroup = group{
	name:    "set",
	clients: 1,
	commands: parseCommands(`
		SADD key member...
		SADD key member member member member
		SCARD key
		SDIFF key...
		SDIFFSTORE key key...
		SDIFFSTORE key key key key
		SINTER key...
		SINTERCARD count key... [LIMIT count]
		SINTERCARD 1 key [LIMIT count]
		SINTERCARD 2 key key [LIMIT count]
		SINTERSTORE key key...
		SINTERSTORE key key key
		SISMEMBER key member
		SMEMBERS key
		SMISMEMBER key member...
		SMOVE key key member
		SPOP key all
		SRANDMEMBER key [draws]
		SREM key member...
		SSCAN key cursor [MATCH pattern] [COUNT count]
		SUNION key...
		SUNIONSTORE key key...
	`),
	beside: parseCommands(`
		SADD key member...
		SADD key int int int int int
		SADD key member member member member
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
		{"SADD", "a", "1", "2", "3"},
		{"SADD", "b", "1", "x", "m", ""},
		{"SADD", "c", "1", "m", text65},
	},
}
