// Package snapshot turns a cut of the keyspace into the bytes of an RDB file,
// and such a file into keys.
//
// One mechanism serves SAVE, BGSAVE and the rewrite of the append-only file (and
// later full syncs and slot migration): whoever wants a snapshot makes the cut
// with the two Savers of an Encoder and walks it into an rdb.Writer.
package snapshot

import (
	"errors"
	"io"
	"sync/atomic"

	"sigrun/internal/invariant"
	"sigrun/internal/keyspace"
	"sigrun/internal/lzf"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// Options say what a file looks like.
type Options struct {
	Header   rdb.Header
	Compress bool // rdbcompression
	Checksum bool // rdbchecksum
	// Access tells what a record's access bits mean at the cut.
	Access keyspace.AccessReader
	// Keyspace is what is saved.
	Keyspace *keyspace.Keyspace
	// Functions are the sources of the libraries that are saved with it.
	Functions [][]byte
	// Unfit is set when a value has no form in a file of Header.Version, which
	// Write fails for then. It may be nil if that is rdb.Version.
	Unfit *atomic.Bool
}

// ErrUnfit is what Write returns for data that a reader of older files can't have:
// hashes whose fields expire.
var ErrUnfit = errors.New("the data need a newer RDB version than the file is to have")

// Encoder is a Saver that appends records as an RDB file holds them. With a
// compressor it belongs to one goroutine, without one it is safe for several.
type Encoder struct {
	compress *lzf.Compressor
	access   keyspace.AccessReader
	keyspace *keyspace.Keyspace
	version  int
	unfit    *atomic.Bool
}

// NewEncoders returns the encoder for the walker of a cut, and the one for those
// who hand records over to it. The latter doesn't compress, for a client waits
// for it.
func NewEncoders(o Options) (walker, writers *Encoder) {
	invariant.Assert(o.Header.Version >= rdb.Version || o.Unfit != nil, "snapshot: an older version, and nobody to tell that it does not do")
	walker = &Encoder{access: o.Access, keyspace: o.Keyspace, version: o.Header.Version, unfit: o.Unfit}
	w := *walker
	writers = &w
	if o.Compress {
		walker.compress = new(lzf.Compressor)
	}
	return walker, writers
}

// Select implements keyspace.Saver.
func (e *Encoder) Select(dst []byte, slot int) []byte {
	return rdb.AppendSelectDB(dst, e.keyspace.Number(slot))
}

// Record implements keyspace.Saver.
func (e *Encoder) Record(dst []byte, o value.Object) []byte {
	dst, _ = e.key(dst, o)
	return o.Class().AppendRDB(dst, o, e.compress)
}

// Contiguous implements keyspace.Saver.
func (e *Encoder) Contiguous() bool { return true }

// Ends implements keyspace.Saver: nothing follows the elements or parts.
func (e *Encoder) Ends(o value.Object, n int) (head, tail []byte, typ byte) {
	head, typ = e.key(nil, o)
	if n >= 0 {
		head = rdb.AppendLen(head, uint64(n))
	}
	return head, nil, typ
}

// Elements implements keyspace.Saver.
func (e *Encoder) Elements(dst, _ []byte, el *value.Elements, h *offheap.Heap, refs []offheap.Ref, typ byte) []byte {
	for _, r := range refs {
		dst = el.AppendRDB(dst, h, r, typ, e.compress)
	}
	return dst
}

// Parts implements keyspace.Saver.
func (e *Encoder) Parts(dst []byte, s value.Saving, _ []byte) []byte {
	return s.AppendRDB(dst, e.compress)
}

// Take implements keyspace.Saver.
func (e *Encoder) Take(s value.Saving, _ []byte, h *offheap.Heap, n int) (done bool) {
	return s.TakeRDB(h, n)
}

// key appends all of a record that comes before its value.
func (e *Encoder) key(dst []byte, o value.Object) (_ []byte, typ byte) {
	m := rdb.NoMeta
	if o.Rec.HasExpiry() {
		m.ExpireMs = o.Rec.Expiry()
	}
	if idle, ok := e.access.Idle(o.Rec); ok {
		m.LRUIdle = idle
	}
	if freq, ok := e.access.Frequency(o.Rec); ok {
		m.LFUFreq = int(freq)
	}
	if typ = o.Class().RDBType(o); !rdb.Fits(typ, e.version) {
		e.unfit.Store(true)
	}
	return rdb.AppendKey(dst, m, typ, o.Rec.Key(), e.compress), typ
}

// bufferSize is how much is gathered before it is written, in bytes.
const bufferSize = 256 << 10

// Write walks the cut into w as a whole file. It ends the cut in any case.
// delay, unless nil, is called with a number of keys when these have been saved
// (rdb-key-save-delay).
func Write(c *keyspace.Cut, w io.Writer, o Options, delay func(keys int64)) (size int64, err error) {
	out, err := rdb.NewWriter(w, o.Header, o.Checksum)
	if err != nil {
		c.Abort()
	}
	buf := make([]byte, 0, bufferSize)
	for _, code := range o.Functions {
		buf = rdb.AppendFunction(buf, code, nil)
	}
	for db := range c.Databases() {
		if n, expires := c.Len(db); n > 0 {
			buf = rdb.AppendResizeDB(rdb.AppendSelectDB(buf, o.Keyspace.Number(db)), uint64(n), uint64(expires))
		}
	}
	saved := int64(0)
	werr := c.Walk(func(p []byte) error {
		buf = append(buf, p...)
		if delay != nil {
			now := c.Saved()
			delay(now - saved)
			saved = now
		}
		if o.Unfit != nil && o.Unfit.Load() {
			return ErrUnfit
		}
		if len(buf) < bufferSize {
			return nil
		}
		defer func() { buf = buf[:0] }()
		return out.WriteChunk(buf)
	})
	switch {
	case err != nil:
		return 0, err
	case werr != nil:
		return out.Size(), werr
	}
	if err := out.WriteChunk(buf); err != nil {
		return out.Size(), err
	}
	if o.Unfit != nil && o.Unfit.Load() {
		return out.Size(), ErrUnfit
	}
	return out.Size(), out.Finish()
}
