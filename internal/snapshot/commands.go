package snapshot

import (
	"io"

	"sigrun/internal/feed"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

// Commands is a Saver that appends the commands which make the keys, for an
// append-only file without an RDB base. It is safe for concurrent use.
type Commands struct{ Keyspace *keyspace.Keyspace }

// Select implements keyspace.Saver.
func (c Commands) Select(dst []byte, slot int) []byte {
	return feed.AppendSelect(dst, c.Keyspace.Number(slot))
}

// Record implements keyspace.Saver.
func (Commands) Record(dst []byte, o value.Object) []byte {
	key := o.Rec.Key()
	return appendExpiry(o.Class().AppendCommands(dst, key, o), o)
}

func appendExpiry(dst []byte, o value.Object) []byte {
	if !o.Rec.HasExpiry() {
		return dst
	}
	var text [num.MaxIntLen]byte
	return resp.AppendCommand(dst, pexpireat, o.Rec.Key(), num.AppendInt(text[:0], o.Rec.Expiry()))
}

// Contiguous implements keyspace.Saver: each command stands for itself.
func (Commands) Contiguous() bool { return false }

// Ends implements keyspace.Saver.
func (Commands) Ends(o value.Object, _ int) (head, tail []byte, typ byte) {
	return nil, appendExpiry(nil, o), 0
}

// Elements implements keyspace.Saver.
func (Commands) Elements(dst, key []byte, e *value.Elements, h *offheap.Heap, refs []offheap.Ref, _ byte) []byte {
	return e.AppendCommands(dst, key, h, refs)
}

// Parts implements keyspace.Saver.
func (Commands) Parts(dst []byte, s value.Saving, key []byte) []byte {
	return s.AppendCommands(dst, key)
}

// Take implements keyspace.Saver.
func (Commands) Take(s value.Saving, key []byte, h *offheap.Heap, n int) (done bool) {
	return s.TakeCommands(key, h, n)
}

var (
	pexpireat    = []byte("PEXPIREAT")
	functionLoad = [][]byte{[]byte("FUNCTION"), []byte("LOAD")}
)

// WriteCommands walks a cut that was made with Commands into w, behind head and
// commands that load the libraries. It ends the cut in any case. delay is called
// with a number of keys when these have been saved (rdb-key-save-delay).
func WriteCommands(c *keyspace.Cut, w io.Writer, head []byte, libraries [][]byte, delay func(keys int64)) error {
	buf := append(make([]byte, 0, bufferSize), head...)
	for _, code := range libraries {
		buf = resp.AppendCommand(buf, append(functionLoad[:2:2], code)...)
	}
	flush := func() error {
		_, err := w.Write(buf)
		buf = buf[:0]
		return err
	}
	saved := int64(0)
	err := c.Walk(func(p []byte) error {
		buf = append(buf, p...)
		now := c.Saved()
		delay(now - saved)
		saved = now
		if len(buf) < bufferSize {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}
