package compat

// genericGroup is the group "generic" without SORT and MIGRATE.
var genericGroup = group{
	name:    "generic",
	clients: 2,
	commands: parseCommands(`
		COPY key key [DB db] [REPLACE]
		DEL key...
		DUMP key
		EXISTS key...
		EXPIRE key ttl [NX|XX|GT|LT]
		EXPIREAT key at [NX|XX|GT|LT]
		EXPIRETIME key
		KEYS pattern
		MOVE key db
		OBJECT ENCODING key
		OBJECT FREQ key
		OBJECT HELP
		OBJECT IDLETIME key
		OBJECT REFCOUNT key
		PERSIST key
		PEXPIRE key ttl-ms [NX|XX|GT|LT]
		PEXPIREAT key at-ms [NX|XX|GT|LT]
		PEXPIRETIME key
		PTTL key
		RANDOMKEY
		RENAME key key
		RENAMENX key key
		RESTORE key ttl-ms dump [REPLACE] [ABSTTL] [IDLETIME idle|FREQ freq]
		RESTORE key 0 dump [REPLACE]
		RESTORE key at-ms dump [REPLACE] ABSTTL
		SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
		TOUCH key...
		TTL key
		TYPE key
		UNLINK key...
		WAIT 0 wait-ms
		WAIT int wait-ms
		WAITAOF int int wait-ms
	`),
	beside: parseCommands(`
		SET key value
		SET key value EX ttl
		MSET (key value)...
		GET key
		SELECT db
		SADD key member...
		RPUSH key value...
		HSET key value value
		ZADD key 1 member
		ZADD key 2 member -1 member
		XADD key 5-* value value
		HPEXPIREAT key at-ms FIELDS 1 value
	`),
}
