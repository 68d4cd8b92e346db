package compat

// stringGroup is the group "string".
var stringGroup = group{
	name:    "string",
	clients: 1,
	commands: parseCommands(`
		APPEND key value
		DECR key
		DECRBY key int
		DELIFEQ key value
		GET key
		GETDEL key
		GETEX key [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|PERSIST]
		GETRANGE key index index
		GETSET key value
		INCR key
		INCRBY key int
		INCRBYFLOAT key float
		LCS key key [LEN] [IDX] [MINMATCHLEN count] [WITHMATCHLEN]
		MGET key...
		MSET (key value)...
		MSETEX count (key value)... [NX|XX] [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|KEEPTTL]
		MSETEX 1 key value [NX|XX] [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|KEEPTTL]
		MSETEX 2 key value key value [NX|XX] [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|KEEPTTL]
		MSETNX (key value)...
		PSETEX key ttl-ms value
		SET key value [NX|XX|IFEQ value] [GET] [EX ttl|PX ttl-ms|EXAT at|PXAT at-ms|KEEPTTL]
		SET key value
		SETEX key ttl value
		SETNX key value
		SETRANGE key offset value
		STRLEN key
		SUBSTR key index index
	`),
	beside: parseCommands(`
		DEL key
		TTL key
		PTTL key
		EXPIRE key ttl
		OBJECT ENCODING key
	`),
}
