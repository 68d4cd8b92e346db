package debugs

import (
	"fmt"
	"strconv"

	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/ds/dict"
	"sigrun/internal/exec"
	"sigrun/internal/keyspace"
	"sigrun/internal/lzf"
	"sigrun/internal/num"
)

// DEBUG DIGEST

func digestOfAll(_ *debugger, c *command.Ctx) error {
	c.W.SimpleString(digestAll(c.Tx).String())
	return nil
}

// DEBUG DIGEST-VALUE [key ...]

func digestOfKeys(_ *debugger, c *command.Ctx) error {
	keys := c.Argv[2:]
	c.W.Array(len(keys))
	for _, k := range keys {
		c.W.SimpleString(digestValue(c.Tx, keyspace.KeyOf(k)).String())
	}
	return nil
}

// DEBUG OBJECT key [fast]

func object(_ *debugger, c *command.Ctx) error {
	k := keyspace.KeyOf(c.Arg(2))
	o, ok := c.Tx.Stored(k)
	if !ok {
		return command.ErrNoKey
	}
	fast := len(c.Argv) > 3 && command.Is(c.Arg(3), "fast")
	length := ""
	if !fast {
		var z *lzf.Compressor
		if exec.Of(c).Engine().Config.Bool(config.RDBCompression) {
			z = new(lzf.Compressor)
		}
		b := o.Class().AppendRDB(nil, o, z)
		length = " serializedlength:" + strconv.Itoa(len(b))
	}
	// Where it lies is nobody's business; some number has to be there.
	c.W.SimpleString(fmt.Sprintf("Value at:%#x refcount:1 encoding:%s%s lru:%d lru_seconds_idle:%d%s",
		k.Hash>>16, o.Class().Encoding(o), length, o.Rec.Access(), c.Tx.IdleSeconds(o.Rec), nodesOf(o, fast)))
	return nil
}

// DEBUG POPULATE count [prefix [size]]

// populate creates what is not there yet. Nothing of it is logged.
func populate(_ *debugger, c *command.Ctx) error {
	prefix, size := []byte("key"), int64(0)
	count, ok := num.ParseInt(c.Arg(2))
	if len(c.Argv) > 3 {
		prefix = c.Arg(3)
	}
	if ok && len(c.Argv) > 4 {
		size, ok = num.ParseInt(c.Arg(4))
	}
	if !ok || count < 0 || size < 0 {
		return command.ErrNotPositive
	}
	if size > c.MaxBulk {
		return command.ErrStringTooLong
	}
	var key, text []byte
	padded := make([]byte, size)
	for i := range count {
		key = strconv.AppendInt(append(append(key[:0], prefix...), ':'), i, 10)
		k := keyspace.KeyOf(key)
		if c.Tx.Exists(k) {
			continue
		}
		text = strconv.AppendInt(append(text[:0], "value:"...), i, 10)
		v := text
		if size > 0 {
			clear(padded[:min(len(padded), maxText)])
			copy(padded, text)
			v = padded
		}
		c.Tx.Set(k, v, keyspace.NoExpiry)
	}
	c.W.OK()
	return nil
}

// maxText is the longest text of a value that POPULATE makes.
const maxText = len("value:") + 20

// DEBUG HTSTATS dbid [full]

func tableStats(_ *debugger, c *command.Ctx) error {
	db, ok := num.ParseInt(c.Arg(2))
	if !ok {
		return command.ErrNotInteger
	}
	if db < 0 || db >= int64(c.Tx.Keyspace().Databases()) {
		return command.ReplyError("ERR Out of range database")
	}
	full := len(c.Argv) > 3 && command.Is(c.Arg(3), "full")
	here := c.Tx.DB()
	c.Tx.Select(int(db))
	b := append([]byte(nil), "[Dictionary HT]\n"...)
	if n := c.Tx.Len(); n > 0 {
		b = appendTableStats(b, c.Tx.TableStats(), n, full)
	}
	b = append(b, "[Expires HT]\n"...) // an expiry stands in the record of its key
	c.Tx.Select(here)
	c.W.Verbatim("txt", b)
	return nil
}

// bucketSlots is how many keys a bucket holds by itself.
const bucketSlots = 10

func appendTableStats(b []byte, s dict.Stats, entries int, full bool) []byte {
	b = fmt.Appendf(b, "Hash table 0 stats (main hash table):\n table size: %d\n number of entries: %d\n rehashing index: -1\n",
		s.Buckets*bucketSlots, entries)
	if full {
		b = fmt.Appendf(b, " segments: %d\n top-level buckets: %d\n child buckets: %d\n max chain length: %d\n",
			s.Segments, s.Buckets, s.Children, s.LongestChain)
	}
	return b
}

// DEBUG HTSTATS-KEY key [full]

const errNoTable = command.ReplyError("ERR The value stored at the specified key is not represented using an hash table")

// keyTableStats is for values that have a hash table of their elements.
func keyTableStats(_ *debugger, c *command.Ctx) error {
	o, ok := c.Tx.Peek(keyspace.KeyOf(c.Arg(2)))
	if !ok {
		return command.ErrNoKey
	}
	t := o.Table()
	if t == nil {
		return errNoTable
	}
	full := len(c.Argv) > 3 && command.Is(c.Arg(3), "full")
	c.W.Verbatim("txt", appendTableStats(nil, t.Stats(o.Heap), t.Len(), full))
	return nil
}
