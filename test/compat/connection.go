package compat

// connectionGroup is the group "connection". CLIENT REPLY, which takes replies
// away, and CLIENT PAUSE, which stops the clock of the test, are left to scripts
// but for their errors.
var connectionGroup = group{
	name:    "connection",
	clients: 2,
	fresh:   true,
	commands: parseCommands(`
		AUTH password
		AUTH user password
		CLIENT CACHING (YES|NO)
		CLIENT CAPA capa...
		CLIENT GETNAME
		CLIENT GETREDIR
		CLIENT HELP
		CLIENT ID
		CLIENT IMPORT-SOURCE (ON|OFF)
		CLIENT INFO
		CLIENT KILL addr
		CLIENT KILL ID clientid [SKIPME (YES|NO)]
		CLIENT KILL [TYPE (NORMAL|REPLICA|PUBSUB|NOPE)] ADDR addr [USER user] [LADDR addr] [SKIPME (YES|NO)] [MAXAGE age] [NAME name]
		CLIENT KILL ID 999999 [FLAGS flags] [IP ip] [DB db] [CAPA capa] [LIB-NAME name] [LIB-VER text] [IDLE age] [NOT-NAME name] [NOT-ID clientid]
		CLIENT LIST
		CLIENT LIST ID clientid...
		CLIENT LIST [TYPE (NORMAL|MASTER|PRIMARY|SLAVE|REPLICA|PUBSUB|NOPE)] [USER user] [ADDR addr] [LADDR addr] [SKIPME (YES|NO)] [MAXAGE age] [NAME name] [IDLE age] [FLAGS flags] [LIB-NAME name] [LIB-VER text] [DB db] [CAPA capa] [IP ip]
		CLIENT LIST [NOT-TYPE (NORMAL|REPLICA)] [NOT-ID clientid...] [NOT-USER user] [NOT-ADDR addr] [NOT-LADDR addr] [NOT-NAME name] [NOT-FLAGS flags] [NOT-LIB-NAME name] [NOT-LIB-VER text] [NOT-DB db] [NOT-CAPA capa] [NOT-IP ip]
		CLIENT NO-EVICT (ON|OFF)
		CLIENT NO-TOUCH (ON|OFF)
		CLIENT REPLY ON
		CLIENT SETINFO (LIB-NAME name|LIB-VER name|NOPE name)
		CLIENT SETNAME name
		CLIENT TRACKING (ON|OFF) [REDIRECT clientid] [PREFIX key] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
		CLIENT TRACKING (ON|OFF)
		CLIENT TRACKINGINFO
		CLIENT UNBLOCK clientid [TIMEOUT|ERROR]
		CLIENT UNPAUSE
		ECHO text
		HELLO
		HELLO protover [AUTH user password] [SETNAME name]
		PING [text]
		QUIT
		RESET
		SELECT db
	`),
	beside: parseCommands(`
		SET key value
		GET key
		MULTI
		EXEC
		WATCH key
	`),
}
