package compat

// sortGroup is SORT and SORT_RO. Lists, sets and sorted sets have keys of their own:
// only of a list do both servers know the same order where SORT leaves it open,
// as it does for equal words that BY names.
var sortGroup = group{
	name:    "sort",
	clients: 1,
	commands: parseCommands(`
		SORT sort-list [BY sort-pattern] [LIMIT index count] [GET sort-pattern] [GET sort-pattern] [ASC|DESC] [ALPHA] [STORE sort-list]
		SORT sort-list BY W* [ALPHA] [DESC] LIMIT index count
		SORT sort-list ALPHA BY H*->F [DESC] LIMIT index count
		SORT sort-list [BY sort-pattern] GET # GET W* GET H*->F
		SORT sort-list [ALPHA] [DESC] [LIMIT index count]
		SORT sort-set [LIMIT index count] [GET sort-pattern] [ASC|DESC] [ALPHA] [STORE sort-list]
		SORT sort-set BY W* [LIMIT index count] [DESC] [GET sort-pattern] [STORE sort-list]
		SORT sort-set BY NOSORT STORE sort-list
		SORT sort-zset [LIMIT index count] [GET sort-pattern] [ASC|DESC] [ALPHA] [STORE sort-list]
		SORT sort-zset BY NOSORT [DESC] [LIMIT index count] [GET sort-pattern] [STORE sort-list]
		SORT_RO sort-list [BY sort-pattern] [LIMIT index count] [GET sort-pattern] [ASC|DESC] [ALPHA]
		SORT_RO sort-zset BY NOSORT [DESC] LIMIT index count
		SORT_RO sort-list STORE sort-list
		SORT key
	`),
	beside: parseCommands(`
		RPUSH sort-list sort-value...
		RPUSH sort-list 5 3 9 1 7 2 8 1 4 10
		RPUSH sort-list B A D C 1 2 3 10 E F G 4 5
		SADD sort-set sort-value...
		ZADD sort-zset sort-score sort-value sort-score sort-value
		SET sort-weight sort-value
		MSET W1 5 W2 1 W3 1 WA X WB X WC Y
		HSET sort-hash F sort-value
		HSET H1 F 5 G 1
		DEL sort-list
		LRANGE sort-list 0 -1
		OBJECT ENCODING sort-list
		PEXPIRE sort-weight ttl-ms
	`),
}

var sortValues = []string{"1", "2", "3", "5", "-1", "10", "a", "b", "c", "1.5", "-0", "0", "1e3", "inf", "", "aa", "a\x00b", "a\x00a", "B", longText}
