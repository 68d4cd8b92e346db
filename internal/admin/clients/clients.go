// Package clients is the commands about connections: who a client is, which
// protocol it speaks, and what one client may see of the others and do to them.
//
//	connection.go  PING, ECHO, SELECT, QUIT, RESET
//	hello.go       HELLO and AUTH
//	client.go      CLIENT about the own connection
//	info.go        how CLIENT INFO and CLIENT LIST describe a connection
//	filter.go      the filters of CLIENT LIST and CLIENT KILL
//	others.go      CLIENT about other connections: LIST, KILL, PAUSE, UNBLOCK
package clients

import "sigrun/internal/command"

// Handlers are the commands of this package by full name.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"auth":                 auth,
		"echo":                 echo,
		"hello":                hello,
		"ping":                 ping,
		"quit":                 quit,
		"reset":                reset,
		"select":               selectDB,
		"client|capa":          capa,
		"client|getname":       getName,
		"client|help":          help,
		"client|id":            id,
		"client|import-source": importSource,
		"client|info":          info,
		"client|kill":          kill,
		"client|list":          list,
		"client|no-evict":      noEvict,
		"client|no-touch":      noTouch,
		"client|pause":         pause,
		"client|reply":         reply,
		"client|setinfo":       setInfo,
		"client|setname":       setName,
		"client|unblock":       unblock,
		"client|unpause":       unpause,
	}
}

// Global are the commands that look at other connections.
func Global() []string {
	return []string{"client|kill", "client|list", "client|pause", "client|unblock", "client|unpause"}
}
