package exec

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/resp"
)

var hdel = []byte("HDEL")

// PartsVanished implements keyspace.Observer: fields of a hash that have expired
// are deleted in the log too. The key goes with its last field, there as here.
func (w *Worker) PartsVanished(t *keyspace.Txn, key []byte, parts [][]byte, gone bool) {
	if w.logging() {
		argv := append([][]byte{hdel, key}, parts...)
		w.engine.Log.Append(t.DB(), resp.AppendCommand(nil, argv...))
	}
	w.ctx.Event(command.EventHash, "hexpired", key)
	if gone {
		w.ctx.Event(command.EventGeneric, "del", key)
	}
}
