package compat

// listGroup is the group "list".
var listGroup = group{
	name:    "list",
	clients: 1,
	before: [][]string{
		{"DEL", "a", "b"},
		{"RPUSH", "a", "a", "b", "1", "-5", "a", "c", "b", "a"},
		{"RPUSH", "b", hugeElement, "a", largeElement, "1", largeElement},
	},
	commands: parseCommands(`
		BLMOVE key key end end seconds
		BLMPOP seconds 1 key end [COUNT count]
		BLMPOP seconds 2 key key end [COUNT count]
		BLPOP key... seconds
		BRPOP key... seconds
		BRPOPLPUSH key key seconds
		LINDEX key index
		LINSERT key (BEFORE|AFTER|end) element element
		LLEN key
		LMOVE key key end end
		LMPOP count key... end [COUNT count]
		LMPOP 1 key end [COUNT count]
		LMPOP 2 key key end [COUNT count]
		LPOP key [count]
		LPOS key element [RANK int] [COUNT int] [MAXLEN int]
		LPUSH key element...
		LPUSHX key element...
		LRANGE key index index
		LREM key int element
		LSET key near element
		LTRIM key index index
		RPOP key [count]
		RPOPLPUSH key key
		RPUSH key element...
		RPUSHX key element...
	`),
	beside: parseCommands(`
		RPUSH key element element element element element
		LPUSH key element element element
		LRANGE key 0 index
		SET key value
		DEL key
		COPY key key
		RENAME key key
		TYPE key
		OBJECT ENCODING key
		DEBUG OBJECT key
		DEBUG DIGEST-VALUE key
		DUMP key
	`),
}
