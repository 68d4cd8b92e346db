package compat

// serverGroup is what is deterministic of the group "server".
var serverGroup = group{
	name:    "server",
	clients: 2,
	commands: parseCommands(`
		ACL CAT [category]
		ACL DRYRUN user command [key]
		ACL GETUSER user
		ACL HELP
		ACL LIST
		ACL USERS
		ACL WHOAMI
		COMMAND COUNT
		COMMAND DOCS command...
		COMMAND GETKEYS SET key value
		COMMAND GETKEYS MSET (key value)...
		COMMAND GETKEYS command key...
		COMMAND GETKEYSANDFLAGS RENAME key key
		COMMAND GETKEYSANDFLAGS command key...
		COMMAND HELP
		COMMAND INFO command...
		COMMAND LIST FILTERBY (ACLCAT category|PATTERN pattern|MODULE name)
		COMMANDLOG GET count (SLOW|LARGE-REQUEST|LARGE-REPLY)
		COMMANDLOG HELP
		COMMANDLOG LEN (SLOW|LARGE-REQUEST|LARGE-REPLY)
		COMMANDLOG RESET (SLOW|LARGE-REQUEST|LARGE-REPLY)
		CONFIG GET setting...
		CONFIG HELP
		CONFIG RESETSTAT
		DBSIZE
		DEBUG DIGEST
		DEBUG DIGEST-VALUE key...
		DEBUG ERROR text
		DEBUG HELP
		DEBUG OBJECT key
		DEBUG PROTOCOL (STRING|INTEGER|DOUBLE|BIGNUM|NULL|ARRAY|SET|MAP|VERBATIM|TRUE|FALSE|NOPE)
		DEBUG SET-ACTIVE-EXPIRE (0|1)
		DEBUG SLEEP 0
		FLUSHALL [ASYNC|SYNC]
		FLUSHDB [ASYNC|SYNC]
		INFO [section]
		LASTSAVE
		LATENCY DOCTOR
		LATENCY GRAPH event
		LATENCY HELP
		LATENCY HISTORY event
		LATENCY LATEST
		LATENCY RESET [event]
		LOLWUT
		MEMORY DOCTOR
		MEMORY HELP
		MEMORY PURGE
		MEMORY USAGE key [SAMPLES count]
		MODULE HELP
		MODULE LIST
		ROLE
		SLOWLOG GET [count]
		SLOWLOG HELP
		SLOWLOG LEN
		SLOWLOG RESET
		SWAPDB db db
		TIME
	`),
	beside: parseCommands(`
		SET key value
		MSET (key value)...
		SADD key member...
		RPUSH key value...
		HSET key value value
		ZADD key 1 member
		XADD key 5-* value value
		DEL key
		SELECT db
		MULTI
		EXEC
	`),
}

// groups are all groups, in the order in which they are tested.
var groups = []*group{&stringGroup, &listGroup, &zsetGroup, &geoGroup, &bitmapGroup, &hyperLogLogGroup, &setGroup, &hashGroup, &streamGroup, &sortGroup, &genericGroup, &transactionGroup, &connectionGroup, &serverGroup}

// mixedGroups are the groups of one type of data each, and of keys of any.
var mixedGroups = []*group{&stringGroup, &listGroup, &zsetGroup, &geoGroup, &bitmapGroup, &hyperLogLogGroup, &setGroup, &hashGroup, &streamGroup, &genericGroup}

// mixedGroup has the commands of all types work on the same keys.
var mixedGroup = func() group {
	mixed := group{name: "mixed", clients: 1}
	for _, g := range mixedGroups {
		mixed.commands = append(mixed.commands, g.commands...)
		mixed.beside = append(mixed.beside, g.beside...)
	}
	return mixed
}()
