package debugs

import (
	"fmt"

	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/ds/quicklist"
	"sigrun/internal/keyspace"
	"sigrun/internal/logs"
	"sigrun/internal/types/list"
	"sigrun/internal/value"
)

// nodesOf is what DEBUG OBJECT says of a list's nodes, empty for other values. That
// some may be kept compressed is a setting, whether we do or not.
func nodesOf(o value.Object, fast bool) string {
	if !list.Is(o) {
		return ""
	}
	l := list.Of(o)
	q, ok := l.Quick()
	if !ok {
		return ""
	}
	compressed := 0
	if q.Compress() != 0 {
		compressed = 1
	}
	text := fmt.Sprintf(" ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:%d",
		q.Nodes(), float64(q.Len())/float64(q.Nodes()), q.Fill(), compressed)
	if !fast {
		text += fmt.Sprintf(" ql_uncompressed_size:%d", q.Data())
	}
	return text
}

// DEBUG LISTPACK key

func listPack(d *debugger, c *command.Ctx) error {
	o, ok := c.Tx.Stored(keyspace.KeyOf(c.Arg(2)))
	switch {
	case !ok:
		return command.ErrNoKey
	case o.Class().Encoding(o) != "listpack":
		return command.ReplyError("ERR Not a listpack encoded object.")
	}
	d.Logf(logs.Notice, "A %s in a listpack whose block has %d bytes", o.Class().Name, o.Class().Outside(o))
	c.W.SimpleString("Listpack structure printed on stdout")
	return nil
}

// DEBUG QUICKLIST key [0|1]

func quickList(d *debugger, c *command.Ctx) error {
	o, ok := c.Tx.Stored(keyspace.KeyOf(c.Arg(2)))
	if !ok {
		return command.ErrNoKey
	}
	var q quicklist.List
	if ok = list.Is(o); ok {
		l := list.Of(o)
		q, ok = l.Quick()
	}
	if !ok {
		return command.ReplyError("ERR Not a quicklist encoded object.")
	}
	d.Logf(logs.Notice, "A list of %d elements in blocks of %d bytes:%s", q.Len(), q.Size(), nodesOf(o, false))
	if len(c.Argv) > 3 && string(c.Arg(3)) == "1" {
		q.EachNode(func(b []byte, plain bool) { d.Logf(logs.Notice, "A node of %d bytes, plain: %v", len(b), plain) })
	}
	c.W.SimpleString("Quicklist structure printed on stdout")
	return nil
}

// DEBUG QUICKLIST-PACKED-THRESHOLD size

// maxThreshold is more than what the threshold may be.
const maxThreshold = 4 << 30

// packedThreshold sets from which size on an element of a list gets a node of its own,
// 0 for the usual one.
func packedThreshold(_ *debugger, c *command.Ctx) error {
	n, ok := config.ParseSize(string(c.Arg(2)))
	if !ok || n >= maxThreshold {
		return command.ReplyError("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
	}
	quicklist.SetLargeFrom(int64(n))
	c.W.OK()
	return nil
}
