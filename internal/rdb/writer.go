package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"sigrun/internal/hash"
)

// Header is what a file says about itself, in the order in which it is written.
type Header struct {
	Version   int    // Version or VersionRedis72
	ValkeyVer string // version of the server
	CTime     int64  // seconds since the Unix epoch
	UsedMem   int64  // bytes in use when the file was begun
	Repl      *ReplPosition
	AOFBase   bool // the file is the base of an append-only file
}

// ReplPosition is where in the replication stream a file stands.
type ReplPosition struct {
	DB     int    // database selected there
	ID     string // 40 hexadecimal digits
	Offset int64
}

// AppendHeader appends the first bytes of a file.
func AppendHeader(dst []byte, h Header) []byte {
	if h.Version >= Version {
		dst = fmt.Appendf(dst, "%s%03d", magicValkey, h.Version)
	} else {
		dst = fmt.Appendf(dst, "%s%03d", magicRedis, h.Version)
	}
	dst = AppendAux(dst, "valkey-ver", h.ValkeyVer)
	dst = AppendAuxInt(dst, "redis-bits", 64)
	dst = AppendAuxInt(dst, "ctime", h.CTime)
	dst = AppendAuxInt(dst, "used-mem", h.UsedMem)
	if h.Repl != nil {
		dst = AppendAuxInt(dst, "repl-stream-db", int64(h.Repl.DB))
		dst = AppendAux(dst, "repl-id", h.Repl.ID)
		dst = AppendAuxInt(dst, "repl-offset", h.Repl.Offset)
	}
	base := int64(0)
	if h.AOFBase {
		base = 1
	}
	return AppendAuxInt(dst, "aof-base", base)
}

// Writer frames chunks of records into a file. It neither buffers nor closes
// what it writes to. After an error it writes nothing more and repeats the
// error. Not safe for concurrent use: the chunks' order is its caller's.
type Writer struct {
	w       io.Writer
	crc     uint64
	summing bool
	n       int64
	err     error
}

// NewWriter returns a Writer to w after writing the header. With checksum false
// the file ends with eight zero bytes, which loaders take for "not checked".
func NewWriter(w io.Writer, h Header, checksum bool) (*Writer, error) {
	out := &Writer{w: w, summing: checksum}
	return out, out.WriteChunk(AppendHeader(nil, h))
}

// WriteChunk writes whole records, as the Append functions build them. It keeps
// nothing of p.
func (w *Writer) WriteChunk(p []byte) error {
	if w.err != nil {
		return w.err
	}
	if w.summing {
		w.crc = hash.UpdateCRC64(w.crc, p)
	}
	n, err := w.w.Write(p)
	w.n += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.err = fmt.Errorf("write RDB at offset %d: %w", w.n, err)
	}
	return w.err
}

// errFinished is what a Writer answers after Finish.
var errFinished = errors.New("RDB file is finished")

// Finish writes the end of the file.
func (w *Writer) Finish() error {
	if err := w.WriteChunk([]byte{OpEOF}); err != nil {
		return err
	}
	crc := w.crc
	w.summing = false
	if err := w.WriteChunk(binary.LittleEndian.AppendUint64(nil, crc)); err != nil {
		return err
	}
	w.err = errFinished
	return nil
}

// Size is the number of bytes written.
func (w *Writer) Size() int64 { return w.n }
