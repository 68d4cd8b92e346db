package generic

import (
	"errors"
	"sync"

	"sigrun/internal/command"
	"sigrun/internal/ds/dict"
	"sigrun/internal/keyspace"
	"sigrun/internal/lzf"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// dumper is the scratch memory of a DUMP.
type dumper struct {
	lzf lzf.Compressor
	buf []byte
}

// maxKeptDump is the largest buffer, in bytes, that is kept for the next DUMP.
const maxKeptDump = 64 << 10

var dumpers = sync.Pool{New: func() any { return new(dumper) }}

// runDump answers DUMP key: the value as RESTORE takes it, or nil.
func runDump(c *command.Ctx) error {
	o, ok := read(c, c.Keys[0])
	if !ok {
		c.W.Null()
		return nil
	}
	d := dumpers.Get().(*dumper)
	compressor := &d.lzf
	if c.Dump.Plain {
		compressor = nil
	}
	class := o.Class()
	b := append(d.buf[:0], class.RDBType(o))
	b = class.AppendRDB(b, o, compressor)
	b = rdb.AppendDumpFooter(b, 0)
	c.W.Bulk(b)
	if cap(b) <= maxKeptDump {
		d.buf = b
		dumpers.Put(d)
	}
	return nil
}

const (
	errRestoreTTL  = command.ReplyError("ERR Invalid TTL value, must be >= 0")
	errRestoreIdle = command.ReplyError("ERR Invalid IDLETIME value, must be >= 0")
	errRestoreFreq = command.ReplyError("ERR Invalid FREQ value, must be >= 0 and <= 255")
)

var (
	wordAbsTTL = []byte("ABSTTL")
	wordUnlink = []byte("UNLINK")
)

// restoreArgs are the options of RESTORE.
type restoreArgs struct {
	replace  bool
	absolute bool
	idle     int64 // seconds since the last access; negative: not given
	freq     int64 // use counter; negative: not given
}

// parseRestore reads RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME s|FREQ n].
func parseRestore(c *command.Ctx) (p restoreArgs, err error) {
	p.idle, p.freq = -1, -1
	a := c.Args(4)
	for a.More() {
		switch {
		case a.Flag("replace"):
			p.replace = true
		case a.Flag("absttl"):
			p.absolute = true
		case p.freq < 0 && a.Option("idletime"):
			if p.idle = a.Int(); p.idle < 0 {
				a.Fail(errRestoreIdle)
			}
		case p.idle < 0 && a.Option("freq"):
			if p.freq = a.Int(); p.freq < 0 || p.freq > 255 {
				a.Fail(errRestoreFreq)
			}
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	return p, a.Err()
}

// runRestore answers RESTORE: OK.
func runRestore(c *command.Ctx) error {
	p, err := parseRestore(c)
	if err != nil {
		return err
	}
	k := c.Keys[0]
	if _, there := c.Tx.Lookup(k); there && !p.replace {
		return command.ErrBusyKey
	}
	ttl, ok := num.ParseInt(c.Arg(2))
	switch {
	case !ok:
		return command.ErrNotInteger
	case ttl < 0:
		return errRestoreTTL
	}
	b := restored{c: c, key: k}
	if err := b.decode(c); err != nil {
		return err
	}
	at := keyspace.NoExpiry
	if ttl > 0 {
		at = ttl
		if !p.absolute {
			at += c.Now() // beyond 64 bits it has passed
		}
		if c.Tx.Past(at) {
			b.discard()
			p.drop(c, k)
			c.W.OK()
			return nil
		}
	}
	b.store(c, k, max(at, keyspace.NoExpiry))
	p.noteAccess(c, k)
	p.log(c, at)
	c.W.OK()
	return nil
}

// drop deletes what stands in the way of a value that has expired already.
func (p *restoreArgs) drop(c *command.Ctx, k keyspace.Key) {
	if p.replace && c.Tx.Delete(k) {
		c.Effect(wordUnlink, k.B)
		c.Event(command.EventGeneric, "del", k.B)
	}
}

// noteAccess gives k the idle time or use counter of the options.
func (p *restoreArgs) noteAccess(c *command.Ctx, k keyspace.Key) {
	if p.idle >= 0 {
		c.Tx.SetIdle(k, p.idle)
	}
	if p.freq >= 0 {
		c.Tx.SetFrequency(k, uint8(p.freq))
	}
}

// log logs the command line with an absolute time.
func (p *restoreArgs) log(c *command.Ctx, at int64) {
	if at < 0 || p.absolute || !c.Logging() {
		return
	}
	var buf [num.MaxIntLen]byte
	argv := append(append([][]byte(nil), c.Argv...), wordAbsTTL)
	argv[2] = num.AppendInt(buf[:0], at)
	c.Effect(argv...)
}

// restored is a value that was decoded and not stored yet: a damaged one must
// not replace what is there. It implements value.Builder.
type restored struct {
	c     *command.Ctx
	key   keyspace.Key
	text  []byte
	n     int64
	isInt bool
	kind  dict.Kind // of a value that is no string, else 0
	word  uint64
}

// String implements value.Builder.
func (r *restored) String(b []byte) { r.text = b }

// Int implements value.Builder.
func (r *restored) Int(n int64) { r.n, r.isInt = n, true }

// Value implements value.Builder.
func (r *restored) Value(kind dict.Kind, word uint64) { r.kind, r.word = kind, word }

// Heap implements value.Builder.
func (r *restored) Heap() *offheap.Heap { return r.c.Tx.Heap(r.key) }

// Limits implements value.Builder.
func (r *restored) Limits() *value.Limits { return r.c.Limits }

// Deadline implements value.Builder.
func (r *restored) Deadline() int64 { return 0 }

// decode takes the payload of the command apart.
func (r *restored) decode(c *command.Ctx) error {
	typ, body, err := rdb.ParseDump(c.Arg(3), c.Dump.DumpOptions)
	if err != nil {
		return command.ReplyError("ERR " + err.Error())
	}
	ok, err := value.Load(typ, rdb.NewBytesReader(body), r)
	var damage *rdb.Error
	if errors.As(err, &damage) && c.Dump.Damaged != nil {
		c.Dump.Damaged(damage)
	}
	if !ok || err != nil {
		return command.ReplyError("ERR " + rdb.ErrDumpFormat.Error())
	}
	return nil
}

// discard frees a value that is not stored.
func (r *restored) discard() {
	if r.kind != 0 {
		value.Discard(r.Heap(), r.kind, r.word)
	}
}

// store puts the value into k.
func (r *restored) store(c *command.Ctx, k keyspace.Key, at int64) {
	switch {
	case r.kind != 0:
		c.Tx.Store(k, r.kind, r.word, at)
	case r.isInt:
		c.Tx.SetInt(k, r.n, at)
	default:
		c.Tx.Set(k, r.text, at)
	}
	c.Event(command.EventNew, "new", k.B)
	c.Event(command.EventGeneric, "restore", k.B)
}
